"""Effective weights: what they predict, and the operating points at which they are measured."""

import numpy as np
import pytest
from brian2 import mV, nS

from bioann.analyses import one_number_per_synapse as study
from bioann.analyses.one_number_per_synapse_networks import (
    CELL,
    MIDPOINT,
    REVERSALS,
    UNIT,
    Settings,
    build_network,
    find_background,
    list_operating_points,
)

WEIGHTS = np.array([50.0, -20.0])
RATES = (80 + (study.INPUTS - study.INPUTS[0]) @ WEIGHTS)[None]


def predict_rate(excitation, inhibition):
    """Rate of the noise-free cell with both synapses at activation 1 and a background in nS."""
    conductances = [
        ((UNIT + excitation) * nS, REVERSALS["glutamate"] * mV),
        ((UNIT + inhibition) * nS, REVERSALS["GABA"] * mV),
    ]
    return float(CELL.rate(0, conductances))


@pytest.mark.parametrize(
    ("factor", "has_gain", "share"),
    [(1.0, False, 1.0), (0.0, False, 0.0), (2.0, False, 0.0), (0.5, False, 0.75), (2.0, True, 1.0)],
)
def test_weights_that_are_wrong_by_a_factor_explain_one_minus_its_square(factor, has_gain, share):
    explained = study.compute_explained_share(RATES, factor * WEIGHTS, has_gain=has_gain)
    assert explained == pytest.approx(share)


def test_a_gain_does_not_repair_weights_of_a_wrong_ratio():
    explained = study.compute_explained_share(RATES, WEIGHTS * [1, -1], has_gain=True)
    assert explained < 0.9


def test_the_cell_fires_at_one_rate_at_all_levels_of_inhibition():
    settings = Settings()
    backgrounds = [find_background(settings.rate, 10 * level) for level in settings.inhibition]
    rates = [
        predict_rate(excitation, 10 * level)
        for excitation, level in zip(backgrounds, settings.inhibition, strict=True)
    ]
    assert rates == pytest.approx([settings.rate] * len(rates))
    assert len(list_operating_points(settings)) == len(settings.inhibition) + len(settings.rates)


def test_conductances_steepen_the_curve_of_a_cell_that_fires_at_the_same_rate():
    """Without inhibition the slope is near its limit at high rates, (E - V) / (C dV)."""
    slopes = []
    for inhibition in (0.0, 80.0):
        excitation = find_background(80.0, inhibition)
        rise = predict_rate(excitation + 0.01, inhibition) - predict_rate(excitation, inhibition)
        slopes.append(rise / 0.01)
    limit = -MIDPOINT * 1e-12 / (float(CELL.C) * float(CELL.V_th - CELL.V_r))  # per nS
    assert slopes[0] == pytest.approx(limit, rel=0.1)
    assert slopes[1] > 5 * slopes[0]


@pytest.mark.slow
def test_current_based_weights_are_charges_over_that_of_a_spike():
    """At high rates a spike takes C (V_th - V_r), 2 pC: 2 nS at 55 and 25 mV are 55 and -25 Hz.

    800 spikes in a trial and all neurons: intervals over seeds were within 2 % of the mean.
    """
    settings = Settings(inhibition=(0.0,), rates=(200.0,))
    point = list_operating_points(settings)[1]
    weights = study.measure_weights(build_network("current", settings), point, seed=3)
    assert weights == pytest.approx([55.0, -25.0], rel=0.08)
