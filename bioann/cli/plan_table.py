"""The table that ``bioann plan`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from brian2 import Hz

from bioann.base.text import format_count, format_interval, format_number
from bioann.claims.rules.rule import MAX_UNITS
from bioann.comparison.comparison import Comparison
from bioann.comparison.plan_trials import trials_needed
from bioann.comparison.spread import compute_spread
from bioann.recordings.wirings import describe_wirings


def describe_plan(comparison: Comparison, claims: Sequence[str] = ()) -> Iterator[str]:
    """Describe how many trials a pair needs.

    Parameters
    ----------
    comparison : Comparison
        Comparison of a pilot run with few trials.
    claims : sequence of str, optional
        Labels of claims; all unless given.

    Yields
    ------
    str
        One line of text at a time.
    """
    pair, attrs = comparison.pair, comparison.run.attrs
    size = format_count(int(attrs["trials"]), "trial") + describe_wirings(comparison.run["bio"])
    yield f"{pair.name}: pilot run of {size} with seed {attrs['seed']}"
    yield f"  a run without --trials has {format_count(pair.trials, 'trial')}"
    yield ""
    yield from _align([("response", "spread between trials", "margin"), *_list_spreads(comparison)])
    yield ""
    table = trials_needed(comparison, claims=claims)
    rows: list[tuple[str, ...]] = [("claim", "needed", "value", "rule")]
    for claim, claim_rows in table.groupby("claim", sort=False):
        whole = _format_needed(claim_rows.claim_needed.iloc[0], _join_units(claim_rows.sampled))
        if len(claim_rows) > 1:
            rows.append((str(claim), whole, "", f"all {len(claim_rows)} parts"))
        label = "" if len(claim_rows) > 1 else str(claim)
        rows += [_format_row(row, label) for row in claim_rows.itertuples()]
    yield from _align(rows)
    yield ""
    yield "  needed: decides the claim with a chance of 80 %, if the value is the true one"


def _list_spreads(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Return name, spread and margin of each match as text."""
    margins, scales = comparison.evidence.margins, comparison.pair.correspondence.scales_in_hertz()
    for match, spread in compute_spread(comparison.run).items():
        hertz = float(spread / Hz)
        margin = "none"
        if match in margins:
            size = margins[match] * scales[match]
            share = f", {format_number(size / hertz)} of the spread" if hertz > 0 else ""
            margin = format_number(size, "Hz") + share
        yield match, format_number(hertz, "Hz"), margin


def _format_row(row: Any, claim: str) -> tuple[str, ...]:
    """Return a part of a rule as a row of text."""
    needed = _format_needed(row.needed, row.sampled)
    if np.isfinite(row.needed_if_identical):
        identical = _format_needed(row.needed_if_identical, row.sampled)
        needed += f" (identical: {identical})"
    low, high = (np.nan, np.nan) if row.sampled == "exact" else (row.low, row.high)
    value = format_interval(row.value, low, high, row.unit)
    return claim, needed, f"{value} {row.outcome}", row.part


def _join_units(sampled: Any) -> str:
    """Return the units of a claim: those of its parts, without the exact ones."""
    units = dict.fromkeys(name for name in sampled if name != "exact")
    return " or ".join(units) or "exact"


def _format_needed(needed: float, sampled: str) -> str:
    """Write a number of units: ``"34 trials"``."""
    if np.isnan(needed):
        return "unknown"
    if sampled == "exact":
        return "1 trial, exact"
    return f"{needed:.0f} {sampled}" if needed else f"more than {MAX_UNITS} {sampled}"


def _align(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{text:{width}}" for text, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
