"""The order in which the units of a rate network are evaluated in each time step."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy

from bioann.ann.description import RateDescription

if TYPE_CHECKING:
    from bioann.ann.activations.activation import Activation

#: Number of values of the input drive that are computed at a time (32 MB).
CHUNK_SIZE = 2**22


def list_dependencies(network: RateDescription) -> np.ndarray:
    """Return which units depend on which: through weights, divisive weights and gates.

    Parameters
    ----------
    network : RateDescription
        Network of the units.

    Returns
    -------
    numpy.ndarray of bool, shape (unit, unit)
        True where the unit of the row depends on that of the column.
    """
    depends_on = network.W != 0
    if network.divisive is not None:
        depends_on |= network.divisive != 0
    gates = network.gate_indices()
    depends_on[np.flatnonzero(gates >= 0), gates[gates >= 0]] = True
    return depends_on


def sort_into_levels(network: RateDescription) -> list[np.ndarray]:
    """Return the static units in levels that depend only on dynamic units and earlier levels.

    Parameters
    ----------
    network : RateDescription
        Network whose weights and divisive weights define the dependencies.

    Returns
    -------
    list of numpy.ndarray
        Unit indices, level by level. Units in a common loop share a level.
    """
    is_pending = np.array([t is None for t in network.tau])
    static_edges = list_dependencies(network) & is_pending[:, None] & is_pending[None, :]
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
    """Units that are updated together: a level of static units, or all dynamic units.

    Attributes
    ----------
    names : tuple of str
        Names of the units, for errors.
    columns : slice
        Positions of the units in the evaluation order.
    weights : numpy.ndarray, shape (source, unit)
        Weights from all units of the network to those of the group.
    has_loop : bool
        Whether units of the group are connected to each other.
    activation_slices : tuple of (slice, Activation)
        Activation functions of consecutive units of the group.
    gated : numpy.ndarray of int, shape (gated unit,)
        Positions in the group of the units with a gate.
    gates : numpy.ndarray of int, shape (gated unit,)
        Positions in the evaluation order of the units that gate them.
    divisive : numpy.ndarray or None, shape (source, unit)
        Divisive weights from all units of the network; None without shunting.
    divisor_columns : slice or None
        Columns of the drive with the part of the divisor that comes from the stimulus.
    """

    names: tuple[str, ...]
    columns: slice
    weights: np.ndarray
    has_loop: bool
    activation_slices: tuple[tuple[slice, Activation], ...]
    gated: np.ndarray
    gates: np.ndarray
    divisive: np.ndarray | None = None
    divisor_columns: slice | None = None

    @functools.cached_property
    def source_columns(self) -> np.ndarray:
        """Positions in the evaluation order of the units that the group depends on."""
        is_source = (self.weights != 0).any(axis=1)
        if self.divisive is not None:
            is_source |= (self.divisive != 0).any(axis=1)
        is_source[self.gates] = True
        return np.flatnonzero(is_source)

    def compute_activation(
        self, rates: np.ndarray, drive: np.ndarray, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Compute the activation of the group's summed input.

        Parameters
        ----------
        rates : numpy.ndarray, shape (lane, unit of the network)
            Current activation of all units, in evaluation order.
        drive : numpy.ndarray, shape (lane, column)
            Input from the stimulus; see `EvaluationOrder.compute_drive`.
        out : numpy.ndarray, shape (lane, unit of the group), optional
            Buffer that is overwritten with the summed input.
        """
        total = np.matmul(rates, self.weights, out=out)
        total += drive[:, self.columns]
        if self.divisive is not None:
            total /= drive[:, self.divisor_columns] + rates @ self.divisive
        if len(self.activation_slices) == 1:
            total = self.activation_slices[0][1](total)
        else:
            for columns, phi in self.activation_slices:
                total[:, columns] = phi(total[:, columns])
        if len(self.gated):
            total[:, self.gated] *= rates[:, self.gates]
        return total


def _make_group(
    network: RateDescription,
    members: np.ndarray,
    start: int,
    boundaries: list[int],
    w: np.ndarray,
    divisive: np.ndarray | None,
    gates: np.ndarray,
) -> UpdateGroup:
    """Build the group of some units of a network.

    Parameters
    ----------
    network : RateDescription
        Network with the names and activations of the units.
    members : numpy.ndarray of int
        Indices of the units in the network, sorted by activation.
    start : int
        Position of the first unit in the evaluation order.
    boundaries : list of int
        Positions in the group where the activation changes, with both ends.
    w, divisive : numpy.ndarray, shape (unit, unit)
        Weights and divisive weights (or None) in evaluation order.
    gates : numpy.ndarray of int, shape (unit,)
        Position of the gating unit of each unit, -1 without a gate, in evaluation order.
    """
    columns = slice(start, start + len(members))
    group_gates = gates[columns]
    gated = np.flatnonzero(group_gates >= 0)
    has_loop = bool(w[columns, columns].any() or np.isin(group_gates, np.r_[columns]).any())
    group_divisive = None
    if divisive is not None:
        has_loop = has_loop or bool(divisive[columns, columns].any())
        group_divisive = divisive[columns].T
    return UpdateGroup(
        tuple(network.units[i] for i in members),
        columns,
        w[columns].T,
        has_loop,
        tuple(
            (slice(a, b), network.activation[members[a]]) for a, b in itertools.pairwise(boundaries)
        ),
        gated,
        group_gates[gated],
        group_divisive,
        slice(columns.start + len(w), columns.stop + len(w)),
    )


@dataclasses.dataclass(frozen=True)
class EvaluationOrder:
    """A rate network with its units sorted into groups, so that each group is a slice.

    Attributes
    ----------
    unit_order : numpy.ndarray of int, shape (unit,)
        Index in the network of the unit at each position.
    groups : tuple of UpdateGroup
        The levels of static units, then the dynamic units if there are any.
    w_in : numpy.ndarray, shape (channel, unit)
        Weights from the stimulus channels, in evaluation order.
    bias : numpy.ndarray, shape (unit,)
        Bias of each unit, in evaluation order.
    divisive_in : numpy.ndarray or None, shape (channel, unit)
        Divisive weights from the stimulus channels; None without shunting.
    """

    unit_order: np.ndarray
    groups: tuple[UpdateGroup, ...]
    w_in: np.ndarray
    bias: np.ndarray
    divisive_in: np.ndarray | None = None

    @classmethod
    def of_network(cls, network: RateDescription) -> EvaluationOrder:
        """Sort the units of a network into groups: levels of static units, then dynamic units."""
        dynamic = np.flatnonzero(network.time_constants() > 0)
        return cls.of_stages(
            network, [*sort_into_levels(network), *([dynamic] if len(dynamic) else [])]
        )

    @classmethod
    def of_stages(cls, network: RateDescription, members: Sequence[np.ndarray]) -> EvaluationOrder:
        """Sort the units of a network into given groups.

        Parameters
        ----------
        network : RateDescription
            Network of the units.
        members : sequence of numpy.ndarray of int
            Indices in the network of the units of each group.
        """
        # To hash an activation takes long; most units share one object.
        distinct = {id(phi): phi for phi in network.activation}
        codes = {phi: k for k, phi in enumerate(dict.fromkeys(distinct.values()))}
        codes_by_id = {key: codes[phi] for key, phi in distinct.items()}
        activation_index = np.array([codes_by_id[id(phi)] for phi in network.activation])
        members = [group[np.argsort(activation_index[group], kind="stable")] for group in members]
        unit_order = np.concatenate(members)
        # Avoids a copy of the weights of a large network that is in order already.
        is_network_order = (np.diff(unit_order) > 0).all()
        w, w_in = (
            (network.W, network.W_in)
            if is_network_order
            else (network.W[np.ix_(unit_order, unit_order)], network.W_in[unit_order])
        )
        divisive = network.divisive
        if divisive is not None:
            divisive = divisive[np.ix_(unit_order, unit_order)]
        gates = network.gate_indices()[unit_order]
        gates = np.where(gates < 0, -1, np.argsort(unit_order)[gates])
        groups, start = [], 0
        for group in members:
            changes = np.flatnonzero(np.diff(activation_index[group])) + 1
            boundaries = [0, *changes.tolist(), len(group)]
            groups.append(_make_group(network, group, start, boundaries, w, divisive, gates))
            start += len(group)
        divisive_in = None if divisive is None else network.divisive_in[unit_order].T
        return cls(unit_order, tuple(groups), w_in.T, network.bias[unit_order], divisive_in)

    def compute_drive(self, inputs: np.ndarray) -> Iterator[np.ndarray]:
        """Compute the input from the stimulus plus the bias, in chunks of time.

        Parameters
        ----------
        inputs : numpy.ndarray, shape (condition, time, channel)
            Activation of the stimulus channels.

        Yields
        ------
        numpy.ndarray, shape (time, condition, unit)
            The drive of successive time steps. With divisive weights the same number of columns
            follows, with 1 plus the divisive input from the stimulus.
        """
        n_lanes, n_times, _ = inputs.shape
        n_steps = max(1, CHUNK_SIZE // (n_lanes * len(self.unit_order)))
        for start in range(0, n_times, n_steps):
            chunk = inputs[:, start : start + n_steps].swapaxes(0, 1)
            # Not -1, which has no value for a network without channels.
            rows = chunk.reshape(chunk.shape[0] * n_lanes, chunk.shape[2])
            drive = rows @ self.w_in
            drive += self.bias
            if self.divisive_in is not None:
                divisor = 1 + rows @ self.divisive_in
                drive = np.concatenate([drive, divisor], axis=1)
            yield drive.reshape(*chunk.shape[:2], -1)
