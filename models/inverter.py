"""Inverter: does turning 0 into 1 and 1 into 0 take a negative weight, or an inhibitory synapse?

Biological half: a population that fires by itself, because of the bombardment it gets from outside
the circuit, and interneurons that the input excites and that silence it. Artificial half: one
sigmoid unit with a positive bias and one negative weight, the network of the question below.
Controls: the same biological circuit with interneurons that release glutamate; with a synapse 16
times stronger; and with that synapse and next to no noise.

The unit is trained, too, by gradient descent of the logistic loss on the two points 0 -> 1 and
1 -> 0, of which the gradient is

    dL/dw = mean((y - target) x),    dL/db = mean(y - target).

Once both points are right, the errors fall as 1 / step, so the weight goes on growing without end,
by 2 for each factor e of steps (Soudry et al. 2018).
"""

from __future__ import annotations

from functools import cache
from math import exp

import numpy as np
import xarray as xr
from brian2 import ms, nS
from scipy.special import expit

import bioann as ba
from bioann.reporting.style import ANN, BIOLOGY, INK, Drawing, axes

INPUTS = np.array([0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.42, 0.44, 0.46, 0.5, 0.6, 0.8, 1.0])
STEPS, RATE = 100_000, 0.5
#: A synapse this much stronger, and noise made of quanta this much smaller.
STRONGER, QUIETER = 16, 16


def circuit(transmitter: str, stronger: int = 1, quieter: int = 1) -> ba.SpikingNetwork:
    """Build the biological half with interneurons that release the given transmitter."""
    # 6.6 nS is 2.2 times what brings the cell to threshold: it fires at about 100 Hz.
    drive = ba.Background(6.6 * nS, quantum=1 / quieter * nS)
    # 20 fibres at up to 100 Hz each; below an input of 0.3 the interneurons stay silent.
    afferent = ba.Afferent(
        "input",
        "interneurons",
        0.72 / quieter * nS,
        fibres=20 * quieter,
        kind="poisson" if quieter == 1 else "regular",
    )
    return ba.SpikingNetwork(
        populations=(
            ba.Population("interneurons", 20, transmitter),
            ba.Population("output", 20, "glutamate", background=drive),
        ),
        afferents=(afferent,),
        projections=(ba.Projection("interneurons", "output", 0.6 * stronger * nS),),
    )


@cache
def training(signed: bool = True) -> np.ndarray:
    """Train the unit; give weight and bias after each step, shape (step, 2)."""
    w = b = 0.0
    course = np.empty((STEPS, 2))
    for step in range(STEPS):
        at_zero, at_one = 1 / (1 + exp(-b)), 1 / (1 + exp(-w - b))
        w -= RATE * at_one / 2
        b -= RATE * (at_zero - 1 + at_one) / 2
        w = w if signed else max(w, 0.0)
        course[step] = w, b
    return course


def depth(response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Response at the smallest input minus response at the largest."""
    order = stimulus.sel(channel="input").argsort().values
    return response.isel(condition=order[0]) - response.isel(condition=order[-1])


def own(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Depth of the inversion in biology."""
    return depth(bio, stimulus)


def others(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Depth of the inversion in the half that biology is compared with."""
    return depth(other, stimulus)


def crossing(response: xr.DataArray, level: float) -> xr.DataArray:
    """Input at which a response first falls below a share of that at input zero."""
    x = xr.DataArray(response["input"].values, dims="condition")
    left = (response / response.isel(condition=0) - level).drop_vars("condition")
    after = (left < 0).argmax("condition").clip(1)
    a, b = (left.isel(condition=after - k) for k in (1, 0))
    return x.isel(condition=after - 1) + (x.isel(condition=after) - x.isel(condition=after - 1)) * (
        a / (a - b)
    )


def width(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Transition width, from 90% to 10% of the response at input zero."""
    return crossing(other, 0.1) - crossing(other, 0.9)


def own_width(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Transition width of biology."""
    return width(bio, bio, stimulus)


def growth(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Growth of the trained weight for a factor e of steps, over the last factor of ten."""
    weight = training()[:, 0]
    return xr.DataArray((weight[STEPS // 10 - 1] - weight[-1]) / np.log(10))


def sharpening(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Width of the trained unit, 2 ln 9 / |w|, after all steps over that after a hundredth."""
    weight = training()[:, 0]
    return xr.DataArray(weight[STEPS // 100 - 1] / weight[-1])


def positive(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Depth of the inversion of a unit that is trained with its weight kept >= 0."""
    w, b = training(signed=False)[-1]
    return xr.DataArray(expit(b) - expit(w + b))


def figure(comparison: ba.Comparison) -> Drawing:
    """Draw the unit's training, and the transition of both halves as they get sharper."""
    steady = comparison.responses.sel(time=slice(*comparison.window)).mean("time").isel(match=0)
    drawn, (left, middle, right) = axes(1, 3, height=2.9)
    steps = np.unique(np.geomspace(1, STEPS, 60).astype(int))
    left.plot(steps, -training()[steps - 1, 0], color=ANN)
    left.set(xscale="log", xlabel="training step", ylabel="size of the negative weight")
    fine = np.linspace(0, 1, 201)
    for count, look in ((100, ":"), (1000, "--"), (STEPS, "-")):
        w, b = training()[count - 1]
        middle.plot(fine, expit(w * fine + b), look, color=ANN, label=f"{count:,} steps")
    told = []
    for name, look, label in (
        ("bio", "-", "as it is"),
        ("stronger", "--", f"synapse x {STRONGER}"),
        ("quiet", ":", "and no noise"),
    ):
        mean = steady[name].mean("trial")
        right.plot(INPUTS, mean / mean[0], look, color=BIOLOGY, label=label, marker=".")
        told.append(f"{label}: {', '.join(f'{v:.2f}' for v in (mean / mean[0]).values)}")
    for panel, title in ((left, "training"), (middle, "the unit"), (right, "the circuit")):
        panel.set_title(title)
    for panel in (middle, right):
        panel.axhline(0.5, color=INK, lw=0.5)
        panel.set(xlabel="input [activation]", ylabel="output [of that at 0]")
        panel.set(ylim=(-0.04, 1.6), yticks=(0, 0.5, 1))
        panel.legend(loc="upper right", bbox_to_anchor=(1.05, 1.03))
    return Drawing(
        drawn,
        f"Left: weight against training steps. Middle: the unit's curve. Right: {'; '.join(told)}.",
        "Training makes the unit a step, and never ends. A stronger synapse makes the circuit "
        "steeper only down to what its noise allows. n: 20 neurons a population, "
        f"{steady.sizes['trial']} trials.",
    )


def pair() -> ba.Pair:
    """Return the pair."""
    ann = ba.RateNetwork(
        units=("output",),
        channels=("input",),
        W_in=[[-10.0]],  # 1 / (1 + e^-5) = 0.993 at input 0, and 0.007 at input 1
        bias=5.0,
        tau=20 * ms,
        activation="sigmoid",
    )
    unit = "activation"
    return ba.Pair(
        "inverter",
        circuit("GABA"),
        ann,
        ba.Correspondence((ba.Match("output", "output"),), bio_only=("interneurons",)),
        question="Does an inverter need a negative weight, or an inhibitory synapse?",
        source="'How does a sigmoid neuron output 1 with 0 as input?' (AI Stack Exchange, 2023)",
        stimulus=ba.steps({"input": INPUTS}, duration=600 * ms),
        settle=200 * ms,
        trials=5,
        controls={
            "glutamate_interneurons": circuit("glutamate"),
            "stronger": circuit("GABA", STRONGER),
            "quiet": circuit("GABA", STRONGER, QUIETER),
        },
        metrics=(
            ba.Metric("inversion of biology", own, best=1.0, unit=unit, alone=True),
            ba.Metric("inversion of the unit", others, best=1.0, unit=unit),
            ba.Metric(
                "inversion without GABA",
                others,
                best=1.0,
                unit=unit,
                against="glutamate_interneurons",
            ),
            ba.Metric("trained inversion, weight >= 0", positive, best=1.0, each="pair"),
            ba.Metric("weight per factor e of steps", growth, best=2.0, each="pair"),
            ba.Metric("trained width, last to early", sharpening, best=0.0, each="pair"),
            ba.Metric("width of biology", own_width, best=0.0, unit=unit, alone=True),
            ba.Metric("width, strong synapse", width, best=0.0, unit=unit, against="stronger"),
            ba.Metric("width, and no noise", width, best=0.0, unit=unit, against="quiet"),
        ),
        figures=(figure,),
        claims=(
            ba.Claim(
                "A7a",
                "An inverter (1 for input 0, 0 for input 1) can be built from one sigmoid unit.",
                "AI Stack Exchange 2023",
                ba.AllOf(
                    (
                        ba.at_least("inversion of the unit", 0.9),
                        ba.at_least("inversion of biology", 0.9),
                    )
                ),
            ),
            ba.Claim(
                "A7b",
                "It needs a negative weight, as the circuit needs an inhibitory synapse.",
                "AI Stack Exchange 2023",
                ba.AllOf(
                    (
                        ba.Between("inversion of the unit", high=0.0, column="floor"),
                        ba.at_most("trained inversion, weight >= 0", 0.0),
                        ba.at_most("inversion without GABA", 0.05),
                    )
                ),
            ),
            ba.Claim(
                "A7c",
                "Unrestricted training drives the unit toward a Heaviside step.",
                "AI Stack Exchange 2023",
                ba.AllOf(
                    (
                        ba.Between("weight per factor e of steps", 1.8, 2.2),
                        ba.at_most("trained width, last to early", 0.7),
                    )
                ),
            ),
            ba.Claim(
                "A7d",
                f"A synapse {STRONGER} times stronger drives the circuit to a step as well.",
                "ours",
                ba.at_most("width, strong synapse", 0.05),
            ),
            ba.Claim(
                "A7e",
                "What is left of its width is noise.",
                "ours",
                ba.at_most("width, and no noise", 0.05),
            ),
        ),
    )
