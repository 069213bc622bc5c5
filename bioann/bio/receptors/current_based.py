"""Synapses without a reversal potential, for comparison with published current-based models."""

from __future__ import annotations

import dataclasses
from abc import ABC
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.receptors.receptor import Receptor

#: Which way each transmitter pushes where nothing else says so.
TRANSMITTER_SIGNS = {"glutamate": 1.0, "GABA": -1.0}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurrentBasedReceptor(Receptor, ABC):
    """Base of synapses that push by a fixed amount, whatever the potential of the cell.

    No synapse does that: real ones lose drive as the cell nears the reversal potential, and open
    the membrane. The weight is a magnitude; the sign is the transmitter's.

    Parameters
    ----------
    transmitter : str, optional
        Given by the source where it is used.
    """

    transmitter: str = dataclasses.field(default="", kw_only=True)

    def check(self) -> None:
        """Raise `DescriptionError` for a transmitter without a sign."""
        if self.transmitter and self.transmitter not in TRANSMITTER_SIGNS:
            raise DescriptionError(
                f"{self.title()}, transmitter",
                f"one with a sign: {', '.join(TRANSMITTER_SIGNS)}",
                repr(self.transmitter),
                "Leave it out: the source's own is taken.",
            )

    @property
    def sign(self) -> float:
        """Give +1 for glutamate, -1 for GABA."""
        return TRANSMITTER_SIGNS.get(self.transmitter, 1.0)

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Give the sign to the code."""
        return {"sign": (self.sign, "")}

    def driving_force(self, v: float) -> float:
        """Give the sign: the potential does not matter."""
        return self.sign


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurrentSynapse(CurrentBasedReceptor):
    r"""A current that decays, in pA: :math:`I(t) = \pm w e^{-t/\tau}`.

    Parameters
    ----------
    tau : quantity, optional
        Decay time constant.
    """

    tau: SI = quantity("ms", 5, above=0, symbol="tau", meaning="synaptic current decay time")

    name = "current-based"
    weight_unit = "pA"
    model = "dI/dt = -I/tau : amp"
    current = "I"
    equation = '(d I_s) / (d t) = -I_s / tau_s, quad I_"syn" = sum_s I_s'
    source = "bioann's default"

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Step the current."""
        return "I += sign*w"

    def time_course(self, t: Any) -> np.ndarray:
        """Give the current of a weight of one, without its sign."""
        t = np.asarray(t, dtype=float)
        return np.where(t < 0, 0.0, np.exp(-t / self.tau))

    def peak_value(self) -> float:
        """Give one."""
        return 1.0

    def time_integral(self) -> float:
        """Give the time constant."""
        return float(self.tau)

    def time_constants(self) -> dict[str, float]:
        """Give the decay in seconds."""
        return {"decay": self.tau}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DeltaSynapse(CurrentBasedReceptor):
    r"""A pulse of current without duration that moves the potential at once, in mV.

    .. math:: v \leftarrow v \pm w

    as in Brunel 2000; nothing happens to a cell that is refractory. The charge is :math:`C w`.
    """

    name = "delta, current-based"
    weight_unit = "mV"
    model = ""
    equation = 'v <- v plus.minus w_s "at each spike of" s'
    source = "Brunel 2000"

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Move the potential."""
        return "v += sign*w"

    def time_course(self, t: Any) -> np.ndarray:
        """Give zero: the pulse has no duration."""
        return np.zeros_like(np.asarray(t, dtype=float))

    def peak_value(self) -> float:
        """Give the step of the potential for a weight of one."""
        return 1.0

    def time_integral(self) -> float:
        """Give zero: `charge` needs the capacitance of the cell."""
        return 0.0

    def time_constants(self) -> dict[str, float]:
        """Give none: a step is exact."""
        return {}
