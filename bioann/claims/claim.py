"""Claims and verdicts: what is believed, and what a run says about it."""

from __future__ import annotations

import dataclasses

import pandas as pd

from bioann.base.errors import DescriptionError
from bioann.base.units import Description
from bioann.claims.rules.rule import Rule

OUTCOMES = ("supported", "refuted", "depends")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Claim(Description):
    """One sentence that someone believes about signs, inhibition or weights.

    Parameters
    ----------
    id : str
        Short label (``"A1"``).
    sentence : str
        What is believed.
    source : str
        Who says so.
    rule : Rule
        What turns scores into a verdict.
    """

    id: str
    sentence: str
    source: str
    rule: Rule

    def check(self) -> None:
        """Raise `DescriptionError` unless there is a sentence and a rule."""
        if not self.sentence or not isinstance(self.rule, Rule):
            raise DescriptionError(
                f"Claim {self.id!r}", "a sentence and a rule", repr(self.rule), "Try at_least(...)."
            )


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A claim with its outcome (one of `OUTCOMES`) and the numbers that decided it."""

    claim: Claim
    outcome: str
    because: str


def judge_claim(claim: Claim, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Verdict:
    """Hold a claim's rule against scores.

    Parameters
    ----------
    claim : Claim
        The claim.
    scores, equivalence : pandas.DataFrame
        Of a comparison.

    Returns
    -------
    Verdict
        Never written by hand.

    Raises
    ------
    DescriptionError
        If the rule names a score that is not there; the message names the claim.
    """
    try:
        judgement = claim.rule.judge(scores, equivalence)
    except DescriptionError as error:
        error.obj = f"Claim {claim.id!r}, {error.obj}"
        raise
    return Verdict(claim, judgement.outcome, judgement.because)
