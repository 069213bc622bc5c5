"""What the pair `xor` shows: the four answers of its circuits, and what trained networks reach."""

from collections.abc import Callable, Sequence

import numpy as np

import bioann as ba
from bioann.reporting.style import (
    CHANCE_COLOUR,
    INHIBITORY_COLOUR,
    INK,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    make_subplots,
)


def draw_xor(
    comparison: ba.Comparison,
    train_networks: Callable[[int, bool], tuple[np.ndarray, np.ndarray]],
    depths: Sequence[int],
) -> Drawing:
    """Draw the four answers of the circuits, and what trained networks reach.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    train_networks : callable
        ``train_networks(depth, signed)`` gives the share of points right by seed, and what is not
        drawn.
    depths : sequence of int
        Numbers of hidden layers.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    steady = steady.sel(match="output")
    figure, (response_panel, training_panel) = make_subplots(1, 2, height=2.8)
    x = np.arange(steady.sizes["condition"])
    summaries = []
    for k, (model, color, label) in enumerate(
        (
            ("bio", SPIKING_COLOUR, "biology"),
            ("glutamate_only", INHIBITORY_COLOUR, "without GABA"),
            ("ann", RATE_COLOUR, "ANN"),
        )
    ):
        response = steady[model].mean("trial") if "trial" in steady[model].dims else steady[model]
        response_panel.bar(x + 0.27 * (k - 1), response, 0.25, color=color, label=label)
        summaries.append(f"{label} {', '.join(f'{v:.2f}' for v in response.values)}")
    response_panel.axhline(0.5, color=INK, lw=0.8, ls=":")
    inputs = zip(steady.a.values, steady.b.values, strict=True)
    response_panel.set_xticks(x, [f"{a:g}, {b:g}" for a, b in inputs])
    response_panel.set(xlabel="inputs a, b [activation]", ylabel="output [activation]")
    for k, (signed, color) in enumerate(((True, RATE_COLOUR), (False, CHANCE_COLOUR))):
        for depth in depths:
            percentages = 100 * train_networks(depth, signed)[0]
            offsets = np.linspace(-0.12, 0.12, len(percentages))
            label = ("free signs" if signed else "weights >= 0") if depth == depths[0] else "_"
            positions = depth + 0.17 * (2 * k - 1) + offsets
            training_panel.plot(
                positions, np.sort(percentages), "os"[k], color=color, ms=3, label=label
            )
            summaries.append(
                f"{depth} hidden, {'free' if signed else 'positive'}: {percentages.mean():.0f} %"
            )
    training_panel.axhline(75, color=INK, lw=0.8, ls=":")
    training_panel.set(
        xticks=depths, xlabel="hidden layers", ylabel="points right [%]", ylim=(20, 108)
    )
    for panel in (response_panel, training_panel):
        panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return Drawing(
        figure,
        "Left: outputs for the four inputs. Right: points right of trained networks. "
        f"{'; '.join(summaries)}.",
        "With inhibition the circuit answers to one input alone; no network without negative "
        f"weights gets more than 75 % right, however deep. n: 10 neurons a population, "
        f"{steady.sizes['trial']} trials; {len(percentages)} seeds a depth.",
    )
