"""The section on signs: synapses with their weights, and the effective weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann.base.text import format_number
from bioann.comparison.comparison import Comparison
from bioann.comparison.weight_flags import SIZE_FACTOR, compute_size_ratios
from bioann.reporting.document import Badge, Block, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.weights import draw_weights, select_comparable_weights
from bioann.reporting.input_sign_table import make_input_sign_table
from bioann.reporting.tables import MAX_TABLE_ROWS, format_estimate

TITLE = "Signs and effective weights"
#: Rows of its tables up to which the section is open in a browser.
MAX_OPEN_ROWS = 12
#: Up to this many weights without a direct synapse are listed one by one.
MAX_SEPARATE_ROWS = 3
#: Columns that differ between connections with the same synapse.
EFFECT_COLUMNS = ("drive_mV", "weight", "predicted", "effective", "effective_low",
                  "effective_high", "agreement", "flags")  # fmt: skip
#: The note under the table of effective weights.
EFFECT_NOTE = (
    "Driving force: at the mean membrane potential of the target, at most its threshold. "
    "Effective weight: change of the target's activation per activation of the source when "
    "extra spikes or an extra current arrive through this connection alone, at operating "
    "points of this run and with the same random numbers otherwise, with its 95 % CI over "
    "trials. It includes all loops of the circuit, and is small where the target is saturated "
    "or silent. Predicted effect: the same quantity of the rate model, that is the weight "
    "times the gain of its target at these operating points, loops included. Size differs: the "
    f"whole CI is more than {SIZE_FACTOR:g} times as large, or as small. Paradoxical: the "
    "circuit reverses the sign of the synapse, as in an inhibition-stabilised network."
)


def make_sign_section(comparison: Comparison) -> Section:
    """Tabulate the sign of every connection and of every input in both models."""
    sign_symbols = {1.0: "+", -1.0: "\N{MINUS SIGN}", 0.0: "0"}
    rows = []
    tones = {"agree": "good", "differ": "bad"}
    direct, indirect = split_indirect_connections(comparison.signs)
    direct = merge_equal_channels(direct, "synapse", "bio_sign", "weight", "ann_sign", "agreement")
    listed_rows = select_strongest(direct, "bio_sign")
    for row in listed_rows.itertuples():
        agreement: str | Badge = row.agreement
        if row.agreement in tones:
            agreement = Badge(row.agreement, tones[row.agreement])
        weight = "\N{EN DASH}" if np.isnan(row.weight) else format_number(row.weight)
        bio = "" if np.isnan(row.bio_sign) else sign_symbols[float(row.bio_sign)]
        ann = "" if np.isnan(row.ann_sign) else sign_symbols[float(row.ann_sign)]
        kind = "stimulus " if row.source_kind == "channel" else ""
        connection = f"{kind}{row.source} to {row.target}"
        rows.append((connection, row.synapse, bio, weight, ann, agreement))
    if len(indirect):
        signs = f"{(indirect > 0).sum()} +, {(indirect < 0).sum()} \N{MINUS SIGN}"
        first_cells = (_describe_indirect_connections(indirect), "none", "")
        rows.append((*first_cells, _format_weight_range(indirect), signs, "no direct synapse"))
    input_signs = make_input_sign_table(comparison)
    if not rows:
        text = Paragraph("Neither model lists its connections.")
        return Section(TITLE, (text, *input_signs))
    table = Table(
        "Sign of every connection in both models",
        ("connection", "synapse", "sign of the synapse", "weight", "sign of the weight", "signs"),
        tuple(rows),
        "The sign of a synapse is that of its driving force (reversal potential minus membrane "
        "potential) at the threshold of the target. A connection of a population without "
        "counterpart has no weight of its own."
        f"{describe_omitted_connections(listed_rows, direct)}",
    )
    return _join_blocks(table, comparison, input_signs)


def _join_blocks(signs: Table, comparison: Comparison, input_signs: tuple[Block, ...]) -> Section:
    """Join the tables of the section; it is open in a browser unless they are long."""
    figures = (
        (to_figure_block(draw_weights(comparison), "weights"),)
        if len(select_comparable_weights(comparison.effective_weights))
        else ()
    )
    tables = (*make_effective_weight_table(comparison), *input_signs)
    n_rows = len(signs.rows) + sum(len(b.rows) for b in tables if isinstance(b, Table))
    return Section(TITLE, (signs, *figures, *tables), is_open=n_rows <= MAX_OPEN_ROWS)


def merge_equal_channels(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Merge the rows of channels that differ only in their name, if there are many.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per connection, with the columns source, source_kind and target.
    *columns : str
        Further columns in which merged rows agree.

    Returns
    -------
    pandas.DataFrame
        The rows, each with its ``number`` of connections.
    """
    table = table.assign(number=1).reset_index(drop=True)
    channels = table[table.source_kind == "channel"]
    merged_rows: list[int] = []
    for _, rows in channels.groupby(["target", *columns], dropna=False, sort=False):
        if len(rows) > MAX_SEPARATE_ROWS:
            first, *others = rows.index
            names = f"{rows.source.iloc[0]}, ..., {rows.source.iloc[-1]} ({len(rows)} channels)"
            table.loc[first, ["source", "number"]] = names, len(rows)
            merged_rows += others
    return table.drop(index=merged_rows)


def select_strongest(table: pd.DataFrame, *priorities: str) -> pd.DataFrame:
    """Select the strongest connections: a trained layer has thousands.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per connection, with a column weight.
    *priorities : str
        Columns; rows with a value other than zero there come first, then the largest weights.

    Returns
    -------
    pandas.DataFrame
        At most `MAX_TABLE_ROWS` rows; a shorter table is returned as it is.
    """
    if len(table) <= MAX_TABLE_ROWS:
        return table
    keys = {f"has {name}": table[name].notna() & (table[name] != 0) for name in priorities}
    order = table.assign(**keys, size=table.weight.abs())
    order = order.sort_values([*keys, "size"], ascending=False, kind="stable")
    return table.loc[order.index[:MAX_TABLE_ROWS]]


def describe_omitted_connections(listed_rows: pd.DataFrame, table: pd.DataFrame) -> str:
    """Write how many connections of a table are listed; empty if all are."""
    if len(listed_rows) == len(table):
        return ""
    n_listed, n_total = listed_rows.number.sum(), table.number.sum()
    return f" {n_listed} of {n_total} connections are listed, the strongest of each kind."


def split_indirect_connections(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Split off the weights without a direct synapse, if there are many.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per connection, with the columns weight and agreement.

    Returns
    -------
    pandas.DataFrame
        The other rows; all rows if there are few such weights.
    pandas.Series
        The weights that were split off; may be empty.
    """
    is_indirect = table.agreement == "no direct synapse"
    if is_indirect.sum() <= MAX_SEPARATE_ROWS:
        is_indirect[:] = False
    return table[~is_indirect], table.weight[is_indirect]


def _describe_indirect_connections(weights: pd.Series) -> str:
    return (
        f"{len(weights)} connections of the rate model without a direct synapse: through "
        "populations without a counterpart, such as interneurons, or from some neurons of a "
        "population"
    )


def _format_weight_range(weights: pd.Series) -> str:
    return f"{format_number(weights.min())} to {format_number(weights.max())}"


def make_effective_weight_table(comparison: Comparison) -> tuple[Block, ...]:
    """Tabulate the effective weight of every connection, if it was measured."""
    if comparison.effective_weights is None:
        return ()
    tones = {"agree": "good", "differ": "bad", "undecided": "warning"}
    rows = []
    connections, indirect = split_indirect_connections(comparison.effective_weights)
    connections = merge_equal_channels(connections, "synapse", "conductance", *EFFECT_COLUMNS)
    connections["differs_in_size"] = compute_size_ratios(connections).differs
    listed_rows = select_strongest(connections, "effective", "bio_sign")
    for row in listed_rows.itertuples():
        kind = "stimulus " if row.source_kind == "channel" else ""
        agreement: str | Badge = row.agreement
        if row.agreement == "agree" and row.differs_in_size:
            agreement = Badge("agree, size differs", "warning")
        elif row.agreement in tones:
            agreement = Badge(row.agreement, tones[row.agreement])
        rows.append(
            (
                f"{kind}{row.source} to {row.target}",
                f"{row.conductance}, {row.synapse}" if row.synapse else "none",
                format_estimate(row.drive_mV),
                format_estimate(row.weight),
                format_estimate(row.predicted),
                format_estimate(row.effective, row.effective_low, row.effective_high),
                agreement,
                row.flags,
            )
        )
    if len(indirect):
        dash, weight_range = "\N{EN DASH}", _format_weight_range(indirect)
        first_cells = (_describe_indirect_connections(indirect), "none", dash, weight_range)
        rows.append((*first_cells, dash, dash, "no direct synapse", ""))
    table = Table(
        "Effective weights of the connections in both models",
        ("connection", "synapse", "driving force [mV]", "weight", "predicted effect",
         "effective weight", "signs", "flags"),
        tuple(rows),
        f"{EFFECT_NOTE}{describe_omitted_connections(listed_rows, connections)}",
        ("left", "left", "right", "right", "right", "right", "left", "left"),
    )  # fmt: skip
    return (table,)
