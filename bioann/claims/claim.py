"""Claims and verdicts: what is believed, and what a comparison says about it."""

from __future__ import annotations

import dataclasses
import itertools

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import check_names
from bioann.claims.answer import Answer
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.rule import Evidence, Judgement, Rule
from bioann.claims.rules.score import Score

OUTCOMES = ("supported", "refuted", "depends", "undecided")


@dataclasses.dataclass(frozen=True, init=False, repr=False, eq=False)
class Claim(Description):
    """One sentence that someone believes about signs, inhibition or weights.

    Parameters
    ----------
    id : str
        Short label in tables and reports, such as ``"A1"``.
    sentence : str
        What is believed, as one sentence.
    source : str
        Who says so: a paper, a forum, ``"ours"``.
    *rules : Rule
        What the scores have to meet, such as ``score >= 0.9``; all of them have to hold. The rules
        of an `AllOf` are listed one by one.
    """

    id: str
    sentence: str
    source: str
    rules: tuple[Rule, ...]

    def __init__(self, id: str, sentence: str, source: str, *rules: Rule) -> None:
        nested = [rule.rules if isinstance(rule, AllOf) else (rule,) for rule in rules]
        single = tuple(itertools.chain.from_iterable(nested))
        fields = {"id": id, "sentence": sentence, "source": source, "rules": single}
        for name, value in fields.items():
            self.set_field(name, value)
        self.__post_init__()

    def check(self) -> None:
        """Raise `DescriptionError` unless there is a sentence and at least one rule."""
        check_names((self.id,), "Claim, id")
        are_rules = self.rules and all(isinstance(rule, Rule) for rule in self.rules)
        if not self.sentence or not are_rules:
            raise DescriptionError(
                f"Claim {self.id!r}",
                "a sentence and one or more rules",
                repr(self.rules),
                'Write rules such as bioann.measure(function, "name").of("bio") >= 0.9.',
            )

    def __repr__(self) -> str:
        arguments = (self.id, self.sentence, self.source, *self.rules)
        return f"Claim({', '.join(map(repr, arguments))})"

    @property
    def rule(self) -> Rule:
        """The rules as one."""
        return self.rules[0] if len(self.rules) == 1 else AllOf(self.rules)

    def to_answer(
        self,
        *,
        supported: str = "",
        refuted: str = "",
        depends: str = "",
        undecided: str = "",
        score: Score | None = None,
    ) -> Answer:
        """Return the answer to the question of a pair that the outcome of this claim gives.

        Parameters
        ----------
        supported, refuted, depends, undecided : str, optional
            Answer for each outcome, one sentence such as ``"Yes: one unit inverts"``; a report
            quotes the claim with its outcome where one is missing.
        score : Score, optional
            The deciding number that the report prints, one of this claim's rules; otherwise the
            first that has the outcome of the whole claim.

        Returns
        -------
        Answer
            For ``Pair(answer=...)``.
        """
        return Answer(self.id, supported, refuted, depends, undecided, score)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A claim with its outcome and the numbers that decided it.

    Parameters
    ----------
    claim : Claim
        The claim that was judged.
    judgement : Judgement
        What its rules came to.
    """

    claim: Claim
    judgement: Judgement

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`."""
        return self.judgement.outcome

    @property
    def because(self) -> str:
        """The numbers that decided it, as one line."""
        return self.judgement.because


def judge_claim(claim: Claim, evidence: Evidence) -> Verdict:
    """Apply a claim's rules to the scores of a comparison.

    Parameters
    ----------
    claim : Claim
        The claim that is judged.
    evidence : Evidence
        The scores of a comparison.

    Returns
    -------
    Verdict
        The outcome; never written by hand.

    Raises
    ------
    DescriptionError
        If a rule names a score that does not exist; the message names the claim.
    """
    try:
        judgement = claim.rule.judge(evidence)
    except DescriptionError as error:
        error.obj = f"Claim {claim.id!r}, {error.obj}"
        raise
    return Verdict(claim, judgement)
