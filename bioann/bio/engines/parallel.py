"""Parallel execution: the programs that run on the cores of a run."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

from bioann.bio.input_spikes.draw import Lanes

T = TypeVar("T")


def lanes_per_batch(lanes: Lanes, max_lanes: int, n_cores: int) -> int:
    """Compute the number of lanes in a batch: one batch per core, and all fit into memory.

    Parameters
    ----------
    lanes : Lanes
        All conditions and trials of the run.
    max_lanes : int
        Number of lanes that fit into memory at the same time.
    n_cores : int
        Number of batches that run at the same time.

    Returns
    -------
    int
        At least 1. A multiple of the trials if there are at least as many conditions as cores and
        memory suffices.
    """
    if n_cores == 1:
        return max_lanes
    conditions = -(-len(lanes.conditions) // n_cores) * lanes.trials
    trials = -(-lanes.trials // -(-n_cores // len(lanes.conditions)))
    even_share = conditions if len(lanes.conditions) >= n_cores else trials
    return max(min(even_share, max_lanes // n_cores), 1)


class Programs:
    """The programs of a run; all of them have ended when the run ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._children: list[Programs] = []
        self._is_over = False

    def make_child(self) -> Programs:
        """Return a subset of the programs, which can be ended without the others."""
        child = Programs()
        with self._lock:
            child._is_over = self._is_over
            self._children.append(child)
        return child

    @contextmanager
    def start_program(self, *command: Any, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        """Start a program and wait for it to end; an error in the ``with`` block kills it."""
        with self._lock:
            if self._is_over:
                raise RuntimeError("the run is over")
            process = subprocess.Popen(command, **options)
            self._running.add(process)
        try:
            with process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
        finally:
            with self._lock:
                self._running.discard(process)

    def kill(self) -> None:
        """Kill all programs, refuse to start others, and return when they have ended.

        It waits itself: a signal may arrive while a pool starts a thread, which the pool then does
        not know and does not join.
        """
        with self._lock:
            self._is_over = True
            for process in self._running:
                process.kill()
            for process in self._running:
                process.wait()
            for child in self._children:
                child.kill()


def run_jobs(
    jobs: Iterator[Callable[[Programs], T]], n_cores: int, programs: Programs | None = None
) -> Generator[T, None, None]:
    """Run jobs in parallel, at most `n_cores` at a time, and yield their results in order.

    A job is created only when a core is free for it, because a planned job takes as much memory as
    a running one. If several jobs fail, the error of the first in order is raised. Closing this
    generator early, or any error, kills all programs.

    Parameters
    ----------
    jobs : iterator of callable
        Each job waits for one program. Jobs are created in the calling thread, because Brian2 is
        not thread-safe.
    n_cores : int
        Number of jobs that run at the same time; a single one runs in the calling thread.
    programs : Programs, optional
        Collects the programs that the jobs start.

    Yields
    ------
    Any
        Results, in the order of the jobs.
    """
    programs = programs or Programs()
    if n_cores == 1:
        for job in jobs:
            yield job(programs)
        return
    with ThreadPoolExecutor(n_cores) as pool:
        try:
            futures: deque[Future[T]] = deque()
            while True:
                try:
                    job = next(jobs)
                except StopIteration:
                    break
                except Exception:
                    for future in futures:  # an error of an earlier job comes first
                        future.result()
                    raise
                futures.append(pool.submit(job, programs))
                del job
                while len(running := [f for f in futures if not f.done()]) >= n_cores:
                    wait(running, return_when=FIRST_COMPLETED)
                while futures and futures[0].done():
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()
        except BaseException:
            programs.kill()
            raise
