"""Weighted sum: is a neuron's rate one function of one signed sum of what reaches it?

Spiking model: one conductance-based cell with Poisson input, over a grid of excitatory
and inhibitory rates. Rate model: one unit, derived from the cell by theory. Its weights are
number of synapses x conductance x duration x driving force over the charge that a spike costs, and
its activation is the f-I curve under noise; nothing is fitted to the simulation.

Where the unit breaks is mapped along both of the ways in which a sum of conductances may be no sum
of currents: towards strong inhibition (the high-conductance state) and towards saturation.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Hz, nS, second

import bioann as ba
from bioann.metrics.single_index import WeightRatio

N_FIBRES_E, N_FIBRES_I = 80, 20
TOP_RATE = 40 * Hz  # rate of every fibre at activation 1
RATE_SCALE = 100 * Hz  # rate of the cell that counts as activation 1
#: The unit counts as off where it misses by more than this share of the highest rate.
ERROR_CRITERION = 0.05


def exceeds_criterion(bio: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    """Mark the conditions in which the unit is off."""
    return abs(bio - other) > ERROR_CRITERION * bio.max("condition")


def find_breaking_rate(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Return the highest rate of the unit, in Hz, at which it is off; zero if it never is."""
    return (other * exceeds_criterion(bio, other)).max("condition") * float(RATE_SCALE / Hz)


def find_breaking_inhibition(
    bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray
) -> xr.DataArray:
    """Return the lowest inhibitory rate per fibre, in Hz, at which it is off; the top if never."""
    inhibition = stimulus.sel(channel="inhibition", drop=True).drop_vars("condition")
    breaking_level = inhibition.where(exceeds_criterion(bio, other), 1.0).min("condition")
    return breaking_level * float(TOP_RATE / Hz)


BREAKING_INHIBITION = ba.measure(
    find_breaking_inhibition,
    "lowest inhibitory rate at which the unit fails",
    best=float(TOP_RATE / Hz),
    unit="Hz per fibre",
)
BREAKING_RATE = ba.measure(
    find_breaking_rate, "highest rate at which the unit fails", best=0.0, unit="Hz"
)


def state_claims(weight_ratio: float) -> tuple[ba.Claim, ...]:
    """State the claims; theory predicts the ratio of the inhibitory to the excitatory weight."""
    measured_ratio = ba.measure(
        WeightRatio("inhibition", "excitation", low=-1.0, high=-0.1),
        "inhibitory over excitatory weight",
        best=weight_ratio,
    ).of("bio")
    return (
        ba.Claim(
            "A1a",
            "A neuron adds its inputs with signed weights, as a unit does: phi(sum of w o).",
            "AI Stack Exchange 2018 and 2019",
            ba.Score(ba.metrics.MONOTONE_R2) >= 0.99,
            measured_ratio.between(1.1 * weight_ratio, 0.9 * weight_ratio),
        ),
        ba.Claim(
            "A1b",
            "However strong inhibition is, the rate follows from that sum to "
            f"{ERROR_CRITERION:.0%} of the highest.",
            "ours",
            ba.rules.Boundary(
                BREAKING_INHIBITION.of("bio", "ann"), 0.0, float(TOP_RATE / Hz), "below"
            ),
        ),
        ba.Claim(
            "A1c",
            "The same holds at all firing rates.",
            "ours",
            ba.rules.Boundary(BREAKING_RATE.of("bio", "ann"), 0.0, 350.0, "above"),
        ),
    )


def pair() -> ba.Pair:
    """Return the pair."""
    excitation = ba.Afferent("excitation", "cell", 3 * nS, fibres=N_FIBRES_E, rate=TOP_RATE)
    inhibition = ba.Afferent(
        "inhibition", "cell", 6 * nS, fibres=N_FIBRES_I, rate=TOP_RATE, transmitter="GABA"
    )
    bio = ba.SpikingNetwork((ba.Population("cell", 1, "glutamate"),), (excitation, inhibition))
    ann, correspondence = ba.to_ann(bio, scale=RATE_SCALE)
    levels = np.linspace(0, 1, 9)
    return ba.Pair(
        "weighted_sum",
        bio,
        ann,
        correspondence,
        question="Is a neuron's rate one function of one signed sum of its inputs?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' "
        "(AI Stack Exchange, 2019)",
        stimulus=ba.steps(
            ba.stimuli.cross_levels({"excitation": levels, "inhibition": levels}),
            duration=1.8 * second,
        ),
        settle=0.3 * second,
        trials=5,
        claims=state_claims(float(ann.W_in[0, 1] / ann.W_in[0, 0])),
        figures=(
            ba.figures.ResponseMap(
                "excitation",
                "inhibition",
                xlabel="excitatory rate per fibre [Hz]",
                ylabel="inhibitory rate per fibre [Hz]",
                x_scale=float(TOP_RATE / Hz),
                y_scale=float(TOP_RATE / Hz),
                scale=float(RATE_SCALE / Hz),
                unit="Hz",
                message="The rate follows the predicted signed sum. The unit fails where the mean "
                "input is near threshold and noise decides, most of all at high conductance.",
            ),
        ),
    )
