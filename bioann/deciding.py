"""The numbers that decided a verdict, one per part of its rule: what an index and a table show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bioann.claims import Verdict
from bioann.comparison import Comparison
from bioann.rules import AllOf, Rule, Same, find

#: Columns of a table of verdicts: what is claimed by whom, the pair that measures it, how it came
#: out, and one deciding number with its 95% interval.
COLUMNS = (
    "id",
    "claim",
    "source",
    "pair",
    "verdict",
    "part",
    "outcome",
    "value",
    "low",
    "high",
    "unit",
    "trials",
)


def parts(rule: Rule) -> Iterator[Rule]:
    """Take a rule apart into those that look at one score each."""
    if isinstance(rule, AllOf):
        for one in rule.rules:
            yield from parts(one)
    else:
        yield rule


def decider(verdict: Verdict, scores: pd.DataFrame, equivalence: pd.DataFrame) -> str:
    """Say the number of the first part that came out as the whole did, and how many more did.

    Parameters
    ----------
    verdict : Verdict
        With its claim.
    scores, equivalence : pandas.DataFrame
        Of the comparison.

    Returns
    -------
    str
        For a claim that is not supported, what kept it from that.
    """
    found = [rule.judge(scores, equivalence) for rule in parts(verdict.claim.rule)]
    same = [f.because for f in found if f.outcome == verdict.outcome]
    return same[0] + (f" (and {len(same) - 1} more)" if len(same) > 1 else "")


def table(comparison: Comparison) -> pd.DataFrame:
    """List the deciding numbers of all claims of a comparison.

    Parameters
    ----------
    comparison : Comparison
        Scored and judged.

    Returns
    -------
    pandas.DataFrame
        One row per part of each claim's rule, with `COLUMNS`; `part` is the rule in words.
    """
    scores, equivalence = comparison.scores, comparison.equivalence
    rows = []
    for verdict in comparison.claims:
        for rule in parts(verdict.claim.rule):
            outcome = rule.judge(scores, equivalence).outcome
            numbers = _numbers(rule, scores, equivalence)
            claim, trials = verdict.claim, int(comparison.run.attrs["trials"])
            who = (claim.id, claim.sentence, claim.source, comparison.pair.name, verdict.outcome)
            rows.append((*who, rule.text, outcome, *numbers, trials))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _numbers(
    rule: Rule, scores: pd.DataFrame, equivalence: pd.DataFrame
) -> tuple[float, float, float, str]:
    """Give value, interval and unit of the score that a rule looks at."""
    if isinstance(rule, Same):
        row = equivalence[equivalence.match == rule.match].iloc[0]
        return float(row.rmse), float(row.low), float(row.high), "activation"
    metric, match, detail = (getattr(rule, field, "") for field in ("metric", "match", "detail"))
    row = find(scores, metric, match, detail, f"rule {rule.text!r}")
    column = getattr(rule, "column", "value")
    ends = {"value": ("low", "high"), "ceiling": ("ceiling_low", "ceiling_high")}.get(column)
    low, high = (float(row[c]) for c in ends) if ends else (np.nan, np.nan)
    return float(row[column]), low, high, str(row.unit)
