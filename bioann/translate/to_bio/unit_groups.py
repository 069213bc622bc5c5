"""Unit groups: the neurons that represent units or stimulus channels, and their numbering.

Units of one layer with equal activation and time constant share their groups. Each branch of their
activation is one group, with a neuron for every line of the branch, every unit and every copy. A
group is a population of glutamatergic neurons and, if outgoing weights are negative, a population
of GABAergic ones.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.ann.network import RateNetwork
from bioann.translate.to_bio.piecewise_linear import Branch, decompose_activation


@dataclasses.dataclass(frozen=True, eq=False)
class UnitGroup:
    r"""Neurons whose target activation is :math:`\max(s x_u - \theta, 0)`.

    Parameters
    ----------
    name : str
        Name of its populations without the suffix ``_glutamate`` or ``_GABA``.
    members : numpy.ndarray of int, shape (unit,)
        Indices of the units of the network, or of the channels.
    branch : Branch
        Branch of the activation: sign, thresholds and coefficients.
    n_copies : int
        Number of neurons for each unit and line, at least 1.
    is_input : bool
        Whether the members are stimulus channels.
    tau : float
        Time constant of its outgoing synapses in seconds.
    rate_per_activation : float
        Rate of a neuron in Hz that corresponds to activation 1.
    """

    name: str
    members: np.ndarray
    branch: Branch
    n_copies: int
    is_input: bool
    tau: float
    rate_per_activation: float

    @property
    def n_neurons(self) -> int:
        """Number of neurons of one transmitter."""
        return len(self.members) * len(self.branch.thresholds) * self.n_copies

    @property
    def member_of_neuron(self) -> np.ndarray:
        """The unit or channel of every neuron, shape ``(n,)``: line by line, copies together."""
        return np.tile(np.repeat(self.members, self.n_copies), len(self.branch.thresholds))

    @property
    def copy_positions(self) -> np.ndarray:
        """The position of every neuron among its copies (`spread_copies`)."""
        return np.tile(spread_copies(self.n_copies), self.n_neurons // self.n_copies)

    def _expand_lines(self, values: tuple[float, ...]) -> np.ndarray:
        return np.repeat(np.array(values), len(self.members) * self.n_copies)

    @property
    def thresholds(self) -> np.ndarray:
        """The threshold of every neuron, in activation."""
        return self._expand_lines(self.branch.thresholds)

    @property
    def readout_weights(self) -> np.ndarray:
        """The weight of each neuron in the activation of its unit: coefficient over copies."""
        return self._expand_lines(self.branch.coefficients) / self.n_copies

    def target_activations(self, x: np.ndarray) -> np.ndarray:
        """Compute the target of each neuron, not rectified, from summed inputs ``(..., unit)``."""
        return np.asarray(self.branch.sign * x[..., self.member_of_neuron] - self.thresholds)

    def lines_of(self, member: int) -> list[tuple[int, float]]:
        """Return the first neuron of every line of a unit, and the coefficient of the line."""
        k = int(np.flatnonzero(self.members == member)[0])
        stride = len(self.members) * self.n_copies
        return [
            (line * stride + k * self.n_copies, a)
            for line, a in enumerate(self.branch.coefficients)
        ]


def spread_copies(n_copies: int) -> np.ndarray:
    """Return the positions of copies: evenly from -1/2 to 1/2, or 0 for a single one."""
    return np.linspace(-0.5, 0.5, n_copies) if n_copies > 1 else np.zeros(1)


def layer_name(unit: str) -> str:
    """Return the layer in a unit's name as an identifier: ``hidden`` of ``hidden[3]``."""
    match = re.fullmatch(r"(.+)\[\d+\]", unit)
    word = re.sub(r"\W+", "_", match[1]).strip("_") if match else "units"
    return word if word[:1].isalpha() else f"layer_{word}"


def make_unit_groups(
    network: RateNetwork, x: np.ndarray, tau: float, top: float, n_copies: int
) -> list[UnitGroup]:
    """Group the units of a network.

    Parameters
    ----------
    network : RateNetwork
        The network that is translated.
    x : numpy.ndarray, shape (condition, unit)
        Summed inputs of the units in the calibration.
    tau : float
        Synaptic time constant in seconds of units without a time constant.
    top : float
        Rate in Hz at the largest activation of a group; twice that without outgoing weights.
    n_copies : int
        Number of neurons for each unit and line, at least 1.

    Returns
    -------
    list of UnitGroup
        The groups in the order of the units.
    """
    members_of: dict[tuple[str, Activation, Any], list[int]] = {}
    for i, name in enumerate(network.units):
        key = (layer_name(name), network.activation[i], network.tau[i])
        members_of.setdefault(key, []).append(i)
    layers = [name for name, _, _ in members_of]
    groups = []
    for k, ((name, phi, unit_tau), members) in enumerate(members_of.items()):
        label = f"{name}_{layers[: k + 1].count(name)}" if layers.count(name) > 1 else name
        low, high = float(x[:, members].min()), float(x[:, members].max())
        unit_branches = decompose_activation(phi, low, high)
        is_output = not network.W[:, members].any()
        seconds = tau if unit_tau is None else float(unit_tau.tau)
        groups += _make_branch_groups(
            label, members, unit_branches, n_copies, False, seconds, (low, high), top, is_output
        )
    return groups


def make_channel_groups(
    network: RateNetwork, u: np.ndarray, tau: float, top: float, n_copies: int, opponent: bool
) -> list[UnitGroup]:
    """Group the stimulus channels; `u` are their activations, other parameters as for units."""
    on = Branch(1, (0.0,), (1.0,))
    branches = (on, Branch(-1, (0.0,), (-1.0,))) if opponent else (on,)
    members = list(range(u.shape[1]))
    input_range = (float(u.min()), float(u.max()))
    return _make_branch_groups(
        "input", members, branches, n_copies, True, tau, input_range, top, False
    )


def _make_branch_groups(
    name: str,
    members: list[int],
    branches: tuple[Branch, ...],
    n_copies: int,
    is_input: bool,
    tau: float,
    input_range: tuple[float, float],
    top: float,
    is_output: bool,
) -> list[UnitGroup]:
    """Return a group for each branch, with equal rates per activation of at most `top`."""
    largest = max(max(s.sign * e for e in input_range) - s.thresholds[0] for s in branches)
    rate_per_activation = top * (2 if is_output else 1) / (largest if largest > 0 else 1.0)
    label = {1: "_on", -1: "_off"} if len(branches) > 1 else {1: "", -1: "_off"}
    options = (n_copies, is_input, tau, rate_per_activation)
    return [UnitGroup(name + label[s.sign], np.array(members), s, *options) for s in branches]
