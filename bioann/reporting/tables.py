"""The tables of a report: equivalence test, audit of the time step, valid ranges."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann.base.text import format_interval, format_number, join_names
from bioann.comparison.comparison import Comparison
from bioann.comparison.input_signs import drop_input_slopes
from bioann.reporting.document import Badge, Block, Table

#: Rows of a table at most; a note says how many are left out.
MAX_TABLE_ROWS = 60
#: Equivalence tests up to which all are listed; of more, the worst.
MAX_TESTS, N_WORST_TESTS = 8, 5


def format_estimate(value: float, low: float = np.nan, high: float = np.nan) -> str:
    """Write a value and its CI for a table cell; a dash for NaN."""
    return "\N{EN DASH}" if np.isnan(value) else format_interval(value, low, high)


def make_equivalence_table(comparison: Comparison) -> Table:
    """Tabulate the equivalence test of every response, or of the least certain of many."""
    tones = {"equivalent": "good", "different": "bad", "undecided": "warning"}
    scales = comparison.pair.correspondence.scales_in_hertz()
    tests = comparison.equivalence
    listed_tests = select_worst_tests(tests)
    rows = tuple(
        (
            row.match,
            format_estimate(row.rmse, row.low, row.high),
            format_estimate(row.margin),
            format_estimate(row.margin * scales[str(row.match)]),
            format_estimate(row.ceiling, row.ceiling_low, row.ceiling_high),
            Badge(row.verdict, tones.get(row.verdict, "note")),
        )
        for row in listed_tests.itertuples()
    )
    omission = ""
    if len(listed_tests) < len(tests):
        counts = [f"{n} {verdict}" for verdict, n in tests.verdict.value_counts().items()]
        omission = (
            f" Listed: {len(rows)} of {len(tests)} responses, those with the largest RMSE for "
            f"their margin; all: {join_names(counts)}, median RMSE "
            f"{format_number(tests.rmse.median())}."
        )
    margin = comparison.pair.margin
    reason = f" Margin: {margin.why}." if margin is not None else ""
    return Table(
        "Equivalence test: difference of the models against the margin of the pair",
        (
            "response",
            "RMSE [activation]",
            "margin [activation]",
            "margin [Hz]",
            "noise ceiling [activation]",
            "verdict",
        ),
        rows,
        "RMSE between the models without the share of trial noise, with its "
        f"{comparison.interval_name}. Equivalent: the whole CI lies inside the margin. Different: "
        "the whole CI lies outside. Noise ceiling: "
        f"what an identical network with other input gets.{reason}{omission}",
    )


def select_worst_tests(tests: pd.DataFrame) -> pd.DataFrame:
    """Select the equivalence tests with the largest RMSE for their margin, if there are many.

    Parameters
    ----------
    tests : pandas.DataFrame
        Equivalence tests, as in the table `bioann.Comparison.equivalence`.

    Returns
    -------
    pandas.DataFrame
        At most `MAX_TESTS` rows in their order.
    """
    if len(tests) <= MAX_TESTS:
        return tests
    ratio = (tests.rmse / tests.margin.fillna(1.0)).fillna(np.inf)
    worst = np.argsort(-ratio.to_numpy(), kind="stable")[:N_WORST_TESTS]
    return tests.iloc[np.sort(worst)]


def make_audit_table(comparison: Comparison) -> tuple[Block, ...]:
    """Tabulate how the scores change at half the time step, if that was run."""
    if comparison.audit is None:
        return ()
    rows = []
    for row in drop_input_slopes(comparison.audit).dropna(subset="move").itertuples():
        name = f"{row.metric} ({row.detail})" if row.detail else row.metric
        numbers = [format_estimate(x) for x in (row.value, row.halved, row.move, row.width)]
        rows.append((row.match, name, *numbers, row.unit))
    table = Table(
        "Audit: scores of the spiking model at half its time step with the same input",
        ("response", "score", "value", "at half the step", "change", "CI half-width", "unit"),
        tuple(rows),
        "Numerical error: change of a score, beside half the width of its CI over trials. A "
        "chaotic network amplifies any error until the run is another sample, so its change is an "
        "upper bound of the numerical error.",
        ("left", "left", "right", "right", "right", "right", "left"),
    )
    return (table,)


def make_validity_table(comparison: Comparison) -> tuple[Block, ...]:
    """Tabulate the valid range and the error bound of each unit of a derived rate network."""
    derivation = comparison.pair.correspondence.derivation
    if derivation is None or not derivation.validity:
        return ()
    rows = tuple(
        (
            v.unit,
            f"{format_number(v.low)} to {format_number(v.high)}",
            format_number(v.tolerance) if np.isfinite(v.tolerance) else "\N{EN DASH}",
            format_number(v.bound) if np.isfinite(v.bound) else "none known",
        )
        for v in derivation.validity[:MAX_TABLE_ROWS]
    )
    n_more = len(derivation.validity) - len(rows)
    table = Table(
        "Valid range of the derived rate network",
        ("unit", "summed input [activation]", "accuracy [activation]", "bound [activation]"),
        rows,
        "Summed input: that the transfer function was fitted to, bias included. Accuracy: root "
        "mean square residual over neighbouring points of the fit up to which a point is in range. "
        "Bound: largest error of the steady activation in range."
        f"{f' {n_more} more units are not listed.' * (n_more > 0)}",
        ("left", "right", "right", "right"),
    )
    return (table,)
