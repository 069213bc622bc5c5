"""Worker processes that run pairs and studies, one at a time in each."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from bioann.base.errors import PairError

ResultT = TypeVar("ResultT")


def run_in_workers(
    names: Sequence[str],
    work: Callable[[str], ResultT],
    make_failure: Callable[[str, BaseException], ResultT],
    report_result: Callable[[ResultT], None],
    *,
    jobs: int,
) -> list[ResultT]:
    """Run a function for each of several pairs, one at a time in each worker process.

    Parameters
    ----------
    names : sequence of str
        Names of the pairs, each once.
    work : callable
        ``work(name)`` returns the result of a pair; it can be sent to another process.
    make_failure : callable
        ``make_failure(name, error)`` returns the result of a pair whose worker ended or whose
        function raised an exception in a worker.
    report_result : callable
        Called in this process with each result as soon as it is there.
    jobs : int
        Number of worker processes; with 1, the pairs run in this process.

    Returns
    -------
    list
        One result per pair, in the order of `names`.
    """
    results: dict[str, ResultT] = {}
    with contextlib.closing(_iter_results(names, work, make_failure, jobs)) as finished:
        for name, result in finished:
            results[name] = result
            report_result(result)
    return [results[name] for name in names]


def _iter_results(
    names: Sequence[str],
    work: Callable[[str], ResultT],
    make_failure: Callable[[str, BaseException], ResultT],
    jobs: int,
) -> Generator[tuple[str, ResultT], None, None]:
    """Yield each name with its result in order of completion; kill the workers if closed early."""
    if jobs == 1:
        yield from ((name, work(name)) for name in names)
        return
    pending_names: queue.SimpleQueue[str] = queue.SimpleQueue()
    finished: queue.SimpleQueue[tuple[str, ResultT]] = queue.SimpleQueue()
    for name in names:
        pending_names.put(name)
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=_feed_worker,
            args=(pending_names, finished, work, make_failure, stop),
            daemon=True,
        )
        for _ in range(min(jobs, len(names)))
    ]
    other_processes = set(multiprocessing.active_children())
    for thread in threads:
        thread.start()
    try:
        for _ in names:
            yield finished.get()
    except BaseException:
        stop.set()
        for process in set(multiprocessing.active_children()) - other_processes:
            process.kill()  # Python would wait for its pair to end
        raise


def _feed_worker(
    pending_names: queue.SimpleQueue[str],
    finished: queue.SimpleQueue[Any],
    work: Callable[[str], Any],
    make_failure: Callable[[str, BaseException], Any],
    stop: threading.Event,
) -> None:
    """Run pending pairs in one worker process, and replace the worker if a pair crashes it."""
    worker = start_worker()
    while not stop.is_set():
        try:
            name = pending_names.get_nowait()
        except queue.Empty:
            break
        try:
            result = worker.submit(work, name).result()
        except BrokenProcessPool:
            result = make_failure(name, dead_worker_error(name))
            worker = start_worker()
        except BaseException as error:  # without a result, the caller would wait for ever
            result = make_failure(name, error)
        finished.put((name, result))
    worker.shutdown(wait=False, cancel_futures=True)


def dead_worker_error(name: str) -> PairError:
    """Build the error of a pair whose process ended before it could report."""
    return PairError(
        f"pair {name!r}",
        "a run that returns",
        "a process that ended early: it was killed, crashed or called os._exit",
        f"Run 'bioann run {name}' alone, with fewer --trials if memory was short.",
    )


def start_worker() -> ProcessPoolExecutor:
    """Start a process that runs one call at a time, and ends with this one."""
    return ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), initializer=_exit_with_parent
    )


def _exit_with_parent() -> None:
    """End this worker when its parent process ends, even during a run."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait_for_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_for_parent, daemon=True).start()


def count_usable_cores() -> int:
    """Return the default number of workers: two, or one if only one core is usable."""
    return min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
