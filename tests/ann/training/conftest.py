"""Small networks and samples for training."""

import pytest

from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.dense import Dense
from bioann.ann.tasks.shapes import rings

pytest.importorskip("optax")


@pytest.fixture(scope="session")
def points():
    """Points on two rings, which a small network learns in a second."""
    return rings(120, seed=1, noise=0.02)


@pytest.fixture(scope="session")
def small():
    """Two inputs, eight hidden units, two outputs."""
    return LayeredNetwork((Dense.of_size(2, 8, "tanh"), Dense.of_size(8, 2, "linear")))
