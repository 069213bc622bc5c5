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
    to_figure_block,
)

#: Signs and what they look like in the strip under a map.
STRIP_STYLES = {
    -1: (INHIBITORY_COLOUR, "inhibits"),
    1: (EXCITATORY_COLOUR, "excites"),
    0: ("white", "it depends"),
}


def build_sign_map_report(maps: Sequence[Any], n_neurons: int, trials: int) -> Document:
    """Make the report.

    Parameters
    ----------
    maps : sequence of analyses.sign_map.SignMap
        By noise, then cell.
    n_neurons, trials : int
        Neurons per reversal potential, and trials of each condition.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = to_figure_block(draw_sign_maps(maps, n_neurons, trials), "sign-map")
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
        describe_sign_maps(maps),
        (),
        (
            Section("The map", (figure, method)),
            Section("In numbers", (_tabulate_sign_changes(maps), _tabulate_sign_limits(maps))),
        ),
        footer=f"bioann, analyses/sign_map.py, {n_neurons} neurons, {trials} trials",
    )


def describe_sign_maps(maps: Sequence[Any]) -> str:
    """Say in three sentences what the maps show."""
    below = _format_mv(min(m.find_sign_limit(-1) for m in maps))
    above = _format_mv(max(m.find_sign_limit(1) for m in maps))
    low = _format_mv(min(m.sign_change_mv.min() for m in maps))
    high = _format_mv(max(m.sign_change_mv.max() for m in maps))
    limits = [m.find_sign_limit(-1, one_number=True) for m in maps]
    limits = [limit for limit in limits if np.isfinite(limit)]
    limit_text = f" (where it reverses at {_format_mv(min(limits))} or below)" if limits else ""
    shifted_maps = [m for m in maps if m.sign_change_shift[1] > 0]
    return (
        f"In all {len(maps)} combinations of cell and noise, GABA is a negative weight at every "
        f"rate where it reverses at {below} or below, and a positive one at {above} or above; "
        f"between {low} and {high} its sign turns, by cell, noise and rate. One number stands for "
        f"it at all rates, give or take a quarter, in {len(limits)} of {len(maps)}{limit_text}. "
        "That the turn moves down as the cell fires faster is measured in "
        f"{len(shifted_maps)} of {len(maps)} simulations."
    )


def _format_mv(value: float) -> str:
    return f"{format_number(value)} mV"


@house_style()
def draw_sign_maps(maps: Sequence[Any], n_neurons: int, trials: int) -> Drawing:
    """Draw a map per cell and noise: effective weight over reversal potential and rate."""
    cells = list(dict.fromkeys(sign_map.cell for sign_map in maps))
    noises = list(dict.fromkeys(sign_map.noise for sign_map in maps))
    figure, panels = make_subplots(
        len(noises), len(cells), height=5.2, squeeze=False, sharex=True, sharey=True
    )
    for sign_map in maps:
        panel = panels[noises.index(sign_map.noise), cells.index(sign_map.cell)]
        mesh = _draw_sign_map(panel, sign_map)
    for panel in panels[-1]:
        panel.set_xlabel("reversal potential [mV]")
    for panel, cell in zip(panels[0], cells, strict=True):
        panel.set_title(cell)
    for panel, noise in zip(panels[:, 0], noises, strict=True):
        panel.set_ylabel(f"{noise}\nrate of the cell [Hz]")
    figure.colorbar(mesh, ax=panels, label="weight [nS of excitation per nS]", aspect=35)
    handles: list[Any] = [
        Patch(fc=colour, ec=INK, lw=0.6, label=text) for colour, text in STRIP_STYLES.values()
    ]
    handles.append(Patch(fc=INHIBITORY_COLOUR, ec="white", hatch="////", label="one number"))
    handles.append(panels[0, 0].plot([], [], color=INK, lw=1.2, label="no effect: theory")[0])
    handles.append(panels[0, 0].plot([], [], "o", color=INK, ms=4, label="simulation")[0])
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    summary = "; ".join(
        f"{m.cell}, {m.noise}: turns from {m.sign_change_mv.min():.1f} "
        f"to {m.sign_change_mv.max():.1f} mV"
        for m in maps
    )
    return Drawing(
        figure,
        f"Maps of effective weight over reversal potential and rate. {summary}.",
        "GABA inhibits at every rate where it reverses well below threshold (purple strip), "
        "excites where it reverses above (green), and between them it depends on what the cell is "
        "doing (white). Hatched: one number stands for the weight at all rates, give or take a "
        "quarter. Circles: where the effect turns in simulations, with 95% intervals over trials. "
        f"n: {n_neurons} neurons a reversal potential, {trials} trials.",
    )


def _draw_sign_map(panel: Axes, sign_map: Any) -> Any:
    """Draw one map with its turns, and under it the strip that says what holds at all rates."""
    mesh = panel.pcolormesh(
        sign_map.reversal,
        sign_map.rates,
        sign_map.weight,
        cmap="PuOr_r",
        vmin=-0.7,
        vmax=0.7,
        shading="nearest",
        rasterized=True,
    )
    panel.plot(sign_map.sign_change_mv, sign_map.rates, color=INK, lw=1.2)
    rate, value, low, high = sign_map.simulated_changes.T
    errors = np.clip([value - low, high - value], 0, None)
    panel.errorbar(value, rate, xerr=errors, fmt="o", color=INK, ms=4, lw=1, capsize=2)
    for sign, (colour, _) in STRIP_STYLES.items():
        of_sign = sign_map.one_sign == sign
        for in_strip, hatch in (
            (of_sign & ~sign_map.one_number, ""),
            (of_sign & sign_map.one_number, "////"),
        ):
            for reversals in np.split(
                sign_map.reversal[in_strip],
                np.flatnonzero(np.diff(np.flatnonzero(in_strip)) > 1) + 1,
            ):
                if len(reversals):
                    bar = (reversals[0] - 0.5, reversals[-1] - reversals[0] + 1.0)
                    panel.broken_barh(
                        [bar],
                        (-16, 12),
                        fc=colour,
                        ec="white" if hatch else INK,
                        hatch=hatch,
                        lw=0.4,
                    )
    panel.axhline(0, color=INK, lw=0.6)
    panel.set(xlim=(sign_map.reversal[0], sign_map.reversal[-1]), ylim=(-17, 205))
    return mesh


def _tabulate_sign_changes(maps: Sequence[Any]) -> Table:
    rows = tuple(
        (
            sign_map.cell,
            sign_map.noise,
            f"{rate:.0f}",
            format_interval(*interval),
            f"{np.interp(rate, sign_map.rates, sign_map.sign_change_mv):.1f}",
        )
        for sign_map in maps
        for rate, *interval in sign_map.simulated_changes
    )
    return Table(
        "Reversal potential of no effect, in simulations and by the theory",
        ("cell", "noise", "rate [Hz]", "simulated [mV]", "theory [mV]"),
        rows,
        "Brackets are 95% intervals from resampling trials.",
    )


def _tabulate_sign_limits(maps: Sequence[Any]) -> Table:
    def format_limit(value: float) -> str:
        return "nowhere" if np.isnan(value) else format_number(value)

    rows = tuple(
        (
            sign_map.cell,
            sign_map.noise,
            format_limit(sign_map.find_sign_limit(-1, one_number=True)),
            format_limit(sign_map.find_sign_limit(-1)),
            format_limit(sign_map.find_sign_limit(1)),
            format_interval(*sign_map.sign_change_shift),
        )
        for sign_map in maps
    )
    return Table(
        "What holds at every rate from 5 to 200 Hz",
        ("cell", "noise", "one number up to [mV]", "inhibits up to [mV]", "excites from [mV]",
         "turn moves down by [mV]"),
        rows,
        "The last column is measured between the weakest and the strongest drive simulated.",
    )  # fmt: skip
