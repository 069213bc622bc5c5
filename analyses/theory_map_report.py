"""How `analyses/theory_map.py` tells what it found: the map, and the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.lines import Line2D

from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.style import (
    INK,
    Drawing,
    house_style,
    make_subplots,
    to_figure_block as to_figure_block,
)

#: Steps of the colours; all that is below the first is one colour.
COLOUR_STEPS = (0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)


def build_theory_map_report(maps: Sequence[Any], good_r2: float, n_neurons: int) -> Document:
    """Make the report.

    Parameters
    ----------
    maps : sequence of analyses.theory_map.TheoryMap
        By cell, then inhibition.
    good_r2 : float
        R^2 from which theory counts as right.
    n_neurons : int
        Neurons of each population.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = to_figure_block(draw_theory_maps(maps, good_r2, n_neurons), "theory-map")
    method = Paragraph(
        "Theory is the noise-free rate of the cell averaged over conductances that stand still "
        "(bioann.adiabatic_rate), written as a unit that sums its inputs. The cell follows "
        "conductances that change more slowly than it fires, and averages faster ones, of which "
        "the theory knows nothing. All synapses of a cell have the time constant "
        "of its column, and a spike brings the same charge in all columns, so that fast synapses "
        "are also high ones. The background is excitation and inhibition that hold the cell at "
        "\N{MINUS SIGN}60 mV together; it shortens the effective membrane time constant by which "
        "the columns of a row are scaled."
    )
    tables = (_tabulate_r2(maps, good_r2), _tabulate_warnings(maps, good_r2))
    return Document(
        "theory map: a rate network without a simulation",
        "Where does theory alone give the rate network of a spiking cell, and where does it fail?",
        describe_theory_maps(maps, good_r2),
        (),
        (Section("The map", (figure, method)), Section("In numbers", tables)),
        footer=f"bioann, analyses/theory_map.py, {n_neurons} neurons",
    )


def describe_theory_maps(maps: Sequence[Any], good_r2: float) -> str:
    """Say where theory fails: among fast or slow synapses, in quiet or driven cells."""
    ratio, is_good = (
        np.concatenate([getattr(m, name).ravel() for m in maps]) for name in ("ratio", "good")
    )
    is_slow = ratio >= 1
    failing_ratios = ratio[~is_good]
    text = (
        f"Theory alone gives the rates (R\N{SUPERSCRIPT TWO} of {good_r2:g} or more on a grid it "
        f"never saw) in {is_good.sum()} of {is_good.size} combinations of cell, inhibition, "
        f"synapse and background. Where synapses are slower than the effective membrane it does in "
        f"{is_good[is_slow].sum()} of {is_slow.sum()}, where they are faster in "
        f"{is_good[~is_slow].sum()} of {(~is_slow).sum()}."
    )
    if not failing_ratios.size:
        return text
    worst = min(maps, key=lambda m: m.r2.min())
    row, column = np.unravel_index(worst.r2.argmin(), worst.r2.shape)
    return (
        f"{text} It fails up to {failing_ratios.max():.2g} effective membrane time constants, and "
        f"worst, with R\N{SUPERSCRIPT TWO} {worst.r2.min():.2f}, for the {worst.cell} cell with "
        f"{worst.inhibition} inhibition, synapses of {worst.taus[column]:g} ms and a background of "
        f"{worst.levels[row]:g} leaks."
    )


@house_style()
def draw_theory_maps(maps: Sequence[Any], good_r2: float, n_neurons: int) -> Drawing:
    """Draw a map per cell and inhibition: R^2 over synaptic time constant and background."""
    cells, kinds = (
        list(dict.fromkeys(getattr(theory_map, name) for theory_map in maps))
        for name in ("cell", "inhibition")
    )
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
        Line2D([], [], color=INK, marker="x", ls="", ms=5, label="the translation warns"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    summary = "; ".join(
        f"{m.cell}, {m.inhibition}: R² from {m.r2.min():.3f} to {m.r2.max():.3f}" for m in maps
    )
    return Drawing(
        figure,
        f"Maps of R² over synaptic time constant and background. {summary}.",
        "Theory against simulation, on rates it never saw. A row is a background, a cell of it a "
        "synaptic time constant, in units of the membrane's with all its conductances open. "
        f"Crosses: where the translation itself says that theory may not do. n: {n_neurons} "
        "neurons, 15 conditions.",
    )


def _draw_theory_map(panel: Axes, theory_map: Any, good_r2: float) -> Any:
    """Draw one map: a strip per level, as its columns lie where the membrane puts them."""
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
        f"{good_r2:g} or more counts as right.",
    )


def _tabulate_warnings(maps: Sequence[Any], good_r2: float) -> Table:
    """Tell whether the translation knew: warnings against misses, errors against bounds."""
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
        "What the translation knows of it",
        ("cell", "inhibition", "warned where it fails", "warned where it does",
         "error above its bound", "largest error / bound", "highest rates [Hz]"),
        tuple(rows),
        f"It fails below an R² of {good_r2:g}. The bound is that of the translation's validity.",
    )  # fmt: skip
