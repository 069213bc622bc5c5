r"""Firing rate under slow noise: an average over frozen conductances.

If a synapse is as slow as the membrane it drives, or slower, the cell follows its conductances and
fires at each moment at the noise-free rate for their present values:

.. math:: \nu = \int\!\!\int \nu_0(g_1, g_2) \, p_1(g_1) \, p_2(g_2) \, dg_1 \, dg_2

with :math:`p_k` the Gaussian of the shot noise (see `PoissonInput`) floored at zero.

The rate rises with infinite slope where the cell starts to fire. Fixed nodes of a quadrature that
pass this point one by one make the average jagged. Therefore the point is located first, in the
conductance with the most noise, and the integral extends only over the conductances at which the
cell fires, with nodes that are dense at its ends.

Validity: the decay times of the synapses that carry the fluctuations are at least a third of the
effective membrane time constant :math:`C / (g_L + \Sigma \bar g)`, and the mean count of spikes
within a decay time, :math:`\nu \tau`, is 3 or more (else shot noise is not Gaussian). Below the
mean threshold the theory underestimates the rate, because it ignores fast fluctuations.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.constant_input import to_si_array
from bioann.bio.theory.poisson_input import PoissonCurrent, PoissonInput

#: Nodes of the quadrature in each conductance: the error of LIF and EIF is at most about 0.01 Hz.
NODES = 12
#: Range of the quadrature in standard deviations; its ends carry the probability beyond.
RANGE = 5.0
#: Points at which the cell is tested for firing, and bisections between two of them.
SEARCH_POINTS, BISECTIONS = 9, 18
#: Shortest synaptic decay, in effective membrane time constants, that counts as slow.
MIN_DECAY = 1 / 3
#: Fewest spikes in a decay time for shot noise to be nearly Gaussian.
MIN_SPIKES = 3.0
_legendre_rule = functools.cache(np.polynomial.legendre.leggauss)


@name_argument_errors
def adiabatic_rate(
    cell: Cell, inputs: Sequence[PoissonInput], current: Any = 0, *, nodes: int = NODES
) -> np.ndarray:
    """Compute the rate of a cell under slow conductance noise.

    Parameters
    ----------
    cell : Cell
        Any cell model. Those with a closed-form rate are fast; for others the equations are
        integrated at each node.
    inputs : sequence of PoissonInput
        Poisson inputs, at most about three: the cost is exponential in their number. Their arrays
        broadcast.
    current : quantity, optional
        Constant injected current, scalar or array.
    nodes : int, optional
        Quadrature nodes for each input, at least 1.

    Returns
    -------
    numpy.ndarray
        Rate in Hz, of the broadcast shape.

    See Also
    --------
    is_adiabatic_valid : Whether the limit applies.
    """
    check_whole_number(nodes, "adiabatic_rate, nodes")
    injected = to_si_array(current, "amp", "adiabatic_rate, current")
    noisy = [p for p in inputs if (p.variance > 1e-12 * p.mean**2).any()]
    constant = [poisson for poisson in inputs if poisson not in noisy]
    conductance: Any = sum((p.mean for p in constant), np.zeros(()))
    reversal_current: Any = sum((p.mean * p.reversal for p in constant), np.zeros(()))
    if not noisy:
        current, g, pulled = np.broadcast_arrays(injected, conductance, reversal_current)
        return cell.steady_rate(current, g, pulled)
    *others, noisiest = sorted(noisy, key=lambda poisson: _current_noise(cell, poisson))
    total: Any = 0.0
    for points in itertools.product(*(_list_points(poisson, nodes) for poisson in others)):
        share = math.prod(weight for _, weight in points)
        if np.max(share) < 1e-6:
            continue
        g, pulled = conductance, reversal_current
        for (x, _), poisson in zip(points, others, strict=True):
            g, pulled = g + x, pulled + x * poisson.reversal
        total = total + share * _average_over_input(cell, noisiest, (injected, g, pulled), nodes)
    return np.asarray(total)


def _current_noise(cell: Cell, poisson: PoissonInput) -> float:
    """Return the largest standard deviation of the current of an input at threshold, in ampere."""
    driving_force = np.abs(poisson.reversal - cell.firing_threshold)
    return float(np.max(np.sqrt(poisson.variance) * driving_force))


def _lowest_deviate(mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the lower end of the quadrature: where the conductance is zero, at least -RANGE."""
    return np.asarray(-np.minimum(mean / np.maximum(spread, 1e-300), RANGE))


def _list_points(poisson: PoissonInput, nodes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return conductances of an input, and the probability that each stands for."""
    mean, spread = poisson.mean, np.sqrt(poisson.variance)
    low = _lowest_deviate(mean, spread)
    points = [*_list_deviates(low, np.full_like(low, RANGE), nodes), (low, scipy.special.ndtr(low))]
    return [(mean + spread * x, share) for x, share in points]


def _list_deviates(
    low: np.ndarray, high: np.ndarray, nodes: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return standard normal deviates between two, and the probability that each stands for."""
    t, weight = _legendre_rule(nodes)
    t = (t + 1) / 2
    # A step whose first two derivatives vanish at both ends, where the rate may rise steeply; it is
    # a step of probability, so that a constant rate is averaged exactly.
    steps, slopes = t**3 * (10 - 15 * t + 6 * t**2), 30 * t**2 * (1 - t) ** 2
    start, share = scipy.special.ndtr(low), scipy.special.ndtr(high) - scipy.special.ndtr(low)
    deviates = [np.clip(scipy.special.ndtri(start + share * step), low, high) for step in steps]
    return list(zip(deviates, [share * w for w in slopes * weight / 2], strict=True))


def _average_over_input(
    cell: Cell, poisson: PoissonInput, constant_input: tuple[Any, Any, Any], nodes: int
) -> np.ndarray:
    """Average the rate over one conductance, where the cell fires.

    Parameters
    ----------
    cell : Cell
        Cell model whose noise-free rate is averaged.
    poisson : PoissonInput
        The input whose conductance varies.
    constant_input : tuple of array
        Current in ampere, conductance in siemens and reversal current in ampere of all others.
    nodes : int
        Nodes of the quadrature between the ends of the firing range.
    """
    arrays = (*constant_input, poisson.mean, np.sqrt(poisson.variance), poisson.reversal)
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    columns = [np.broadcast_to(array, shape).ravel() for array in arrays]

    def compute_rate(x: np.ndarray, rows: Any = slice(None)) -> np.ndarray:
        current, conductance, pulled, mean, spread, reversal = (c[rows] for c in columns)
        g = np.maximum(mean + spread * x, 0.0)
        return cell.steady_rate(current, conductance + g, pulled + g * reversal)

    lowest = _lowest_deviate(columns[3], columns[4])
    low, high, end_rates = _find_firing_range(compute_rate, lowest)
    tails = scipy.special.ndtr([lowest, np.full_like(lowest, -RANGE)])
    total = (tails * end_rates).sum(axis=0)
    for x, share in _list_deviates(low, high, nodes):
        total = total + share * compute_rate(x)
    return np.asarray(total.reshape(shape))


def _find_firing_range(
    compute_rate: Callable[..., np.ndarray], lowest: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the deviates between which a cell fires; one range is assumed, empty if it is silent.

    Returns
    -------
    low, high : numpy.ndarray, shape (point,)
        Ends of the range between `lowest` and `RANGE`.
    end_rates : numpy.ndarray, shape (2, point)
        Rates in Hz at `lowest` and `RANGE`.
    """
    grid = np.linspace(lowest, np.full_like(lowest, RANGE), SEARCH_POINTS)
    rates = np.stack([compute_rate(x) for x in grid])
    fires = rates > 0
    first = fires.argmax(axis=0)
    last = SEARCH_POINTS - 1 - fires[::-1].argmax(axis=0)
    points = np.arange(lowest.size)
    low, high = grid[first, points], grid[last, points]
    for limit, beyond in ((low, first - 1), (high, last + 1)):
        rows = np.flatnonzero(fires.any(axis=0) & (beyond >= 0) & (beyond < SEARCH_POINTS))
        silent, firing = grid[beyond[rows], rows], limit[rows]
        for _ in range(BISECTIONS if rows.size else 0):
            middle = (silent + firing) / 2
            is_firing = compute_rate(middle, rows) > 0
            silent, firing = (
                np.where(is_firing, silent, middle),
                np.where(is_firing, middle, firing),
            )
        limit[rows] = firing
    high = np.where(fires.any(axis=0), high, low)
    return low, high, rates[[0, -1]]


@name_argument_errors
def is_adiabatic_valid(cell: Cell, inputs: Sequence[PoissonInput]) -> np.ndarray:
    """Test where the adiabatic limit applies; boolean, of the inputs' broadcast shape."""
    tau = effective_time_constant(cell, inputs)
    valid = np.ones(np.shape(tau), bool)
    for poisson in inputs:
        constant = poisson.variance == 0
        valid = valid & (
            constant
            | ((poisson.tau >= MIN_DECAY * tau) & (poisson.rate * poisson.tau >= MIN_SPIKES))
        )
    return valid


def effective_time_constant(
    cell: Cell, inputs: Sequence[PoissonInput | PoissonCurrent]
) -> np.ndarray:
    """Compute the membrane time constant in seconds with the mean conductances open."""
    total_conductance = cell.leak_conductance + sum(poisson.mean for poisson in inputs)
    return np.asarray(cell.capacitance / total_conductance)
