"""The answer to the question of a pair: what each outcome of one of its claims says about it."""

from __future__ import annotations

import dataclasses

from bioann.base.description import Description
from bioann.base.text import check_texts
from bioann.claims.rules.score import Score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Answer(Description):
    """What each outcome of a claim answers to the question of its pair.

    The sentences are written before the run, as the claim is; a report prints that of the outcome,
    with the deciding number and its interval.

    Parameters
    ----------
    claim : str
        Id of the claim whose outcome answers the question.
    supported, refuted, depends, undecided : str, optional
        Answer for each outcome of the claim, one sentence without a full stop at its end; a report
        quotes the claim with its outcome where one is missing.
    score : Score, optional
        The deciding number that the report prints, one that the rules of the claim name; otherwise
        the first that has the outcome of the whole claim.
    """

    claim: str
    supported: str = ""
    refuted: str = ""
    depends: str = ""
    undecided: str = ""
    score: Score | None = None

    @property
    def sentences(self) -> dict[str, str]:
        """The answer for each outcome of the claim; empty where the pair writes none."""
        return {
            "supported": self.supported,
            "refuted": self.refuted,
            "depends": self.depends,
            "undecided": self.undecided,
        }

    def check(self) -> None:
        """Raise `DescriptionError` unless the claim and the answers are in words."""
        obj = f"Answer by claim {self.claim!r}"
        check_texts(obj, claim=self.claim)
        for outcome, text in self.sentences.items():
            if text:
                check_texts(obj, **{outcome: text})
                self.set_field(outcome, text.rstrip("."))
