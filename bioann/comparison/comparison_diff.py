"""Two runs of one pair side by side: verdicts that turned, scores that changed, and the cause."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.errors import PairError
from bioann.comparison.stored_comparison import StoredComparison
from bioann.runs.pair_record import list_content_changes

#: How a verdict or a score of the second run relates to that of the first.
TURNED, CHANGED, SAME, WITHIN_ERROR = "turned", "changed", "same", "within error"
ADDED, REMOVED, UNDEFINED = "added", "removed", "undefined in one"
#: Relative difference up to which two values are the same number.
SAME_NUMBER = 1e-9
#: Columns that identify a score.
SCORE_KEYS = ("match", "metric", "detail")
#: Settings of a run that change its numbers, by their names in reports.
SETTINGS = {
    "seed": "seed",
    "trials": "trials",
    "wirings": "wirings",
    "engine": "engine",
    "dt_s": "time step [s]",
}


@dataclasses.dataclass(frozen=True)
class ChangeCause:
    """One respect in which two runs differ, so that their results may.

    Parameters
    ----------
    kind : str
        ``"parameter"``, ``"code"``, ``"rule of a claim"``, ``"setting"`` or ``"version"``.
    item : str
        Path of a value of the pair, name of a setting or package, or id of a claim.
    first, second : str
        Its value in both runs; empty where a run does not have it.
    """

    kind: str
    item: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.kind} {self.item}: {self.first or 'none'} \N{RIGHTWARDS ARROW} " + (
            self.second or "none"
        )


@dataclasses.dataclass(frozen=True, eq=False)
class ComparisonDiff:
    """What changed from one run of a pair to another.

    Parameters
    ----------
    first, second : StoredComparison
        Both runs.
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
        tuple(_list_causes(first, second)),
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


def compare_numbers(first: pd.DataFrame, second: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return the numbers of two runs side by side, with the interval of their difference.

    The interval combines those of both numbers as of independent runs (Zou and Donner 2008). Runs
    with the same seed share their input, so that it is then too wide rather than too narrow.

    Parameters
    ----------
    first, second : pandas.DataFrame
        Columns `keys`, value, low, high, unit. A number that is exact has an interval of length 0.
    keys : sequence of str
        Columns that identify a number.

    Returns
    -------
    pandas.DataFrame
        Columns `keys`, unit, value_first, low_first, high_first, the same of the second,
        difference, difference_low, difference_high, change.
    """
    columns = [*keys, "unit", "value", "low", "high"]
    tables = [table.drop_duplicates(list(keys))[columns] for table in (first, second)]
    merged = tables[0].merge(
        tables[1], on=list(keys), how="outer", suffixes=("_first", "_second"), sort=False,
        indicator="side",
    )  # fmt: skip
    # An outer merge sorts; the order of the first run is that of its report.
    order = {key: k for k, key in enumerate(_list_keys(tables[0], keys))}
    n = len(order)
    for k, key in enumerate(_list_keys(tables[1], keys)):
        order.setdefault(key, n + k)
    position = [order[key] for key in _list_keys(merged, keys)]
    merged = merged.iloc[np.argsort(position, kind="stable")].reset_index(drop=True)
    a, la, ua = (merged[f"{name}_first"] for name in ("value", "low", "high"))
    b, lb, ub = (merged[f"{name}_second"] for name in ("value", "low", "high"))
    merged["difference"] = b - a
    merged["difference_low"] = b - a - np.hypot(b - lb, ua - a)
    merged["difference_high"] = b - a + np.hypot(ub - b, a - la)
    merged["unit"] = merged.unit_first.fillna(merged.unit_second)
    merged["change"] = [_judge_change(row) for row in merged.itertuples()]
    return merged.drop(columns=["unit_first", "unit_second", "side"])


def _list_keys(table: pd.DataFrame, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[key] for key in keys), strict=True))


def _judge_change(row: Any) -> str:
    """Return how a number of the second run relates to that of the first."""
    if row.side != "both":
        return REMOVED if row.side == "left_only" else ADDED
    values = row.value_first, row.value_second
    if np.isnan(values).all():
        return SAME
    if np.isnan(values).any():
        return UNDEFINED
    if np.isclose(*values, rtol=SAME_NUMBER, atol=1e-15):
        return SAME
    if np.isnan(row.difference_low) or row.difference_low <= 0 <= row.difference_high:
        return WITHIN_ERROR
    return CHANGED


def _list_causes(first: StoredComparison, second: StoredComparison) -> Iterator[ChangeCause]:
    """Yield the respects in which two runs differ."""
    yield from _list_description_causes(first, second)
    rules = [dict(zip(s.claims.id, s.claims.rule, strict=True)) for s in (first, second)]
    for claim_id in rules[0].keys() & rules[1].keys():
        if rules[0][claim_id] != rules[1][claim_id]:
            yield ChangeCause("rule of a claim", claim_id, rules[0][claim_id], rules[1][claim_id])
    for key, name in SETTINGS.items():
        values = [str(s.provenance.get(key, "")) for s in (first, second)]
        if values[0] != values[1]:
            yield ChangeCause("setting", name, *values)
    versions = [_read_versions(s) for s in (first, second)]
    for package in dict.fromkeys((*versions[0], *versions[1])):
        numbers = [str(v.get(package, "")) for v in versions]
        if numbers[0] != numbers[1]:
            yield ChangeCause("version", package, *numbers)


def _list_description_causes(
    first: StoredComparison, second: StoredComparison
) -> Iterator[ChangeCause]:
    """Yield the values and functions of the pair that differ, or its hash if none is recorded."""
    hashes = [str(s.provenance.get("pair_hash", "")) for s in (first, second)]
    if hashes[0] == hashes[1]:
        return
    yield ChangeCause("hash", "of description and code", *hashes)
    if not all(s.provenance.get("pair_content") for s in (first, second)):
        return
    attrs = [
        {
            "pair_content": s.provenance["pair_content"],
            "versions": json.dumps(_read_versions(s)),
        }
        for s in (first, second)
    ]
    for path, old, new in list_content_changes(*attrs):
        kind = "code" if (old or new).startswith("code ") else "parameter"
        yield ChangeCause(kind, path, old, new)


def _read_versions(stored: StoredComparison) -> dict[str, Any]:
    versions = stored.provenance.get("versions")
    return versions if isinstance(versions, dict) else {}
