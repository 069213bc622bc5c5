"""The rows about one large network: other simulators, cores, and how cost grows with neurons."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from bioann.base.cores import CORES_VARIABLE, count_cores
from tests.benchmarks import simulators_env, with_bioann
from tests.benchmarks.measure import (
    BenchFigure,
    BenchSize,
    compare_medians,
    fit_exponent,
    format_local_exponents,
    leave_one_out,
    run_side,
)

#: Neurons, and how many times as fast as NEST and as BrainPy a run should be.
GOALS = ((4_000, 15.0, 4.0), (20_000, 15.0, 2.0), (100_000, 15.0, 1.2))
#: Threads of NEST.
NEST_THREADS = 2


def _time_whole_run(n: int, duration: float, engine: str, cores: int | None = None) -> dict:
    """Run the network twice in a process of its own; the second use of the program counts."""
    environment = {} if cores is None else {CORES_VARIABLE: str(cores)}
    return run_side("repeat_coba_by_bioann", environment, n=n, duration=duration, engine=engine)


def compare_simulators(size: BenchSize) -> Iterator[BenchFigure]:
    """The benchmark network at three sizes, against NEST and BrainPy."""
    duration = 0.1 if size.toy else 1.0
    engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    for n, *goals in ((200, *GOALS[0][1:]),) if size.toy else GOALS:
        for simulator, goal in zip(simulators_env.PACKAGES, goals, strict=True):
            what = f"{n:,} neurons with an in-degree of 80 (Brette et al. 2007), {duration:g} s"
            against = f"{simulator}, {NEST_THREADS} threads, building and simulating"
            if simulator == "BrainPy":
                against = "BrainPy with numba, faster of two simulations after the first"
            message = simulators_env.describe_missing(simulator, install=not size.toy)
            if message:
                yield BenchFigure(what, against, f">= {goal:g} x", note=f"skipped: {message}")
                continue
            ours, theirs = [], []
            for _ in range(size.rounds):
                ours.append(_time_whole_run(n, duration, engine))
                theirs.append(simulators_env.run_coba(simulator, n, duration, NEST_THREADS))
            mine, other = ([r["seconds"] for r in results] for results in (ours, theirs))
            ratio = compare_medians(other, mine, at_least=goal)
            yield BenchFigure(
                what, against, f">= {goal:g} x faster", **ratio,
                ours=tuple(mine), theirs=tuple(other),
                note=f"engine {engine}; whole run on {count_cores()} cores",
                extra={"rate_hz_ours": ours[0]["rate"], "rate_hz_theirs": theirs[0]["rate"]},
            )  # fmt: skip


def compare_cores(size: BenchSize) -> Iterator[BenchFigure]:
    """One network on two cores, against one."""
    n, duration = (200, 0.1) if size.toy else (20_000, 1.0)
    engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    what, goal = f"a run of one network of {n:,} neurons on 2 cores", ">= 1.4 x faster"
    against = "the same on 1 core"
    if not size.toy and (os.cpu_count() or 1) < 2:
        yield BenchFigure(what, against, goal, note="skipped: there is one core")
        return
    rounds = [
        [_time_whole_run(n, duration, engine, cores) for cores in (1, 2)]
        for _ in range(size.rounds)
    ]
    alone, together = ([run["seconds"] for run in column] for column in zip(*rounds, strict=True))
    yield BenchFigure(
        what, against, goal, **compare_medians(alone, together, at_least=1.4),
        ours=tuple(together), theirs=tuple(alone),
        note=f"engine {engine}; all else in the run uses one core",
        extra={"rate_hz_ours": rounds[0][1]["rate"], "rate_hz_theirs": rounds[0][0]["rate"]},
    )  # fmt: skip


def measure_growth(size: BenchSize) -> Iterator[BenchFigure]:
    """Processor time of a whole run over neurons, with the same in-degree."""
    engine = "numpy" if size.toy else with_bioann.choose_fastest_engine()
    sizes = (100, 200, 400, 800) if size.toy else (100, 4_000, 12_000, 36_000, 100_000)
    duration = 0.1 if size.toy else 1.0
    times = np.array(
        [
            [_time_whole_run(n, duration, engine)["processor"] for n in sizes]
            for _ in range(size.rounds)
        ]
    )
    medians = np.median(times, axis=0)
    exponent, fixed, fitted = fit_exponent(sizes, medians)
    exponents = [fit_exponent(n, t)[0] for row in times for n, t in leave_one_out(sizes, row)]
    yield BenchFigure(
        f"cost over neurons with an in-degree of 80, {sizes[1]:,} to {sizes[-1]:,}",
        "straight line", "exponent <= 1.1",
        exponent, min(exponents), max(exponents), bool(exponent <= 1.1),
        note=f"engine {engine}; seconds of processor time; fixed cost {fixed:.3g} s",
        extra={"sizes": list(sizes), "seconds": times.tolist(), "fit": fitted.tolist(),
               "from size to size": format_local_exponents(sizes[1:], medians[1:])},
    )  # fmt: skip
