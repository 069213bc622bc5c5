"""The AMPA receptor."""

from __future__ import annotations

import dataclasses

from bioann.base.units import SI, quantity
from bioann.bio.receptors.exponential import ExponentialReceptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AMPA(ExponentialReceptor, by_name=True):
    """Fast excitation by glutamate.

    Parameters
    ----------
    tau : quantity, optional
        Decay time constant (ms), above 0.
    reversal : quantity, optional
        Reversal potential (mV) of the conductance.
    rise : quantity, optional
        Rise time constant (ms), below `tau`; 0 for an instantaneous rise. The weight is the peak
        conductance in both cases.
    """

    tau: SI = quantity("ms", 5, above=0, symbol="tau", meaning="AMPA decay time")
    reversal: SI = quantity("mV", 0, symbol="E", meaning="AMPA reversal potential")

    name = "AMPA"
    transmitter = "glutamate"
    source = "Brette et al. 2007, benchmark 1"
