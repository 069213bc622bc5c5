"""Run pending points with any executor, a bounded number at a time.

The driver keeps no result: a worker writes that of each point to the folder as soon as it has
finished, and reports only its number. What was written is safe whoever is killed afterwards.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from itertools import islice
from typing import Any

from bioann.batch.executors import is_repeated_crash
from bioann.sweeps.point_result import PointTask, compute_points, failed_point
from bioann.sweeps.store import SweepError

#: Points that are submitted at a time, for each worker: one that runs, and one that waits.
QUEUED_PER_WORKER = 2

#: A point: its number in the design, and its values in SI units.
Point = tuple[int, tuple[float, ...]]


@dataclasses.dataclass(frozen=True)
class FinishedPoint:
    """What a worker reports of a point.

    Parameters
    ----------
    number : int
        Number of the point in the design.
    error : str
        Why it failed; empty if it did not.
    is_new : bool
        Whether it was run now, and not by another process in the meantime.
    """

    number: int
    error: str
    is_new: bool


@functools.lru_cache(maxsize=2)
def check_same_pair(task: PointTask) -> None:
    """Raise `SweepError` if the pair in this process is not that of the sweep."""
    pair_hash = task.source.identify()["pair_hash"]
    if pair_hash != task.pair_hash:
        raise SweepError(
            f"sweep of {task.source.title}, worker",
            f"the pair that is swept (hash {task.pair_hash})",
            f"another one of that name (hash {pair_hash})",
            "Give all machines the same files and versions.",
        )


def run_chunk(task: PointTask, points: Sequence[Point]) -> list[FinishedPoint]:
    """Run points together, and write the result of each.

    Parameters
    ----------
    task : PointTask
        What is swept.
    points : sequence of (int, tuple of float)
        Number and values of each point.

    Returns
    -------
    list of FinishedPoint
        One for each point. A point that is in the folder by now is not run again.
    """
    check_same_pair(task)
    stored = {number: task.folder.read_point(values) for number, values in points}
    pending = [(number, values) for number, values in points if stored[number] is None]
    results = compute_points(task, [values for _, values in pending]) if pending else []
    for (number, values), result in zip(pending, results, strict=True):
        task.folder.write_point(values, result)
        stored[number] = result
    new = {number for number, _ in pending}
    return [
        FinishedPoint(number, str(result["error"]), number in new)
        for number, result in stored.items()
        if result is not None
    ]


def run_pending(
    points: Iterator[Point],
    work: Callable[[Sequence[Point]], list[FinishedPoint]],
    executor: Executor | None,
    report_points: Callable[[list[FinishedPoint]], None],
    give_up: Callable[[Sequence[Point], BaseException], list[FinishedPoint]],
    *,
    count_workers: Callable[[], int] = lambda: 1,
    chunk_size: int = 1,
) -> None:
    """Run points in chunks with an executor, and report each chunk when it has finished.

    Parameters
    ----------
    points : iterator of (int, tuple of float)
        The points that are run; they are taken as workers need them.
    work : callable
        ``work(points)`` runs a chunk; it can be sent to where the executor runs it.
    executor : concurrent.futures.Executor or None
        Runs chunks; None runs them in this process.
    report_points : callable
        Called in this process with the points of each finished chunk.
    give_up : callable
        ``give_up(points, error)`` records a chunk whose process ended each time that it ran.
    count_workers : callable, optional
        ``count_workers()`` returns how many chunks run at the same time now.
    chunk_size : int, optional
        Points that a worker runs together.

    Raises
    ------
    SweepError
        If the executor ends; what has finished by then is in the folder.
    """
    chunks = iter(lambda: list(islice(points, chunk_size)), [])
    if executor is None:
        for chunk in chunks:
            report_points(work(chunk))
        return
    running: dict[Future[Any], list[Point]] = {}
    try:
        while True:
            for chunk in islice(chunks, max(count_workers() * QUEUED_PER_WORKER - len(running), 0)):
                running[executor.submit(work, chunk)] = chunk
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                chunk = running.pop(future)
                error = future.exception()
                if error is not None and is_repeated_crash(error):
                    report_points(give_up(chunk, error))
                else:
                    report_points(future.result())
    except (BrokenExecutor, CancelledError, ConnectionError) as error:
        raise lost_executor_error(error) from error
    finally:
        for future in running:
            future.cancel()


def record_crash(
    task: PointTask, points: Sequence[Point], error: BaseException
) -> list[FinishedPoint]:
    """Write the error of points whose process ended each time that they ran."""
    finished_points = []
    for number, values in points:
        result = failed_point(task, values, f"The process ended each time that it ran: {error}")
        if not task.folder.has_point(values):
            task.folder.write_point(values, result)
        finished_points.append(FinishedPoint(number, result["error"], True))
    return finished_points


def lost_executor_error(error: BaseException) -> SweepError:
    """Return the error of workers that ended, or of a scheduler that is gone."""
    return SweepError(
        "sweep, workers",
        "workers that go on",
        f"an executor that ended ({type(error).__name__}: {error})".replace(": )", ")"),
        "Run the same sweep with the same folder again: the points that finished are there.",
    )
