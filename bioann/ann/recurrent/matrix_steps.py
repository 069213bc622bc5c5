"""Time steps of large recurrent rate networks: matrix products, and little beside them.

All else that a step does is done for a few lanes at a time, whose rates then stay in the cache of
the processor from one operation to the next.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.linalg.blas import dgemm

from bioann.ann.evaluation_order import EvaluationOrder

#: Number of rates that are updated at a time (256 kB).
BLOCK_SIZE = 2**15


def has_only_weights(order: EvaluationOrder) -> bool:
    """Return whether all units are dynamic and are connected by weights alone."""
    (group,) = order.groups if len(order.groups) == 1 else (None,)
    return group is not None and group.divisive is None and not len(group.gated)


def integrate_in_blocks(
    order: EvaluationOrder, inputs: np.ndarray, relaxation_factors: np.ndarray, substeps: int
) -> Iterator[np.ndarray]:
    """Integrate a network of dynamic units that are connected by weights alone.

    Parameters
    ----------
    order : EvaluationOrder
        The network, for which `has_only_weights` holds.
    inputs : numpy.ndarray, shape (condition, time, channel)
        Activation of the stimulus channels.
    relaxation_factors : numpy.ndarray, shape (unit,)
        Share of the way to their activation that the units go in an integration step.
    substeps : int
        Integration steps in each stimulus step.

    Yields
    ------
    numpy.ndarray, shape (condition, unit)
        Rates at the end of each stimulus step, always in the same array.
    """
    (group,) = order.groups
    n_lanes, n_times, n_channels = inputs.shape
    n_units = len(order.unit_order)
    n_rows = max(1, BLOCK_SIZE // n_units)
    blocks = [slice(start, start + n_rows) for start in range(0, n_lanes, n_rows)]
    rates, totals = np.zeros((n_lanes, n_units)), np.empty((n_lanes, n_units))
    # The bias is the weight of a channel that is always 1.
    weights_in = np.asfortranarray(np.concatenate([order.w_in, order.bias[None]]).T)
    channels = np.ones((n_lanes, n_channels + 1))
    for t in range(n_times):
        channels[:, :-1] = inputs[:, t]
        for _ in range(substeps):
            np.matmul(rates, group.weights, out=totals)
            for block in blocks:
                total, rate = totals[block], rates[block]
                # In place: total += channels @ weights_in.T
                dgemm(1.0, weights_in, channels[block].T, 1.0, total.T, overwrite_c=True)
                for columns, phi in group.activation_slices:
                    np.subtract(phi(total[:, columns]), rate[:, columns], out=total[:, columns])
                total *= relaxation_factors
                rate += total
        yield rates
