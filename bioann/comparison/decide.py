"""Decide the claims of a pair: add trials until every claim is decided, with a stated error."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.user_code import name_user_errors
from bioann.claims.claim import Claim, Verdict
from bioann.claims.rules.rule import Evidence
from bioann.comparison.comparison import Comparison, compare
from bioann.comparison.looks import MAX_TRIALS, plan_looks
from bioann.pair import Pair
from bioann.recordings.size import check_response_size
from bioann.runs.extend import extend_run

#: Columns of `bioann.Comparison.looks`.
LOOK_COLUMNS = ("look", "trials", "level", "claim", "outcome", "because")


@name_argument_errors
def decide(
    pair: Pair,
    stimulus: xr.DataArray | None = None,
    *,
    seed: int,
    max_trials: int = MAX_TRIALS,
    claims: Sequence[str] = (),
    engine: str = "auto",
    dt: Any = None,
    audit: bool = False,
    vary: bool = True,
    report_look: Callable[[int], None] = lambda trials: None,
) -> Comparison:
    """Run a pair in batches of trials, until its claims are decided.

    The looks are stated beforehand: `max_trials`, its half, its quarter and so on, from at least 5
    trials. At each look all claims are judged with all trials that there are, at a confidence level
    that keeps the error of all looks together at 5 % for every claim (`bioann.comparison.looks`).
    It stops when all claims are decided at the same look, when more trials cannot decide those that
    are not (their scores vary between samples of the stimulus only, or are exact), or at the last
    look.

    The trials are those of one ``pair.run`` with the same seed, bit for bit. Where connections are
    drawn, every trial has a wiring of its own, unless the pair states ``wirings=1``.

    Parameters
    ----------
    pair : Pair
        The pair that is run, with one claim at least.
    stimulus : xarray.DataArray, optional
        As for ``Pair.run``; that of the pair unless given.
    seed : int
        Seed of all random numbers, 0 or larger.
    max_trials : int, optional
        Trials of each condition at the last look, at least 5.
    claims : sequence of str, optional
        Labels of the claims that have to be decided; all unless given.
    engine : {'auto', 'numpy', 'cython', 'cpp', 'cpp_standalone'}, optional
        What executes spiking models.
    dt : quantity, optional
        Time step of spiking models, a time; their own unless given.
    audit : bool, optional
        Whether to rerun the spiking model with half its time step, as for ``Pair.run``.
    vary : bool, optional
        Whether to run both models at each value of the parameter that the pair varies, as for
        ``Pair.run``; once, at the first look.
    report_look : callable, optional
        Called with the trials of each look before they are run.

    Returns
    -------
    Comparison
        All trials, judged at the level of the look at which it stopped, with the history in
        ``looks``.

    Raises
    ------
    SimulationError
        If `max_trials` is less than the trials of a first look, or a model cannot run.
    DescriptionError, UnknownNameError
        If the pair has no claim, or none of that label.

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
    >>> claim = ba.Claim("1", "The models agree.", "ours", ba.Score(ba.metrics.RMSE) <= 0.05)
    >>> pair = ba.Pair("same", bio, ann, correspondence, stimulus=stimulus, claims=(claim,))
    >>> comparison = ba.decide(pair, seed=1)
    >>> comparison.claims[0].outcome, comparison.repetitions
    ('supported', 5)
    """
    chosen, looks = choose_claims(pair, claims, "decide"), plan_looks(max_trials)
    inputs = pair.stimulus if stimulus is None else stimulus
    if isinstance(inputs, xr.DataArray) and {"condition", "time"} <= set(inputs.dims):
        check_response_size("decide", inputs, looks.trials[-1], len(pair.bio.units))
    rows: list[tuple[object, ...]] = []
    run = None
    for look, trials in enumerate(looks.trials):
        with name_user_errors("decide, report_look"):
            report_look(trials)
        wirings = trials if pair.has_drawn_wiring and pair.wirings != 1 else None
        if run is None:
            options = {"wirings": wirings, "engine": engine, "dt": dt}
            options |= {"audit": audit, "vary": vary}
            run = pair.run(stimulus, trials=trials, seed=seed, **options)
            run.attrs["looks"] = list(looks.trials)
        else:
            run = extend_run(run, trials, engine=engine, dt=dt, wirings=wirings)
        comparison = compare(run)
        verdicts = [verdict for verdict in comparison.claims if verdict.claim in chosen]
        level = comparison.evidence.level
        rows += [(look + 1, trials, level, v.claim.id, v.outcome, v.because) for v in verdicts]
        if not any(can_change(verdict, comparison.evidence) for verdict in verdicts):
            break
    return dataclasses.replace(comparison, looks=pd.DataFrame(rows, columns=list(LOOK_COLUMNS)))


def choose_claims(pair: Pair, labels: Sequence[str], obj: str) -> tuple[Claim, ...]:
    """Return the claims of a pair with some labels.

    Parameters
    ----------
    pair : Pair
        Pair whose claims are to be decided.
    labels : sequence of str
        Labels of claims; all claims if empty.
    obj : str
        What asks for them, as errors name it.

    Returns
    -------
    tuple of Claim
        At least one, in the order of the pair.

    Raises
    ------
    DescriptionError, UnknownNameError
        If the pair has no claim, or none of that label.
    """
    if not pair.claims:
        raise DescriptionError(
            f"{obj}, {pair.title()}",
            "a pair with claims",
            "one without",
            "Give it claims=(bioann.Claim(...),), or run it with a number of trials.",
        )
    ids = [claim.id for claim in pair.claims]
    for label in labels:
        if label not in ids:
            raise unknown_name_error(f"{obj}, {pair.title()}", "claim", label, ids)
    return tuple(claim for claim in pair.claims if not labels or claim.id in labels)


def can_change(verdict: Verdict, evidence: Evidence) -> bool:
    """Return whether a claim is undecided, and a score of it becomes more exact with more trials.

    Parameters
    ----------
    verdict : Verdict
        The claim as it was judged.
    evidence : Evidence
        What it was judged by.

    Returns
    -------
    bool
        False if all of its scores are exact, or vary between the samples of a drawn stimulus.
    """
    scores = verdict.claim.rule.scores
    sampled = {score.find_estimate(evidence.scores).sampled for score in scores}
    return verdict.outcome == "undecided" and bool(sampled & {"trials", "wirings"})
