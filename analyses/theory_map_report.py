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
    to_figure_block as block,
)

#: Steps of the colours; all that is below the first is one colour.
STEPS = (0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)


def document(maps: Sequence[Any], good: float, neurons: int) -> Document:
    """Make the report.

    Parameters
    ----------
    maps : sequence of analyses.theory_map.Map
        By cell, then inhibition.
    good : float
        R^2 from which theory counts as right.
    neurons : int
        Neurons of each population.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = block(picture(maps, good, neurons), "theory-map")
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
    tables = (_table(maps, good), _self_knowledge(maps, good))
    return Document(
        "theory map: a rate network without a simulation",
        "Where does theory alone give the rate network of a spiking cell, and where does it fail?",
        answer(maps, good),
        (),
        (Section("The map", (figure, method)), Section("In numbers", tables)),
        footer=f"bioann, analyses/theory_map.py, {neurons} neurons",
    )


def answer(maps: Sequence[Any], good: float) -> str:
    """Say where theory fails: among fast or slow synapses, in quiet or driven cells."""
    ratio, right = (
        np.concatenate([getattr(m, n).ravel() for m in maps]) for n in ("ratio", "good")
    )
    slow = ratio >= 1
    fails = ratio[~right]
    text = (
        f"Theory alone gives the rates (R\N{SUPERSCRIPT TWO} of {good:g} or more on a grid it "
        f"never saw) in {right.sum()} of {right.size} combinations of cell, inhibition, synapse "
        f"and background. Where synapses are slower than the effective membrane it does in "
        f"{right[slow].sum()} of {slow.sum()}, where they are faster in {right[~slow].sum()} of "
        f"{(~slow).sum()}."
    )
    if not fails.size:
        return text
    worst = min(maps, key=lambda m: m.r2.min())
    k, j = np.unravel_index(worst.r2.argmin(), worst.r2.shape)
    return (
        f"{text} It fails up to {fails.max():.2g} effective membrane time constants, and worst, "
        f"with R\N{SUPERSCRIPT TWO} {worst.r2.min():.2f}, for the {worst.cell} cell with "
        f"{worst.inhibition} inhibition, synapses of {worst.taus[j]:g} ms and a background of "
        f"{worst.levels[k]:g} leaks."
    )


@house_style()
def picture(maps: Sequence[Any], good: float, neurons: int) -> Drawing:
    """Draw a map per cell and inhibition: R^2 over synaptic time constant and background."""
    cells, kinds = (
        list(dict.fromkeys(getattr(m, n) for m in maps)) for n in ("cell", "inhibition")
    )
    figure, panels = make_subplots(
        len(cells), len(kinds), height=1.2 + 1.9 * len(cells), squeeze=False, sharex=True,
        sharey=True,
    )  # fmt: skip
    for one in maps:
        shown = _map(panels[cells.index(one.cell), kinds.index(one.inhibition)], one, good)
    for panel in panels[-1]:
        panel.set_xlabel("synaptic / membrane time constant")
    for panel, kind in zip(panels[0], kinds, strict=True):
        panel.set_title(f"{kind} inhibition")
    for panel, cell in zip(panels[:, 0], cells, strict=True):
        panel.set_ylabel(f"{cell}\nbackground [leaks]")
    bar = figure.colorbar(shown, ax=panels, label="R² of steady rates", extend="min", aspect=30)
    bar.ax.minorticks_off()
    marks = [
        Line2D([], [], color=INK, lw=1.6, label=f"R² = {good:g}"),
        Line2D([], [], color=INK, marker="x", ls="", ms=5, label="the translation warns"),
    ]
    figure.legend(handles=marks, loc="outside upper center", ncols=2)
    told = "; ".join(
        f"{m.cell}, {m.inhibition}: R² from {m.r2.min():.3f} to {m.r2.max():.3f}" for m in maps
    )
    return Drawing(
        figure,
        f"Maps of R² over synaptic time constant and background. {told}.",
        "Theory against simulation, on rates it never saw. A row is a background, a cell of it a "
        "synaptic time constant, in units of the membrane's with all its conductances open. "
        f"Crosses: where the translation itself says that theory may not do. n: {neurons} neurons, "
        "15 conditions.",
    )


def _map(panel: Axes, one: Any, good: float) -> Any:
    """Draw one map: a strip per level, as its columns lie where the membrane puts them."""
    norm = BoundaryNorm(STEPS, 256, extend="min")
    between = np.sqrt(one.taus[1:] * one.taus[:-1])
    first, last = (one.taus[k] ** 2 / between[k] for k in (0, -1))
    edges = np.array([first, *between, last]) / one.taus[0]
    rows = np.arange(len(one.levels))
    for k, ratio in zip(rows, one.ratio, strict=True):
        shown = panel.pcolormesh(
            edges * ratio[0], [k - 0.5, k + 0.5], one.r2[k : k + 1], cmap="viridis", norm=norm,
            edgecolor="white", lw=0.4,
        )  # fmt: skip
    heights = np.broadcast_to(rows[:, None], one.ratio.shape)
    if one.r2.min() < good < one.r2.max():
        panel.contour(one.ratio, heights, one.r2, levels=[good], colors=[INK], linewidths=1.6)
    warned = one.warned
    panel.plot(one.ratio[warned], heights[warned], "x", color="white", ms=6, mew=2.4)
    panel.plot(one.ratio[warned], heights[warned], "x", color=INK, ms=5, mew=1.0)
    panel.set_xscale("log")
    panel.set_yticks(rows, [f"{level:g}" for level in one.levels])
    return shown


def _table(maps: Sequence[Any], good: float) -> Table:
    taus = maps[0].taus
    rows = tuple(
        (m.cell, m.inhibition, f"{level:g}", *(f"{x:.3f}" for x in row))
        for m in maps
        for level, row in zip(m.levels, m.r2, strict=True)
    )
    return Table(
        "R² of steady rates, by background and synaptic time constant",
        ("cell", "inhibition", "leaks", *(f"{tau:g} ms" for tau in taus)),
        rows,
        f"{good:g} or more counts as right.",
    )


def _self_knowledge(maps: Sequence[Any], good: float) -> Table:
    """Tell whether the translation knew: warnings against misses, errors against bounds."""
    rows = []
    for m in maps:
        missed = ~m.good
        rows.append(
            (
                m.cell, m.inhibition,
                f"{(missed & m.warned).sum()} of {missed.sum()}",
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
        f"It fails below an R² of {good:g}. The bound is that of the translation's validity.",
    )  # fmt: skip
