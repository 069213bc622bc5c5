"""Run pairs and studies in this process, in worker processes, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, as_completed
from typing import TypeVar

from bioann.base.errors import PairError
from bioann.batch.executors import is_repeated_crash, open_executor

ResultT = TypeVar("ResultT")


def run_in_workers(
    names: Sequence[str],
    work: Callable[[str], ResultT],
    make_failure: Callable[[str, BaseException], ResultT],
    report_result: Callable[[ResultT], None],
    *,
    jobs: int,
    scheduler: str | None = None,
) -> list[ResultT]:
    """Run a function for each of several pairs, one at a time in each worker process.

    Parameters
    ----------
    names : sequence of str
        Names of the pairs, each once.
    work : callable
        ``work(name)`` returns the result of a pair; it can be sent to another process.
    make_failure : callable
        ``make_failure(name, error)`` returns the result of a pair whose worker ended each time that
        it ran, or whose function raised an exception in a worker; or it raises the error.
    report_result : callable
        Called in this process with each result as soon as it is there.
    jobs : int
        Number of worker processes; with 1, the pairs run in this process.
    scheduler : str or None, optional
        Address of a dask scheduler, whose workers run the pairs instead.

    Returns
    -------
    list
        One result per pair, in the order of `names`.

    Raises
    ------
    ExecutorError
        If no scheduler answers.
    """
    results: dict[str, ResultT] = {}
    with open_executor(max(min(jobs, len(names)), 1), None, scheduler) as (executor, _):
        if executor is None:
            for name in names:
                results[name] = work(name)
                report_result(results[name])
            return [results[name] for name in names]
        futures = {executor.submit(work, name): name for name in names}
        for future in as_completed(futures):
            name, error = futures[future], future.exception()
            if error is None:
                results[name] = future.result()
            elif isinstance(error, BrokenExecutor) or is_repeated_crash(error):
                results[name] = make_failure(name, dead_worker_error(name))
            else:  # without a result, the caller would wait for ever
                results[name] = make_failure(name, error)
            report_result(results[name])
    return [results[name] for name in names]


def dead_worker_error(name: str) -> PairError:
    """Build the error of a pair whose process ended before it could report."""
    return PairError(
        f"pair {name!r}",
        "a run that returns",
        "a process that ended early: it was killed, crashed or called os._exit",
        f"Run 'bioann run {name}' alone, with fewer --trials if memory was short.",
    )


def count_usable_cores() -> int:
    """Return the default number of workers: two, or one if only one core is usable."""
    return min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
