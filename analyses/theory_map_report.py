"""The report of `analyses/theory_map.py`: maps of R^2, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.lines import Line2D

from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.style import (
    INK,
    Drawing,
    house_style,
    make_subplots,
)

#: Boundaries of the colours; values below the first have one colour.
COLOUR_STEPS = (0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)


def build_theory_map_report(maps: Sequence[Any], good_r2: float, n_neurons: int) -> Document:
    """Build the report.

    Parameters
    ----------
    maps : sequence of analyses.theory_map.TheoryMap
        Maps of all cell models and kinds of inhibition, in this order.
    good_r2 : float
        Smallest R^2 at which the theory counts as correct.
    n_neurons : int
        Number of simulated neurons per population.

    Returns
    -------
    Document
        The report, for `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = to_figure_block(draw_theory_maps(maps, good_r2, n_neurons), "theory-map")
    method = Paragraph(
        "The theory averages the noise-free rate of the cell over constant conductances "
        "(bioann.theory.adiabatic_rate). It holds for conductances that change more slowly than "
        "the cell fires, whereas the cell averages faster ones. All synapses of a cell have the "
        "time constant of their column; the charge per spike is the same in all columns, so that "
        "faster synapses have higher peak conductances. The background consists of excitation and "
        "inhibition with a joint reversal potential of \N{MINUS SIGN}60 mV; it shortens the "
        "effective membrane time constant, which scales the columns of a row."
    )
    tables = (_tabulate_r2(maps, good_r2), _tabulate_warnings(maps, good_r2))
    return Document(
        "theory map: firing rates without simulation",
        "Where does theory predict the firing rates of a spiking cell without simulation?",
        describe_theory_maps(maps, good_r2),
        (),
        (Section("The map", (figure, method)), Section("Tables", tables)),
        footer=f"bioann, analyses/theory_map.py, {n_neurons} neurons",
    )


def describe_theory_maps(maps: Sequence[Any], good_r2: float) -> str:
    """Summarise where the theory holds and where its error is largest."""
    ratio = np.concatenate([m.ratio.ravel() for m in maps])
    is_good = np.concatenate([m.good.ravel() for m in maps])
    is_slow = ratio >= 1
    failing_ratios = ratio[~is_good]
    text = (
        f"Theory predicts the firing rates (R\N{SUPERSCRIPT TWO} of at least {good_r2:g} on an "
        f"independent grid) in {is_good.sum()} of {is_good.size} combinations of cell, inhibition, "
        "synapse and background: with synapses slower than the effective membrane in "
        f"{is_good[is_slow].sum()} of {is_slow.sum()}, with faster synapses in "
        f"{is_good[~is_slow].sum()} of {(~is_slow).sum()}."
    )
    if not failing_ratios.size:
        return text
    worst = min(maps, key=lambda m: m.r2.min())
    row, column = np.unravel_index(worst.r2.argmin(), worst.r2.shape)
    return (
        f"{text} It fails for synaptic time constants up to {failing_ratios.max():.2g} effective "
        f"membrane time constants. The lowest R\N{SUPERSCRIPT TWO}, {worst.r2.min():.2f}, is that "
        f"of the {worst.cell} cell with {worst.inhibition} inhibition, synapses of "
        f"{worst.taus[column]:g} ms and a background of {worst.levels[row]:g} leaks."
    )


@house_style()
def draw_theory_maps(maps: Sequence[Any], good_r2: float, n_neurons: int) -> Drawing:
    """Draw maps of R^2 over synaptic time constant and background, by cell and inhibition."""
    cells = list(dict.fromkeys(theory_map.cell for theory_map in maps))
    kinds = list(dict.fromkeys(theory_map.inhibition for theory_map in maps))
    figure, panels = make_subplots(
        len(cells), len(kinds), height=1.2 + 1.9 * len(cells), squeeze=False, sharex=True,
        sharey=True,
    )  # fmt: skip
    for theory_map in maps:
        mesh = _draw_theory_map(
            panels[cells.index(theory_map.cell), kinds.index(theory_map.inhibition)],
            theory_map,
            good_r2,
        )
    for panel in panels[-1]:
        panel.set_xlabel("synaptic / membrane time constant")
    for panel, kind in zip(panels[0], kinds, strict=True):
        panel.set_title(f"{kind} inhibition")
    for panel, cell in zip(panels[:, 0], cells, strict=True):
        panel.set_ylabel(f"{cell}\nbackground [leaks]")
    colorbar = figure.colorbar(mesh, ax=panels, label="R² of steady rates", extend="min", aspect=30)
    colorbar.ax.minorticks_off()
    handles = [
        Line2D([], [], color=INK, lw=1.6, label=f"R² = {good_r2:g}"),
        Line2D([], [], color=INK, marker="x", ls="", ms=5, label="warning of the translation"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    summary = "; ".join(
        f"{m.cell}, {m.inhibition}: R² from {m.r2.min():.3f} to {m.r2.max():.3f}" for m in maps
    )
    return Drawing(
        figure,
        f"Maps of R² over synaptic time constant and background. {summary}.",
        "R² of theory against simulation, for inputs that the translation does not use. "
        "Rows: background; columns: synaptic time constant relative to that of the membrane with "
        "all conductances open. Crosses: the translation warns of an inaccurate theory. "
        f"n: {n_neurons} neurons, 15 conditions.",
    )


def _draw_theory_map(panel: Axes, theory_map: Any, good_r2: float) -> Any:
    """Draw one map: a row per level, whose columns are scaled by the membrane time constant."""
    norm = BoundaryNorm(COLOUR_STEPS, 256, extend="min")
    inner_edges = np.sqrt(theory_map.taus[1:] * theory_map.taus[:-1])
    first, last = (theory_map.taus[k] ** 2 / inner_edges[k] for k in (0, -1))
    edges = np.array([first, *inner_edges, last]) / theory_map.taus[0]
    rows = np.arange(len(theory_map.levels))
    for row, ratio in zip(rows, theory_map.ratio, strict=True):
        mesh = panel.pcolormesh(
            edges * ratio[0],
            [row - 0.5, row + 0.5],
            theory_map.r2[row : row + 1],
            cmap="viridis",
            norm=norm,
            edgecolor="white",
            lw=0.4,
        )
    heights = np.broadcast_to(rows[:, None], theory_map.ratio.shape)
    if theory_map.r2.min() < good_r2 < theory_map.r2.max():
        panel.contour(
            theory_map.ratio, heights, theory_map.r2, levels=[good_r2], colors=[INK], linewidths=1.6
        )
    has_warning = theory_map.warned
    panel.plot(
        theory_map.ratio[has_warning], heights[has_warning], "x", color="white", ms=6, mew=2.4
    )
    panel.plot(theory_map.ratio[has_warning], heights[has_warning], "x", color=INK, ms=5, mew=1.0)
    panel.set_xscale("log")
    panel.set_yticks(rows, [f"{level:g}" for level in theory_map.levels])
    return mesh


def _tabulate_r2(maps: Sequence[Any], good_r2: float) -> Table:
    taus = maps[0].taus
    rows = tuple(
        (m.cell, m.inhibition, f"{level:g}", *(f"{r2:.3f}" for r2 in row))
        for m in maps
        for level, row in zip(m.levels, m.r2, strict=True)
    )
    return Table(
        "R² of steady rates, by background and synaptic time constant",
        ("cell", "inhibition", "leaks", *(f"{tau:g} ms" for tau in taus)),
        rows,
        f"The theory counts as correct from {good_r2:g} on.",
    )


def _tabulate_warnings(maps: Sequence[Any], good_r2: float) -> Table:
    """Build a table of warnings of the translation, and of errors relative to its bounds."""
    rows = []
    for m in maps:
        is_bad = ~m.good
        rows.append(
            (
                m.cell, m.inhibition,
                f"{(is_bad & m.warned).sum()} of {is_bad.sum()}",
                f"{(m.good & m.warned).sum()} of {m.good.sum()}",
                f"{(m.worst > m.bound).sum()} of {m.worst.size}",
                f"{(m.worst / m.bound).max():.2f}",
                f"{m.top.min():.0f} to {m.top.max():.0f}",
            )
        )  # fmt: skip
    return Table(
        "Warnings and error bounds of the translation",
        ("cell", "inhibition", "warned where theory fails", "warned where it is correct",
         "error above bound", "largest error / bound", "highest rates [Hz]"),
        tuple(rows),
        f"Theory fails below an R² of {good_r2:g}. Bounds are those of the translation.",
    )  # fmt: skip
