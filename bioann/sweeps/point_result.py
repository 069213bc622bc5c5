"""Run the pair of one point, and keep its scores and verdicts as values that JSON has."""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from bioann.base.errors import BioannError
from bioann.base.user_code import name_user_errors
from bioann.comparison.judge_together import JudgedRecording, judge_together
from bioann.pair import Pair
from bioann.recordings.recording import check_trials
from bioann.runs.adapt_plan import adapt_plan
from bioann.runs.execute_together import execute_steps
from bioann.runs.options import RunOptions
from bioann.runs.plan import RunPlan, plan_run
from bioann.runs.wirings import choose_wirings
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


def plan_point(pair: Pair, settings: RunSettings) -> RunPlan:
    """Plan the run of the pair of a point, as ``Pair.run`` does."""
    assert pair.stimulus is not None
    trials = check_trials(pair.trials if settings.trials is None else settings.trials)
    wirings = choose_wirings(pair, settings.wirings if pair.has_drawn_wiring else None, trials)
    width = pair.bin_width_quantity
    options = RunOptions(trials, settings.seed, width, settings.engine, wirings=wirings)
    return plan_run(
        pair,
        pair.stimulus,
        pair.window(),
        options,
        controls=settings.references,
        audit=False,
        effective_weights=False,
        vary=False,
    )


def compute_points(task: PointTask, points: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """Run points, those of one structure as lanes of one run; of points that fail, the error.

    Parameters
    ----------
    task : PointTask
        What is swept.
    points : sequence of sequence of float
        Value of each parameter in SI units, for each point.

    Returns
    -------
    list of dict of str to object
        For each point ``point``, ``error``, ``seconds`` and the tables ``scores``, ``equivalence``
        and ``claims``, as lists of rows, without NaN.
    """
    start_time = time.perf_counter()
    plans = plan_points(task, points)
    runnable = [plan for plan in plans if isinstance(plan, RunPlan)]
    judged = _run_plans(task, runnable) if runnable else []
    remaining = iter(judged)
    outcomes = [next(remaining) if isinstance(plan, RunPlan) else plan for plan in plans]
    results = [
        failed_point(task, values, str(outcome))
        if isinstance(outcome, BioannError)
        else {"point": task.describe_point(values), "error": "", **tabulate_judged(outcome)}
        for values, outcome in zip(points, outcomes, strict=True)
    ]
    seconds = round((time.perf_counter() - start_time) / len(points), 4)
    return [{**result, "seconds": seconds} for result in results]


def _run_plans(
    task: PointTask, plans: Sequence[RunPlan]
) -> Sequence[JudgedRecording | BioannError]:
    """Run plans and judge their claims, or return the error of each that fails."""
    outcomes = _try(task, lambda: execute_steps(plans))
    if isinstance(outcomes, BioannError):  # code of a model that fails at one of the points
        if len(plans) == 1:
            return [outcomes]
        return [judged for plan in plans for judged in _run_plans(task, [plan])]
    finished = [k for k, outcome in enumerate(outcomes) if not isinstance(outcome, BioannError)]
    runs = [outcomes[k] for k in finished]
    judged = _try(task, lambda: judge_together(runs)) if finished else []
    if isinstance(judged, BioannError):
        judged = [judged] * len(finished)
    for k, of_point in zip(finished, judged, strict=True):
        outcomes[k] = of_point
    return list(outcomes)


def plan_points(task: PointTask, points: Sequence[Sequence[float]]) -> list[RunPlan | BioannError]:
    """Plan points; those that differ in numbers of spiking models share the steps of the others."""
    plans: list[RunPlan | BioannError] = []
    first: RunPlan | None = None

    def plan_values(values: Sequence[float]) -> RunPlan:
        pair = task.make_pair(values)
        adapted = None if first is None else adapt_plan(first, pair)
        return adapted or plan_point(pair, task.settings)

    for values in points:
        plan = _try(task, functools.partial(plan_values, values))
        plans.append(plan)
        first = plan if first is None and isinstance(plan, RunPlan) else first
    return plans


def _try(task: PointTask, action: Callable[[], Any]) -> Any:
    """Return the result of an action, or its error; errors of a user's code are named."""
    try:
        with name_user_errors(f"sweep of {task.source.title}", "a point that runs"):
            return action()
    except BioannError as error:
        return error


def failed_point(task: PointTask, values: Sequence[float], error: str) -> dict[str, Any]:
    """Return the result of a point whose process ended each time that it ran."""
    empty: dict[str, Any] = {"scores": [], "equivalence": [], "claims": []}
    return {"point": task.describe_point(values), "error": error, "seconds": 0.0, **empty}


def tabulate_judged(judged: JudgedRecording) -> dict[str, Any]:
    """Return scores, equivalence and verdicts of a run as lists of rows."""
    return {
        "scores": list_rows(select_columns(judged.scores, SCORE_COLUMNS)),
        "equivalence": list_rows(select_columns(judged.equivalence, EQUIVALENCE_COLUMNS)),
        "claims": list_rows(list_claim_numbers(judged)),
    }


def select_columns(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the rows of some columns of a table."""
    return list(zip(*(table[name].tolist() for name in columns), strict=True))


def list_claim_numbers(judged: JudgedRecording) -> list[tuple[Any, ...]]:
    """Return the verdict of each claim, with the number of the first part of its rule."""
    rows: dict[str, tuple[Any, ...]] = {}
    for verdict in judged.claims:
        claim, number = verdict.claim, verdict.judgement
        if len(claim.rule.single_rules) > 1:
            number = claim.rule.single_rules[0].judge(judged.evidence)
        numbers = (number.value, number.low, number.high, number.unit)
        rows.setdefault(claim.id, (claim.id, verdict.outcome, *numbers))
    return list(rows.values())


def list_rows(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return rows with None for numbers that are not finite."""
    return [[_to_json_value(value) for value in row] for row in rows]


def _to_json_value(value: Any) -> Any:
    """Return a text or a number of 10 significant digits; None if it is not finite."""
    if isinstance(value, str):
        return value
    number = float(value)
    return float(f"{number:.10g}") if math.isfinite(number) else None
