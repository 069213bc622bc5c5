"""Balanced: are two rate units enough for a network of balanced excitation and inhibition?

Spiking model: the conductance-based benchmark network of Brette et al. (2007), after Vogels and
Abbott (2005), scaled down from 4,000 cells to 320 with as many synapses per cell (64 excitatory
and 16 inhibitory), and driven from outside. Large currents of both signs cancel in every cell, and
what is left over makes it fire. Rate model: a unit for E and one for I, weights chosen by hand, and
a third, `alone`, that gets the same input without recurrence through a membrane of 20 ms.

The rates count as equal if they differ by less than half of the spread between wirings and trials;
time courses under a changing input if they share four fifths of their variance.
"""

import numpy as np
import xarray as xr
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.claims.sources import OURS


def drop_onset(response: xr.DataArray) -> xr.DataArray:
    """Drop the first 100 ms, in which the network reaches its operating point."""
    return response.sel(time=slice(0.1, None))


#: Time courses in the two conditions with a changing input, from 100 ms after its onset.
CHANGING_INPUT = {"where": {"sample": (1, 2)}, "prepare": drop_onset}
TRACKING = ba.measure(
    ba.metrics.correlation_over_time,
    "correlation of time courses under a changing input",
    **CHANGING_INPUT,
)
LAG = ba.measure(
    ba.metrics.response_lag, "lag of the spiking response under a changing input", **CHANGING_INPUT
)
CLAIMS = (
    OURS.claim(
        "B13a",
        "Two units with signed weights have the rates of balanced excitation and inhibition.",
        ba.rules.Equivalent(match="E"),
        ba.rules.Equivalent(match="I"),
        supported="For its mean rates, yes: two units have them to within the margin",
    ),
    ba.Claim(
        "B13b",
        "Its cells fire as irregularly as a Poisson process; "
        "the rate model has no spiking variability.",
        "Vogels and Abbott 2005",
        *(ba.Score(ba.metrics.CV_OF_ISI, detail=name).between(0.8, 1.4) for name in "EI"),
    ),
    OURS.claim(
        "B13c",
        "A balanced network follows a changing input, and sooner than its membrane alone.",
        ba.rules.Equivalent(
            TRACKING.of("bio", "ann", match="E"),
            margin=ba.Margin(0.1, "four fifths of the variance are shared"),
        ),
        LAG.of("bio", "ann", match="alone") <= 0.0,
    ),
)
FIGURE = ba.figures.Panels.of_figures(
    "Single cells fire irregularly, while their mean rate follows the input, faster than a unit "
    "without recurrence (alone), which has a membrane of 20 ms.",
    ba.figures.SpikeRaster({"sample": 1}),
    ba.figures.TimeCourses(match=("E", "alone"), where={"sample": 1}),
    row_heights=(1.3, 1.0, 1.0),
    height=5.6,
    share_x=True,
)


def pair() -> ba.Pair:
    cell = ba.cells.LIF(E_L=-60 * mV, t_ref=5 * ms)
    ampa, gaba = ba.receptors.AMPA(tau=5 * ms), ba.receptors.GABA_A(tau=10 * ms, reversal=-80 * mV)
    options = {"connectivity": ba.FixedProbability(0.25), "delay": 0 * ms}
    bio = ba.SpikingNetwork.of_members(
        ba.Population("E", 256, "glutamate", cell),
        ba.Population("I", 64, "GABA", cell),
        *(ba.Afferent("input", target, 12 * nS, receptor=ampa, fibres=8) for target in "EI"),
        *(ba.Projection("E", target, 6 * nS, ampa, **options) for target in "EI"),
        *(ba.Projection("I", target, 67 * nS, gaba, **options) for target in "EI"),
    )
    ann = ba.RateNetwork(
        units=("E", "I", "alone"),
        channels=("input",),
        W=[[1.3, -2.0, 0], [1.3, -2.0, 0], [0, 0, 0]],
        W_in=[[0.25], [0.25], [0.147]],
        bias=[0.28, 0.28, 0.165],
        tau=(3 * ms, 3 * ms, 20 * ms),  # driven membranes, and one at rest
        # A ReLU up to 200 Hz, which the refractory period of 5 ms allows.
        activation=ba.activations.Tabulated((-1, 0, 2, 3), (0, 0, 2, 2)),
    )
    constant = ba.steps({"input": [0.5, 1.5]}, duration=500 * ms)
    noise = {"std": 0.6, "tau": 40 * ms, "samples": 2, "seed": 13, "minimum": 0.0}
    changing = ba.stimuli.noise({"input": [1.0]}, duration=500 * ms, **noise)
    return ba.Pair(
        "balanced",
        bio,
        ann,
        ba.Correspondence((ba.Match("E", "E"), ba.Match("I", "I"), ba.Match("E", "alone"))),
        question="Are two rate units enough for a network of balanced excitation and inhibition?",
        source="Brette et al. 2007, benchmark 1; Vogels and Abbott 2005",
        stimulus=ba.stimuli.make_stimulus(
            np.concatenate([constant, changing]),
            channels=["input"],
            coords={"mean": [0.5, 1.5, 1.0, 1.0], "sample": [0, 0, 1, 2]},
        ),
        settle=100 * ms,
        margin=ba.Margin.of_spread({"E": 5.03 * Hz, "I": 1.14 * Hz, "alone": 5.03 * Hz}),
        trials=40,
        wirings=40,  # rates differ between wirings more than between trials of one
        figures=(FIGURE,),
        claims=CLAIMS,
    )
