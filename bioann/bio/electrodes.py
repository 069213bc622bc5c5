"""An electrode array: one electrode per neuron of a population, each with its own current."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.arrays import to_floats
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, StimulusError, unknown_name_error
from bioann.base.text import check_names
from bioann.base.units import SI, quantity

#: What scales the current: the activation, of either sign; the activation, which must be >= 0; its
#: positive part; the magnitude of its negative part.
ELECTRODE_CODINGS = ("signed", "rate", "on", "off")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ElectrodeArray(Description):
    r"""Electrodes that inject a weighted sum of stimulus channels into each neuron.

    .. math:: I_i(t) = I \Big(s_i + \sum_k s_{ik} \, c(u_k(t))\Big)

    Unlike a synaptic conductance, an injected current may have either sign.

    Parameters
    ----------
    channels : tuple of str
        Names of the stimulus channels :math:`u_k`; may be empty if `constant` is given.
    target : str
        Name of the population; electrode `i` is in neuron `i`.
    current : quantity
        Current :math:`I` at strength and activation 1; positive depolarises.
    strengths : array_like, shape (neuron, channel), optional
        Relative strengths :math:`s_{ik}`, of either sign; the identity by default, so that channel
        `i` drives neuron `i`.
    constant : array_like, shape (neuron,), optional
        Relative strengths :math:`s_i` of a stimulus-independent current, of either sign; zero by
        default.
    coding : {'signed', 'rate', 'on', 'off'}, optional
        Function :math:`c`: the activation itself; the activation, which must be >= 0; its positive
        part; or the magnitude of its negative part.
    compartment : str, optional
        Name of the cell's compartment that receives the current.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import pA
    >>> array = ba.ElectrodeArray(("x", "y"), "cell", 100 * pA, strengths=[[1, -1], [0.5, 0]])
    """

    channels: tuple[str, ...]
    target: str
    current: SI = quantity("pA")
    strengths: Any = None
    constant: Any = None
    coding: str = "signed"
    compartment: str = "soma"

    def title(self) -> str:
        """Return the electrode array's name in error messages."""
        return f"ElectrodeArray -> {self.target!r}"

    def check(self) -> None:
        """Check names, coding and shapes; store the strengths as read-only arrays."""
        is_name = isinstance(self.channels, str)
        self.set_field("channels", (self.channels,) if is_name else tuple(self.channels))
        check_names(self.channels, f"{self.title()}, channels")
        n = len(self.channels)
        if len(set(self.channels)) != n or not (n or self.constant is not None):
            raise DescriptionError(
                f"{self.title()}, channels",
                "at least one name or a constant current, no name twice",
                f"{self.channels}",
                "List each stimulus channel once.",
            )
        if self.coding not in ELECTRODE_CODINGS:
            raise unknown_name_error(self.title(), "coding", self.coding, ELECTRODE_CODINGS)
        rows = n if self.constant is None or n else np.size(self.constant)
        strengths = to_floats(
            np.eye(rows, n) if self.strengths is None else self.strengths,
            f"{self.title()}, strengths",
        )
        if strengths.ndim != 2 or strengths.shape[1] != n or not np.isfinite(strengths).all():
            raise DescriptionError(
                f"{self.title()}, strengths",
                f"finite numbers of shape (neuron, channel), {n} channel(s)",
                f"shape {strengths.shape}"
                if strengths.shape[1:] != (n,)
                else "NaN or infinite values",
                "Rows are neurons, columns are channels.",
            )
        constant = to_floats(
            np.zeros(len(strengths)) if self.constant is None else self.constant,
            f"{self.title()}, constant",
        )
        if constant.shape != (len(strengths),) or not np.isfinite(constant).all():
            raise DescriptionError(
                f"{self.title()}, constant",
                f"a finite number for each of {len(strengths)} neuron(s)",
                f"shape {constant.shape}"
                if constant.shape != (len(strengths),)
                else "NaN or infinite values",
                "Use 0 for a neuron without constant current.",
            )
        for name, array in (("strengths", strengths), ("constant", constant)):
            array.setflags(write=False)
            self.set_field(name, array)

    def check_size(self, n_neurons: int) -> None:
        """Raise `DescriptionError` unless every neuron has an electrode."""
        if len(self.strengths) != n_neurons:
            raise DescriptionError(
                f"{self.title()}, strengths",
                f"{n_neurons} rows, one per neuron of {self.target!r}",
                f"{len(self.strengths)} rows",
                "Use a row of zeros for a neuron without input.",
            )

    def compute_currents(self, activation: np.ndarray) -> np.ndarray:
        """Compute the injected currents.

        Parameters
        ----------
        activation : numpy.ndarray, shape (condition, time, channel)
            Activation of each channel, in the order of `channels`.

        Returns
        -------
        numpy.ndarray, shape (time, condition, neuron)
            Current in ampere, up to the last stimulus step at which it changes.

        Raises
        ------
        StimulusError
            If `coding` is ``"rate"`` and an activation is negative.
        """
        if self.coding == "rate" and (activation < 0).any():
            channel = self.channels[int(np.argwhere(activation < 0)[0][-1])]
            raise StimulusError(
                f"stimulus channel {channel!r}",
                f"no negative rate for {self.title()} (coding 'rate')",
                f"{activation.min():g}",
                "Use an array with coding='on' and one with coding='off', or coding='signed' to "
                "inject currents of both signs.",
            )
        changing = activation[:, : find_last_change(activation) + 1]
        coded_activation = {
            "signed": changing,
            "rate": changing,
            "on": np.maximum(changing, 0.0),
            "off": np.maximum(-changing, 0.0),
        }[self.coding]
        currents: np.ndarray = (
            coded_activation @ self.strengths.T * float(self.current)
        ).transpose(1, 0, 2)
        return currents + self.constant * float(self.current)


def find_last_change(activation: np.ndarray) -> int:
    """Find the last step at which any channel changes in any condition.

    Parameters
    ----------
    activation : numpy.ndarray, shape (condition, time, channel)
        Activation with at least one step.

    Returns
    -------
    int
        Index of that step; 0 if nothing changes.
    """
    last = 0
    # Only steps after the last change found so far can move it.
    for values in activation:
        differs = (values[last:] != values[-1]).any(axis=1)
        if differs.any():
            last += len(differs) - int(np.argmax(differs[::-1]))
    return last
