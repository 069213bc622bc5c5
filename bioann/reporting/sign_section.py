"""The section on signs: which synapse is which weight, and the effective weights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann.base.text import format_number
from bioann.comparison.comparison import Comparison
from bioann.reporting.document import Badge, Block, Paragraph, Section, Table
from bioann.reporting.figures.weights import draw_weights, select_comparable_weights
from bioann.reporting.style import to_figure_block
from bioann.reporting.tables import MAX_TABLE_ROWS, format_estimate

#: As many weights without a synapse of their own are listed one by one.
MAX_SEPARATE_ROWS = 3
#: Columns of the effective weights that hold a number or a word of their own.
EFFECT_COLUMNS = ("drive_mV", "weight", "predicted", "effective", "effective_low",
                  "effective_high", "agreement", "flags")  # fmt: skip


def make_sign_section(comparison: Comparison) -> Section:
    """List the sign of every connection in both models."""
    sign_symbols = {1.0: "+", -1.0: "\N{MINUS SIGN}", 0.0: "0"}
    rows = []
    tones = {"agree": "good", "differ": "bad"}
    direct, indirect = summarise_indirect_connections(comparison.signs)
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
    if indirect is not None:
        rows.append((indirect[0], "none", "", *indirect[1:], "no direct synapse"))
    if not rows:
        return Section("Signs", (Paragraph("Neither model lists its connections."),))
    table = Table(
        "The sign of every connection in both models",
        ("connection", "synapse", "its sign", "weight", "its sign", "signs"),
        tuple(rows),
        "The sign of a synapse is that of its driving force, reversal potential minus potential, "
        "at the target's threshold. A connection through a population without partner has no "
        f"weight of its own.{describe_omitted_connections(listed_rows, direct)}",
    )
    figures = (
        (to_figure_block(draw_weights(comparison), "weights"),)
        if len(select_comparable_weights(comparison.effective_weights))
        else ()
    )
    return Section("Signs", (table, *figures, *make_effective_weight_table(comparison)))


def merge_equal_channels(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Put channels of which a table would say the same into one row, where they are many.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per connection, with the columns source, source_kind and target.
    *columns : str
        The other columns that are shown.

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
            names = f"{rows.source.iloc[0]}, ..., {rows.source.iloc[-1]} ({len(rows)} alike)"
            table.loc[first, ["source", "number"]] = names, len(rows)
            merged_rows += others
    return table.drop(index=merged_rows)


def select_strongest(table: pd.DataFrame, *priorities: str) -> pd.DataFrame:
    """Keep the connections that a reader is asked to read: a trained layer has thousands.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per connection, with a column weight.
    *priorities : str
        Columns; rows with a value there come first, then the largest weights.

    Returns
    -------
    pandas.DataFrame
        At most `MAX_TABLE_ROWS` rows; all of a shorter table, in its order.
    """
    if len(table) <= MAX_TABLE_ROWS:
        return table
    keys = {f"has {name}": table[name].notna() & (table[name] != 0) for name in priorities}
    order = table.assign(**keys, size=table.weight.abs())
    order = order.sort_values([*keys, "size"], ascending=False, kind="stable")
    return table.loc[order.index[:MAX_TABLE_ROWS]]


def describe_omitted_connections(listed_rows: pd.DataFrame, table: pd.DataFrame) -> str:
    """Say how many connections of a table are not listed; nothing if all are."""
    if len(listed_rows) == len(table):
        return ""
    n_listed, n_total = listed_rows.number.sum(), table.number.sum()
    return f" {n_listed} of {n_total} connections are listed, the strongest of each kind."


def summarise_indirect_connections(
    table: pd.DataFrame,
) -> tuple[pd.DataFrame, tuple[str, str, str] | None]:
    """Put the weights that no synapse stands for alone into one line, where they are many.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per connection, with the columns weight and agreement.

    Returns
    -------
    pandas.DataFrame
        The other rows.
    tuple of str or None
        Which connections those are, their weights, and how many have which sign; None where they
        are few, and listed as the others are.
    """
    is_indirect = table.agreement == "no direct synapse"
    if is_indirect.sum() <= MAX_SEPARATE_ROWS:
        return table, None
    weights = table.weight[is_indirect]
    connections = (
        f"{is_indirect.sum()} connections of the ANN: they run over populations without a unit of "
        "their own, such as interneurons, or over some of the neurons of a population"
    )
    signs = f"{(weights > 0).sum()} +, {(weights < 0).sum()} \N{MINUS SIGN}"
    return table[~is_indirect], (
        connections,
        f"{format_number(weights.min())} to {format_number(weights.max())}",
        signs,
    )


def make_effective_weight_table(comparison: Comparison) -> tuple[Block, ...]:
    """Show which synapse is which weight, and what each was measured to do, if that was run."""
    if comparison.effective_weights is None:
        return ()
    tones = {"agree": "good", "differ": "bad", "undecided": "warning"}
    rows = []
    connections, indirect = summarise_indirect_connections(comparison.effective_weights)
    connections = merge_equal_channels(connections, "synapse", "conductance", *EFFECT_COLUMNS)
    listed_rows = select_strongest(connections, "effective", "bio_sign")
    for row in listed_rows.itertuples():
        kind = "stimulus " if row.source_kind == "channel" else ""
        agreement: str | Badge = row.agreement
        if row.agreement in tones:
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
                row.flags.replace("; ", ", "),
            )
        )
    if indirect is not None:
        dash = "\N{EN DASH}"
        rows.append((indirect[0], "none", dash, indirect[1], dash, dash, "no direct synapse", ""))
    table = Table(
        "Effective weights: which synapse is which weight, and what each was measured to do",
        ("connection", "synapse", "driving force, mV", "weight", "its effect",
         "effective weight", "signs", "flags"),
        tuple(rows),
        "Driving force at the mean potential of the target (at most threshold). Effective weight: "
        "change of the target's activation per activation of the source when extra spikes, or an "
        "extra current, come in through this connection alone, at operating points of this run and "
        "with the same random numbers otherwise; with its 95% interval over trials. It holds "
        "whatever the circuit makes of the change, and where the target saturates or is silent it "
        "is small. Its effect: the same of the ANN, the weight times the gain of its target at "
        "these points, loops included. Paradoxical: the circuit turns the sign of the synapse "
        "over, as an inhibition-stabilised network does."
        f"{describe_omitted_connections(listed_rows, connections)}",
        ("left", "left", "right", "right", "right", "right", "left", "left"),
    )  # fmt: skip
    return (table,)
