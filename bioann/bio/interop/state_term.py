"""What a state variable of a Brian2 neuron group is to the potential."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Gating:
    """Kinetics of a gating variable: decay and rise in seconds, share that a spike binds."""

    tau: float
    rise: float
    occupancy: float


@dataclasses.dataclass(frozen=True)
class StateTerm:
    """A state variable in the equation of the potential: its coefficients, and its own decay.

    Parameters
    ----------
    tau : float
        Time constant of its decay in seconds.
    scale : float or numpy.ndarray, shape (n,)
        Conductance in siemens, or current in ampere, of one SI unit of the variable.
    reversal : float or None
        Reversal potential in volt; None for a current.
    coupling : float or numpy.ndarray
        Change of the variable per second and volt of the potential; 0 for a synapse.
    coupling_potential : float or numpy.ndarray
        Potential in volt at which the coupling is zero.
    block : tuple of float or None
        Factor and e-fold potential in volt of the magnesium block of an NMDA receptor.
    gating : tuple of float
        Rise time in seconds, and share of closed channels that a spike opens, of an NMDA receptor.
    """

    tau: Any
    scale: Any
    reversal: float | None
    coupling: Any = 0.0
    coupling_potential: Any = 0.0
    block: tuple[float, float] | None = None
    gating: tuple[float, float] = (0.0, 0.0)
