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
    trained: Callable[[int, bool], tuple[np.ndarray, np.ndarray]],
    depths: Sequence[int],
) -> Drawing:
    """Draw the four answers of the circuits, and what trained networks reach.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    trained : callable
        ``trained(depth, signed)`` gives the share of points right by seed, and what is not drawn.
    depths : sequence of int
        Numbers of hidden layers.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time")
    steady = steady.sel(match="output")
    drawn, (left, right) = make_subplots(1, 2, height=2.8)
    x = np.arange(steady.sizes["condition"])
    told = []
    for k, (half, color, label) in enumerate(
        (
            ("bio", SPIKING_COLOUR, "biology"),
            ("glutamate_only", INHIBITORY_COLOUR, "without GABA"),
            ("ann", RATE_COLOUR, "ANN"),
        )
    ):
        value = steady[half].mean("trial") if "trial" in steady[half].dims else steady[half]
        left.bar(x + 0.27 * (k - 1), value, 0.25, color=color, label=label)
        told.append(f"{label} {', '.join(f'{v:.2f}' for v in value.values)}")
    left.axhline(0.5, color=INK, lw=0.8, ls=":")
    inputs = zip(steady.a.values, steady.b.values, strict=True)
    left.set_xticks(x, [f"{a:g}, {b:g}" for a, b in inputs])
    left.set(xlabel="inputs a, b [activation]", ylabel="output [activation]")
    for k, (signed, color) in enumerate(((True, RATE_COLOUR), (False, CHANCE_COLOUR))):
        for depth in depths:
            found = 100 * trained(depth, signed)[0]
            spread = np.linspace(-0.12, 0.12, len(found))
            label = ("free signs" if signed else "weights >= 0") if depth == depths[0] else "_"
            at = depth + 0.17 * (2 * k - 1) + spread
            right.plot(at, np.sort(found), "os"[k], color=color, ms=3, label=label)
            told.append(f"{depth} hidden, {'free' if signed else 'positive'}: {found.mean():.0f} %")
    right.axhline(75, color=INK, lw=0.8, ls=":")
    right.set(xticks=depths, xlabel="hidden layers", ylabel="points right [%]", ylim=(20, 108))
    for panel in (left, right):
        panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return Drawing(
        drawn,
        "Left: outputs for the four inputs. Right: points right of trained networks. "
        f"{'; '.join(told)}.",
        "With inhibition the circuit answers to one input alone; no network without negative "
        f"weights gets more than 75 % right, however deep. n: 10 neurons a population, "
        f"{steady.sizes['trial']} trials; {len(found)} seeds a depth.",
    )
