"""The inputs over which a translation is made: what each population meets, self-consistently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from bioann.base.errors import unknown_name_error
from bioann.base.randomness import make_rng
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork

#: Points of the design for one channel, along each of two, and for more.
POINTS_1D, AXIS_POINTS_2D, POINTS_ND = 49, 15, 256
#: Fewest points where neurons are told apart.
MIN_POINTS = 24
#: Rounds, damping and tolerance (Hz) of the search for the rates at which populations agree.
MAX_ITERATIONS, DAMPING, RATE_TOLERANCE = 400, 0.15, 1e-3


def make_design(
    network: SpikingNetwork,
    span: Mapping[str, tuple[float, float]] | None,
    *,
    seed: int,
    n_neurons: int = 1,
) -> tuple[dict[str, np.ndarray], int]:
    """Spread stimuli evenly over the activations that each channel may have.

    Parameters
    ----------
    network : SpikingNetwork
        Whose channels.
    span : mapping of str to (float, float), optional
        Lowest and highest activation of channels; 0 to 1 unless given, -1 to 1 for a channel that
        an afferent reads by its negative part.
    seed : int
        Decides the points where there are more than two channels.
    n_neurons : int, optional
        How many neurons of a population answer at each point: fewer points do then.

    Returns
    -------
    channels : dict of str to numpy.ndarray, shape (point,)
        Activation of each channel.
    n_points : int
        How many points there are; a network without channels gets `POINTS_1D`.

    Raises
    ------
    UnknownNameError
        If `span` names a channel that is not there.
    """
    signed_channels: set[str] = set()
    for a in network.afferents:
        if getattr(a, "coding", "") == "off":
            signed_channels.update(a.channels if isinstance(a, ElectrodeArray) else (a.channel,))
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
        cube = draw_latin_hypercube(n_points, len(channels), rng.spawn(1)[0])
        # Corners of a cube are rare inside it: half of the points keep some channels at an end.
        cube[::2] = np.clip(1.6 * cube[::2] - 0.3, 0, 1)
    points = low + cube * (high - low)
    return dict(zip(channels, points.T, strict=True)), len(points)


def draw_latin_hypercube(n_points: int, n_axes: int, rng: np.random.Generator) -> np.ndarray:
    """Scatter points in a unit cube: along each axis, one in each of as many equal slices.

    McKay, Beckman & Conover 1979. Written out, for SciPy's takes a second to import.
    """
    jitter = rng.uniform(size=(n_points, n_axes))
    slices = np.tile(np.arange(1, n_points + 1), (n_axes, 1))
    for slices_of_axis in slices:
        rng.shuffle(slices_of_axis)
    return (slices.T - jitter) / n_points


def find_consistent_rates(
    rates_of_targets: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
    names: Iterable[str],
    n_points: int,
) -> dict[str, np.ndarray]:
    """Find the rates at which all populations agree, from silence, by damped iteration.

    Parameters
    ----------
    rates_of_targets : callable
        From the rate in Hz of each population as a source to its rate as a target.
    names : iterable of str
        The populations.
    n_points : int
        How many points there are.

    Returns
    -------
    dict of str to numpy.ndarray, shape (point,) or, as `rates_of_targets` has it, (neuron, point)
        Rates in Hz; where they do not settle, of the last round.
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
    """Add to each point one beside it, at which the populations fire by themselves.

    Where rates go together, the share of each in a sum could not be told from them.

    Returns
    -------
    rates : dict of str to numpy.ndarray, shape (..., 2 * point)
        The rates, then the same times factors between 0.6 and 1.4.
    design_points : numpy.ndarray of int, shape (2 * point,)
        The point of the design that each belongs to.
    """
    scattered_rates = {}
    for name, values in rates.items():
        rng = make_rng(seed, "translate", "scatter", name)
        scattered_values = values * rng.uniform(0.6, 1.4, values.shape)
        scattered_rates[name] = np.concatenate([values, scattered_values], axis=-1)
    n_points = next(iter(rates.values())).shape[-1]
    return scattered_rates, np.tile(np.arange(n_points), 2)
