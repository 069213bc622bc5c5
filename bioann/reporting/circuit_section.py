"""The section that shows both circuits, the correspondence of their responses and the stimulus."""

from __future__ import annotations

from bioann.base.text import format_number, format_setting
from bioann.comparison.comparison import Comparison
from bioann.reporting.document import Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.figures.stimulus import draw_stimulus

#: Matches that the table of the correspondence lists.
MAX_MATCHES = 8


def make_circuit_section(comparison: Comparison) -> Section:
    """Show both circuits, the correspondence of their responses, and their stimulus."""
    pair = comparison.pair
    correspondence = pair.correspondence
    rows = [
        (
            _format_weighted_sum(m.weights_of("bio")),
            _format_weighted_sum(m.weights_of("ann")),
            format_setting(correspondence.scales_in_hertz()[m.name], "Hz"),
            "",
        )
        for m in correspondence.matches[:MAX_MATCHES]
    ]
    n_more = len(correspondence.matches) - len(rows)
    for names, counterpart in (
        (correspondence.bio_only, "rate model"),
        (correspondence.ann_only, "spiking model"),
    ):
        for name in _abbreviate_names(names):
            cells = (name, "") if counterpart == "rate model" else ("", name)
            rows.append((*cells, "", f"no counterpart in the {counterpart}"))
    n_columns = 4 if any(note for *_, note in rows) else 3
    return Section(
        "Circuits and stimulus",
        (
            Paragraph(
                "A synaptic conductance is positive, and the reversal potential of its receptor "
                "determines whether it excites or inhibits. A weight of the rate model has a sign "
                f"of its own. Source: {pair.source or 'none given'}."
            ),
            to_figure_block(draw_circuits(pair.bio, pair.ann), "circuits"),
            Table(
                "Correspondence of the responses",
                ("spiking model", "rate model", "rate at activation 1", "note")[:n_columns],
                tuple(row[:n_columns] for row in rows),
                "The rate that corresponds to activation 1 is part of the pair; it is not fitted."
                f"{f' {n_more} more matches are not listed.' * (n_more > 0)}",
            ),
            to_figure_block(draw_stimulus(comparison.responses), "stimulus"),
        ),
    )


def _format_weighted_sum(weights: dict[str, float]) -> str:
    if list(weights.values()) == [1.0]:
        return next(iter(weights))
    return " ".join(
        f"{format_number(w) if w < 0 else '+' + format_number(w)} {n}" for n, w in weights.items()
    )


def _abbreviate_names(names: tuple[str, ...], max_names: int = 12) -> tuple[str, ...]:
    """Return the names, or one text with the first, the last and their number if many."""
    if len(names) <= max_names:
        return names
    return (f"{names[0]}, {names[1]}, ..., {names[-1]}: {len(names)} in all",)
