"""The GABA_A receptor."""

from __future__ import annotations

import dataclasses

from bioann.base.units import SI, quantity
from bioann.bio.receptors.exponential import ExponentialReceptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GABA_A(ExponentialReceptor, by_name=True):
    """Fast inhibition by GABA.

    Parameters
    ----------
    tau : quantity, optional
        Decay time constant (ms), above 0.
    reversal : quantity, optional
        Reversal potential (mV): below rest it hyperpolarises, at rest it shunts, between rest and
        threshold it depolarises and may still keep the cell from firing.
    rise : quantity, optional
        Rise time constant (ms), below `tau`; 0 for an instantaneous rise. The weight is the peak
        conductance in both cases.
    """

    tau: SI = quantity("ms", 10, above=0, symbol="tau", meaning="GABA_A decay time")
    reversal: SI = quantity("mV", -80, symbol="E", meaning="GABA_A reversal potential")

    name = "GABA_A"
    transmitter = "GABA"
    source = "Brette et al. 2007, benchmark 1"
