"""Sweeps: points that run as lanes beside one job for each, and two worker processes beside one."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import bioann as ba
from bioann.sweeps import FullGrid
from bioann.sweeps.axes import ParameterAxis
from bioann.sweeps.pair_source import FixedPair
from bioann.sweeps.plan_sweep import plan_sweep
from bioann.sweeps.point_result import RunSettings
from bioann.sweeps.sweep import run_sweep
from tests.benchmarks import with_bioann
from tests.benchmarks.measure import (
    BenchFigure,
    BenchSize,
    alternate_sides,
    compare_medians,
    measure_processor_time,
    time_call,
)
from tests.sweeps.conftest import SWEPT

#: Pairs with the parameter that is varied from 0.7 to 1.3 times its value.
SWEPT_PARAMETERS = {
    "inverter": "projection interneurons -> output, weight",
    "xor": "projection any -> output, weight",
    "weighted_sum": "afferent inhibition -> cell, weight",
}
POINTS, JOB_POINTS, TRIALS = 50, 5, 2
#: The parameter of a small pair in a file, which stands for these at toy size.
TOY_PARAMETER = "afferent in -> out, weight"


def list_values(name: str, n: int) -> ParameterAxis:
    """Return the axis of the parameter of a pair."""
    address = SWEPT_PARAMETERS.get(name, TOY_PARAMETER)
    parameter = FixedPair(ba.load(name)).parameters[address]
    values = parameter.value * np.linspace(0.7, 1.3, n)
    return ParameterAxis(parameter.address, tuple(values.tolist()), parameter.unit)


def sweep_pair(name: str, axis: ParameterAxis, engine: str, *, jobs: int = 1, lanes: int) -> None:
    """Run a sweep in a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        settings = RunSettings(TRIALS, 1, None, references=False, engine=engine)
        planned = plan_sweep(name, FullGrid((axis,)), settings, Path(folder) / "sweep")
        run_sweep(planned, lambda progress: None, jobs, lanes)


@functools.cache
def write_toy_pair() -> str:
    """Write the small pair to a file, and return its path."""
    path = Path(tempfile.mkdtemp()) / "swept.py"
    path.write_text(SWEPT, encoding="utf-8")
    return str(path)


def time_lanes(size: BenchSize) -> Iterator[BenchFigure]:
    """Points of one structure as lanes of one run, beside a run for each, in one warm process."""
    n, n_jobs = (3, 2) if size.toy else (POINTS, JOB_POINTS)
    engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    for name in [write_toy_pair()] if size.toy else SWEPT_PARAMETERS:
        axis, alone = list_values(name, n), list_values(name, n_jobs)
        if not size.toy:
            sweep_pair(name, alone, engine, lanes=n_jobs)
            sweep_pair(name, alone, engine, lanes=1)

        def use_lanes(name: str = name, axis: ParameterAxis = axis) -> float:
            return measure_processor_time(lambda: sweep_pair(name, axis, engine, lanes=n)) / n

        def use_jobs(name: str = name, axis: ParameterAxis = alone) -> float:
            work = measure_processor_time(lambda: sweep_pair(name, axis, engine, lanes=1))
            return work / n_jobs

        mine, other = alternate_sides(use_lanes, use_jobs, size.rounds)
        yield BenchFigure(
            f"a point of a sweep of {Path(name).stem} among {n} lanes, processor seconds",
            "the same point in a run of its own, in the same warm process",
            ">= 10 x faster",
            **compare_medians(other, mine, at_least=10),
            ours=mine,
            theirs=other,
            note=f"{TRIALS} trials, engine {engine}, no references; a sweep of {n} points beside "
            f"one of {n_jobs}",
        )


def time_two_workers(size: BenchSize) -> Iterator[BenchFigure]:
    """A sweep in two worker processes beside one, start of the processes included."""
    n = 2 if size.toy else 4 * POINTS
    engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    name = write_toy_pair() if size.toy else "inverter"
    axis, options = list_values(name, n), {"lanes": 1 if size.toy else 8}
    environment: dict[str, Any] = {"BIOANN_CORES": os.environ.get("BIOANN_CORES")}
    os.environ["BIOANN_CORES"] = "1"  # otherwise one worker has two programs run its lanes
    try:
        mine, other = alternate_sides(
            lambda: time_call(lambda: sweep_pair(name, axis, engine, jobs=2, **options)),
            lambda: time_call(lambda: sweep_pair(name, axis, engine, jobs=1, **options)),
            size.rounds,
        )
    finally:
        del os.environ["BIOANN_CORES"]
        os.environ.update({k: v for k, v in environment.items() if v is not None})
    yield BenchFigure(
        f"a sweep of {n} points of {Path(name).stem} in two worker processes",
        "the same in one process",
        ">= 1.5 x faster on two cores",
        **compare_medians(other, mine, at_least=1.5),
        ours=mine,
        theirs=other,
        note=f"{os.cpu_count()} cores, {TRIALS} trials, engine {engine}; the start of the worker "
        "processes counts",
    )
