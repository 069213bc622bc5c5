"""A classifier with weights set by hand: which of two inputs is larger?"""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba

N_SAMPLES = 60


@pytest.fixture(scope="session")
def classifier():
    """Two inputs, four hidden units, and an output for each class."""
    hidden = ba.layers.Dense(
        np.array([[1, -1], [-1, 1], [1, 1], [0.5, 0.5]]), np.array([0, 0, 0.1, 0.2])
    )
    output = ba.layers.Dense(
        np.array([[1, -1, 0.2, 0.1], [-1, 1, 0.2, 0.1]]), np.zeros(2), "linear"
    )
    return ba.LayeredNetwork((hidden, output), names=("hidden", "class"))


@pytest.fixture(scope="session")
def samples():
    """Inputs from 0 to 1, and the index of the larger one."""
    inputs = np.random.default_rng(3).random((N_SAMPLES, 2))
    return inputs, inputs.argmax(axis=1)


@pytest.fixture(scope="session")
def explanation(classifier, samples):
    """The classifier and its translation, run once for all tests."""
    return ba.explain(
        classifier, *samples, seed=2, samples=30, neurons_per_unit=(1,), presentation=200 * ms,
        engine="numpy",
    )  # fmt: skip
