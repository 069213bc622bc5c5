"""A circuit without exponentials in its step, and what drives it."""

import numpy as np
import pytest
from brian2 import ms, nS, pA

import bioann as ba
from bioann.bio.builder import plan_network
from bioann.bio.engines.cpp import compiler
from bioann.bio.input_spikes.draw import Lanes

STIMULUS = ba.steps({"x": [0.4, 1.0, 0.7], "y": [0.5, -0.4, 0.0]}, duration=60 * ms)


@pytest.fixture
def stimulus():
    return STIMULUS


@pytest.fixture
def needs_compiler():
    if compiler.find_compiler() is None:
        pytest.skip("needs a C++ compiler")


@pytest.fixture
def circuit():
    return build


def build(weight=1.7, seed=3, cell=None, **receptor):
    fast = ba.receptors.AMPA(**receptor)
    matrix = np.random.default_rng(seed).random((5, 12))
    return ba.SpikingNetwork(
        (
            ba.Population(
                "e",
                12,
                "glutamate",
                cell=cell or ba.cells.LIF(),
                background=ba.Background(6 * nS, fast),
            ),
            ba.Population("i", 5, "GABA", background=10 * nS),
        ),
        (
            ba.Afferent("x", "e", 0.9 * nS, fibres=30, receptor=fast),
            ba.Afferent("x", "i", 0.7 * nS, fibres=10, kind="regular", delay=2 * ms),
            ba.CurrentAfferent("y", "e", 90 * pA),
        ),
        (
            ba.Projection("e", "i", weight * nS, connectivity=ba.ExplicitMatrix(matrix)),
            ba.Projection("e", "e", 0.7 * nS, fast, connectivity=ba.FixedProbability(0.5)),
            ba.Projection("i", "e", 2.1 * nS, plasticity=ba.plasticity.InhibitorySTDP()),
        ),
    )


@pytest.fixture
def planned():
    """The plan of a network."""

    def make(network, stimulus=STIMULUS, trials=1, seed=1, dt=1e-4):
        conditions = tuple(map(str, stimulus.condition.values))
        return plan_network(network, stimulus, Lanes(conditions, trials, seed, dt))[0]

    return make
