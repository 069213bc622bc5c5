"""What the pair `inverter` shows: how its unit was trained, and what makes its circuit a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

import bioann as ba
from bioann.reporting.style import INK, RATE_COLOUR, SPIKING_COLOUR, Drawing, make_subplots


def draw_training_and_transition(
    comparison: ba.Comparison, train_inverter: Callable[[], np.ndarray], synapse_factor: int
) -> Drawing:
    """Draw the unit's training, and the transition of both models as they get sharper.

    Parameters
    ----------
    comparison : Comparison
        Of the pair.
    train_inverter : callable
        Gives weight and bias after each step, shape (step, 2).
    synapse_factor : int
        Factor of the control with a stronger synapse.
    """
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    figure, (training_panel, unit_panel, circuit_panel) = make_subplots(1, 3, height=2.9)
    parameters = train_inverter()
    n_steps = len(parameters)
    steps = np.unique(np.geomspace(1, n_steps, 60).astype(int))
    training_panel.plot(steps, -parameters[steps - 1, 0], color=RATE_COLOUR)
    training_panel.set(xscale="log", xlabel="training step", ylabel="size of the negative weight")
    inputs = np.linspace(0, 1, 201)
    for step, style in ((100, ":"), (1000, "--"), (n_steps, "-")):
        w, b = parameters[step - 1]
        unit_panel.plot(
            inputs, expit(w * inputs + b), style, color=RATE_COLOUR, label=f"{step:,} steps"
        )
    summaries = []
    for model, style, label in (
        ("bio", "-", "as it is"),
        ("stronger", "--", f"synapse x {synapse_factor}"),
        ("quiet", ":", "and no noise"),
    ):
        mean = steady[model].mean("trial")
        circuit_panel.plot(
            steady.input, mean / mean[0], style, color=SPIKING_COLOUR, label=label, marker="."
        )
        summaries.append(f"{label}: {', '.join(f'{v:.2f}' for v in (mean / mean[0]).values)}")
    training_panel.set(title="training")
    unit_panel.set(title="the unit", ylabel="output [activation]")
    circuit_panel.set(title="the circuit", ylabel="output [of that at 0]")
    for panel in (unit_panel, circuit_panel):
        panel.axhline(0.5, color=INK, lw=0.5)
        panel.set(xlabel="input [activation]", ylim=(-0.04, 1.6), yticks=(0, 0.5, 1))
        panel.legend(loc="upper right", bbox_to_anchor=(1.05, 1.03))
    return Drawing(
        figure,
        f"Left: weight against training steps. Middle: the unit's curve. Right: "
        f"{'; '.join(summaries)}.",
        "Training makes the unit a step, and never ends. A stronger synapse makes the circuit "
        "steeper only down to what its noise allows. n: 20 neurons a population, "
        f"{steady.sizes['trial']} trials.",
    )
