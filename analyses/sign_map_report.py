"""How `analyses/sign_map.py` tells what it found: the map, and the same in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from bioann.base.text import format_interval, format_number
from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.style import (
    EXCITATORY_COLOUR,
    INHIBITORY_COLOUR,
    INK,
    Drawing,
    house_style,
    make_subplots,
    to_figure_block as block,
)

#: Signs and what they look like in the strip under a map.
STRIP = {
    -1: (INHIBITORY_COLOUR, "inhibits"),
    1: (EXCITATORY_COLOUR, "excites"),
    0: ("white", "it depends"),
}


def document(maps: Sequence[Any], neurons: int, trials: int) -> Document:
    """Make the report.

    Parameters
    ----------
    maps : sequence of analyses.sign_map.Map
        By noise, then cell.
    neurons, trials : int
        Neurons per reversal potential, and trials of each condition.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = block(picture(maps, neurons, trials), "sign-map")
    method = Paragraph(
        "The effective weight of a conductance is the nS of excitation that one nS of it is worth, "
        "as both change the rate alike. A current would have the weight (E - V) / (0 - V) at the "
        "potential V at which the cell takes it up. Little noise: excitation comes in quanta of a "
        "tenth of the conductance that makes the cell fire at 30 Hz; much noise: in quanta as "
        "large as that. The map is the rate of the cell under constant conductances, averaged over "
        "their noise; it is least exact at low rates under much noise."
    )
    return Document(
        "sign map: GABA as a signed weight",
        "When is a negative weight an inhibitory synapse?",
        answer(maps),
        (),
        (Section("The map", (figure, method)), Section("In numbers", (_turns(maps), _ends(maps)))),
        footer=f"bioann, analyses/sign_map.py, {neurons} neurons, {trials} trials",
    )


def answer(maps: Sequence[Any]) -> str:
    """Say in three sentences what the maps show."""
    below, above = min(m.always(-1) for m in maps), max(m.always(1) for m in maps)
    low, high = min(m.turn.min() for m in maps), max(m.turn.max() for m in maps)
    ends = {(m.cell, m.noise): m.always(-1, number=True) for m in maps}
    found = [end for end in ends.values() if np.isfinite(end)]
    told = f" (where it reverses at {_mv(min(found))} or below)" if found else ""
    moved = [m for m in maps if m.moved[1] > 0]
    return (
        f"In all {len(maps)} combinations of cell and noise, GABA is a negative weight at every "
        f"rate where it reverses at {_mv(below)} or below, and a positive one at {_mv(above)} or "
        f"above; between {_mv(low)} and {_mv(high)} its sign turns, by cell, noise and rate. One "
        f"number stands for it at all rates, give or take a quarter, in {len(found)} of "
        f"{len(maps)}{told}. That the turn moves down as the cell fires faster is measured in "
        f"{len(moved)} of {len(maps)} simulations."
    )


def _mv(value: float) -> str:
    return f"{format_number(value)} mV"


@house_style()
def picture(maps: Sequence[Any], neurons: int, trials: int) -> Drawing:
    """Draw a map per cell and noise: effective weight over reversal potential and rate."""
    cells = list(dict.fromkeys(m.cell for m in maps))
    noises = list(dict.fromkeys(m.noise for m in maps))
    figure, panels = make_subplots(
        len(noises), len(cells), height=5.2, squeeze=False, sharex=True, sharey=True
    )
    for one in maps:
        panel = panels[noises.index(one.noise), cells.index(one.cell)]
        shown = _map(panel, one)
    for panel in panels[-1]:
        panel.set_xlabel("reversal potential [mV]")
    for panel, cell in zip(panels[0], cells, strict=True):
        panel.set_title(cell)
    for panel, noise in zip(panels[:, 0], noises, strict=True):
        panel.set_ylabel(f"{noise}\nrate of the cell [Hz]")
    figure.colorbar(shown, ax=panels, label="weight [nS of excitation per nS]", aspect=35)
    marks: list[Any] = [Patch(fc=c, ec=INK, lw=0.6, label=t) for c, t in STRIP.values()]
    marks.append(Patch(fc=INHIBITORY_COLOUR, ec="white", hatch="////", label="one number"))
    marks.append(panels[0, 0].plot([], [], color=INK, lw=1.2, label="no effect: theory")[0])
    marks.append(panels[0, 0].plot([], [], "o", color=INK, ms=4, label="simulation")[0])
    figure.legend(handles=marks, loc="outside upper center", ncols=3)
    told = "; ".join(
        f"{m.cell}, {m.noise}: turns from {m.turn.min():.1f} to {m.turn.max():.1f} mV" for m in maps
    )
    return Drawing(
        figure,
        f"Maps of effective weight over reversal potential and rate. {told}.",
        "GABA inhibits at every rate where it reverses well below threshold (purple strip), "
        "excites where it reverses above (green), and between them it depends on what the cell is "
        "doing (white). Hatched: one number stands for the weight at all rates, give or take a "
        "quarter. Circles: where the effect turns in simulations, with 95% intervals over trials. "
        f"n: {neurons} neurons a reversal potential, {trials} trials.",
    )


def _map(panel: Axes, one: Any) -> Any:
    """Draw one map with its turns, and under it the strip that says what holds at all rates."""
    shown = panel.pcolormesh(
        one.reversal, one.rates, one.weight, cmap="PuOr_r", vmin=-0.7, vmax=0.7, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    panel.plot(one.turn, one.rates, color=INK, lw=1.2)
    rate, value, low, high = one.simulated.T
    reach = np.clip([value - low, high - value], 0, None)
    panel.errorbar(value, rate, xerr=reach, fmt="o", color=INK, ms=4, lw=1, capsize=2)
    for sign, (colour, _) in STRIP.items():
        of_sign = one.one_sign == sign
        for kept, hatch in ((of_sign & ~one.one_number, ""), (of_sign & one.one_number, "////")):
            for run in np.split(
                one.reversal[kept], np.flatnonzero(np.diff(np.flatnonzero(kept)) > 1) + 1
            ):
                if len(run):
                    ends = (run[0] - 0.5, run[-1] - run[0] + 1.0)
                    panel.broken_barh(
                        [ends],
                        (-16, 12),
                        fc=colour,
                        ec="white" if hatch else INK,
                        hatch=hatch,
                        lw=0.4,
                    )
    panel.axhline(0, color=INK, lw=0.6)
    panel.set(xlim=(one.reversal[0], one.reversal[-1]), ylim=(-17, 205))
    return shown


def _turns(maps: Sequence[Any]) -> Table:
    rows = tuple(
        (m.cell, m.noise, f"{r:.0f}", format_interval(*t), f"{np.interp(r, m.rates, m.turn):.1f}")
        for m in maps
        for r, *t in m.simulated
    )
    return Table(
        "Reversal potential of no effect, in simulations and by the theory",
        ("cell", "noise", "rate [Hz]", "simulated [mV]", "theory [mV]"),
        rows,
        "Brackets are 95% intervals from resampling trials.",
    )


def _ends(maps: Sequence[Any]) -> Table:
    def said(value: float) -> str:
        return "nowhere" if np.isnan(value) else format_number(value)

    rows = tuple(
        (
            m.cell,
            m.noise,
            said(m.always(-1, number=True)),
            said(m.always(-1)),
            said(m.always(1)),
            format_interval(*m.moved),
        )
        for m in maps
    )
    return Table(
        "What holds at every rate from 5 to 200 Hz",
        ("cell", "noise", "one number up to [mV]", "inhibits up to [mV]", "excites from [mV]",
         "turn moves down by [mV]"),
        rows,
        "The last column is measured between the weakest and the strongest drive simulated.",
    )  # fmt: skip
