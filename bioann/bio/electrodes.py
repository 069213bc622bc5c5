"""An array of electrodes: one in each neuron of a population, each with a current of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError, StimulusError, unknown_name_error
from bioann.base.units import SI, Description, quantity

#: How activation becomes current: as it is, of either sign; as it is, never below zero; its
#: positive part; the size of its negative part.
ELECTRODE_CODINGS = ("signed", "rate", "on", "off")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ElectrodeArray(Description):
    r"""Electrodes that turn many stimulus channels into the currents of single neurons.

    .. math:: I_i(t) = I \Big(s_i + \sum_k s_{ik} \, c(u_k(t))\Big)

    Current is no conductance: an electrode may inject either sign.

    Parameters
    ----------
    channels : tuple of str
        Stimulus channels :math:`u_k`; may be empty where there is a constant current.
    target : str
        Population; neuron `i` has electrode `i`.
    current : quantity
        Current :math:`I` at strength and activation 1; positive depolarises.
    strengths : array_like, shape (neuron, channel), optional
        :math:`s`, of any sign; the identity unless given, a channel for each neuron.
    constant : array_like, shape (neuron,), optional
        :math:`s_i`, of any sign: a current that flows whatever the stimulus; zero unless given.
    coding : {'signed', 'rate', 'on', 'off'}, optional
        :math:`c`: the activation as it is; the same, where below zero is an error; its positive
        part; or the size of its negative part.
    compartment : str, optional
        Which compartment the electrodes are in.
    """

    channels: tuple[str, ...]
    target: str
    current: SI = quantity("pA")
    strengths: Any = None
    constant: Any = None
    coding: str = "signed"
    compartment: str = "soma"

    def title(self) -> str:
        """Name the electrodes in errors."""
        return f"ElectrodeArray -> {self.target!r}"

    def check(self) -> None:
        """Bring `strengths` to a read-only array, and check names and shape."""
        is_name = isinstance(self.channels, str)
        self.set_field("channels", (self.channels,) if is_name else tuple(self.channels))
        n = len(self.channels)
        if len(set(self.channels)) != n or not (n or self.constant is not None):
            raise DescriptionError(
                f"{self.title()}, channels",
                "at least one name or a constant current, no name twice",
                f"{self.channels}",
                "Name each stimulus channel once.",
            )
        if self.coding not in ELECTRODE_CODINGS:
            raise unknown_name_error(self.title(), "coding", self.coding, ELECTRODE_CODINGS)
        rows = n if self.constant is None or n else np.size(self.constant)
        strengths = np.array(np.eye(rows, n) if self.strengths is None else self.strengths, float)
        if strengths.ndim != 2 or strengths.shape[1] != n or not np.isfinite(strengths).all():
            raise DescriptionError(
                f"{self.title()}, strengths",
                f"finite numbers of shape (neuron, channel), {n} channel(s)",
                f"shape {strengths.shape}"
                if strengths.shape[1:] != (n,)
                else "NaN or infinite values",
                "Rows are neurons, columns are channels.",
            )
        constant = np.array(
            np.zeros(len(strengths)) if self.constant is None else self.constant, float
        )
        if constant.shape != (len(strengths),) or not np.isfinite(constant).all():
            raise DescriptionError(
                f"{self.title()}, constant",
                f"a finite number for each of {len(strengths)} neuron(s)",
                f"shape {constant.shape}"
                if constant.shape != (len(strengths),)
                else "NaN or infinity",
                "Give a zero to a neuron without one.",
            )
        for name, array in (("strengths", strengths), ("constant", constant)):
            array.setflags(write=False)
            self.set_field(name, array)

    def check_size(self, n_neurons: int) -> None:
        """Raise `DescriptionError` unless there is an electrode for every neuron."""
        if len(self.strengths) != n_neurons:
            raise DescriptionError(
                f"{self.title()}, strengths",
                f"a row for each neuron of {self.target!r}, {n_neurons}",
                f"{len(self.strengths)} rows",
                "Give a row of zeros to a neuron without input.",
            )

    def compute_currents(self, activation: np.ndarray) -> np.ndarray:
        """Turn activation into current.

        Parameters
        ----------
        activation : numpy.ndarray, shape (condition, time, channel)
            Of `channels`, in their order.

        Returns
        -------
        numpy.ndarray, shape (time, condition, neuron)
            In ampere. Trailing steps that are like the one before are left out.

        Raises
        ------
        StimulusError
            If a channel goes below zero where `coding` is ``"rate"``.
        """
        if self.coding == "rate" and (activation < 0).any():
            channel = self.channels[int(np.argwhere(activation < 0)[0][-1])]
            raise StimulusError(
                f"stimulus channel {channel!r}",
                f"no negative rate for {self.title()} (coding 'rate')",
                f"{activation.min():g}",
                "Use an array with coding='on' and one with coding='off', or coding='signed' to "
                "inject what is negative, too.",
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
    """Count the steps until none of the channels changes any more, in any condition.

    Parameters
    ----------
    activation : numpy.ndarray, shape (condition, time, channel)
        At least one step.

    Returns
    -------
    int
        The last step that is new.
    """
    last = 0
    # A condition is looked at no further back than another one changes.
    for values in activation:
        differs = (values[last:] != values[-1]).any(axis=1)
        if differs.any():
            last += len(differs) - int(np.argmax(differs[::-1]))
    return last
