"""Run a pair at many points of the space of its parameters, and collect the results."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import xarray as xr

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.batch.executors import open_executor
from bioann.sweeps.pair_source import check_sendable
from bioann.sweeps.plan_sweep import PlannedSweep, plan_sweep
from bioann.sweeps.point_result import RunSettings
from bioann.sweeps.results import write_results
from bioann.sweeps.run_points import FinishedPoint, record_crash, run_chunk, run_pending

#: Points at most that run together as lanes of one run.
DEFAULT_LANES = 32
#: Chunks of points for each worker at least, so that all workers end at about the same time.
CHUNKS_PER_WORKER = 4


@dataclasses.dataclass(frozen=True)
class SweepProgress:
    """How far a sweep is.

    Parameters
    ----------
    total, stored : int
        Points of the design, and those of them that were in the folder at the start.
    finished, failed : int
        Points that have finished since, and those of them that could not be run.
    last_error : str
        Why the last of these failed; empty if none did.
    """

    total: int
    stored: int
    finished: int = 0
    failed: int = 0
    last_error: str = ""

    def add_points(self, points: list[FinishedPoint]) -> SweepProgress:
        """Return the progress after some more points."""
        errors = [point.error for point in points if point.error]
        return dataclasses.replace(
            self,
            finished=self.finished + len(points),
            failed=self.failed + len(errors),
            last_error=errors[-1] if errors else self.last_error,
        )


@name_argument_errors
def sweep(
    pair_of: Any,
    space: Any,
    *,
    trials: int | None = None,
    seed: int,
    out: str | Path,
    wirings: int | None = None,
    references: bool = True,
    engine: str = "auto",
    jobs: int = 1,
    lanes: int = DEFAULT_LANES,
    executor: Any = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    report_progress: Callable[..., Any] | None = None,
) -> xr.Dataset:
    """Run a pair at many points of the space of its parameters.

    The result of each point is a file in `out`, written when the point has finished. A sweep that
    was stopped goes on where it was when it is called again, on any machine that sees the folder,
    and several may work at the same time. All points have the same seed and so, as far as their
    parameters allow, the same input spikes: differences between points are those of the parameters.

    Parameters
    ----------
    pair_of : Pair, str, pathlib.Path or callable
        The pair whose parameters vary, or its name or file; or a function of the parameters,
        ``pair_of(gain=2.0)``, that returns the pair of a point.
    space : mapping of str to values, list of mappings, or Design
        Values of each parameter by its address (``"projection a -> b, weight"``), whose grid is
        run; a list of points; or a design from `bioann.sweeps`, such as ``LatinHypercube``.
    trials : int, optional
        Repetitions of each condition; the number that the pair states unless given.
    seed : int
        Seed of all runs, 0 or larger.
    out : str or pathlib.Path
        Folder of the sweep: new, empty, or of the same sweep.
    wirings : int, optional
        Independent draws of the connections of networks that draw them.
    references : bool, optional
        Whether noise ceiling, chance level and the controls of the pair are run as well.
    engine : str, optional
        What executes spiking models; the numbers do not depend on it.
    jobs : int, optional
        Number of worker processes on this machine; with 1 points run in this process.
    lanes : int, optional
        Points at most whose spiking networks run as lanes of one run, where they have the same
        structure. A worker that is killed loses as many points.
    executor : concurrent.futures.Executor, optional
        Runs the points instead.
    scheduler : str, optional
        Address of a dask scheduler, whose workers run the points and see `out`.
    retry_failed : bool, optional
        Whether points that failed in an earlier call are run again.
    report_progress : callable, optional
        Called with a `SweepProgress` at the start and whenever points have finished.

    Returns
    -------
    xarray.Dataset
        Scores with intervals, equivalence and verdicts over the parameters; a point that could not
        be run has the status ``"failed"`` and its ``error``. Also in `out`: ``results.nc`` and
        ``results.csv``.

    Raises
    ------
    UnknownNameError
        If the pair has no such parameter; the message suggests similar ones.
    DescriptionError
        If values have another dimension, the space is empty or has too many points.
    SweepError
        If the folder has another sweep, or the workers are gone.
    ExecutorError
        If no scheduler answers, or its workers have several threads.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import second
    >>> bio = ba.FunctionModel(
    ...     lambda stimulus, rng: stimulus.values + rng.normal(0, 0.05, stimulus.shape),
    ...     units=("unit",), channels=("x",), random=True,
    ... )
    >>> ann = ba.RateNetwork(("unit",), channels=("x",))
    >>> correspondence = ba.Correspondence((ba.Match("unit", "unit"),))
    >>> stimulus = ba.steps({"x": [0.0, 0.5, 1.0]}, duration=second)
    >>> def make_pair(gain):
    ...     ann = ba.RateNetwork(("unit",), channels=("x",), W_in=[[gain]])
    ...     return ba.Pair("gains", bio, ann, correspondence, stimulus=stimulus)
    ...
    >>> result = ba.sweep(make_pair, {"gain": [0.5, 1.0]}, trials=2, seed=1, out="gains")
    """
    settings = RunSettings(trials, seed, wirings, references, engine)
    check_whole_number(jobs, "sweep, jobs")
    check_whole_number(lanes, "sweep, lanes")
    check_executor(executor, scheduler)
    planned = plan_sweep(pair_of, space, settings, out)
    if jobs > 1 or executor is not None or scheduler is not None:
        check_sendable(planned.task.source)
    if retry_failed:
        planned.forget_failed()
    report_progress = report_progress or (lambda progress: None)
    run_sweep(planned, report_progress, jobs, lanes, executor=executor, scheduler=scheduler)
    dataset = planned.collect()
    write_results(dataset, out)
    return dataset


def check_executor(executor: Any, scheduler: str | None) -> None:
    """Raise `DescriptionError` for an executor that is none, or for two."""
    is_executor = executor is None or isinstance(executor, Executor)
    if not is_executor or (executor is not None and scheduler is not None):
        raise DescriptionError(
            "sweep, executor",
            "one executor of concurrent.futures, or the address of a scheduler",
            shorten_repr(executor) if not is_executor else "both",
            "Pass concurrent.futures.ProcessPoolExecutor(), for example.",
        )


def run_sweep(
    planned: PlannedSweep,
    report_progress: Callable[[SweepProgress], Any],
    jobs: int,
    lanes: int = DEFAULT_LANES,
    *,
    executor: Executor | None = None,
    scheduler: str | None = None,
) -> SweepProgress:
    """Run all points that have not finished.

    Parameters
    ----------
    planned : PlannedSweep
        What is swept.
    report_progress : callable
        Called with the progress at the start and whenever points have finished.
    jobs : int
        Worker processes on this machine.
    lanes : int, optional
        Points at most that run together.
    executor : concurrent.futures.Executor or None, optional
        Runs the points instead.
    scheduler : str or None, optional
        Address of a dask scheduler.

    Returns
    -------
    SweepProgress
        The progress at the end.
    """
    stored = planned.folder.list_points()
    n_points = planned.design.n_points
    progress = SweepProgress(n_points, planned.count_stored(stored))
    report_progress(progress)
    if progress.stored == n_points:
        return progress

    def report_points(points: list[FinishedPoint]) -> None:
        nonlocal progress
        progress = progress.add_points(points)
        report_progress(progress)

    work = functools.partial(run_chunk, planned.task)
    with open_executor(jobs, executor, scheduler) as (chosen, count_workers):
        pending = planned.iterate_pending(stored)
        give_up = functools.partial(record_crash, planned.task)
        n_pending = n_points - progress.stored
        chunk_size = choose_chunk_size(n_pending, count_workers(), lanes)
        run_pending(
            pending, work, chosen, report_points, give_up,
            count_workers=count_workers, chunk_size=chunk_size,
        )  # fmt: skip
    return progress


def choose_chunk_size(n_points: int, workers: int, lanes: int) -> int:
    """Return how many points run together: at most `lanes`, and some chunks for each worker."""
    return max(min(lanes, n_points // (workers * CHUNKS_PER_WORKER)), 1)
