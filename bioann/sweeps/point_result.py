"""Run the pair of one point, and keep its scores and verdicts as values that JSON has."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bioann.base.errors import BioannError
from bioann.base.user_code import name_user_errors
from bioann.comparison.comparison import Comparison, compare
from bioann.comparison.verdict_table import verdict_table
from bioann.pair import Pair
from bioann.sweeps.axes import ParameterAxis
from bioann.sweeps.pair_source import PairSource
from bioann.sweeps.store import SweepFolder

#: Columns of the tables that a point keeps.
SCORE_COLUMNS = (
    *("match", "metric", "detail", "value", "low", "high", "ceiling", "chance", "unit"),
)
EQUIVALENCE_COLUMNS = ("match", "rmse", "low", "high", "margin", "verdict")
CLAIM_COLUMNS = ("id", "verdict", "value", "low", "high", "unit")


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """Options of the runs of all points.

    Parameters
    ----------
    trials : int or None
        Repetitions of each condition; None for the number that the pair states.
    seed : int
        Seed of all runs: points differ in their parameters, not in their input spikes.
    wirings : int or None, optional
        Independent draws of the connections; None for the pair's own number.
    references : bool, optional
        Whether noise ceiling, chance level and the controls of the pair are run.
    engine : str, optional
        What executes spiking models; the numbers do not depend on it.
    """

    trials: int | None
    seed: int
    wirings: int | None = None
    references: bool = True
    engine: str = "auto"

    def identify(self) -> dict[str, Any]:
        """Return the options that the numbers depend on."""
        options = dataclasses.asdict(self)
        del options["engine"]
        return options


@dataclasses.dataclass(frozen=True)
class PointTask:
    """Everything that a worker needs to run points of a sweep.

    Parameters
    ----------
    source : PairSource
        What makes the pairs.
    axes : tuple of ParameterAxis
        The parameters that vary, with their full addresses.
    settings : RunSettings
        Options of the runs.
    folder : SweepFolder
        Where the results are written.
    pair_hash : str
        Hash of what makes the pairs, as in the process that started the sweep.
    """

    source: PairSource
    axes: tuple[ParameterAxis, ...]
    settings: RunSettings
    folder: SweepFolder
    pair_hash: str

    def make_pair(self, values: Sequence[float]) -> Pair:
        """Return the pair of a point; `values` in SI units."""
        return self.source.make_pair(
            {a.address: a.to_quantity(v) for a, v in zip(self.axes, values, strict=True)}
        )

    def describe_point(self, values: Sequence[float]) -> dict[str, float]:
        """Return the value of each parameter in its display unit, by address."""
        axes = zip(self.axes, values, strict=True)
        return {axis.address: axis.in_display_unit(value) for axis, value in axes}


def run_point(pair: Pair, settings: RunSettings) -> Comparison:
    """Run the pair of a point, and judge its claims."""
    run = pair.run(
        trials=pair.trials if settings.trials is None else settings.trials,
        seed=settings.seed,
        wirings=settings.wirings if pair.has_drawn_wiring else None,
        engine=settings.engine,
        controls=settings.references,
        vary=False,
    )
    return compare(run)


def compute_point(task: PointTask, values: Sequence[float]) -> dict[str, Any]:
    """Run a point and return its result; of a point that cannot be run, its error.

    Parameters
    ----------
    task : PointTask
        What is swept.
    values : sequence of float
        Value of each parameter in SI units.

    Returns
    -------
    dict of str to object
        ``point``, ``error``, ``seconds`` and the tables ``scores``, ``equivalence`` and ``claims``,
        as lists of rows, without NaN.
    """
    start_time = time.perf_counter()
    tables: dict[str, Any] = {"scores": [], "equivalence": [], "claims": []}
    try:
        with name_user_errors(f"sweep of {task.source.title}", "a point that runs"):
            comparison = run_point(task.make_pair(values), task.settings)
        tables, error = tabulate_comparison(comparison), ""
    except BioannError as exception:
        error = str(exception)
    seconds = round(time.perf_counter() - start_time, 4)
    return {"point": task.describe_point(values), "error": error, "seconds": seconds, **tables}


def failed_point(task: PointTask, values: Sequence[float], error: str) -> dict[str, Any]:
    """Return the result of a point whose process ended each time that it ran."""
    empty: dict[str, Any] = {"scores": [], "equivalence": [], "claims": []}
    return {"point": task.describe_point(values), "error": error, "seconds": 0.0, **empty}


def tabulate_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return scores, equivalence and verdicts of a comparison as lists of rows."""
    claims = verdict_table(comparison).drop_duplicates("id")
    return {
        "scores": list_rows(comparison.scores[list(SCORE_COLUMNS)]),
        "equivalence": list_rows(comparison.equivalence[list(EQUIVALENCE_COLUMNS)]),
        "claims": list_rows(claims[list(CLAIM_COLUMNS)]),
    }


def list_rows(table: pd.DataFrame) -> list[list[Any]]:
    """Return the rows of a table, with None for numbers that are not finite."""
    return [
        [_to_json_value(value) for value in row] for row in table.itertuples(index=False, name=None)
    ]


def _to_json_value(value: Any) -> Any:
    """Return a text or a number of 10 significant digits; None if it is not finite."""
    if isinstance(value, str):
        return value
    number = float(value)
    return float(f"{number:.10g}") if math.isfinite(number) else None
