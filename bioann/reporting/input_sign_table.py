"""The table of input signs: the slope of both models on every channel, and whether they agree."""

from __future__ import annotations

from bioann.comparison.comparison import Comparison
from bioann.comparison.input_signs import tabulate_input_signs
from bioann.metrics.signs import FLAT_SLOPE
from bioann.reporting.document import Badge, Block, Table
from bioann.reporting.tables import MAX_TABLE_ROWS, format_estimate

AGREEMENT_TONES = {"agree": "good", "differ": "bad", "undecided": "warning", "no sign": "note"}
#: The note under the table.
INPUT_SIGN_NOTE = (
    "Slope: change of the response per activation of the channel, over conditions that differ in "
    "this channel alone, with its 95 % CI over trials; 0 without a path from the channel to the "
    "response. Differ: opposite signs, or only one model responds. Undecided: the CI includes "
    f"zero, or there is none. No sign: neither model responds (slopes below {FLAT_SLOPE:g})."
)


def make_input_sign_table(comparison: Comparison) -> tuple[Block, ...]:
    """Tabulate the sign of every input in both models; empty if no channel varies alone."""
    signs = tabulate_input_signs(comparison.scores)
    is_applicable = signs.agreement != "not applicable"
    listed_rows = signs[is_applicable]
    if len(listed_rows) > MAX_TABLE_ROWS:
        order = (listed_rows.agreement != "differ").sort_values(kind="stable").index
        listed_rows = listed_rows.loc[order[:MAX_TABLE_ROWS]]
    if listed_rows.empty:
        return ()
    rows = tuple(
        (
            f"stimulus {row.channel} on {row.match}",
            _format_slope(row.spiking, row.spiking_low, row.spiking_high),
            _format_slope(row.rate, row.rate_low, row.rate_high),
            Badge(row.agreement, AGREEMENT_TONES[row.agreement]),
        )
        for row in listed_rows.itertuples()
    )
    note = INPUT_SIGN_NOTE
    if len(listed_rows) < is_applicable.sum():
        note += f" {len(listed_rows)} of {is_applicable.sum()} inputs are listed."
    for reason, number in signs.note[~is_applicable].value_counts().items():
        note += f" Not listed: {number} ({reason})."
    table = Table(
        "Sign of every input in both models",
        ("input", "slope, spiking model", "slope, rate model", "signs"),
        rows,
        note,
        ("left", "right", "right", "left"),
    )
    return (table,)


def _format_slope(value: float, low: float, high: float) -> str:
    """Write a slope with its CI, or alone where nothing is random or there is no path."""
    return format_estimate(value) if low == high else format_estimate(value, low, high)
