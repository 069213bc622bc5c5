"""Figures of a census of signs: distributions, violations of Dale's principle, spectra."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from bioann.base.text import format_count, format_number
from bioann.reporting import style
from bioann.reporting.style import ArtistKwargs, Drawing, house_style, shorten_label

MAX_ARRAYS = 6
_COLUMNS = 3


def draw_distributions(census: Any) -> Drawing:
    """Draw histograms of the weights of each array, coloured by sign.

    Parameters
    ----------
    census : Census
        Its tables ``layers`` and ``distributions`` are read.
    """
    layers = _select_largest_arrays(census.layers)
    columns = min(_COLUMNS, len(layers))
    rows = -(-len(layers) // columns)
    with house_style():
        figure, panels = style.make_subplots(rows, columns, height=0.5 + 1.9 * rows, squeeze=False)
        for panel, row in zip(panels.flat, layers.itertuples(), strict=False):
            distributions = census.distributions
            bins = distributions[
                (distributions["layer"] == row.layer) & (distributions["weights"] == row.weights)
            ]
            _draw_histogram(panel, bins)
            panel.set_title(f"{_name_array(row)}\n{row.negative:.1%} negative")
        for panel in panels[:, 0]:
            panel.set_ylabel("weights [count]")
        for panel in panels.flat[len(layers) :]:
            panel.remove()
    shares = "; ".join(f"{_name_array(row)}: {row.negative:.1%}" for row in layers.itertuples())
    return Drawing(
        figure,
        f"Histograms of weights. Share below zero: {shares}.",
        "Weights by layer; purple: negative, green: positive. "
        f"n: {int(layers['n'].sum())} nonzero weights."
        f"{_describe_omitted_arrays(census.layers)}",
    )


def _draw_histogram(panel: Axes, bins: pd.DataFrame) -> None:
    negative = bins["high"].to_numpy() <= 0
    colours = np.where(negative, style.INHIBITORY_COLOUR, style.EXCITATORY_COLOUR)
    width = (bins["high"] - bins["low"]).to_numpy()
    panel.bar(bins["low"], bins["count"], width, align="edge", color=colours, linewidth=0)
    panel.axvline(0, color=style.INK, linewidth=0.8)
    panel.set_xlabel("weight [dimensionless]")
    panel.locator_params(nbins=4)


def draw_dale(census: Any) -> Drawing:
    """Draw, for the sources of each array, the share of outgoing weights with the rarer sign.

    Parameters
    ----------
    census : Census
        Its table ``units`` is read.
    """
    units = census.units.dropna(subset="minority")
    sizes = units.groupby("sources", sort=False).size()
    names = sizes.index[:MAX_ARRAYS]
    with house_style():
        figure, panel = style.make_subplots(height=0.9 + 0.38 * len(names))
        for y, name in enumerate(names):
            values = units.loc[units["sources"] == name, "minority"]
            low, lower_quartile, median, upper_quartile, high = values.quantile(
                [0.05, 0.25, 0.5, 0.75, 0.95]
            )
            panel.hlines(y, low, high, color=style.RATE_COLOUR, linewidth=1.2)
            panel.hlines(y, lower_quartile, upper_quartile, color=style.RATE_COLOUR, linewidth=7)
            panel.plot(median, y, "|", color="white", markersize=8, markeredgewidth=1.5)
        panel.set_yticks(
            range(len(names)), [f"{shorten_label(n, 24)} (n = {sizes[n]})" for n in names]
        )
        panel.tick_params("y", length=0)
        panel.set(xlim=(-0.01, 0.51), ylim=(len(names) - 0.5, -0.5), xlabel=_RARER_SIGN_LABEL)
        panel.axvline(0, color=style.INK, linewidth=0.8)
    violations = units.groupby("sources", sort=False)["violates"].mean()
    shares = "; ".join(f"{name}: {violations[name]:.1%} of {sizes[name]}" for name in names)
    omission = f" Shown: the first {len(names)} of {len(sizes)} sets of units."
    return Drawing(
        figure,
        "Share of outgoing weights with the rarer sign, per unit. "
        f"Units with both signs: {shares}.",
        "A unit that obeys Dale's principle lies at 0, one with random signs near 0.5. White mark: "
        "median over the units (or maps) of a layer; thick bar: quartiles; thin line: 5th to 95th "
        "percentile; n: units with a nonzero weight." + omission * (len(sizes) > len(names)),
    )


_RARER_SIGN_LABEL = "outgoing weights of the rarer sign [fraction per unit]"


def draw_spectra(census: Any) -> Drawing:
    """Draw singular values, and eigenvalues of recurrent arrays in the complex plane.

    Parameters
    ----------
    census : Census
        Its tables ``layers`` and ``spectra`` are read.
    """
    layers, spectra = _select_largest_arrays(census.layers), census.spectra
    recurrent = layers[layers["radius"].notna()]
    with house_style():
        figure, panels = style.make_subplots(
            1, 2 if len(recurrent) else 1, height=3.2, squeeze=False
        )
        colours = sns.color_palette("colorblind", len(layers))
        colour_by_array = dict(
            zip(zip(layers["layer"], layers["weights"], strict=True), colours, strict=True)
        )
        for key, colour in colour_by_array.items():
            singular_values = _select_spectrum(spectra, key, "singular")
            x = (np.arange(len(singular_values)) + 1) / len(singular_values)
            y = singular_values["real"] / singular_values["real"].iloc[0]
            mark = "o" if len(singular_values) == 1 else ""
            panels[0, 0].plot(
                x, y, color=colour, marker=mark, label=shorten_label(" ".join(key), 24)
            )
        panels[0, 0].set(ylim=(0, 1.05), xlabel="rank [fraction of all]")
        panels[0, 0].set_ylabel("singular value [fraction of the largest]")
        panels[0, 0].legend()
        for key in zip(recurrent["layer"], recurrent["weights"], strict=True):
            _draw_complex_plane(
                panels[0, 1], _select_spectrum(spectra, key, "eigenvalue"), colour_by_array[key]
            )
    sentences = [
        f"{_name_array(row)}: norm {format_number(row.norm)}"
        + f", spectral radius {format_number(row.radius)}" * bool(np.isfinite(row.radius))
        for row in layers.itertuples()
    ]
    return Drawing(
        figure,
        f"Spectra. {'; '.join(sentences)}.",
        ("Left: s" if len(recurrent) else "S")
        + "ingular values of each array; an early fall means that few directions matter."
        + _EIGENVALUE_CAPTION * bool(len(recurrent))
        + _describe_omitted_arrays(census.layers),
    )


_EIGENVALUE_CAPTION = (
    " Right: eigenvalues of recurrent arrays; beyond the unit circle the activity of linear units "
    "grows from step to step."
)


def _draw_complex_plane(panel: Axes, eigenvalues: pd.DataFrame, colour: Any) -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    panel.plot(np.cos(angle), np.sin(angle), color=style.CHANCE_COLOUR, linewidth=0.8)
    rasterized = len(eigenvalues) > style.MAX_VECTOR_MARKS
    look: ArtistKwargs = {"markersize": 3, "linestyle": "none", "rasterized": rasterized}
    panel.plot(eigenvalues["real"], eigenvalues["imag"], "o", color=colour, **look)
    panel.set(xlabel="real part [dimensionless]", ylabel="imaginary part [dimensionless]")
    panel.set(title="eigenvalues", aspect="equal")


def _select_spectrum(spectra: pd.DataFrame, key: tuple[str, str], kind: str) -> pd.DataFrame:
    of_array = (spectra["layer"] == key[0]) & (spectra["weights"] == key[1])
    return spectra[of_array & (spectra["kind"] == kind)]


def _select_largest_arrays(layers: pd.DataFrame) -> pd.DataFrame:
    """Select the arrays with most weights, in their order."""
    return layers.loc[np.sort(layers["n"].nlargest(MAX_ARRAYS).index)]


def _describe_omitted_arrays(layers: pd.DataFrame) -> str:
    if len(layers) <= MAX_ARRAYS:
        return ""
    return f" Shown: the {MAX_ARRAYS} largest of {format_count(len(layers), 'array')}."


def _name_array(row: Any) -> str:
    return f"{shorten_label(row.layer, 16)} {shorten_label(row.weights, 8)}"
