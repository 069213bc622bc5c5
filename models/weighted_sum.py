"""Weighted sum: is a neuron's rate one function of one signed sum of what reaches it?

Biological half: one conductance-based cell under Poisson bombardment, over a grid of excitatory
and inhibitory rates. Artificial half: one unit, derived from the cell by theory. Its weights are
number of synapses x conductance x duration x driving force over the charge that a spike costs, and
its activation is the f-I curve under noise; nothing is fitted to the simulation.

Where the unit breaks is mapped along both of the ways in which a sum of conductances may be no sum
of currents: towards strong inhibition (the high-conductance state) and towards saturation.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr
from brian2 import Hz, nS, second

import bioann as ba
from bioann.metrics.single_index import MONOTONE_R2, WeightRatio
from bioann.models.figures.weighted_sum import draw_map

FIBRES_E, FIBRES_I = 80, 20
TOP = 40 * Hz  # rate of every fibre at activation 1
SCALE = 100 * Hz  # rate of the cell that counts as activation 1
#: The unit counts as off where it misses by more than this share of the highest rate.
OFF = 0.05


def misses(bio: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    """Mark the conditions in which the unit is off."""
    return abs(bio - other) > OFF * bio.max("condition")


def breaks(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Give the highest rate of the unit, in Hz, at which it is off; zero if it never is."""
    return (other * misses(bio, other)).max("condition") * float(SCALE / Hz)


def inhibited(bio: xr.DataArray, other: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
    """Give the lowest inhibitory rate per fibre, in Hz, at which it is off; the top if never."""
    level = stimulus.sel(channel="inhibition", drop=True).drop_vars("condition")
    return level.where(misses(bio, other), 1.0).min("condition") * float(TOP / Hz)


def claims(ratio: float, top: float) -> tuple[ba.Claim, ...]:
    """State the claims; the ratio of the weights and the highest inhibitory rate are predicted."""
    sums = ba.rules.Between("weight ratio I/E", low=1.1 * ratio, high=0.9 * ratio)
    return (
        ba.Claim(
            "A1a",
            "A neuron adds its inputs with signed weights, as a unit does: phi(sum of w o).",
            "AI Stack Exchange 2018 and 2019",
            ba.rules.AllOf((ba.rules.at_least("monotone R2", 0.99), sums)),
        ),
        ba.Claim(
            "A1b",
            "However strong inhibition is, the rate follows from that sum to "
            f"{OFF:.0%} of the highest.",
            "ours",
            ba.rules.Boundary("inhibition below which the unit holds", 0.0, top, "below"),
        ),
        ba.Claim(
            "A1c",
            "And however high the rate is.",
            "ours",
            ba.rules.Boundary("rate above which the unit holds", 0.0, 350.0, "above"),
        ),
    )


def pair() -> ba.Pair:
    """Return the pair."""
    excitation = ba.Afferent("excitation", "cell", 3 * nS, fibres=FIBRES_E, rate=TOP)
    inhibition = ba.Afferent(
        "inhibition", "cell", 6 * nS, fibres=FIBRES_I, rate=TOP, transmitter="GABA"
    )
    bio = ba.SpikingNetwork((ba.Population("cell", 1, "glutamate"),), (excitation, inhibition))
    ann, same = ba.to_ann(bio, scale=SCALE)
    levels, top = np.linspace(0, 1, 9), float(TOP / Hz)
    ratio = float(ann.W_in[0, 1] / ann.W_in[0, 0])
    found = WeightRatio("inhibition", "excitation", low=-1.0, high=-0.1)
    return ba.Pair(
        "weighted_sum",
        bio,
        ann,
        same,
        question="Is a neuron's rate one function of one signed sum of its inputs?",
        source="'What effect does a negative output of a neuron have on neighbouring neurons?' "
        "(AI Stack Exchange, 2019)",
        stimulus=ba.steps(
            ba.stimuli.cross_levels({"excitation": levels, "inhibition": levels}),
            duration=1.8 * second,
        ),
        settle=0.3 * second,
        trials=5,
        metrics=(
            MONOTONE_R2,
            ba.metrics.Metric("weight ratio I/E", found, best=ratio, alone=True),
            ba.metrics.Metric(
                "inhibition below which the unit holds", inhibited, top, unit="Hz per fibre"
            ),
            ba.metrics.Metric("rate above which the unit holds", breaks, best=0.0, unit="Hz"),
        ),
        claims=claims(ratio, top),
        figures=(partial(draw_map, top=float(TOP / Hz), scale=float(SCALE / Hz)),),
    )
