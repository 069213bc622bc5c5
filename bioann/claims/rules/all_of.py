"""Several rules at once: all of them have to hold."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

from bioann.base.text import join_names
from bioann.claims.rules.rule import Evidence, Judgement, Rule
from bioann.claims.rules.score import Between, Score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AllOf(Rule):
    """Several rules hold at once: refuted if any is, supported if all are.

    Parameters
    ----------
    rules : tuple of Rule
        The rules, at least one.
    """

    rules: tuple[Rule, ...]

    @property
    def scores(self) -> tuple[Score, ...]:
        """The scores of all rules."""
        return tuple(score for rule in self.rules for score in rule.scores)

    @property
    def single_rules(self) -> tuple[Rule, ...]:
        """The rules that judge one number each."""
        return tuple(single_rule for rule in self.rules for single_rule in rule.single_rules)

    @property
    def text(self) -> str:
        """The rules in words; rules that differ in match or detail only are one phrase."""
        return "; and ".join(_describe_group(group) for group in _group_similar_rules(self.rules))

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge each rule and combine the outcomes.

        All rules hold if each does, at the level of one. For the claim to be refuted it is enough
        that one of `m` fails, and each may fail by chance: that one has to fail at an error level
        of one `m`-th (Bonferroni). The p-value is the largest of those that hold, or `m` times the
        smallest of those that fail. A part that fails, but not at that level, leaves the claim
        undecided, with the number of units at which it is expected to.
        """
        texts, judgements = [], []
        for group in _group_similar_rules(self.rules):
            for rule in group:
                judgement = rule.judge(evidence)
                judgements.append(judgement)
                if rule is not group[0] and isinstance(rule, Between):  # a group's metric is known
                    texts.append(f"{rule.score.label}: {judgement.finding}")
                else:
                    texts.append(judgement.because)
        n, finding = len(self.rules), "; ".join(texts)
        error = (1 - evidence.level) * evidence.p_factor / n
        combined = combine_judgements(judgements, error)
        failed = [
            rule
            for rule, judgement in zip(self.rules, judgements, strict=True)
            if judgement.outcome == "refuted"
        ]
        if combined.outcome == "undecided" and failed:
            needed = _count_needed_to_fail(failed, dataclasses.replace(evidence, level=1 - error))
            finding += f"; one of {n} rules has to fail at an error level of {error:.2g}"
            return dataclasses.replace(combined, finding=finding, n_needed=needed)
        return dataclasses.replace(combined, finding=finding)


def combine_judgements(judgements: Sequence[Judgement], error: float) -> Judgement:
    """Return the outcome of several rules that all have to hold; see `AllOf.judge`.

    Parameters
    ----------
    judgements : sequence of Judgement
        The judgement of each rule, at least one.
    error : float
        Error level at which a rule has to fail for the claim to be refuted.

    Returns
    -------
    Judgement
        The outcome with its p-value or the units needed, without a finding.
    """
    outcomes = {judgement.outcome for judgement in judgements}
    failing = [j.p_value for j in judgements if j.outcome == "refuted" and j.p_value <= error]
    if failing:
        return Judgement("refuted", p_value=min(1.0, len(judgements) * min(failing)))
    if outcomes <= {"supported", "depends"}:
        outcome = "supported" if outcomes == {"supported"} else "depends"
        return Judgement(outcome, p_value=max(judgement.p_value for judgement in judgements))
    return Judgement("undecided", n_needed=_count_needed(judgements))


def _count_needed_to_fail(rules: Sequence[Rule], evidence: Evidence) -> int:
    """Return the units with which the first rule is expected to fail; 0 if that is unknown."""
    needed = [rule.judge(evidence).n_needed for rule in rules]
    return min(filter(None, needed), default=0)


def _count_needed(judgements: Sequence[Judgement]) -> int:
    """Return the units that the slowest undecided part needs; 0 if it can not be decided."""
    needed = [judgement.n_needed for judgement in judgements if judgement.outcome == "undecided"]
    return max(needed, default=0) if all(needed) else 0


def _group_similar_rules(rules: tuple[Rule, ...]) -> Iterator[list[Rule]]:
    """Group neighbours that hold one metric at several matches or details to the same bounds."""

    def key(rule: Rule) -> object:
        if not isinstance(rule, Between) or not rule.score.label:
            return id(rule)
        score = rule.score
        bounds = (rule.low, rule.high)
        return score.metric_text, *bounds, bool(score.match), bool(score.detail)

    for _, group in itertools.groupby(rules, key):
        yield list(group)


def _describe_group(rules: list[Rule]) -> str:
    first = rules[0]
    if len(rules) == 1 or not isinstance(first, Between):
        return first.text
    labels = join_names(
        [rule.score.label for rule in rules if isinstance(rule, Between)], limit=len(rules)
    )
    return f"{first.score.metric_text} ({labels}) is {first.bound_text}"
