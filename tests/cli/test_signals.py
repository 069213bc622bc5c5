"""Signals end a command in order."""

import os
import signal

import pytest
from click.testing import CliRunner

from bioann.bio.engines import parallel
from bioann.cli import signals
from bioann.cli.main import main

SIGNALS = [n for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n)]


@pytest.fixture(autouse=True)
def restored_handlers():
    before = {number: signal.getsignal(number) for number in signals.ENDING_SIGNALS}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_ends_the_programs_and_the_command_with_its_code(name, monkeypatch):
    number, started = getattr(signal, name), []

    def start_and_be_ended():
        def wait(programs):
            with programs.start_program("sleep", "60") as process:
                started.append(process)
                os.kill(os.getpid(), number)
                process.wait()

        list(parallel.run_jobs(iter([wait]), 2))

    monkeypatch.setattr("bioann.cli.main.find.list_pairs", start_and_be_ended)
    result = CliRunner().invoke(main, ["list"])
    assert result.exit_code == 128 + number
    assert "no incomplete file was written" in result.stderr
    assert started[0].returncode == -signal.SIGKILL
    assert signal.getsignal(number) is signal.SIG_DFL, "a second one ends the process at once"


def test_signals_that_the_caller_ignores_stay_ignored():
    number = signals.ENDING_SIGNALS[0]
    signal.signal(number, signal.SIG_IGN)
    with signals.handle_signals():
        assert signal.getsignal(number) is signal.SIG_IGN


def test_after_a_command_signals_are_handled_as_before():
    CliRunner().invoke(main, ["list"])
    assert [signal.getsignal(number) for number in signals.ENDING_SIGNALS] == [
        signal.SIG_DFL for _ in signals.ENDING_SIGNALS
    ]


def test_no_handler_of_user_errors_takes_a_signal_for_an_exit():
    assert issubclass(signals.TerminationRequest, KeyboardInterrupt)
