"""What runs pairs and points of sweeps: worker processes of this machine, or a dask cluster."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from typing import Any

from bioann.base.errors import BioannError, DescriptionError
from bioann.base.optional import import_optional

#: How often a call whose process was killed is run: a crash repeats itself, a kill does not.
MAX_ATTEMPTS = 3
#: Worker processes of one command at most.
MAX_WORKERS = 1000
#: Seconds between two looks at the number of workers of a cluster, which may grow.
SECONDS_BETWEEN_COUNTS = 5.0


class ExecutorError(BioannError):
    """Workers that end, or a scheduler that does not answer."""


class DeadWorkerError(ExecutorError):
    """A worker process that ended each time that it ran the same call."""


class WorkerProcesses(Executor):
    """Worker processes that are replaced when they end, whatever ended them.

    The pool of the standard library fails as a whole when one of its processes is killed.

    Parameters
    ----------
    workers : int
        Number of processes, at least 1. They are started anew (spawned), not forked.
    """

    def __init__(self, workers: int) -> None:
        self._tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._pools: list[ProcessPoolExecutor | None] = [None] * workers
        self._is_busy = [False] * workers
        self._is_over = False
        self._threads = [
            threading.Thread(target=self._feed_worker, args=(k,), daemon=True)
            for k in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit a call; its future fails if its process ends `MAX_ATTEMPTS` times."""
        future: Future[Any] = Future()
        self._tasks.put((future, fn, args, kwargs))
        return future

    def _feed_worker(self, k: int) -> None:
        """Run tasks in the process with number `k`, and replace it when it ends."""
        while (task := self._tasks.get()) is not None:
            future, fn, args, kwargs = task
            if self._is_over or not future.set_running_or_notify_cancel():
                continue
            self._is_busy[k] = True
            try:
                future.set_result(self._call_in_process(k, fn, args, kwargs))
            except BaseException as error:
                future.set_exception(error)
            finally:
                self._is_busy[k] = False

    def _call_in_process(self, k: int, fn: Any, args: Any, kwargs: Any) -> Any:
        last_error: BaseException | None = None
        for _ in range(MAX_ATTEMPTS):
            pool = self._pools[k]
            if pool is None:
                pool = self._pools[k] = start_worker()
            try:
                return pool.submit(fn, *args, **kwargs).result()
            except BrokenProcessPool as error:
                self._pools[k] = None
                if self._is_over:
                    raise
                last_error = error
        raise DeadWorkerError(
            "worker",
            "a process that returns",
            f"one that ended {MAX_ATTEMPTS} times: it was killed, crashed or called os._exit",
            "Run what it ran alone, with fewer trials if memory was short.",
        ) from last_error

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes, without waiting for what they run."""
        self._is_over = True
        for _ in self._threads:
            self._tasks.put(None)
        for pool, is_busy in zip(self._pools, self._is_busy, strict=True):
            if pool is None:
                continue
            for process in list((pool._processes or {}).values()) if is_busy else ():
                process.kill()
            pool.shutdown(wait=wait, cancel_futures=True)


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


@contextlib.contextmanager
def connect_to_dask(address: str) -> Iterator[tuple[Executor, CountedWorkers]]:
    """Connect to the scheduler of a dask cluster.

    Parameters
    ----------
    address : str
        Address of the scheduler, such as ``"tcp://10.0.0.1:8786"``.

    Yields
    ------
    executor : concurrent.futures.Executor
        Submits to the cluster, whose scheduler runs a call again if its worker ends.
    workers : CountedWorkers
        Number of workers that the cluster has, which may grow.

    Raises
    ------
    MissingExtraError
        If dask.distributed is not installed.
    ExecutorError
        If no scheduler answers.
    """
    distributed = import_optional("distributed", "cluster", "scheduler")
    if "://" not in address:
        remedy = "Copy the address that 'dask scheduler' prints."
        expected = "an address such as tcp://10.0.0.1:8786"
        raise DescriptionError("scheduler", expected, repr(address), remedy)
    try:
        client = distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ExecutorError(
            "scheduler",
            f"a dask scheduler at {address}",
            f"{type(error).__name__}: {error}",
            "Start one with 'dask scheduler', and workers with 'dask worker'.",
        ) from error
    try:
        check_threads(client.nthreads())
        yield client.get_executor(retries=MAX_ATTEMPTS, pure=False), CountedWorkers(client)
    finally:
        client.close()


class CountedWorkers:
    """Number of workers that a cluster has now; called, it returns at least 1.

    Parameters
    ----------
    client : distributed.Client
        Client of the cluster.
    """

    def __init__(self, client: Any) -> None:
        self.client, self.count, self.time = client, 1, -math.inf

    def __call__(self) -> int:
        """Return the number, which is asked for at most every few seconds."""
        if time.monotonic() > self.time + SECONDS_BETWEEN_COUNTS:
            self.count = max(len(self.client.nthreads()), 1)
            self.time = time.monotonic()
        return self.count


def check_threads(threads: Mapping[str, int]) -> None:
    """Raise `ExecutorError` for workers with several threads: Brian2 is not safe in them."""
    crowded = {address: n for address, n in threads.items() if n > 1}
    if crowded:
        address, n = next(iter(crowded.items()))
        raise ExecutorError(
            "scheduler",
            "workers with one thread each",
            f"one with {n}, at {address}",
            "Start them with 'dask worker --nthreads 1 --nworkers auto'.",
        )


@contextlib.contextmanager
def open_executor(
    jobs: int, executor: Executor | None = None, scheduler: str | None = None
) -> Iterator[tuple[Executor | None, Callable[[], int]]]:
    """Open what runs the calls, and end it: worker processes, or the connection to a cluster.

    Parameters
    ----------
    jobs : int
        Worker processes on this machine; with 1 the calls run in this process.
    executor : concurrent.futures.Executor or None, optional
        Runs the calls instead.
    scheduler : str or None, optional
        Address of a dask scheduler, whose workers run the calls instead.

    Yields
    ------
    executor : concurrent.futures.Executor or None
        None if the calls run in this process.
    count_workers : callable
        ``count_workers()`` returns how many calls run at the same time now.

    Raises
    ------
    DescriptionError
        If there are more than `MAX_WORKERS` jobs.
    ExecutorError
        If no scheduler answers, or its workers have several threads.
    """
    if scheduler is not None:
        with connect_to_dask(scheduler) as (dask_executor, count_workers):
            yield dask_executor, count_workers
    elif executor is not None:
        yield executor, lambda: max(getattr(executor, "_max_workers", 1), jobs)
    elif jobs == 1:
        yield None, lambda: 1
    elif jobs > MAX_WORKERS:
        expected, remedy = f"at most {MAX_WORKERS}", "One for each core is enough."
        raise DescriptionError("worker processes", expected, f"{jobs}", remedy)
    else:
        with WorkerProcesses(jobs) as processes:
            yield processes, lambda: jobs


def is_repeated_crash(error: BaseException | None) -> bool:
    """Return whether an error says that the process of a call ended again and again.

    That of dask is known by its name, because dask is optional.
    """
    return isinstance(error, DeadWorkerError) or type(error).__name__ == "KilledWorker"
