"""Run all lanes of a hand-written Brian2 network, on several cores where that pays."""

from __future__ import annotations

import functools
import gc
import logging
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from brian2.core.base import BrianObject
from tqdm import tqdm

from bioann.base.cores import count_cores
from bioann.bio.brian_loop.lane import Lane, LaneRun, LaneRunner
from bioann.bio.brian_loop.worker_process import WorkerProcess, encode_runner

#: Seconds of processor time that the remaining lanes must take before other processes are started:
#: each imports Brian2 first, which takes 2 to 3 s.
MIN_PARALLEL_SECONDS = 6.0
_LOGGER = logging.getLogger("bioann")


class LaneQueue:
    """Lanes that no process has taken yet, and the results of the others.

    Parameters
    ----------
    lanes : sequence of tuple of int
        Lanes in the order of a loop.
    """

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lock = threading.Lock()
        self._pending = list(range(len(lanes)))
        self._lanes = lanes
        self.results: dict[int, LaneRun] = {}
        self.errors: dict[int, BaseException] = {}

    def take(self) -> tuple[int, Lane] | None:
        """Return the next lane; None if there is none, or if a lane has failed."""
        with self._lock:
            if self.errors or not self._pending:
                return None
            k = self._pending.pop(0)
        return k, self._lanes[k]

    def put_back(self, k: int) -> None:
        """Return a lane that was taken and has no result, for another process."""
        with self._lock:
            self._pending = sorted([k, *self._pending])

    @property
    def n_pending(self) -> int:
        """Number of lanes that no process has taken."""
        return len(self._pending)


def run_lanes(runner: LaneRunner, lanes: Sequence[Lane]) -> tuple[list[LaneRun], str]:
    """Run lanes and return their results in order, the same as those of a loop.

    Parameters
    ----------
    runner : LaneRunner
        What the lanes have in common.
    lanes : sequence of tuple of int
        Condition and trial of each lane, at least one.

    Returns
    -------
    lane_runs : list of LaneRun
        Results in the order of `lanes`.
    execution : str
        How they were run: ``"one after the other"``, with the reason if other processes would have
        paid, or ``"in 2 processes"``.

    Raises
    ------
    BioannError
        The error of the first lane that fails, as in a loop.
    """
    queue, execution = LaneQueue(lanes), "one after the other"
    bar = tqdm(total=len(lanes), desc="Brian2", delay=2, leave=False, disable=None)
    with _freeze_memory(), bar:
        objects = (reference() for reference in BrianObject.__instances__())
        has_names_in_memory = any(o is not None for o in objects)
        start = time.process_time()
        for _ in range(min(2, len(lanes))):  # the first may compile
            start = time.process_time()
            _run_next(runner, queue, bar)
        seconds = (time.process_time() - start) * queue.n_pending
        n_workers = min(count_cores(), queue.n_pending + 1) - 1
        workers: list[WorkerProcess] = []
        if n_workers > 0 and seconds > MIN_PARALLEL_SECONDS and not queue.errors:
            names_depend_on_memory = has_names_in_memory and queue.results[0].has_automatic_names
            workers, execution = _start_workers(runner, n_workers, names_depend_on_memory)
        _share_lanes(runner, queue, workers, bar)
        if workers and not all(worker.is_ready for worker in workers):
            n_processes = 1 + sum(worker.is_ready for worker in workers)
            execution = f"in {n_processes} of {n_workers + 1} processes"
    if queue.errors:
        raise queue.errors[min(queue.errors)]
    _LOGGER.info("BrianNetwork: %d lanes %s", len(lanes), execution)
    return [queue.results[k] for k in range(len(lanes))], execution


def _run_next(runner: LaneRunner, queue: LaneQueue, bar: tqdm) -> bool:
    """Run the next lane in this process; return whether there was one."""
    taken = queue.take()
    if taken is None:
        return False
    k, lane = taken
    try:
        queue.results[k] = runner.run_lane(lane, expected_lanes=queue.n_pending + 1)
    except Exception as error:
        queue.errors[k] = error
    bar.update()
    return True


def _start_workers(
    runner: LaneRunner, n_workers: int, names_depend_on_memory: bool
) -> tuple[list[WorkerProcess], str]:
    """Start processes; return them, or none, and how the lanes are run."""
    obstacle, message = "", b""
    if names_depend_on_memory:
        obstacle = "objects without a name, whose automatic names depend on other objects in memory"
    else:
        message, obstacle = encode_runner(runner)
    if obstacle:
        _warn_single_process(obstacle)
        return [], f"one after the other, because of {obstacle}"
    workers = [WorkerProcess(message) for _ in range(n_workers)]
    return workers, f"in {n_workers + 1} processes"


@functools.cache
def _warn_single_process(obstacle: str) -> None:
    """Warn, once per process and reason, that a long run uses a single core."""
    warnings.warn(
        f"bioann runs this Brian2 network on one core because of {obstacle}. Define build() at the "
        "top level of a module, and name all objects, to use all cores.",
        stacklevel=2,
    )


def _share_lanes(
    runner: LaneRunner, queue: LaneQueue, workers: Sequence[WorkerProcess], bar: tqdm
) -> None:
    """Run the remaining lanes here and in other processes, which have ended on return."""
    threads = [
        threading.Thread(target=w.run_lanes, args=(queue, bar), daemon=True) for w in workers
    ]
    try:
        for thread in threads:
            thread.start()
        while True:
            while _run_next(runner, queue, bar):
                pass
            for thread in threads:
                thread.join()
            if queue.errors or not queue.n_pending:  # otherwise a worker has put a lane back
                break
    finally:
        for worker in workers:
            worker.end()


@contextmanager
def _freeze_memory() -> Iterator[None]:
    """Exclude what is in memory from garbage collection: Brian2 collects in each run.

    A collection visits all objects of all imported modules, which can take longer than the run of a
    small network. Objects that nothing refers to are removed first.
    """
    gc.collect()
    is_owner = not gc.get_freeze_count()  # unfreezing would undo what the user has frozen
    if is_owner:
        gc.freeze()
    try:
        yield
    finally:
        if is_owner:
            gc.unfreeze()
