"""Inverter: does turning 0 into 1 and 1 into 0 take a negative weight, or an inhibitory synapse?

Biological half: a population that fires by itself, because of the bombardment it gets from outside
the circuit, and interneurons that the input excites and that silence it. Artificial half: one
sigmoid unit with a positive bias and one negative weight, the network of the question below.
Control: the same biological circuit with interneurons that release glutamate.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import ms, nS

import bioann as ba


def circuit(transmitter: str) -> ba.SpikingNetwork:
    """Build the biological half with interneurons that release the given transmitter."""
    return ba.SpikingNetwork(
        populations=(
            ba.Population("interneurons", 20, transmitter),
            # 6.6 nS is 2.2 times what brings the cell to threshold: it fires at about 100 Hz.
            ba.Population("output", 50, "glutamate", background=6.6 * nS),
        ),
        # 20 fibres at up to 100 Hz each; below an input of 0.3 the interneurons stay silent.
        afferents=(ba.Afferent("input", "interneurons", 0.72 * nS, fibres=20),),
        projections=(ba.Projection("interneurons", "output", 0.6 * nS),),
    )


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
        stimulus=ba.steps({"input": np.linspace(0, 1, 11)}, duration=700 * ms),
        settle=200 * ms,
        trials=10,
        controls={"glutamate_interneurons": circuit("glutamate")},
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
        ),
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
                        ba.at_most("inversion without GABA", 0.05),
                    )
                ),
            ),
        ),
    )
