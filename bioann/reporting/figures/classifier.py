"""Figures of an explanation: accuracy of a spiking classifier, and the signs of its weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bioann.base.text import format_number
from bioann.reporting import style
from bioann.reporting.style import (
    Drawing,
    draw_for_widths,
    house_style,
    make_subplots,
    shorten_label,
)
from bioann.translate.explain.explanation import Explanation
from bioann.translate.explain.losses import RATE_ACCURACY

#: Lines and marks of the translations, by the number of neurons per unit.
LINE_STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D")
#: Layers that the figure of signs shows at most.
MAX_LAYERS = 8


def compute_majority_share(labels: np.ndarray) -> float:
    """Return the accuracy of a classifier that always chooses the most frequent class."""
    return float(np.bincount(labels).max() / len(labels))


def draw_accuracy(explanation: Explanation) -> Drawing:
    """Draw the accuracy against the presentation time, and against the neurons per unit.

    Parameters
    ----------
    explanation : Explanation
        The result of `bioann.explain`.

    Returns
    -------
    Drawing
        Two panels.
    """
    rate, _, _ = explanation.get_loss(RATE_ACCURACY)
    cost = explanation.costs.iloc[0]
    alt = (
        f"Accuracy against presentation time and neurons per unit. At the end: rate model "
        f"{rate:.1%}, spiking model with {cost.neurons:,.0f} neurons {cost.accuracy:.1%}; always "
        f"the most frequent class: {compute_majority_share(explanation.labels):.1%}."
    )
    caption = (
        "Accuracy of the spiking model (blue) if the presentation ended at a time (a), and at its "
        "end, by the number of neurons per unit (b, another axis; bars: 95 % CI). Orange: "
        f"rate model and its 95 % CI. n: {len(explanation.labels)} samples, the same for all."
    )
    return draw_for_widths(lambda width: Drawing(_draw_accuracy(explanation, width), alt, caption))


@house_style()
def _draw_accuracy(explanation: Explanation, width: float) -> Figure:
    """Draw both panels side by side, or one above the other for a phone."""
    is_wide = width >= style.FIGURE_WIDTH
    figure, (time_panel, copies_panel) = (
        make_subplots(1, 2, height=2.7, width_ratios=(1.6, 1))
        if is_wide
        else make_subplots(2, 1, width=width, height=5.2)
    )
    rate, low, high = explanation.get_loss(RATE_ACCURACY)
    majority = compute_majority_share(explanation.labels)
    for panel in (time_panel, copies_panel):
        panel.axhspan(low, high, color=style.RATE_COLOUR, alpha=0.15, lw=0)
        panel.axhline(rate, color=style.RATE_COLOUR, label="rate model")
        panel.axhline(majority, color=style.INK, ls=":", lw=0.8, label="most frequent class")
        panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    _draw_accuracy_over_time(time_panel, explanation)
    _draw_accuracy_by_copies(copies_panel, explanation.costs, low)
    style.letter_panels((time_panel, copies_panel))
    handles, labels = time_panel.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3 if is_wide else 1)
    return figure


def _draw_accuracy_over_time(time_panel: Axes, explanation: Explanation) -> None:
    """Draw the accuracy of each translation if the presentation ended at a time."""
    for run, line, marker in zip(explanation.runs, LINE_STYLES * 9, MARKERS * 9, strict=False):
        accuracy = (run.choices_over_time == explanation.labels).mean(axis=1)
        n = run.neurons_per_unit
        label = f"spiking model, {n} neuron{'s' * (n > 1)} per unit"
        time_panel.plot(
            run.times * 1e3, accuracy, color=style.SPIKING_COLOUR, ls=line, marker=marker,
            ms=3, markevery=max(len(run.times) // 8, 1), label=label,
        )  # fmt: skip
    time_panel.set(xlabel="presentation time [ms]", ylabel="accuracy")
    time_panel.set(xlim=(0, None), ylim=(0, 1.04))


def _draw_accuracy_by_copies(panel: Axes, costs: pd.DataFrame, rate_low: float) -> None:
    """Draw the accuracy of each translation with its interval, on an axis of its own."""
    positions = np.arange(len(costs))
    for k, row in enumerate(costs.itertuples()):
        errors = [[row.accuracy - row.low], [row.high - row.accuracy]]
        panel.errorbar(
            k, row.accuracy, errors, color=style.SPIKING_COLOUR, fmt=MARKERS[k % len(MARKERS)],
            ms=5, capsize=3,
        )  # fmt: skip
    panel.set_xticks(positions, [f"{n}\n({m:,})" for n, m in zip(
        costs.neurons_per_unit, costs.neurons, strict=True)])  # fmt: skip
    panel.set(xlabel="neurons per unit (neurons in all)")
    panel.set_xlim(-0.6, len(costs) - 0.4)
    lowest = min(costs.low.min(), rate_low)
    panel.set_ylim(max(lowest - 0.03, 0), min(max(costs.high.max(), 0.97) + 0.03, 1.02))


def draw_layer_signs(layers: pd.DataFrame) -> Drawing:
    """Draw the balance of excitation and inhibition, and the units of both signs, by layer.

    Parameters
    ----------
    layers : pandas.DataFrame
        The table ``layers`` of a census of signs.

    Returns
    -------
    Drawing
        Two panels with a bar for each array of weights.
    """
    first_layers = layers.head(MAX_LAYERS)
    names = [_name_array(row, layers) for row in first_layers.itertuples()]
    numbers = "; ".join(
        f"{name}: {row.mixed:.0%} of sources have both signs, balance {format_number(row.balance)}"
        for name, row in zip(names, first_layers.itertuples(), strict=True)
    )
    n_more = len(layers) - len(first_layers)
    more = f" {n_more} more arrays are in the table." if n_more else ""
    alt = f"Signs by layer. {numbers}."
    caption = (
        "Sources (units or inputs) whose weights into a layer have both signs, each of which "
        "needs two neurons (a); share of excitation (green) and inhibition (purple, hatched) in "
        f"the sum of all weights into the layer (b).{more}"
    )
    return draw_for_widths(
        lambda width: Drawing(_draw_layer_signs(first_layers, names, width), alt, caption)
    )


@house_style()
def _draw_layer_signs(layers: pd.DataFrame, names: list[str], width: float) -> Figure:
    """Draw both panels side by side, or one above the other for a phone."""
    is_wide = width >= style.FIGURE_WIDTH
    positions = np.arange(len(names))
    height = 0.85 + 0.33 * len(names)
    shape, height = ((1, 2), height) if is_wide else ((2, 1), 2 * height)
    figure, (sign_panel, balance_panel) = make_subplots(
        *shape, width=width, height=height, sharey=True
    )
    sign_panel.barh(positions, layers.mixed, 0.6, color=style.UNCLEAR_COLOUR)
    sign_panel.set(xlabel="sources with weights of both signs", xlim=(0, 1))
    sign_panel.set_yticks(positions, names)
    sign_panel.invert_yaxis()
    total = layers.excitation + layers.inhibition
    excitation, inhibition = layers.excitation / total, layers.inhibition / total
    balance_panel.barh(
        positions, excitation, 0.6, color=style.EXCITATORY_COLOUR, label="excitation"
    )
    balance_panel.barh(
        positions, inhibition, 0.6, left=excitation, color=style.INHIBITORY_COLOUR,
        hatch="///", edgecolor="white", lw=0, label="inhibition",
    )  # fmt: skip
    balance_panel.axvline(0.5, color="white", lw=1)
    balance_panel.set(xlabel="share of summed weights", xlim=(0, 1))
    for panel in (sign_panel, balance_panel):
        panel.xaxis.set_major_formatter(PercentFormatter(1))
    style.letter_panels((sign_panel, balance_panel))
    handles, labels = balance_panel.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=2)
    return figure


def _name_array(row: Any, layers: pd.DataFrame) -> str:
    """Return the name of a layer, with that of the array if the layer has several."""
    is_single = (layers.layer == row.layer).sum() == 1
    return shorten_label(row.layer if is_single else f"{row.layer}, {row.weights}")
