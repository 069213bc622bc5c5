"""Rules of several scores at once: all of them have to hold."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import pandas as pd

from bioann.base.text import join_names
from bioann.claims.rules.between import Between
from bioann.claims.rules.rule import Judgement, Rule

#: One name, or several: the rule has to hold for each.
Names: TypeAlias = str | Iterable[str]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AllOf(Rule):
    """Several rules hold at once: refuted if any is, supported if all are.

    Parameters
    ----------
    rules : tuple of Rule
        At least one.
    """

    rules: tuple[Rule, ...]

    @property
    def text(self) -> str:
        """The rules in words; what differs by a name only is said once."""
        return "; and ".join(_describe_group(alike) for alike in _group_similar_rules(self.rules))

    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Judge each rule and combine."""
        judgements = []
        for first, *others in _group_similar_rules(self.rules):
            judgements.append(first.judge(scores, equivalence))
            for rule in others:
                judgement = rule.judge(scores, equivalence)
                judgements.append(
                    Judgement(judgement.outcome, judgement.because.replace(*_abbreviation(rule), 1))
                )
        outcomes = [f.outcome for f in judgements]
        because = "; ".join(f.because for f in judgements)
        if "refuted" in outcomes:
            return Judgement("refuted", because)
        return Judgement("supported" if set(outcomes) == {"supported"} else "depends", because)


def _group_similar_rules(rules: tuple[Rule, ...]) -> Iterator[list[Rule]]:
    """Group neighbours that hold one score of several readings, or its parts, to one bound."""

    def key(rule: Rule) -> object:
        if not isinstance(rule, Between) or not (rule.match or rule.detail):
            return id(rule)
        return rule.metric, rule.low, rule.high, rule.column, bool(rule.match), bool(rule.detail)

    for _, group in itertools.groupby(rules, key):
        yield list(group)


def _score_label(rule: Rule) -> str:
    assert isinstance(rule, Between)
    return (
        f"{rule.match} ({rule.detail})" if rule.match and rule.detail else rule.match or rule.detail
    )


def _describe_group(rules: list[Rule]) -> str:
    first, *others = rules
    if not others:
        return first.text
    assert isinstance(first, Between)
    score_text = dataclasses.replace(first, match="", detail="").score_text
    names = join_names([_score_label(rule) for rule in rules], limit=len(rules))
    return f"{score_text} of {names} is {first.bound_text}"


def _abbreviation(rule: Rule) -> tuple[str, str]:
    """Give how a finding begins, and what stands for it where its score was named before."""
    assert isinstance(rule, Between)
    return f"{rule.score_text} is ", f"{_score_label(rule)}: "


def at_least(metric: Names, bound: float, *, match: Names = "", detail: Names = "") -> Rule:
    """Make the rule that a score, or each of several, is at least `bound`."""
    return _rule_for_each(metric, match, detail, bound, np.inf)


def at_most(metric: Names, bound: float, *, match: Names = "", detail: Names = "") -> Rule:
    """Make the rule that a score, or each of several, is at most `bound`."""
    return _rule_for_each(metric, match, detail, -np.inf, bound)


def _rule_for_each(metric: Names, match: Names, detail: Names, low: float, high: float) -> Rule:
    name_tuples = [
        (names,) if isinstance(names, str) else names for names in (metric, match, detail)
    ]
    rules = tuple(
        Between(m, low, high, match_name, detail_name)
        for m, match_name, detail_name in itertools.product(*name_tuples)
    )
    return rules[0] if len(rules) == 1 else AllOf(rules)
