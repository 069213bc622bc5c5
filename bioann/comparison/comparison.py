"""Compare the two models of a run: scores, claims, signs and effective weights."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.base.text import format_level
from bioann.base.views import draw_named_figure, render_for_notebook
from bioann.bio.network import SpikingNetwork
from bioann.claims.claim import Verdict, judge_claim
from bioann.claims.rules.rule import Evidence
from bioann.claims.score_table import SCORE_COLUMNS
from bioann.comparison.align_responses import align_responses
from bioann.comparison.looks import choose_level
from bioann.comparison.provenance_flags import flag_provenance
from bioann.comparison.responses import Responses
from bioann.comparison.run_flags import collect_flags
from bioann.comparison.scores import compute_scores, equivalence_table, find_margins
from bioann.comparison.sign_table import effective_weight_table, sign_table
from bioann.comparison.weight_flags import flag_effective_weights
from bioann.metrics.jackknife import N_RESAMPLES
from bioann.pair import Pair
from bioann.recordings.wirings import count_wirings
from bioann.runs.claim_record import AFTER, BEFORE, find_claim_times
from bioann.runs.run import Run, wrong_pair_error
from bioann.translate.effective_weights.measure import (
    choose_operating_points,
    record_effective_weights,
)

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """The scores and verdicts of a run.

    Attributes
    ----------
    run : Run
        The pair that was run, and its recording.
    responses : xarray.Dataset
        Both models and the controls on one axis, in activation.
    evidence : Evidence
        What the claims were judged by: scores with their estimates, margins, confidence level.
    equivalence : pandas.DataFrame
        One row per match: RMSE with interval, the margin of the pair, and the verdict; see
        `bioann.comparison.scores.equivalence_table`.
    claims : tuple of Verdict
        The pair's claims, judged.
    signs : pandas.DataFrame
        The sign of every connection in both models.
    flags : tuple of str
        Warnings: where the run left the range in which its numbers are valid.
    window : tuple of float
        Start and stop in seconds of the read-out window.
    audit : pandas.DataFrame or None
        For a run with an audit, how far each score moves when the time step is halved: columns
        match, metric, detail, value, halved, move, width (half its 95% interval), unit.
    effective_weights : pandas.DataFrame or None
        For a run with effective weights, what every connection was measured to do: columns of
        `bioann.comparison.sign_table.effective_weight_table`.
    looks : pandas.DataFrame or None
        From `bioann.decide`, one row per look and claim: columns look, trials, level (of the
        intervals), claim, outcome, because.

    Examples
    --------
    >>> import bioann as ba
    >>> comparison = ba.compare(pair.run(trials=10, seed=1))  # doctest: +SKIP
    >>> comparison.scores[["match", "metric", "value", "low", "high"]]  # doctest: +SKIP
    >>> comparison.figure("responses")  # doctest: +SKIP
    """

    run: Run[Pair]
    responses: xr.Dataset
    evidence: Evidence
    equivalence: pd.DataFrame
    claims: tuple[Verdict, ...]
    signs: pd.DataFrame
    flags: tuple[str, ...]
    window: tuple[float, float]
    audit: pd.DataFrame | None = None
    effective_weights: pd.DataFrame | None = None
    looks: pd.DataFrame | None = None

    @property
    def scores(self) -> pd.DataFrame:
        """One row per match and metric, with `SCORE_COLUMNS`.

        Value with its confidence interval and the number of independent units behind it (0 and
        ``"exact"`` if nothing in it is random), noise ceiling (the spiking model against a second
        run), chance level (mean over sign-shuffled rate models), best value; NaN if meaningless.
        """
        return self.evidence.scores[list(SCORE_COLUMNS)]

    @property
    def interval_name(self) -> str:
        """The confidence level of the intervals: "95 % CI", more after a sequential decision."""
        return f"{format_level(self.evidence.level)} CI"

    @property
    def pair(self) -> Pair:
        """The pair that was run."""
        return self.run.pair

    @property
    def subject(self) -> Pair:
        """What makes the claims: the pair."""
        return self.run.pair

    @property
    def recording(self) -> xr.DataTree:
        """The recording of the run."""
        return self.run.recording

    @property
    def repetitions(self) -> int:
        """Number of trials of each condition."""
        return int(self.run.attrs["trials"])

    @functools.cached_property
    def claim_times(self) -> tuple[str, ...]:
        """When each claim was stated: ``"before the run"``, ``"after the run"``, ``"unknown"``."""
        return find_claim_times([v.claim for v in self.claims], self.run.attrs)

    @property
    def claims_after_run(self) -> tuple[str, ...]:
        """Ids of the claims that were added or changed after the run."""
        times = zip(self.claims, self.claim_times, strict=True)
        return tuple(v.claim.id for v, time in times if time == AFTER)

    @property
    def has_proven_claims(self) -> bool:
        """Whether the recording proves that every claim was stated before the run."""
        return bool(self.claims) and set(self.claim_times) == {BEFORE}

    def figure(self, name: str) -> Figure:
        """Draw a figure of the report; see `bioann.figures.draw_figure` for the names."""
        figure: Figure = draw_named_figure(self, name)
        return figure

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{v.claim.id} {v.outcome}" for v in self.claims)
        return f"Comparison of pair {self.pair.name!r}: {verdicts or 'no claims'}"

    def _repr_html_(self) -> str:
        return render_for_notebook("comparison", self)


@name_argument_errors
def compare(
    run: Run[Pair] | xr.DataTree,
    *,
    pair: Pair | None = None,
    level: float | None = None,
    resamples: int = N_RESAMPLES,
) -> Comparison:
    """Compute the scores of a run and judge the claims of its pair.

    Parameters
    ----------
    run : Run or xarray.DataTree
        From ``Pair.run``; or a recording that was read from a file, with its `pair`.
    pair : Pair, optional
        The pair of the recording; that of the run unless given.
    level : float, optional
        Confidence level of the intervals, between 0 and 1. Unless given 0.95, or for a run of
        `bioann.decide` that of its look, with p-values multiplied accordingly.
    resamples : int, optional
        Number of resampled values, of measures that are not smooth in the responses.

    Returns
    -------
    Comparison
        Scores, equivalence, verdicts and flags.

    Raises
    ------
    PairError
        If a recording comes without its pair, or with another one; the message lists what differs.
    DescriptionError
        If the level is not between 0 and 1.

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
    >>> pair = ba.Pair("identity", bio, ann, correspondence, stimulus=stimulus)
    >>> comparison = ba.compare(pair.run(trials=5, seed=1))
    >>> comparison.scores.query("metric == 'RMSE'")[["value", "ceiling"]].round(3).values.tolist()
    [[0.0, 0.0]]
    """
    check_minimum("compare", 1, resamples=resamples)
    run = _attach_pair(run, pair)
    pair, recording = run.pair, run.recording
    window = (float(run.attrs["window"][0]), float(run.attrs["window"][1]))
    dataset = align_responses(recording, pair.correspondence)
    # A model in which nothing is random has one trial, and that is exact.
    exact_models = frozenset(n for n in run.children if run[n].attrs.get("random") == 0)
    run_responses = Responses(dataset, window, exact_models)
    level, p_factor = choose_level(run.attrs, level)
    scores = compute_scores(pair, recording, run_responses, level, resamples)
    evidence = Evidence(scores, find_margins(pair), level, p_factor)
    comparison = Comparison(
        run,
        dataset,
        evidence,
        equivalence_table(evidence),
        tuple(judge_claim(claim, evidence) for claim in pair.claims),
        sign_table(pair),
        collect_flags(run),
        window,
        _audit_table(run, run_responses, scores) if "audit" in run.children else None,
        effective_weight_table(pair, recording) if "effective_weights" in run.children else None,
    )
    flags = (*comparison.flags, *flag_provenance(run.attrs, comparison.claims_after_run))
    if comparison.effective_weights is not None:
        flags += flag_effective_weights(comparison.effective_weights)
    return dataclasses.replace(comparison, flags=flags)


def with_effective_weights(comparison: Comparison) -> Comparison:
    """Measure the effective weights of a comparison whose run has none.

    Parameters
    ----------
    comparison : Comparison
        A comparison with or without effective weights.

    Returns
    -------
    Comparison
        The same with effective weights, measured at operating points of its run and with its seed;
        what it was if it has one, or its spiking model cannot be probed.
    """
    pair, run = comparison.pair, comparison.run
    if comparison.effective_weights is not None or not isinstance(pair.bio, SpikingNetwork):
        return comparison
    stimulus = run["stimulus"]["stimulus"].rename(stimulus_time="time")
    recording = run["bio"].to_dataset()
    points = choose_operating_points(recording, stimulus, comparison.window)
    engine = "numpy" if run.attrs.get("engine") == "numpy" else "auto"
    effective_weights = record_effective_weights(
        pair.bio,
        pair.ann,
        points,
        seed=int(run.attrs["seed"]),
        engine=engine,
        wirings=count_wirings(recording),
    )
    table = effective_weight_table(
        pair, xr.DataTree.from_dict({"/effective_weights": effective_weights})
    )
    flags = (*comparison.flags, *flag_effective_weights(table))
    return dataclasses.replace(comparison, effective_weights=table, flags=flags)


def _audit_table(run: Run[Pair], run_responses: Responses, scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the run beside those of its spiking model with half the time step."""
    dataset = run_responses.dataset.assign(bio=run_responses.dataset["audit"])
    dataset = dataset.drop_vars([n for n in ("ceiling", "chance", "audit") if n in dataset])
    alone = xr.DataTree.from_dict({"/bio": run["audit"].to_dataset()})
    halved = compute_scores(run.pair, alone, Responses(dataset, run_responses.window)).value
    table = scores[["match", "metric", "detail", "value", "unit"]].copy()
    table.insert(4, "halved", halved)
    table.insert(5, "move", halved - scores.value)
    table.insert(6, "width", (scores.high - scores.low) / 2)
    return table


def _attach_pair(run: Run[Pair] | xr.DataTree, pair: Pair | None) -> Run[Pair]:
    """Return the run of a recording, or a run with another copy of its pair."""
    if isinstance(run, Run):
        return run if pair is None or pair is run.pair else Run(pair, run.recording)
    if pair is None:
        raise wrong_pair_error(run, "none")
    return Run(pair, run)


@name_argument_errors
def audit(
    pair: Pair, stimulus: xr.DataArray | None = None, *, trials: int, seed: int, **options: Any
) -> pd.DataFrame:
    """Rerun the spiking model with half its time step, and see how far every score moves.

    Parameters
    ----------
    pair : Pair
        To be run; its spiking model twice, with the same input.
    stimulus : xarray.DataArray, optional
        The pair's own unless given.
    trials, seed : int
        Trials of each condition, and the seed of all random numbers, as for ``Pair.run``.
    **options : object
        ``engine`` and ``dt``, as for ``Pair.run``.

    Returns
    -------
    pandas.DataFrame
        The ``audit`` of `Comparison`.

    Raises
    ------
    SimulationError
        If the spiking model has no time step to halve.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.audit(ba.load("inverter"), trials=10, seed=1)  # doctest: +SKIP
    """
    run = pair.run(stimulus, trials=trials, seed=seed, controls=False, audit=True, **options)
    table = compare(run).audit
    assert table is not None
    return table
