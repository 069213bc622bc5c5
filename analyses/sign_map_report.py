"""The report of `analyses/sign_map.py`: maps of effective weights, and tables."""

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

#: Colours and labels of the signs in the strip below a map.
STRIP_STYLES = {
    -1: (INHIBITORY_COLOUR, "inhibits"),
    1: (EXCITATORY_COLOUR, "excites"),
    0: ("white", "depends on rate"),
}


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
        "which the cell fires at 30 Hz; much noise: all of it. The map is the rate of the cell for "
        "constant conductances, averaged over their noise; its error is largest at low rates with "
        "much noise."
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
    """Draw maps of the effective weight over reversal potential and rate, by cell and noise."""
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
        panel.set_ylabel(f"{noise}\nfiring rate [Hz]")
    figure.colorbar(mesh, ax=panels, label="weight [nS of excitation per nS]", aspect=35)
    handles: list[Any] = [
        Patch(fc=colour, ec=INK, lw=0.6, label=text) for colour, text in STRIP_STYLES.values()
    ]
    handles.append(Patch(fc=INHIBITORY_COLOUR, ec="white", hatch="////", label="single weight"))
    handles.append(panels[0, 0].plot([], [], color=INK, lw=1.2, label="sign change: theory")[0])
    handles.append(panels[0, 0].plot([], [], "o", color=INK, ms=4, label="simulation")[0])
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    summary = "; ".join(
        f"{m.cell}, {m.noise}: sign change from {m.sign_change_mv.min():.1f} "
        f"to {m.sign_change_mv.max():.1f} mV"
        for m in maps
    )
    return Drawing(
        figure,
        f"Maps of effective weight over reversal potential and rate. {summary}.",
        "GABA with a reversal potential well below threshold inhibits at all rates (purple strip), "
        "and excites with one above threshold (green); between them, the sign depends on the rate "
        "(white). Hatched: a single weight suffices at all rates, to within 25 %. Circles: sign "
        "changes in simulations, with 95 % intervals over trials. "
        f"n: {n_neurons} neurons per reversal potential, {trials} trials.",
    )


def _draw_sign_map(panel: Axes, sign_map: Any) -> Any:
    """Draw one map with its sign changes, and below it the strip of signs at all rates."""
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
