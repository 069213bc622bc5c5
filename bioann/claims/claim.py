"""Claims and verdicts: what is believed, and what a comparison says about it."""

from __future__ import annotations

import dataclasses
import itertools

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import check_names, check_texts
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.rule import Evidence, Judgement, Rule
from bioann.claims.rules.score import Score

OUTCOMES = ("supported", "refuted", "depends", "undecided")


@dataclasses.dataclass(frozen=True, init=False, repr=False, eq=False)
class Claim(Description):
    """One sentence that someone believes about signs, inhibition or weights.

    The claim that answers the question of its pair says so by the answer for each outcome, one
    sentence such as ``supported="Yes: one unit inverts"``. The answers are written before the run,
    as the claim is; a report prints that of the outcome, with the deciding number.

    Parameters
    ----------
    id : str
        Short label in tables and reports, such as ``"A1"``.
    sentence : str
        What is believed, as one sentence.
    source : str or tuple of str
        Who says so: a paper, a forum, ``"ours"``; several where each of them says it.
    *rules : Rule
        What the scores have to meet, such as ``score >= 0.9``; all of them have to hold. The rules
        of an `AllOf` are listed one by one.
    source_detail : str, optional
        Where in its source the sentence stands, such as ``"Table 5"``, or what it follows.
    supported, refuted, depends, undecided : str, optional
        Answer to the question of the pair for each outcome, one sentence without a full stop at
        its end; a report quotes the claim with its outcome where one is missing.
    answer_score : Score, optional
        The deciding number that the report prints with the answer, one that the rules name;
        otherwise the first that has the outcome of the whole claim.

    Examples
    --------
    >>> import bioann as ba
    >>> error = ba.Score(ba.metrics.RMSE)
    >>> claim = ba.Claim("1", "The rate model describes the circuit.", "ours", error <= 0.05)
    >>> claim.rules[0].text
    'RMSE is at most 0.0500 activation'
    """

    id: str
    sentence: str
    sources: tuple[str, ...]
    rules: tuple[Rule, ...]
    source_detail: str = ""
    supported: str = ""
    refuted: str = ""
    depends: str = ""
    undecided: str = ""
    answer_score: Score | None = None

    def __init__(
        self,
        id: str,
        sentence: str,
        source: str | tuple[str, ...],
        *rules: Rule,
        source_detail: str = "",
        supported: str = "",
        refuted: str = "",
        depends: str = "",
        undecided: str = "",
        answer_score: Score | None = None,
    ) -> None:
        nested = [rule.rules if isinstance(rule, AllOf) else (rule,) for rule in rules]
        single = tuple(itertools.chain.from_iterable(nested))
        sources = source if isinstance(source, tuple) else (source,) if source else ()
        answers = (supported, refuted, depends, undecided)
        values = (id, sentence, sources, single, source_detail, *answers, answer_score)
        for field, value in zip(dataclasses.fields(self), values, strict=True):
            self.set_field(field.name, value)
        self.__post_init__()

    def check(self) -> None:
        """Raise `DescriptionError` unless there is a sentence, a rule, and answers are in words."""
        check_names((self.id,), "Claim, id")
        obj = f"Claim {self.id!r}"
        are_rules = self.rules and all(isinstance(rule, Rule) for rule in self.rules)
        if not self.sentence or not are_rules:
            raise DescriptionError(
                obj,
                "a sentence and one or more rules",
                repr(self.rules),
                'Write rules such as bioann.measure(function, "name").of("bio") >= 0.9.',
            )
        for source in self.sources:
            check_texts(obj, source=source)
        for outcome, text in self.answers.items():
            check_texts(obj, **{outcome: text})
            self.set_field(outcome, text.rstrip("."))
        if self.answer_score is not None and self.answer_score not in self.rule.scores:
            raise DescriptionError(
                f"{obj}, answer_score",
                f"one of its scores: {', '.join(repr(s.text) for s in self.rule.scores)}",
                repr(self.answer_score.text),
                "Take one of these, or answer by another claim.",
            )

    def __repr__(self) -> str:
        sources = self.sources if len(self.sources) > 1 else "".join(self.sources)
        arguments = [repr(value) for value in (self.id, self.sentence, sources, *self.rules)]
        options: dict[str, object] = {**self.answers, "answer_score": self.answer_score}
        options["source_detail"] = self.source_detail or None
        arguments += [f"{name}={value!r}" for name, value in options.items() if value is not None]
        return f"Claim({', '.join(arguments)})"

    @property
    def source(self) -> str:
        """Who says so, as one line."""
        return ", ".join(filter(None, ("; ".join(self.sources), self.source_detail)))

    @property
    def rule(self) -> Rule:
        """The rules as one."""
        return self.rules[0] if len(self.rules) == 1 else AllOf(self.rules)

    @property
    def answers(self) -> dict[str, str]:
        """Answer to the question of the pair by outcome, where the claim has one."""
        texts = (self.supported, self.refuted, self.depends, self.undecided)
        return {name: text for name, text in zip(OUTCOMES, texts, strict=True) if text}


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
