"""Judge the claims of a pair or study again with other parameters, half the step, another cell."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

from bioann.base.annotations import is_real_number
from bioann.base.arguments import is_whole_number, name_argument_errors
from bioann.base.errors import BioannError, DescriptionError
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.text import shorten_repr
from bioann.base.user_code import name_user_errors
from bioann.comparison.comparison import compare
from bioann.pair import Pair
from bioann.robustness.robustness import FAILED, UNDECIDED, ClaimRobustness, Robustness
from bioann.robustness.robustness_table import hash_subject
from bioann.robustness.turning_parameter import find_turning_parameter
from bioann.robustness.variants import Variant, make_variants
from bioann.studies.run import run_study
from bioann.studies.study import Study

#: Points of the Latin hypercube, and the largest relative change of a parameter.
DEFAULT_POINTS, DEFAULT_CHANGE = 8, 0.2
MAX_POINTS = 1000


@name_argument_errors
def check_robustness(
    subject: Pair | Study,
    *,
    points: int = DEFAULT_POINTS,
    change: float = DEFAULT_CHANGE,
    seed: int = DEFAULT_SEED,
    trials: int | None = None,
    engine: str = "auto",
    report_variant: Callable[[str], None] = lambda name: None,
) -> Robustness:
    """Judge every claim again in variants of a pair or study, and count where its verdict stays.

    The variants are points of a Latin hypercube, in which every physical parameter of the spiking
    models is multiplied by a factor of its own; a run with half the time step; and one in which the
    leaky integrate-and-fire cells are exponential ones of the same rheobase. Parameters with the
    same role change together (`bioann.parameters.collect_physical_parameters`). A rate model that
    was written by hand stays as it is; one that ``Pair.derive`` derives is derived again. Of a
    study the continuous settings change, and one variant has another seed.

    Parameters
    ----------
    subject : Pair or Study
        The pair or study whose verdicts are checked.
    points : int, optional
        Points of the Latin hypercube, 0 to 1000, each with a seed of its own.
    change : float, optional
        Largest relative change of a parameter, above 0 and below 1.
    seed : int, optional
        Seed of the original run.
    trials : int, optional
        Repetitions of each condition, or seeds of a study; the number that it states unless given.
    engine : str, optional
        What executes spiking models.
    report_variant : callable, optional
        Called with the name of each variant before it runs, first with ``"original"``.

    Returns
    -------
    Robustness
        The verdict of each claim in every variant.

    Raises
    ------
    DescriptionError
        If `points` or `change` is out of range.
    BioannError
        If the original cannot be run. A variant that cannot be described or run counts as failed.

    Examples
    --------
    >>> import bioann as ba
    >>> robustness = ba.check_robustness(ba.load("inverter"), points=4)  # doctest: +SKIP
    """
    check_options(points, change)
    start_time = time.perf_counter()
    report_variant("original")
    verdicts = judge_claims(subject, seed, trials, engine)
    variants = make_variants(subject, points, float(change), seed)
    reasons = dict(variants.reasons)
    outcomes: dict[str, Mapping[str, str]] = {}
    for variant in variants.variants:
        report_variant(variant.name)
        try:
            with name_user_errors(f"{subject.name}, {variant.name}", "a variant that can be built"):
                changed = variant.build()  # `Pair.derive` and settings of studies are user code
            outcomes[variant.name] = judge_claims(changed, variant.seed, trials, engine)
        except BioannError as error:
            outcomes[variant.name] = dict.fromkeys(verdicts, FAILED)
            reasons[f"result with {variant.name}"] = str(error).rstrip(".")
    claims = tuple(
        _summarise_claim(label, verdict, variants.variants, outcomes)
        for label, verdict in verdicts.items()
    )
    seconds = time.perf_counter() - start_time
    options = (points, float(change), seed)
    return Robustness(
        subject.name, hash_subject(subject), *options, claims, reasons, seconds, trials
    )


def check_options(points: Any, change: Any) -> None:
    """Raise `DescriptionError` for a number of points or a change that is out of range.

    Parameters
    ----------
    points : int
        Points of the Latin hypercube, 0 to 1000.
    change : float
        Largest relative change of a parameter, above 0 and below 1.
    """
    if not is_whole_number(points, 0) or points > MAX_POINTS:
        raise DescriptionError(
            "check_robustness, points",
            f"a whole number from 0 to {MAX_POINTS}",
            shorten_repr(points),
            f"Each point is a run of its own: start with points={DEFAULT_POINTS}.",
        )
    if not is_real_number(change) or not 0 < change < 1:
        raise DescriptionError(
            "check_robustness, change",
            "a share above 0 and below 1",
            shorten_repr(change),
            "Write change=0.2 for 20 % up and down.",
        )


def _summarise_claim(
    label: str,
    verdict: str,
    variants: tuple[Variant, ...],
    outcomes: Mapping[str, Mapping[str, str]],
) -> ClaimRobustness:
    """Return how robust the verdict of one claim is."""
    of_claim = {variant.name: outcomes[variant.name].get(label, FAILED) for variant in variants}
    points = [v for v in variants if v.factors and of_claim[v.name] != FAILED]
    outcomes_of_points = [of_claim[point.name] for point in points]
    # A claim that becomes undecided needs more trials: that is no contradiction.
    events = {
        "turns": [outcome not in (verdict, UNDECIDED) for outcome in outcomes_of_points],
        "is undecided": [outcome == UNDECIDED != verdict for outcome in outcomes_of_points],
    }
    texts = []
    for event, is_event in events.items():
        parameter = find_turning_parameter([point.factors for point in points], is_event)
        if parameter and (parameter.stands_out or event == "turns"):
            texts.append(parameter.describe(event))
    return ClaimRobustness(label, verdict, of_claim, "; ".join(texts))


@functools.singledispatch
def judge_claims(subject: Any, seed: int, trials: int | None, engine: str) -> dict[str, str]:
    """Run a pair or study, and return the outcome of each claim by its label.

    Parameters
    ----------
    subject : Pair or Study
        What is run.
    seed : int
        Seed of the run.
    trials : int or None
        Repetitions of each condition, or seeds of a study; None for the number that it states.
    engine : str
        What executes spiking models.
    """
    raise TypeError(f"neither a pair nor a study: {subject!r}")


@judge_claims.register(Pair)
def judge_claims_of_pair(pair: Pair, seed: int, trials: int | None, engine: str) -> dict[str, str]:
    """Run a pair; see `judge_claims`."""
    run = pair.run(
        trials=pair.trials if trials is None else trials, seed=seed, engine=engine, vary=False
    )
    return {verdict.claim.id: verdict.outcome for verdict in compare(run).claims}


@judge_claims.register(Study)
def judge_claims_of_study(
    study: Study, seed: int, trials: int | None, engine: str
) -> dict[str, str]:
    """Run a study; see `judge_claims`."""
    result = run_study(study, seed=seed, seeds=trials)
    return {verdict.claim.id: verdict.outcome for verdict in result.claims}
