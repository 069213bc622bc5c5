"""Two runs of one pair side by side: verdicts that turned, scores that changed, and the cause."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pandas as pd

from bioann.base.errors import PairError
from bioann.base.views import render_for_notebook
from bioann.comparison.change_causes import ChangeCause, list_causes
from bioann.comparison.number_changes import ADDED, REMOVED, SAME, TURNED, compare_numbers
from bioann.comparison.stored_comparison import StoredComparison

#: Columns that identify a score.
SCORE_KEYS = ("match", "metric", "detail")


@dataclasses.dataclass(frozen=True, eq=False)
class ComparisonDiff:
    """What changed from one run of a pair to another.

    Parameters
    ----------
    first, second : StoredComparison
        The two stored comparisons, in the order in which they are compared.
    claims : pandas.DataFrame
        One row per claim: id, claim, first, second (outcomes), first_because, second_because,
        change.
    equivalence : pandas.DataFrame
        One row per response: match, first, second (verdicts), change.
    scores : pandas.DataFrame
        One row per score: match, metric, detail, unit, value, low, high of both runs, difference
        (second minus first) with its 95 % interval, change.
    causes : tuple of ChangeCause
        All respects in which the runs differ.
    """

    first: StoredComparison
    second: StoredComparison
    claims: pd.DataFrame
    equivalence: pd.DataFrame
    scores: pd.DataFrame
    causes: tuple[ChangeCause, ...]

    @property
    def pair(self) -> str:
        """Name of the pair."""
        return self.first.pair

    @property
    def turned(self) -> tuple[str, ...]:
        """Claims and responses whose verdict turned, in words."""
        claims = self.claims[self.claims.change == TURNED]
        responses = self.equivalence[self.equivalence.change == TURNED]
        arrow = "\N{RIGHTWARDS ARROW}"
        return (
            *(f"{r.id}: {r.first} {arrow} {r.second}" for r in claims.itertuples()),
            *(
                f"equivalence of {r.match}: {r.first} {arrow} {r.second}"
                for r in responses.itertuples()
            ),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class RunDiff:
    """What changed between two sets of runs.

    Parameters
    ----------
    first, second : str
        Names of the files or folders.
    diffs : tuple of ComparisonDiff
        One for each pair that both have.
    unmatched : tuple of str
        Sentences about pairs that only one of them has.
    """

    first: str
    second: str
    diffs: tuple[ComparisonDiff, ...]
    unmatched: tuple[str, ...] = ()

    @property
    def has_turned(self) -> bool:
        """Whether a verdict of a claim or of an equivalence test turned."""
        return any(diff.turned for diff in self.diffs)

    def _repr_html_(self) -> str:
        return render_for_notebook("diff", self)


def diff_comparisons(first: StoredComparison, second: StoredComparison) -> ComparisonDiff:
    """Compare two runs of one pair.

    Parameters
    ----------
    first, second : StoredComparison
        The runs, the earlier one first.

    Returns
    -------
    ComparisonDiff
        Changes of verdicts and scores, and the causes that were recorded.

    Raises
    ------
    PairError
        If the runs are of different pairs, or have no score in common.
    """
    obj = f"{first.origin} and {second.origin}"
    if first.pair != second.pair:
        raise PairError(
            obj,
            "two runs of one pair",
            f"pairs {first.pair!r} and {second.pair!r}",
            "Name two files of the same pair, or two folders.",
        )
    keys = [set(zip(*(s.scores[k] for k in SCORE_KEYS), strict=True)) for s in (first, second)]
    if all(keys) and not keys[0] & keys[1]:
        raise PairError(
            obj,
            "runs with a score in common",
            f"{len(keys[0])} and {len(keys[1])} scores, none of them the same",
            "Run the pair anew with one version of bioann.",
        )
    return ComparisonDiff(
        first,
        second,
        _compare_outcomes(first.claims, second.claims, "id", "outcome", ("claim", "because")),
        _compare_outcomes(first.equivalence, second.equivalence, "match", "verdict", ()),
        compare_numbers(first.scores, second.scores, SCORE_KEYS),
        tuple(list_causes(first, second)),
    )


def _compare_outcomes(
    first: pd.DataFrame, second: pd.DataFrame, key: str, outcome: str, texts: Sequence[str]
) -> pd.DataFrame:
    """Return the outcomes of both runs in one row for each key, in the order of the first."""
    rows = []
    tables = [table.drop_duplicates(key).set_index(key) for table in (first, second)]
    for name in dict.fromkeys((*first[key], *second[key])):
        has_row = [name in table.index for table in tables]
        outcomes = [
            str(table.loc[name, outcome]) if present else ""
            for table, present in zip(tables, has_row, strict=True)
        ]
        change = SAME if outcomes[0] == outcomes[1] else TURNED
        if not all(has_row):
            change = REMOVED if has_row[0] else ADDED
        row = {key: name, "first": outcomes[0], "second": outcomes[1], "change": change}
        for side, table, present in zip(("first", "second"), tables, has_row, strict=True):
            row |= {f"{side}_{t}": str(table.loc[name, t]) if present else "" for t in texts}
        rows.append(row)
    columns = [key, "first", "second", "change"]
    columns += [f"{side}_{text}" for side in ("first", "second") for text in texts]
    return pd.DataFrame(rows, columns=columns)
