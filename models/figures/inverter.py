"""What the pair `inverter` shows: how its unit was trained, and what makes its circuit a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

import bioann as ba
from bioann.reporting.style import INK, RATE_COLOUR, SPIKING_COLOUR, Drawing, make_subplots


def draw_inverter(
    comparison: ba.Comparison, training: Callable[[], np.ndarray], stronger: int
) -> Drawing:
    """Draw the unit's training, and the transition of both halves as they get sharper.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    training : callable
        Gives weight and bias after each step, shape (step, 2).
    stronger : int
        Factor of the control with a stronger synapse.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    drawn, (left, middle, right) = make_subplots(1, 3, height=2.9)
    course = training()
    total = len(course)
    steps = np.unique(np.geomspace(1, total, 60).astype(int))
    left.plot(steps, -course[steps - 1, 0], color=RATE_COLOUR)
    left.set(xscale="log", xlabel="training step", ylabel="size of the negative weight")
    fine = np.linspace(0, 1, 201)
    for count, look in ((100, ":"), (1000, "--"), (total, "-")):
        w, b = course[count - 1]
        middle.plot(fine, expit(w * fine + b), look, color=RATE_COLOUR, label=f"{count:,} steps")
    told = []
    for name, look, label in (
        ("bio", "-", "as it is"),
        ("stronger", "--", f"synapse x {stronger}"),
        ("quiet", ":", "and no noise"),
    ):
        mean = steady[name].mean("trial")
        right.plot(
            steady.input, mean / mean[0], look, color=SPIKING_COLOUR, label=label, marker="."
        )
        told.append(f"{label}: {', '.join(f'{v:.2f}' for v in (mean / mean[0]).values)}")
    left.set(title="training")
    middle.set(title="the unit", ylabel="output [activation]")
    right.set(title="the circuit", ylabel="output [of that at 0]")
    for panel in (middle, right):
        panel.axhline(0.5, color=INK, lw=0.5)
        panel.set(xlabel="input [activation]", ylim=(-0.04, 1.6), yticks=(0, 0.5, 1))
        panel.legend(loc="upper right", bbox_to_anchor=(1.05, 1.03))
    return Drawing(
        drawn,
        f"Left: weight against training steps. Middle: the unit's curve. Right: {'; '.join(told)}.",
        "Training makes the unit a step, and never ends. A stronger synapse makes the circuit "
        "steeper only down to what its noise allows. n: 20 neurons a population, "
        f"{steady.sizes['trial']} trials.",
    )
