"""Several rules at once: all of them have to hold."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import pandas as pd

from bioann.base.text import join_names
from bioann.claims.rules.rule import Judgement, Rule
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

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Judge each rule and combine the outcomes."""
        judgements, texts = [], []
        for group in _group_similar_rules(self.rules):
            for rule in group:
                judgement = rule.judge(scores, equivalence)
                judgements.append(judgement)
                if rule is not group[0] and isinstance(rule, Between):  # a group's metric is known
                    texts.append(f"{rule.score.label}: {judgement.finding}")
                else:
                    texts.append(judgement.because)
        outcomes = [judgement.outcome for judgement in judgements]
        outcome = "supported" if set(outcomes) == {"supported"} else "depends"
        return Judgement("refuted" if "refuted" in outcomes else outcome, finding="; ".join(texts))


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
