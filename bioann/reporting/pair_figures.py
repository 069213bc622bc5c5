"""The figures that a pair defines itself, as blocks of a report."""

from __future__ import annotations

from bioann.comparison.comparison import Comparison
from bioann.reporting.document import Block, Figure, Notice
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.named_figures import draw_user_figure, name_pair_figures


def find_missing_controls(comparison: Comparison) -> list[str]:
    """Return the controls of a pair that its run lacks, so that its figures cannot be drawn."""
    return [name for name in comparison.pair.controls if name not in comparison.run.children]


def is_key_figure_drawn(comparison: Comparison) -> bool:
    """Whether the report opens with the key figure of the pair, not with the responses."""
    return bool(comparison.pair.figures) and not find_missing_controls(comparison)


def draw_own_key_figure(comparison: Comparison, key: str) -> Figure:
    """Draw the first figure of a pair that has one; `key` makes the ids of the drawing unique."""
    name, draw = next(iter(name_pair_figures(comparison.pair).items()))
    return to_figure_block(draw_user_figure(draw, comparison), key, name)


def draw_pair_figures(
    comparison: Comparison, prefix: str = "", *, with_key_figure: bool = False
) -> tuple[Block, ...]:
    """Draw the figures that the pair defines, or warn if their control runs are missing.

    Parameters
    ----------
    comparison : Comparison
        Of a run of the pair.
    prefix : str, optional
        Makes the ids of the drawings unique in a document of several pairs.
    with_key_figure : bool, optional
        Whether to include the first figure, which opens a report.
    """
    pair, missing_controls = comparison.pair, find_missing_controls(comparison)
    if pair.figures and missing_controls:
        names = ", ".join(missing_controls)
        text = f"The figures of this pair need its controls, which were not run: {names}."
        return (Notice("warning", text),)
    return tuple(
        to_figure_block(draw_user_figure(draw, comparison), f"{prefix}{name}", name)
        for name, draw in [*name_pair_figures(pair).items()][0 if with_key_figure else 1 :]
    )
