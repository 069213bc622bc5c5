"""Current-based synapses, for comparison with published models."""

from __future__ import annotations

import dataclasses
from abc import ABC
from typing import Any

import numpy as np

from bioann.base.declared import from_field
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.receptors.receptor import Receptor

#: Sign of the current that each transmitter causes.
TRANSMITTER_SIGNS = {"glutamate": 1.0, "GABA": -1.0}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurrentBasedReceptor(Receptor, ABC):
    """Base of synapses whose current does not depend on the potential of the cell.

    In real synapses the driving force shrinks towards the reversal potential, and the conductance
    shunts the membrane. The weight is a magnitude; the transmitter decides the sign.

    Parameters
    ----------
    transmitter : str, optional
        Name of the transmitter, one of `TRANSMITTER_SIGNS`; set by the source unless given.
    """

    reversal = None

    transmitter: str = dataclasses.field(default="", kw_only=True)

    def check(self) -> None:
        """Raise `DescriptionError` for a transmitter without a sign."""
        if self.transmitter and self.transmitter not in TRANSMITTER_SIGNS:
            raise DescriptionError(
                f"{self.title()}, transmitter",
                f"one with a sign: {', '.join(TRANSMITTER_SIGNS)}",
                repr(self.transmitter),
                "Leave it out: the transmitter of the source is used.",
            )

    @property
    def sign(self) -> float:
        """+1 for glutamate, -1 for GABA."""
        return TRANSMITTER_SIGNS.get(self.transmitter, 1.0)

    def code_constants(self) -> dict[str, tuple[float, str]]:
        """Return the sign, as a constant of the code."""
        return {"sign": (self.sign, "")}

    def driving_force(self, v: float) -> float:
        """Return the sign, independent of the potential."""
        return self.sign


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class CurrentSynapse(CurrentBasedReceptor):
    r"""An exponentially decaying current, in pA: :math:`I(t) = \pm w e^{-t/\tau}`.

    Parameters
    ----------
    tau : quantity, optional
        Decay time constant (ms), above 0.
    """

    tau: SI = quantity("ms", 5, above=0, symbol="tau", meaning="synaptic current decay time")

    decay_time = from_field("tau")
    name = "current-based"
    weight_unit = "pA"
    model = "dI/dt = -I/tau : amp"
    current = "I"
    equation = '(d I_s) / (d t) = -I_s / tau_s, quad I_"syn" = sum_s I_s'
    source = "bioann's default"

    def initial_state(self, conductance: float) -> dict[str, float]:
        """Return the state in which a current of this magnitude decays with `tau`."""
        return {"I": self.sign * conductance}

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Return the step of the current."""
        return "I += sign*w"

    def time_course(self, t: Any) -> np.ndarray:
        """Compute the current for a weight of one, without its sign."""
        t = np.asarray(t, dtype=float)
        return np.where(t < 0, 0.0, np.exp(-t / self.tau))

    def peak_value(self) -> float:
        """Return one: the weight is the peak."""
        return 1.0

    def time_integral(self) -> float:
        """Return the time constant."""
        return float(self.tau)

    def time_constants(self) -> dict[str, float]:
        """Return the decay time constant in seconds."""
        return {"decay": self.tau}


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class DeltaSynapse(CurrentBasedReceptor):
    r"""A pulse of current without duration that steps the potential, in mV.

    .. math:: v \leftarrow v \pm w

    as in Brunel 2000; without effect on a refractory cell. The charge is :math:`C w`.
    """

    decay_time = 0.0
    name = "delta, current-based"
    weight_unit = "mV"
    model = ""
    equation = 'v <- v plus.minus w_s "at each spike of" s'
    source = "Brunel 2000"

    def on_spike(self, has_synapse_state: bool = True) -> str:
        """Return the step of the potential."""
        return "v += sign*w"

    def time_course(self, t: Any) -> np.ndarray:
        """Return zero: the pulse has no duration."""
        return np.zeros_like(np.asarray(t, dtype=float))

    def peak_value(self) -> float:
        """Return one: the weight is the step of the potential."""
        return 1.0

    def time_integral(self) -> float:
        """Return zero: the charge follows from the capacitance of the cell (`charge_per_spike`)."""
        return 0.0

    def time_constants(self) -> dict[str, float]:
        """Return none: a step is exact at any time step."""
        return {}
