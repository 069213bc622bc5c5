"""The rules and the known truths whose verdicts `analyses/error_rates.py` counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from bioann.analyses.interval_methods import FIRST_CROSSING, RESPONSE
from bioann.analyses.synthetic_responses import RATE_MODEL, SPREAD
from bioann.claims.margin import DEFAULT_SHARE, Margin
from bioann.claims.rules.boundary import Boundary
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.rule import IntervalRule
from bioann.claims.rules.score import Score, ScoreOrMetric
from bioann.metrics.agreement import BIAS, CORRELATION_OVER_CONDITIONS, GAIN, RMSE

#: Margin of the pair, and those of scores with the best value 1.
MARGIN = DEFAULT_SHARE * SPREAD
GAIN_MARGIN, CORRELATION_MARGIN = 0.1, 0.05
#: Reason of all of them.
WHY = "the truths are stated in multiples of it"
#: Names of the truths that the goals are about.
IDENTICAL, AT_MARGIN, TWO_MARGINS = "identical", "off by one margin", "off by two margins"
SIGN_FLIPPED = "sign flipped"


@dataclasses.dataclass(frozen=True)
class Truth:
    """A state of the spiking model in which the right verdict is known.

    Parameters
    ----------
    name : str
        Name of the truth in tables.
    curves : tuple of numpy.ndarray, shape (condition,)
        Mean responses of the spiking model, one for each match.
    right : str
        The right outcome; empty exactly at a bound, where every decision is an error.
    """

    name: str
    curves: tuple[np.ndarray, ...]
    right: str


@dataclasses.dataclass(frozen=True)
class RuleCase:
    """A rule with the truths that it is applied to.

    Parameters
    ----------
    name : str
        The rule in words.
    rules : tuple of IntervalRule
        One rule, or one for each match, which all have to hold.
    truths : tuple of Truth
        In the order of the table.
    """

    name: str
    rules: tuple[IntervalRule, ...]
    truths: tuple[Truth, ...]

    @property
    def is_equivalence(self) -> bool:
        """Whether it is an equivalence test."""
        return isinstance(self.rules[0], Equivalent)


def _equivalent(score: ScoreOrMetric, margin: float) -> Equivalent:
    return Equivalent(score, Margin(margin, WHY))


def _truths_off_by(curves: Sequence[np.ndarray], flipped: str = "refuted") -> tuple[Truth, ...]:
    """Return the truths of one match; `curves` differ by 0, 1/2, 1 and 2 margins."""
    names = (IDENTICAL, "off by half a margin", AT_MARGIN, TWO_MARGINS)
    outcomes = ("supported", "supported", "", "refuted")
    truths = [Truth(*row) for row in zip(names, [(c,) for c in curves], outcomes, strict=True)]
    return (*truths, Truth(SIGN_FLIPPED, (1 - RATE_MODEL,), flipped))


def curve_with_correlation(correlation: float) -> np.ndarray:
    """Return responses whose correlation with the rate model's is `correlation`."""
    centred = RATE_MODEL - RATE_MODEL.mean()
    bend = centred**2 - (centred**2).mean()  # uncorrelated with it, by symmetry
    bend *= centred.std() / bend.std()
    tilted = correlation * centred + np.sqrt(1 - correlation**2) * bend
    return np.asarray(RATE_MODEL.mean() + tilted)


def make_cases() -> tuple[RuleCase, ...]:
    """Return all rules with their truths."""
    shifted = [RATE_MODEL + k * MARGIN for k in (0, 0.5, 1, 2)]
    steeper = [(1 + k * GAIN_MARGIN) * RATE_MODEL for k in (0, 0.5, 1, 2)]
    bent = [curve_with_correlation(1 - k * CORRELATION_MARGIN) for k in (0, 0.5, 1, 2)]
    expected = float(RATE_MODEL[len(RATE_MODEL) // 2])
    response, gain = Score(RESPONSE), Score(GAIN)
    low, high = expected - MARGIN, expected + MARGIN
    one_sided, two_sided = response <= high, response.between(low, high)
    correlation = Score(CORRELATION_OVER_CONDITIONS)
    return (
        # In the middle condition the flipped response is 1.8 margins below the right one.
        RuleCase(
            "one-sided: a response is at most ...",
            (one_sided,),
            _truths_off_by(shifted, "supported"),
        ),
        RuleCase("two-sided: a response is between ...", (two_sided,), _truths_off_by(shifted)),
        RuleCase("equivalent, RMSE", (_equivalent(RMSE, MARGIN),), _truths_off_by(shifted)),
        RuleCase(
            "equivalent, gain",
            (_equivalent(gain, GAIN_MARGIN),),
            _truths_off_by(steeper),
        ),
        RuleCase(
            "equivalent, correlation",
            (_equivalent(correlation, CORRELATION_MARGIN),),
            _truths_off_by(bent),
        ),
        # The mean response is the same when responses fall where they should rise.
        RuleCase(
            "equivalent, bias",
            (_equivalent(BIAS, MARGIN),),
            _truths_off_by(shifted, "supported"),
        ),
        make_boundary_case(),
        make_joint_case(2),
        make_joint_case(4),
    )


def make_boundary_case() -> RuleCase:
    """Return the rule about a boundary, searched for from 0 to 1."""
    rule = Boundary(FIRST_CROSSING, 0.0, 1.0, "below")
    levels = {
        "boundary in the middle": (0.5, "depends"),
        "boundary at the end of the range": (1.0, ""),
        "boundary outside the range": (1.3, "supported"),
    }
    truths = [
        Truth(name, (np.maximum(0.5 + RATE_MODEL - level, 0),), right)
        for name, (level, right) in levels.items()
    ]
    return RuleCase("boundary", (rule,), tuple(truths))


def make_joint_case(n_rules: int) -> RuleCase:
    """Return the case of several rules that all have to hold, about independent matches."""
    same, others = RATE_MODEL, (RATE_MODEL,) * (n_rules - 1)
    at_margin = RATE_MODEL + MARGIN
    truths = (
        Truth(IDENTICAL, (same, *others), "supported"),
        Truth("one off by half a margin", (same + 0.5 * MARGIN, *others), "supported"),
        Truth("one off by one margin", (at_margin, *others), ""),
        Truth("all off by one margin", (at_margin,) * n_rules, ""),
        Truth("one off by two margins", (same + 2 * MARGIN, *others), "refuted"),
        Truth(SIGN_FLIPPED, (1 - RATE_MODEL,) * n_rules, "supported"),
    )
    rules = tuple(Score(BIAS, f"match {k + 1}").between(-MARGIN, MARGIN) for k in range(n_rules))
    return RuleCase(f"all of {n_rules} rules about a bias", rules, truths)
