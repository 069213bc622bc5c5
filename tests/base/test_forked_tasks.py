"""Tasks give the same results whoever does them, and errors are ordinary exceptions."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from bioann.base import forked_tasks
from bioann.base.forked_tasks import SharedTasks, can_fork

needs_fork = pytest.mark.skipif(not can_fork(), reason="this process has threads, or no fork")


def list_children() -> set[int]:
    """Return the processes that this one has started and not waited for."""
    with open(f"/proc/self/task/{threading.get_native_id()}/children") as file:
        return set(map(int, file.read().split()))


@pytest.mark.parametrize("n_cores", [1, 2])
@pytest.mark.parametrize("n_tasks", [0, 1, 7, forked_tasks.MAX_TASKS + 1])
def test_results_come_in_the_order_of_the_tasks(n_cores: int, n_tasks: int) -> None:
    contents = [bytes([k % 256]) * (10_000 * (k % 3)) for k in range(n_tasks)]
    with SharedTasks([lambda c=c: c for c in contents], n_cores) as shared:  # type: ignore[misc]
        assert shared.finish() == contents


@needs_fork
def test_a_copy_of_the_process_does_a_part_and_ends() -> None:
    before = list_children()

    def name_process() -> bytes:
        time.sleep(0.01)
        return str(os.getpid()).encode()

    with SharedTasks([name_process] * 20, 2) as shared:
        time.sleep(0.05)
        doers = {int(data) for data in shared.finish()}
    assert os.getpid() in doers
    assert len(doers) == 2
    assert list_children() == before


@needs_fork
def test_what_a_killed_copy_has_not_done_is_done_here() -> None:
    here = os.getpid()

    def end_the_copy() -> bytes:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"done"

    with SharedTasks([end_the_copy] * 3, 2) as shared:
        time.sleep(0.05)
        assert shared.finish() == [b"done"] * 3


@pytest.mark.parametrize("n_cores", [1, 2])
def test_an_error_is_raised_here(n_cores: int) -> None:
    def fail() -> bytes:
        raise ValueError("no such colour")

    before = list_children()
    with SharedTasks([lambda: b"", fail], n_cores) as shared:
        time.sleep(0.05)
        with pytest.raises(ValueError, match="no such colour"):
            shared.finish()
    assert list_children() == before


@needs_fork
def test_a_copy_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked_tasks, "PATIENCE_S", 0.2)
    monkeypatch.setattr(forked_tasks, "PATIENCE_RATIO", 0.0)
    here = os.getpid()

    def hang_in_the_copy() -> bytes:
        if os.getpid() != here:
            time.sleep(60)
        return b"done"

    with SharedTasks([hang_in_the_copy], 2) as shared:
        time.sleep(0.05)
        assert shared.finish() == [b"done"]


def test_a_process_with_threads_is_not_copied() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not can_fork()
    finally:
        stop.set()
        thread.join()
    assert not multiprocessing.active_children()
