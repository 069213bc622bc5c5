"""Brian2 can be imported first in any thread."""

import os
import subprocess
import sys
import threading

import pytest

from bioann.base import brian2_import

IMPORT = """
import signal, sys, threading
{before}
import bioann
assert "brian2" not in sys.modules
def first_use():
    import brian2.units
{call}
import brian2
assert signal.signal.__module__ == "signal"
assert brian2.BrianLogger.file_handler is None
print(type(signal.getsignal(signal.SIGINT)).__name__)
"""
IN_A_THREAD = "thread = threading.Thread(target=first_use); thread.start(); thread.join()"
LISTENING = "signal.signal(signal.SIGINT, signal.default_int_handler)"
#: Does on import what Brian2 does.
LIKE_BRIAN2 = """
import logging, signal, tempfile
class BrianLogger:
    tmp_log = tempfile.mkstemp()[1]
    tmp_script = None
    file_handler = logging.FileHandler(tmp_log)
logging.getLogger("brian2").addHandler(BrianLogger.file_handler)
class _InterruptHandler:
    def __init__(self, previous): self.previous = previous
    def __call__(self, *arguments): self.previous(*arguments)
signal.signal(signal.SIGINT, _InterruptHandler(signal.getsignal(signal.SIGINT)))
"""


@pytest.mark.parametrize(
    ("is_real", "before", "call", "handler"),
    [
        (True, LISTENING, IN_A_THREAD, "builtin_function_or_method"),  # that of Python
        (False, LISTENING, IN_A_THREAD, "builtin_function_or_method"),
        (False, LISTENING, "first_use()", "_InterruptHandler"),
        (False, "signal.signal(signal.SIGINT, signal.SIG_IGN)", "first_use()", "Handlers"),
    ],
    ids=["Brian2 in a thread", "thread", "main thread", "ignored Ctrl-C"],
)
def test_the_first_import_works_and_leaves_no_file(is_real, before, call, handler, tmp_path):
    temporary, packages = tmp_path / "temporary", tmp_path / "packages"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary)}
    if not is_real:
        (packages / "brian2").mkdir(parents=True)
        (packages / "brian2" / "__init__.py").write_text(LIKE_BRIAN2)
        (packages / "brian2" / "units.py").touch()
        before += f"; sys.path.insert(0, {str(packages)!r})"
    code = IMPORT.format(before=before, call=call)
    options = {"env": environment, "capture_output": True, "text": True, "check": False}
    process = subprocess.run([sys.executable, "-c", code], **options)
    assert process.stderr == ""
    assert process.stdout.strip() == handler
    assert list(temporary.iterdir()) == []


def test_other_threads_set_handlers_as_always(monkeypatch):
    calls = []
    monkeypatch.setattr(brian2_import.signal, "signal", lambda *arguments: calls.append(arguments))

    def guard():
        with brian2_import.ignore_misplaced_handlers():
            brian2_import.signal.signal(2, None)
            is_inside.set()
            assert is_called.wait(10)

    is_inside, is_called = threading.Event(), threading.Event()
    thread = threading.Thread(target=guard)
    thread.start()
    assert is_inside.wait(10)
    brian2_import.signal.signal(15, None)
    is_called.set()
    thread.join()
    assert calls == [(15, None)]
