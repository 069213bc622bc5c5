"""Numbers of two runs side by side, with the interval of their difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

#: How a verdict or a score of the second run relates to that of the first.
TURNED, CHANGED, SAME, WITHIN_ERROR = "turned", "changed", "same", "within error"
ADDED, REMOVED, UNDEFINED, NO_INTERVAL = "added", "removed", "undefined in one", "no interval"
#: Relative difference up to which two values are the same number.
SAME_NUMBER = 1e-9


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
    if np.isnan(row.difference_low) or np.isnan(row.difference_high):
        return NO_INTERVAL
    if row.difference_low <= 0 <= row.difference_high:
        return WITHIN_ERROR
    return CHANGED
