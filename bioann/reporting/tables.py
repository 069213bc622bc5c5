"""The tables of a report that hold numbers: equivalence, scores, audit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann.comparison import Comparison
from bioann.reporting.document import Badge, Block, Table
from bioann.rules import number, spanned

#: Rows of a table that a reader may be asked to read; what is longer is cut, and says so.
LONGEST = 60
#: As many weights without a synapse of their own are listed one by one.
FEW = 3


def shown(value: float, low: float = np.nan, high: float = np.nan) -> str:
    """Write a value and its interval; a dash where there is none."""
    return "\N{EN DASH}" if np.isnan(value) else spanned(value, low, high)


def equivalence_table(comparison: Comparison) -> Table:
    """Tell for each reading whether the halves differ by more than biology from itself."""
    tone = {"same": "good", "different": "bad", "undecided": "warning"}
    rows = tuple(
        (
            row.match,
            shown(row.rmse, row.low, row.high),
            number(row.band),
            Badge(row.verdict, tone[row.verdict]),
        )
        for row in comparison.equivalence.itertuples()
    )
    return Table(
        "Equivalence: is the difference inside biology's own variability?",
        ("reading", "RMSE, activation", "seed-to-seed band", "verdict"),
        rows,
        "Same: the whole 95% interval of the RMSE between the halves lies below the band, the root "
        "mean square difference between single biological trials with one seed and with another. "
        "Different: all of it lies above.",
    )


def score_table(comparison: Comparison) -> Table:
    """List every score with its interval, ceiling, floor and best value."""
    rows = []
    notes = []
    scores = comparison.scores
    valued = scores if len(scores) <= LONGEST else scores.dropna(subset="value")
    left_out = len(scores) - len(valued)
    for row in scores.itertuples():
        if row.note:
            notes.append(f"{row.metric} {row.note}")
    for row in valued.itertuples():
        name = f"{row.metric} ({row.detail})" if row.detail else row.metric
        best = "\N{EN DASH}" if np.isnan(row.best) else number(row.best)
        value = shown(row.value, row.low, row.high)
        ceiling = shown(row.ceiling, row.ceiling_low, row.ceiling_high)
        rows.append((row.match, name, value, ceiling, shown(row.floor), best, row.unit))
    why = f" Without a value: {'; '.join(dict.fromkeys(notes))}." if notes else ""
    if left_out:
        why += f" {left_out} scores without a value are not listed."
    return Table(
        "Scores, each with its 95% interval over trials",
        ("reading", "score", "value", "ceiling", "floor", "best", "unit"),
        tuple(rows),
        "Ceiling: biology against itself with another seed. Floor: mean over ANNs with the same "
        f"weights and random signs. Best: what perfect agreement would give.{why}",
        ("left", "left", "right", "right", "right", "right", "left"),
    )


def audit_table(comparison: Comparison) -> tuple[Block, ...]:
    """Show how far the scores move with half the time step, if that was run."""
    if comparison.audit is None:
        return ()
    rows = []
    for row in comparison.audit.dropna(subset="move").itertuples():
        name = f"{row.metric} ({row.detail})" if row.detail else row.metric
        numbers = [shown(x) for x in (row.value, row.halved, row.move, row.width)]
        rows.append((row.match, name, *numbers, row.unit))
    table = Table(
        "Audit: the biological half again with half its time step and the same input",
        ("reading", "score", "value", "halved step", "move", "interval", "unit"),
        tuple(rows),
        "Numerical error: how far a score moves, beside half the width of its 95% interval over "
        "trials. In a chaotic network the smallest error grows into another sample, and the move "
        "is at most that.",
        ("left", "left", "right", "right", "right", "right", "left"),
    )
    return (table,)


def strongest(table: pd.DataFrame, *first: str) -> pd.DataFrame:
    """Keep the connections that a reader is asked to read: a trained layer has thousands.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per connection, with a column weight.
    *first : str
        Columns; rows with a value there come first, then the largest weights.

    Returns
    -------
    pandas.DataFrame
        At most `LONGEST` rows; all of a shorter table, in its order.
    """
    if len(table) <= LONGEST:
        return table
    keys = {f"has {name}": table[name].notna() & (table[name] != 0) for name in first}
    order = table.assign(**keys, size=table.weight.abs())
    order = order.sort_values([*keys, "size"], ascending=False, kind="stable")
    return table.loc[order.index[:LONGEST]]


def cut(listed: pd.DataFrame, table: pd.DataFrame) -> str:
    """Say how many connections of a table are not listed; nothing if all are."""
    if len(listed) == len(table):
        return ""
    return f" {len(listed)} of {len(table)} connections are listed, the strongest of each kind."


def gathered(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, str, str] | None]:
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
    alone = table.agreement == "no direct synapse"
    if alone.sum() <= FEW:
        return table, None
    weights = table.weight[alone]
    who = (
        f"{alone.sum()} connections of the ANN: they run over populations without a unit of their "
        "own, such as interneurons, or over some of the neurons of a population"
    )
    signs = f"{(weights > 0).sum()} +, {(weights < 0).sum()} \N{MINUS SIGN}"
    return table[~alone], (who, f"{number(weights.min())} to {number(weights.max())}", signs)


def ledger_block(comparison: Comparison) -> tuple[Block, ...]:
    """Show which synapse is which weight, and what each was measured to do, if that was run."""
    if comparison.ledger is None:
        return ()
    tone = {"agree": "good", "differ": "bad", "undecided": "warning"}
    rows = []
    ledger, others = gathered(comparison.ledger)
    listed = strongest(ledger, "effective", "bio_sign")
    for row in listed.itertuples():
        kind = "stimulus " if row.source_kind == "channel" else ""
        told: str | Badge = row.agreement
        if row.agreement in tone:
            told = Badge(row.agreement, tone[row.agreement])
        rows.append(
            (
                f"{kind}{row.source} to {row.target}",
                f"{row.conductance}, {row.synapse}" if row.synapse else "none",
                shown(row.drive_mV),
                shown(row.weight),
                shown(row.predicted),
                shown(row.effective, row.effective_low, row.effective_high),
                told,
                row.flags.replace("; ", ", "),
            )
        )
    if others is not None:
        none = "\N{EN DASH}"
        rows.append((others[0], "none", none, others[1], none, none, "no direct synapse", ""))
    table = Table(
        "Sign ledger: which synapse is which weight, and what each was measured to do",
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
        f"{cut(listed, ledger)}",
        ("left", "left", "right", "right", "right", "right", "left", "left"),
    )  # fmt: skip
    return (table,)
