"""The tables of a report that hold numbers: equivalence, scores, audit."""

from __future__ import annotations

import numpy as np

from bioann.base.text import format_interval, format_number
from bioann.comparison.comparison import Comparison
from bioann.reporting.document import Badge, Block, Table

#: Rows of a table that a reader may be asked to read; what is longer is cut, and says so.
MAX_TABLE_ROWS = 60


def format_estimate(value: float, low: float = np.nan, high: float = np.nan) -> str:
    """Write a value and its interval; a dash where there is none."""
    return "\N{EN DASH}" if np.isnan(value) else format_interval(value, low, high)


def make_equivalence_table(comparison: Comparison) -> Table:
    """Tell for each reading whether the models differ by more than biology from itself."""
    tones = {"same": "good", "different": "bad", "undecided": "warning"}
    rows = tuple(
        (
            row.match,
            format_estimate(row.rmse, row.low, row.high),
            format_number(row.band),
            Badge(row.verdict, tones[row.verdict]),
        )
        for row in comparison.equivalence.itertuples()
    )
    return Table(
        "Equivalence: is the difference inside biology's own variability?",
        ("reading", "RMSE, activation", "seed-to-seed band", "verdict"),
        rows,
        "Same: the whole 95% interval of the RMSE between the models lies below the band, the root "
        "mean square difference between single biological trials with one seed and with another. "
        "Different: all of it lies above.",
    )


def make_score_table(comparison: Comparison) -> Table:
    """List every score with its interval, ceiling, chance level and best value."""
    rows = []
    notes = []
    scores = comparison.scores
    listed_scores = scores if len(scores) <= MAX_TABLE_ROWS else scores.dropna(subset="value")
    n_omitted = len(scores) - len(listed_scores)
    for row in scores.itertuples():
        if row.note:
            notes.append(f"{row.metric} {row.note}")
    for row in listed_scores.itertuples():
        name = f"{row.metric} ({row.detail})" if row.detail else row.metric
        best = "\N{EN DASH}" if np.isnan(row.best) else format_number(row.best)
        value = format_estimate(row.value, row.low, row.high)
        ceiling = format_estimate(row.ceiling, row.ceiling_low, row.ceiling_high)
        rows.append((row.match, name, value, ceiling, format_estimate(row.chance), best, row.unit))
    reasons = f" Without a value: {'; '.join(dict.fromkeys(notes))}." if notes else ""
    if n_omitted:
        reasons += f" {n_omitted} scores without a value are not listed."
    return Table(
        "Scores, each with its 95% interval over trials",
        ("reading", "score", "value", "ceiling", "chance level", "best", "unit"),
        tuple(rows),
        "Ceiling: biology against itself with another seed. Chance level: mean over ANNs with "
        f"the same weights and random signs. Best: what perfect agreement would give.{reasons}",
        ("left", "left", "right", "right", "right", "right", "left"),
    )


def make_audit_table(comparison: Comparison) -> tuple[Block, ...]:
    """Show how far the scores move with half the time step, if that was run."""
    if comparison.audit is None:
        return ()
    rows = []
    for row in comparison.audit.dropna(subset="move").itertuples():
        name = f"{row.metric} ({row.detail})" if row.detail else row.metric
        numbers = [format_estimate(x) for x in (row.value, row.halved, row.move, row.width)]
        rows.append((row.match, name, *numbers, row.unit))
    table = Table(
        "Audit: the spiking model again with half its time step and the same input",
        ("reading", "score", "value", "halved step", "move", "interval", "unit"),
        tuple(rows),
        "Numerical error: how far a score moves, beside half the width of its 95% interval over "
        "trials. In a chaotic network the smallest error grows into another sample, and the move "
        "is at most that.",
        ("left", "left", "right", "right", "right", "right", "left"),
    )
    return (table,)
