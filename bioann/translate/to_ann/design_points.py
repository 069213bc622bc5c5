"""Design of the stimuli that a translation is fitted on, and self-consistent rates there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import scipy

from bioann.base.errors import unknown_name_error
from bioann.base.randomness import make_rng
from bioann.bio.afferent import Afferent
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork

#: Points of the design for one channel, along each of two, and for more.
POINTS_1D, AXIS_POINTS_2D, POINTS_ND = 49, 15, 256
#: Fewest points where each neuron has rates of its own.
MIN_POINTS = 24
#: Iterations, damping and tolerance (Hz) of the search for self-consistent rates.
MAX_ITERATIONS, DAMPING, RATE_TOLERANCE = 400, 0.15, 1e-3


def make_design(
    network: SpikingNetwork,
    span: Mapping[str, tuple[float, float]] | None,
    *,
    seed: int,
    n_neurons: int = 1,
) -> tuple[dict[str, np.ndarray], int]:
    """Distribute stimuli evenly over the range of each channel.

    Parameters
    ----------
    network : SpikingNetwork
        The network that the stimuli are for.
    span : mapping of str to (float, float), optional
        Lowest and highest activation of channels; 0 to 1 unless given, -1 to 1 for a channel whose
        negative part an afferent uses.
    seed : int
        Seed of the points where there are more than two channels.
    n_neurons : int, optional
        Largest number of neurons of a population whose rates are fitted one by one; the design has
        fewer points then.

    Returns
    -------
    channels : dict of str to numpy.ndarray, shape (point,)
        Activation of each channel.
    n_points : int
        Number of points; `POINTS_1D` for a network without channels.

    Raises
    ------
    UnknownNameError
        If `span` names a channel that does not exist.
    """
    signed_channels = {name for name, coding in list_rectified_channels(network) if coding == "off"}
    channels = list(network.channels)
    ranges = {c: (-1.0 if c in signed_channels else 0.0, 1.0) for c in channels}
    ranges |= dict(span or {})
    for name in ranges:
        if name not in channels:
            raise unknown_name_error("to_ann, span", "channel", name, channels)
    low, high = (np.array([ranges[c][k] for c in channels]) for k in (0, 1))
    if not channels:
        return {}, POINTS_1D
    if len(channels) <= 2 and n_neurons == 1:
        axis = np.linspace(0, 1, POINTS_1D if len(channels) == 1 else AXIS_POINTS_2D)
        cube = np.stack(np.meshgrid(*[axis] * len(channels), indexing="ij"), -1)
        cube = cube.reshape(-1, len(channels))
    else:
        rng = make_rng(seed, "translate", "design")
        n_points = max(POINTS_ND // n_neurons, MIN_POINTS)
        # Imported on first use: scipy.stats takes a second.
        cube = scipy.stats.qmc.LatinHypercube(len(channels), rng=rng).random(n_points)
        # A random point is rarely near a corner: half of the points have channels at an end.
        cube[::2] = np.clip(1.6 * cube[::2] - 0.3, 0, 1)
    points = low + cube * (high - low)
    return dict(zip(channels, points.T, strict=True)), len(points)


def list_rectified_channels(network: SpikingNetwork) -> tuple[tuple[str, str], ...]:
    """List the channels of which an afferent uses the positive or negative part alone.

    Returns
    -------
    tuple of (str, str)
        Name of the channel, and ``"on"`` for its positive or ``"off"`` for its negative part; each
        combination once.
    """
    pairs = (
        (channel, a.coding)
        for a in network.afferents
        if isinstance(a, (Afferent, ElectrodeArray)) and a.coding in ("on", "off")
        for channel in (a.channels if isinstance(a, ElectrodeArray) else (a.channel,))
    )
    return tuple(dict.fromkeys(pairs))


def find_consistent_rates(
    rates_of_targets: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
    names: Iterable[str],
    n_points: int,
) -> dict[str, np.ndarray]:
    """Find self-consistent rates of all populations from silence, by damped iteration.

    Parameters
    ----------
    rates_of_targets : callable
        Function from the rate in Hz of each population as a source to its rate as a target.
    names : iterable of str
        Names of the populations.
    n_points : int
        Number of points of the design.

    Returns
    -------
    dict of str to numpy.ndarray, shape (point,) or (neuron, point) as `rates_of_targets` returns
        Rates in Hz; those of the last iteration where they do not converge.
    """
    rates = {name: np.zeros(n_points) for name in names}
    for _ in range(MAX_ITERATIONS):
        target_rates = rates_of_targets(rates)
        step = {name: DAMPING * (target_rates[name] - rates[name]) for name in rates}
        rates = {name: rates[name] + step[name] for name in rates}
        if max(np.abs(s).max() for s in step.values()) < RATE_TOLERANCE:
            break
    return rates


def scatter_rates(
    rates: Mapping[str, np.ndarray], *, seed: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Add to each point another one with independently scaled rates of the populations.

    From correlated rates alone, the contribution of each to a sum cannot be identified.

    Parameters
    ----------
    rates : mapping of str to numpy.ndarray, shape (..., point)
        Rates of each population in Hz.
    seed : int
        Seed of the factors.

    Returns
    -------
    rates : dict of str to numpy.ndarray, shape (..., 2 * point)
        The rates, then the same times random factors between 0.6 and 1.4.
    design_points : numpy.ndarray of int, shape (2 * point,)
        Index of the point of the design that each belongs to.
    """
    scattered_rates = {}
    for name, values in rates.items():
        rng = make_rng(seed, "translate", "scatter", name)
        scattered_values = values * rng.uniform(0.6, 1.4, values.shape)
        scattered_rates[name] = np.concatenate([values, scattered_values], axis=-1)
    n_points = next(iter(rates.values())).shape[-1]
    return scattered_rates, np.tile(np.arange(n_points), 2)
