"""The report of `analyses/sign_map.py`: maps of effective weights, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bioann.base.text import format_interval, format_number
from bioann.reporting.document import Document, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.style import (
    EXCITATORY_COLOUR,
    FIGURE_WIDTH,
    FONT_SIZE,
    INHIBITORY_COLOUR,
    INK,
    ArtistKwargs,
    Drawing,
    draw_for_widths,
    house_style,
    make_subplots,
)

#: Looks of the noise levels, in the order of the maps: dashes, face of the simulated points.
NOISE_STYLES = (("-", INK), ((0, (4, 2)), "white"))
#: Reversal potentials that are drawn, in mV; towards more negative ones nothing changes.
DRAWN_RANGE_MV = (-75.0, -40.0)
#: Highest firing rate that is drawn, in Hz.
MAX_DRAWN_RATE = 205.0


def build_sign_map_report(maps: Sequence[Any], n_neurons: int, trials: int) -> Document:
    """Build the report.

    Parameters
    ----------
    maps : sequence of analyses.sign_map.SignMap
        Maps of all noise levels and cell models, in this order.
    n_neurons, trials : int
        Simulated neurons per reversal potential, and trials of each condition.

    Returns
    -------
    Document
        The report, for `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = to_figure_block(draw_sign_maps(maps, n_neurons, trials), "sign-map")
    method = Paragraph(
        "The effective weight of one nS of a conductance is the excitatory conductance in nS that "
        "changes the firing rate by the same amount. For a cell at a constant potential V, it is "
        "(E - V) / (0 - V). Little noise: one excitatory spike opens a tenth of the conductance at "
        "which the cell fires at 30 Hz; much noise: all of it. The lines follow from the rate "
        "of the cell for constant conductances, averaged over their noise; their error is largest "
        "at low rates with much noise."
    )
    return Document(
        "sign map: GABA as a signed weight",
        "When is a negative weight an inhibitory synapse?",
        describe_sign_maps(maps),
        (),
        (
            Section("The map", (figure, method)),
            Section("Tables", (_tabulate_sign_changes(maps), _tabulate_sign_limits(maps))),
        ),
        footer=f"bioann, analyses/sign_map.py, {n_neurons} neurons, {trials} trials",
    )


def describe_sign_maps(maps: Sequence[Any]) -> str:
    """Summarise the maps in three sentences."""
    below = _format_mv(min(m.find_sign_limit(-1) for m in maps))
    above = _format_mv(max(m.find_sign_limit(1) for m in maps))
    low = _format_mv(min(m.sign_change_mv.min() for m in maps))
    high = _format_mv(max(m.sign_change_mv.max() for m in maps))
    limits = [m.find_sign_limit(-1, one_number=True) for m in maps]
    limits = [limit for limit in limits if np.isfinite(limit)]
    limit_text = f" (reversal potentials up to {_format_mv(min(limits))})" if limits else ""
    shifted_maps = [m for m in maps if m.sign_change_shift[1] > 0]
    return (
        f"In all {len(maps)} combinations of cell and noise, GABA is a negative weight at all "
        f"rates if its reversal potential is {below} or lower, and a positive one if it is {above} "
        f"or higher; the sign changes between {low} and {high}, depending on cell, noise and rate. "
        "A single weight describes GABA at all rates, to within 25 %, in "
        f"{len(limits)} of {len(maps)} combinations{limit_text}. The simulations confirm in "
        f"{len(shifted_maps)} of {len(maps)} that the reversal potential of the sign change falls "
        "with the firing rate."
    )


def _format_mv(value: float) -> str:
    return f"{format_number(value)} mV"


@house_style()
def draw_sign_maps(maps: Sequence[Any], n_neurons: int, trials: int) -> Drawing:
    """Draw where a synapse inhibits and where it excites, a panel for each cell model."""
    return draw_for_widths(lambda width: _draw_sign_maps(maps, n_neurons, trials, width))


def _draw_sign_maps(maps: Sequence[Any], n_neurons: int, trials: int, width: float) -> Drawing:
    cells = list(dict.fromkeys(sign_map.cell for sign_map in maps))
    rows = len(cells) if width < FIGURE_WIDTH else 1
    figure, grid = make_subplots(
        *(rows, len(cells) // rows),
        width=width,
        height=0.7 + 2.6 * rows,
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    for panel, cell, letter in zip(grid.flat, cells, "abcdefgh", strict=False):
        _draw_cell(panel, [sign_map for sign_map in maps if sign_map.cell == cell])
        panel.set_title(rf"$\bf{{{letter}}}$  {cell}", y=1.07)
    figure.supxlabel("reversal potential of the synapse [mV]", fontsize=FONT_SIZE)
    figure.supylabel("firing rate of the cell [Hz]", fontsize=FONT_SIZE)
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=2 if rows > 1 else 4)
    summary = "; ".join(
        f"{m.cell}, {m.noise}: at {m.sign_change_mv[0]:.1f} mV when the cell fires at "
        f"{m.rates[0]:.0f} Hz, at {m.sign_change_mv[-1]:.1f} mV at {m.rates[-1]:.0f} Hz"
        for m in maps
    )
    return Drawing(
        figure,
        "Where a synapse inhibits (purple, left) and where it excites (green, right), over its "
        f"reversal potential and the firing rate of the cell. The sign changes: {summary}.",
        "A synapse inhibits if its reversal potential lies left of the line and excites if it lies "
        "right of it. The line lies below threshold, and moves with the firing rate and the noise "
        "of the excitation. Lines: theory; circles: simulations, with 95 % CI over trials. "
        f"n: {n_neurons} neurons per reversal potential, {trials} trials.",
    )


def _draw_cell(panel: Axes, maps: Sequence[Any]) -> None:
    """Draw the regions of both signs, and the lines between them at all noise levels."""
    left, right = DRAWN_RANGE_MV
    first = maps[0]
    rates = np.r_[0.0, first.rates, MAX_DRAWN_RATE]
    line = np.interp(rates, first.rates, first.sign_change_mv)
    panel.fill_betweenx(rates, left, line, color=INHIBITORY_COLOUR, alpha=0.3, lw=0)
    panel.fill_betweenx(rates, line, right, color=EXCITATORY_COLOUR, alpha=0.3, lw=0)
    for sign_map, (dashes, face) in zip(maps, NOISE_STYLES, strict=False):
        look: ArtistKwargs = {"color": INK, "ls": dashes, "lw": 1.4}
        panel.plot(sign_map.sign_change_mv, sign_map.rates, label=sign_map.noise, **look)
        rate, value, low, high = sign_map.simulated_changes.T
        errors = np.clip([value - low, high - value], 0, None)
        look = {"color": INK, "mfc": face, "ms": 4.5, "lw": 1, "capsize": 2}
        panel.errorbar(
            value, rate, xerr=errors, fmt="o", **look, label=f"{sign_map.noise}, simulated"
        )
    rest, threshold = first.landmarks_mv
    for text, x, colour in (
        ("inhibits", (left + rest) / 2, INHIBITORY_COLOUR),
        ("excites", (max(threshold, line.max()) + right) / 2, EXCITATORY_COLOUR),
    ):
        panel.text(x, 100, text, color=colour, weight="bold", ha="center", va="center")
    for name, potential, side in (("rest ", rest, "right"), (" threshold", threshold, "left")):
        panel.axvline(potential, color=INK, lw=0.7, ls=":")
        above: ArtistKwargs = {"xycoords": ("data", "axes fraction"), "ha": side, "va": "bottom"}
        panel.annotate(name, (potential, 1.0), **above)
    panel.set(xlim=DRAWN_RANGE_MV, ylim=(0, MAX_DRAWN_RATE))


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
        "Reversal potential of the sign change, in simulations and from theory",
        ("cell", "noise", "rate [Hz]", "simulated [mV]", "theory [mV]"),
        rows,
        "Brackets are 95 % intervals from resampling trials.",
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
        "Reversal potentials with one sign at all rates from 5 to 200 Hz",
        ("cell", "noise", "single weight up to [mV]", "inhibits up to [mV]", "excites from [mV]",
         "shift of the sign change [mV]"),
        rows,
        "Last column: sign change at the weakest minus that at the strongest simulated drive.",
    )  # fmt: skip
