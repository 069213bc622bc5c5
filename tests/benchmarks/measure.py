"""Time two sides in turn, and say how far apart they are."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy.optimize import least_squares


@dataclasses.dataclass(frozen=True)
class BenchSize:
    """How much is run, and how often."""

    rounds: int = 3
    toy: bool = False


@dataclasses.dataclass(frozen=True)
class BenchFigure:
    """One line of the table.

    Attributes
    ----------
    what, against : str
        The two sides.
    goal : str
        As it was set.
    value : float or None
        The ratio (or exponent); None where it could not be measured.
    low, high : float
        Least and largest ratio of the single rounds.
    met : bool or None
        Whether the value reaches the goal.
    ours, theirs : tuple of float
        Seconds of every round.
    note : str
        What ran, or why nothing did.
    extra : dict
        What else was measured.
    """

    what: str
    against: str
    goal: str
    value: float | None = None
    low: float = float("nan")
    high: float = float("nan")
    met: bool | None = None
    ours: tuple[float, ...] = ()
    theirs: tuple[float, ...] = ()
    note: str = ""
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)


def run_side(
    name: str, environment: dict[str, str] | None = None, **arguments: Any
) -> dict[str, Any]:
    """Run one side in a process of its own; ``took`` is its whole time."""
    command = [sys.executable, "-m", "tests.benchmarks.sides", name, json.dumps(arguments)]
    start = time.perf_counter()
    full_environment = {**os.environ, **(environment or {})}
    result = subprocess.run(
        command, env=full_environment, capture_output=True, text=True, check=False
    )
    duration = time.perf_counter() - start
    if result.returncode:
        raise RuntimeError(f"{name}: {result.stderr[-2000:]}")
    return {**json.loads(result.stdout.splitlines()[-1]), "took": duration}


def time_call(work: Callable[[], Any]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure_processor_time(work: Callable[[], Any], min_seconds: float = 0.0) -> float:
    """Give the processor time of one call, that of the programs it starts included.

    A short one is repeated until `min_seconds` seconds are over; the median counts.
    """

    def read_used_time() -> float:
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    times: list[float] = []
    while not times or sum(times) < min_seconds:
        start = read_used_time()
        work()
        times.append(read_used_time() - start)
    return float(np.median(times))


def alternate_sides(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Measure two sides in turn; each call gives its own seconds."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return tuple(a for a, _ in pairs), tuple(b for _, b in pairs)


def compare_medians(
    over: Sequence[float], under: Sequence[float], *, at_least: float = 0, at_most: float = np.inf
) -> dict[str, Any]:
    """Give the ratio of medians, its spread over rounds, and whether it reaches the goal."""
    ratios = np.asarray(over) / np.asarray(under)
    value = float(np.median(over) / np.median(under))
    is_reached = bool(at_least <= value <= at_most)
    return {
        "value": value,
        "low": float(ratios.min()),
        "high": float(ratios.max()),
        "met": is_reached,
    }


def fit_exponent(sizes: Sequence[float], times: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Fit ``t = a + b * n**p`` with relative errors; give `p`, `a` and the fitted times.

    `a` is the fixed cost, between nothing and the shortest time.
    """
    n, t = np.asarray(sizes, float), np.asarray(times, float)
    scaled = n / n[-1]

    def model(p: np.ndarray) -> np.ndarray:
        return p[0] * t.min() + np.exp(p[1]) * scaled ** p[2]

    start = [0.5, np.log(t[-1]), 1.0]
    fit = least_squares(lambda p: model(p) / t - 1, start, bounds=([0, -np.inf, 0], [1, np.inf, 5]))
    return float(fit.x[2]), float(fit.x[0] * t.min()), model(fit.x)


def leave_one_out(
    sizes: Sequence[float], times: np.ndarray
) -> Iterator[tuple[Sequence[float], np.ndarray]]:
    """Leave one size out in turn, but the first, where four are left to fit three numbers to."""
    yield sizes, times
    for k in range(1, len(sizes)) if len(sizes) > 4 else ():
        yield [*sizes[:k], *sizes[k + 1 :]], np.delete(times, k)


def format_local_exponents(sizes: Sequence[float], times: np.ndarray) -> str:
    """Write the exponent from each size to the next, fixed cost included."""
    exponents = np.diff(np.log(times)) / np.diff(np.log(sizes))
    return ", ".join(f"{exponent:.2f}" for exponent in exponents)


def time_process(arguments: Sequence[str], **environment: str) -> float:
    """Time a process of its own; an error of it is one here."""
    env = {**os.environ, **environment}
    start = time.perf_counter()
    result = subprocess.run(
        [sys.executable, *arguments], env=env, capture_output=True, text=True, check=False
    )
    duration = time.perf_counter() - start
    if result.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {result.stderr[-2000:]}")
    return duration
