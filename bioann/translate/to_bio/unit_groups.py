"""Banks: the neurons that stand for a group of units (or stimulus channels), numbered.

Units of one layer, activation and time constant make one group. Each branch of their activation is
a bank, with a neuron for every line of the branch, every unit and every copy. A bank is a
population of glutamatergic neurons; where outgoing weights ask for it, a population of GABAergic
ones stands beside it.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.ann.network import RateNetwork
from bioann.translate.to_bio.piecewise_linear import Branch, branches


@dataclasses.dataclass(frozen=True, eq=False)
class Bank:
    r"""Neurons that fire for :math:`\max(s x_u - \theta, 0)`.

    Parameters
    ----------
    name : str
        Of its populations, before ``_glutamate`` and ``_GABA``.
    members : numpy.ndarray of int, shape (unit,)
        Which units of the network, or which channels.
    branch : Branch
        Sign, thresholds and coefficients.
    copies : int
        Neurons for each unit and line.
    channels : bool
        Whether the members are stimulus channels.
    tau : float
        Time constant in seconds of the synapses that it makes.
    per_activation : float
        Rate in Hz at which a neuron stands for activation 1.
    """

    name: str
    members: np.ndarray
    branch: Branch
    copies: int
    channels: bool
    tau: float
    per_activation: float

    @property
    def n(self) -> int:
        """Number of neurons of one transmitter."""
        return len(self.members) * len(self.branch.thresholds) * self.copies

    @property
    def unit(self) -> np.ndarray:
        """The unit or channel of every neuron, shape ``(n,)``: line by line, copies together."""
        return np.tile(np.repeat(self.members, self.copies), len(self.branch.thresholds))

    @property
    def place(self) -> np.ndarray:
        """The place of every neuron among its copies (`places`)."""
        return np.tile(places(self.copies), self.n // self.copies)

    def _each(self, values: tuple[float, ...]) -> np.ndarray:
        return np.repeat(np.array(values), len(self.members) * self.copies)

    @property
    def threshold(self) -> np.ndarray:
        """The threshold of every neuron, in activation."""
        return self._each(self.branch.thresholds)

    @property
    def worth(self) -> np.ndarray:
        """What a neuron's activation adds to its unit's: the coefficient over the copies."""
        return self._each(self.branch.coefficients) / self.copies

    def target(self, x: np.ndarray) -> np.ndarray:
        """Give what each neuron should fire for, not rectified, from ``(..., unit)``."""
        return np.asarray(self.branch.sign * x[..., self.unit] - self.threshold)

    def places(self, member: int) -> list[tuple[int, float]]:
        """Give the first neuron of every line of a unit, and the coefficient of the line."""
        k = int(np.flatnonzero(self.members == member)[0])
        stride = len(self.members) * self.copies
        return [
            (line * stride + k * self.copies, a) for line, a in enumerate(self.branch.coefficients)
        ]


def places(copies: int) -> np.ndarray:
    """Lay copies out evenly from -1/2 to 1/2; one alone is at 0."""
    return np.linspace(-0.5, 0.5, copies) if copies > 1 else np.zeros(1)


def stem(unit: str) -> str:
    """Give the layer in a unit's name as an identifier: ``hidden`` of ``hidden[3]``."""
    found = re.fullmatch(r"(.+)\[\d+\]", unit)
    word = re.sub(r"\W+", "_", found[1]).strip("_") if found else "units"
    return word if word[:1].isalpha() else f"layer_{word}"


def unit_banks(
    network: RateNetwork, x: np.ndarray, tau: float, top: float, copies: int
) -> list[Bank]:
    """Group the units of a network, and lay out their neurons.

    Parameters
    ----------
    network : RateNetwork
        The network.
    x : numpy.ndarray, shape (condition, unit)
        Summed inputs in the calibration.
    tau : float
        Synaptic time constant in seconds of units without a time constant.
    top : float
        Rate in Hz at the largest activation of a group; twice that where nobody listens.
    copies : int
        Neurons for each unit and line.

    Returns
    -------
    list of Bank
        In the order of the units.
    """
    groups: dict[tuple[str, Activation, Any], list[int]] = {}
    for i, name in enumerate(network.units):
        groups.setdefault((stem(name), network.activation[i], network.tau[i]), []).append(i)
    stems = [name for name, _, _ in groups]
    found = []
    for k, ((name, phi, own), members) in enumerate(groups.items()):
        label = f"{name}_{stems[: k + 1].count(name)}" if stems.count(name) > 1 else name
        low, high = float(x[:, members].min()), float(x[:, members].max())
        sides = branches(phi, low, high)
        silent = not network.W[:, members].any()
        seconds = tau if own is None else float(own.tau)
        found += _sides(label, members, sides, copies, False, seconds, (low, high), top, silent)
    return found


def channel_banks(
    network: RateNetwork, u: np.ndarray, tau: float, top: float, copies: int, opponent: bool
) -> list[Bank]:
    """Lay out the neurons of the stimulus channels; parameters are those of `unit_banks`."""
    on = Branch(1, (0.0,), (1.0,))
    sides = (on, Branch(-1, (0.0,), (-1.0,))) if opponent else (on,)
    members = list(range(u.shape[1]))
    extent = (float(u.min()), float(u.max()))
    return _sides("input", members, sides, copies, True, tau, extent, top, False)


def _sides(
    name: str,
    members: list[int],
    sides: tuple[Branch, ...],
    copies: int,
    channels: bool,
    tau: float,
    extent: tuple[float, float],
    top: float,
    silent: bool,
) -> list[Bank]:
    """Make the banks of a group; all fire `top` at most, and mean the same by a rate."""
    most = max(max(s.sign * e for e in extent) - s.thresholds[0] for s in sides)
    per_activation = top * (2 if silent else 1) / (most if most > 0 else 1.0)
    label = {1: "_on", -1: "_off"} if len(sides) > 1 else {1: "", -1: "_off"}
    given = (copies, channels, tau, per_activation)
    return [Bank(name + label[s.sign], np.array(members), s, *given) for s in sides]
