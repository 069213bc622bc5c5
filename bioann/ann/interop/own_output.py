"""Compare a network that was read from a model in memory with the output of the model itself."""

from __future__ import annotations

import numpy as np

from bioann.ann.layered import LayeredNetwork


def draw_inputs(network: LayeredNetwork, n_steps: int = 5) -> np.ndarray:
    """Draw three standard normal inputs, of `n_steps` each if the network takes sequences."""
    steps = (n_steps,) if network.is_temporal else ()
    return np.random.default_rng(0).normal(size=(3, *steps, *network.shape))


def describe_difference(computed: np.ndarray, expected: np.ndarray, tolerance: float) -> str:
    """Return how the output of a network differs from that of its model; empty if it does not.

    Parameters
    ----------
    computed : numpy.ndarray, shape (input, ...)
        Output of the network.
    expected : numpy.ndarray, shape (input, ...)
        Output of the model for the same inputs.
    tolerance : float
        Largest difference, relative to the largest absolute output of the model or to 1, whichever
        is larger.
    """
    if computed.size != expected.size:
        n_computed, n_expected = (array.size // len(array) for array in (computed, expected))
        return f"{n_computed} outputs instead of {n_expected}"
    error = float(np.abs(computed.ravel() - expected.ravel()).max())
    if error <= tolerance * max(1.0, float(np.abs(expected).max())):
        return ""
    return f"a difference of {error:.2g}"  # also if it is NaN
