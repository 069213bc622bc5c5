"""Random pairs of neurons within a distance of each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from bioann.bio.connectivity.distances import compute_distances
from bioann.bio.connectivity.sampling import draw_successes

#: Targets whose neighbours are drawn at once; bounds the memory.
TARGETS_AT_ONCE = 2**12
#: Strips of a sheet that fit into the largest distance of neighbours.
STRIPS_PER_RADIUS = 2
#: Factor on the largest distance when pairs are listed, before their distances are compared with
#: it: whatever is lost to rounding stays inside.
MARGIN = 1.001


@dataclasses.dataclass(frozen=True)
class SortedSources:
    """Presynaptic neurons, sorted by strips of the first axis and by the last axis within them.

    The neighbours of a target within a strip are then a range, or two where space repeats. On one
    axis there is one strip.

    Parameters
    ----------
    order : numpy.ndarray of int, shape (neuron,)
        Index of each neuron in its population.
    keys : numpy.ndarray, shape (neuron,)
        Strip times `stride` plus coordinate on the last axis, above `origin`; in ascending order.
    origin : numpy.ndarray, shape (axis,)
        Smallest coordinate of the sources along each axis.
    stride : float
        Distance between the keys of strips, larger than the extent of the last axis.
    strip_width, n_strips : float, int
        Width of a strip along the first axis, and number of strips.
    period : tuple of float or None
        Length of each axis after which space repeats.
    """

    order: np.ndarray
    keys: np.ndarray
    origin: np.ndarray
    stride: float
    strip_width: float
    n_strips: int
    period: tuple[float, ...] | None

    def list_ranges(self, targets: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
        """List ranges of sorted sources that contain all neighbours of each target.

        Parameters
        ----------
        targets : numpy.ndarray, shape (target, axis)
            Coordinates of the target neurons along each axis.
        radius : float
            Largest distance of neighbours.

        Returns
        -------
        start, stop : numpy.ndarray of int, shape (target, range)
            Ranges that do not overlap, some of them empty.
        """
        first, last = (targets - self.origin)[:, [0, -1]].T
        strips, gap = self._list_strips(first, radius)
        half = np.sqrt(np.maximum(radius**2 - gap**2, 0.0))
        is_near = (gap <= radius) & (strips >= 0) & (strips < self.n_strips)
        low, high = last[:, None] - half, last[:, None] + half
        if self.period is None:
            low, high = np.maximum(low, 0.0)[..., None], high[..., None]
        else:
            low, high = self._wrap(low, high)
        base = (strips * self.stride)[..., None]
        start = np.searchsorted(self.keys, base + low, "left")
        stop = np.searchsorted(self.keys, base + np.minimum(high, 0.75 * self.stride), "right")
        stop = np.where(is_near[..., None], np.maximum(stop, start), start)
        return start.reshape(len(targets), -1), stop.reshape(len(targets), -1)

    def _list_strips(self, first: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
        """List strips around coordinates on the first axis, and the distance to each of them."""
        n_steps = int(np.ceil(radius / self.strip_width)) if self.n_strips > 1 else 0
        n_near = 2 * n_steps + 1
        if self.n_strips == 1 or (self.period is not None and n_near >= self.n_strips):
            strips = np.broadcast_to(np.arange(self.n_strips), (len(first), self.n_strips))
            return strips, np.zeros(strips.shape)
        strips = np.floor(first / self.strip_width)[:, None] + np.arange(-n_steps, n_steps + 1)
        below = strips * self.strip_width - first[:, None]
        gap = np.maximum(np.maximum(below, -below - self.strip_width), 0.0)
        return strips if self.period is None else strips % self.n_strips, gap

    def _wrap(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Split intervals of the last axis at the ends of the period."""
        assert self.period is not None
        length = self.period[-1]
        images = length * np.array([-1, 0, 1])
        is_whole = (high - low >= length)[..., None]
        lows = np.where(is_whole, [length, 0.0, length], low[..., None] + images)
        highs = np.where(is_whole, [0.0, length, 0.0], high[..., None] + images)
        # An image outside has its lower end above its upper one, and is empty.
        return np.maximum(lows, 0.0), np.minimum(highs, length)


def sort_sources(
    sources: np.ndarray, period: tuple[float, ...] | None, radius: float
) -> SortedSources:
    """Sort presynaptic neurons for a search; parameters as for `draw_neighbours`."""
    n_axes = sources.shape[1]
    origin = sources.min(axis=0) if period is None else np.zeros(n_axes)
    extent = np.ptp(sources, axis=0) if period is None else np.asarray(period)
    n_strips = 1
    if n_axes > 1:
        # More strips than neurons would be empty.
        n_strips = int(min(max(extent[0] / radius * STRIPS_PER_RADIUS, 1), len(sources)))
    strip_width = max(float(extent[0]) / n_strips, np.finfo(float).tiny)
    strips = np.zeros(len(sources))
    if n_strips > 1:
        strips = np.minimum(np.floor((sources[:, 0] - origin[0]) / strip_width), n_strips - 1)
    stride = 2.0 * max(float(extent[-1]), np.finfo(float).tiny)
    keys = strips * stride + (sources[:, -1] - origin[-1])
    order = np.argsort(keys, kind="stable")
    return SortedSources(order, keys[order], origin, stride, strip_width, n_strips, period)


def draw_neighbours(
    targets: np.ndarray,
    sources: np.ndarray,
    period: tuple[float, ...] | None,
    radius: float,
    p: float,
    rng: np.random.Generator,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Draw pairs within a radius with a constant probability, in time proportional to their number.

    Parameters
    ----------
    targets, sources : numpy.ndarray, shape (neuron, axis)
        Coordinates of the postsynaptic and of the presynaptic neurons.
    period : tuple of float or None
        Length of each axis after which space repeats.
    radius : float
        Largest distance of a neighbour, itself included, 0 or more.
    p : float
        Probability of each pair, in (0, 1].
    rng : numpy.random.Generator
        Random generator that draws the neighbours.

    Yields
    ------
    post, pre : numpy.ndarray of int, shape (pair,)
        Index of the target, in ascending order, and of the source.
    distance : numpy.ndarray, shape (pair,)
        Their distance.
    """
    sorted_sources = sort_sources(sources, period, radius)
    for first in range(0, len(targets), TARGETS_AT_ONCE):
        some_targets = targets[first : first + TARGETS_AT_ONCE]
        start, stop = sorted_sources.list_ranges(some_targets, radius * MARGIN)
        stops = np.cumsum(stop - start)
        begins = stops - (stop - start).ravel()
        for pairs in draw_successes(int(stops[-1]), p, rng):
            ranges = np.searchsorted(stops, pairs, "right")
            post = first + ranges // start.shape[1]
            pre = sorted_sources.order[start.ravel()[ranges] + pairs - begins[ranges]]
            distance = compute_distances(targets[post], sources[pre], period)
            is_near = distance <= radius
            yield post[is_near], pre[is_near], distance[is_near]
