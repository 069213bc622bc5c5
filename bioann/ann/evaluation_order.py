"""Which units of a rate network change together, and in which order: made once for each run."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import scipy

from bioann.ann.description import RateDescription

if TYPE_CHECKING:
    from bioann.ann.activations.activation import Activation

#: Numbers of summed input that are made at a time (32 MB).
CHUNK_SIZE = 2**22


def sort_into_levels(network: RateDescription) -> list[np.ndarray]:
    """Sort the static units into levels: each level needs only dynamic units and earlier levels.

    Parameters
    ----------
    network : RateDescription
        The network.

    Returns
    -------
    list of numpy.ndarray
        Unit indices, level by level. Units that feed each other in a loop share a level.
    """
    is_pending = np.array([t is None for t in network.tau])
    is_connected = network.W != 0
    if network.divisive is not None:
        is_connected |= network.divisive != 0
    static_edges = is_connected & is_pending[:, None] & is_pending[None, :]
    component = np.arange(len(static_edges))
    if static_edges.any():
        component = scipy.sparse.csgraph.connected_components(
            scipy.sparse.csr_array(static_edges), connection="strong"
        )[1]
    between_loops = static_edges & (component[:, None] != component[None, :])
    levels = []
    while is_pending.any():
        is_waiting = is_pending & (between_loops & is_pending[None, :]).any(axis=1)
        is_ready = is_pending & ~np.isin(component, component[is_waiting])
        levels.append(np.flatnonzero(is_ready))
        is_pending &= ~is_ready
    return levels


@dataclasses.dataclass(frozen=True)
class UpdateGroup:
    """Units that change together: a level of static units, or all dynamic ones."""

    names: tuple[str, ...]
    columns: slice
    weights: np.ndarray  # (source, unit of this group)
    has_loop: bool
    activation_slices: tuple[tuple[slice, Activation], ...]
    #: Divisive weights (source, unit of this group), and where the drive holds their constant part.
    divisive: np.ndarray | None = None
    divisor_columns: slice | None = None

    def compute_activation(
        self, rates: np.ndarray, drive: np.ndarray, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Give the activation of the group's summed input, which `out` may hold meanwhile."""
        total = np.matmul(rates, self.weights, out=out)
        total += drive[:, self.columns]
        if self.divisive is not None:
            total /= drive[:, self.divisor_columns] + rates @ self.divisive
        if len(self.activation_slices) == 1:
            return self.activation_slices[0][1](total)
        for columns, phi in self.activation_slices:
            total[:, columns] = phi(total[:, columns])
        return total


@dataclasses.dataclass(frozen=True)
class EvaluationOrder:
    """A rate network with its units in the order of their groups, so that each is a slice.

    Parameters
    ----------
    unit_order : numpy.ndarray, shape (unit,)
        Index in the network of the unit at each position.
    groups : tuple of UnitGroup
        The static levels; then the dynamic units, if there are any.
    w_in, bias : numpy.ndarray, shapes (channel, unit) and (unit,)
        What the stimulus adds.
    divisive_in : numpy.ndarray or None, shape (channel, unit)
        Its divisive weights.
    """

    unit_order: np.ndarray
    groups: tuple[UpdateGroup, ...]
    w_in: np.ndarray
    bias: np.ndarray
    divisive_in: np.ndarray | None = None

    @classmethod
    def of_network(cls, network: RateDescription) -> EvaluationOrder:
        """Put the units of a network in order."""
        dynamic = np.flatnonzero(network.time_constants() > 0)
        members = [*sort_into_levels(network), *([dynamic] if len(dynamic) else [])]
        activation_indices = {phi: k for k, phi in enumerate(dict.fromkeys(network.activation))}
        activation_index = np.array([activation_indices[phi] for phi in network.activation])
        members = [group[np.argsort(activation_index[group], kind="stable")] for group in members]
        unit_order = np.concatenate(members)
        # The weights of a large network are not copied where the order is its own already.
        is_network_order = (np.diff(unit_order) > 0).all()
        w, w_in = (
            (network.W, network.W_in)
            if is_network_order
            else (network.W[np.ix_(unit_order, unit_order)], network.W_in[unit_order])
        )
        divisive = network.divisive
        if divisive is not None:
            divisive = divisive[np.ix_(unit_order, unit_order)]
        groups, start = [], 0
        for group in members:
            columns = slice(start, start + len(group))
            changes = np.flatnonzero(np.diff(activation_index[group])) + 1
            boundaries = [0, *changes.tolist(), len(group)]
            activation_slices = tuple(
                (slice(a, b), network.activation[group[a]])
                for a, b in itertools.pairwise(boundaries)
            )
            names = tuple(network.units[i] for i in group)
            has_loop, group_divisive = bool(w[columns, columns].any()), None
            if divisive is not None:
                has_loop = has_loop or bool(divisive[columns, columns].any())
                group_divisive = divisive[columns].T
            divisor_columns = slice(columns.start + len(unit_order), columns.stop + len(unit_order))
            groups.append(
                UpdateGroup(
                    names,
                    columns,
                    w[columns].T,
                    has_loop,
                    activation_slices,
                    group_divisive,
                    divisor_columns,
                )
            )
            start = columns.stop
        divisive_in = None if divisive is None else network.divisive_in[unit_order].T
        return cls(unit_order, tuple(groups), w_in.T, network.bias[unit_order], divisive_in)

    def compute_drive(self, inputs: np.ndarray) -> Iterator[np.ndarray]:
        """Give the summed input from the stimulus, shape (time, condition, unit), in pieces.

        Where there are divisive weights, what it is divided by without those of units follows in
        as many columns.
        """
        n_lanes, n_times, _ = inputs.shape
        n_steps = max(1, CHUNK_SIZE // (n_lanes * len(self.unit_order)))
        for start in range(0, n_times, n_steps):
            chunk = inputs[:, start : start + n_steps].swapaxes(0, 1)
            drive = chunk.reshape(-1, chunk.shape[2]) @ self.w_in
            drive += self.bias
            if self.divisive_in is not None:
                divisor = 1 + chunk.reshape(-1, chunk.shape[2]) @ self.divisive_in
                drive = np.concatenate([drive, divisor], axis=1)
            yield drive.reshape(*chunk.shape[:2], -1)
