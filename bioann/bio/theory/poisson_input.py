"""Independent Poisson input, a conductance or a current, for the theories of the firing rate."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.description import DescriptionType
from bioann.base.errors import DescriptionError
from bioann.bio.cells.constant_input import to_si_array

_FIELDS = {"rate": "hertz", "weight": "siemens", "tau": "second", "reversal": "volt"}


@dataclasses.dataclass(frozen=True, eq=False)
class PoissonInput(metaclass=DescriptionType):
    r"""Poisson spikes at a total rate, each a conductance step that decays exponentially.

    By Campbell's theorem the conductance has mean :math:`w \nu \tau` and variance
    :math:`w^2 \nu \tau / 2`; it is never below zero.

    Parameters
    ----------
    rate : quantity
        Spike rate summed over all fibres, >= 0; scalar or array.
    weight : quantity
        Conductance step of one spike, >= 0; scalar or array.
    tau : quantity
        Decay time constant of the receptor, above 0.
    reversal : quantity
        Reversal potential of the receptor.

    Raises
    ------
    DescriptionError
        For a rate or weight below zero, or a time constant that is not above zero.
    """

    rate: Any
    weight: Any
    tau: Any
    reversal: Any

    def __post_init__(self) -> None:
        """Convert to SI floats and check the signs."""
        for name, base in _FIELDS.items():
            values = to_si_array(getattr(self, name), base, f"PoissonInput, {name}")
            object.__setattr__(self, name, values)
            low = values.min()
            if name in ("rate", "weight") and low < 0:
                remedy = (
                    "Sign belongs to the reversal potential: to inhibit, give one below threshold."
                )
                raise DescriptionError(f"PoissonInput, {name}", "values >= 0", f"{low:g}", remedy)
        if self.tau.min() <= 0:
            got = f"{self.tau.min():g} s"
            remedy = "Use the decay time of the receptor."
            raise DescriptionError("PoissonInput, tau", "times above 0", got, remedy)

    @property
    def mean(self) -> np.ndarray:
        """Mean conductance in siemens."""
        return self.weight * self.rate * self.tau

    @property
    def reversal_current(self) -> np.ndarray:
        """Mean conductance times reversal potential, in ampere."""
        return self.mean * self.reversal

    def charge_per_spike(self, v: np.ndarray) -> np.ndarray:
        """Return the charge in coulomb that one spike brings into a cell clamped at `v` volt."""
        return self.weight * self.tau * (self.reversal - v)

    @property
    def variance(self) -> np.ndarray:
        """Variance of the conductance in siemens squared."""
        return self.weight**2 * self.rate * self.tau / 2


@dataclasses.dataclass(frozen=True, eq=False)
class PoissonCurrent:
    r"""Poisson spikes at a total rate, each a pulse of current that does not depend on potential.

    The current has mean :math:`\nu q`; a pulse of weight :math:`w` and decay time :math:`\tau` has
    the charge :math:`q = w \tau`, a step :math:`w` of the potential the charge :math:`C w`.

    Parameters
    ----------
    rate : numpy.ndarray
        Spike rate in Hz, summed over all fibres; scalar or array.
    charge : float
        Charge of one spike in coulomb, negative for inhibition.
    tau : float
        Decay time constant of the current in seconds; 0 for a step of the potential.
    """

    rate: np.ndarray
    charge: float
    tau: float

    #: A current opens no conductance.
    mean = np.zeros(())

    @property
    def reversal_current(self) -> np.ndarray:
        """Mean current in ampere."""
        return self.rate * self.charge

    def charge_per_spike(self, v: np.ndarray) -> np.ndarray:
        """Return the charge in coulomb that one spike brings into a cell, at any potential."""
        return np.asarray(self.charge)
