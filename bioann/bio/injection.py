"""Injections: a constant current or conductance in every neuron of a population."""

from __future__ import annotations

import dataclasses

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.background import negative_conductance_error, resolve_conductance_receptor
from bioann.bio.receptors import Receptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Injection(Description):
    r"""A constant current or conductance in every neuron of a population.

    .. math:: I_{inj} = I + g (E_{rev} - v)

    Parameters
    ----------
    target : str
        Name of the population that receives the input.
    current : quantity, array or Distribution, optional
        Constant current :math:`I`; positive depolarises. One value for all neurons, an array of
        shape ``(n,)``, or a distribution from which each neuron draws its own.
    conductance : quantity, array or Distribution, optional
        Constant conductance :math:`g`, >= 0, as with a dynamic clamp; as for `current` one value or
        one per neuron.
    receptor : Receptor or str, optional
        Receptor that sets the reversal potential :math:`E_{rev}` of the conductance.
    compartment : str, optional
        Name of the cell's compartment that receives the input.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS, pA
    >>> current = ba.Injection("cell", current=150 * pA)
    >>> shunt = ba.Injection("cell", conductance=5 * nS, receptor="GABA_A")
    """

    target: str
    current: SI = quantity("pA", 0, one_per="neuron")
    conductance: SI = quantity("nS", 0, at_least=0, one_per="neuron")
    receptor: Receptor | str = "GABA_A"
    compartment: str = "soma"

    def range_error(self, field: str, value: float, unit: str, expected: str) -> DescriptionError:
        """Return the error of a negative conductance, which explains signs."""
        return negative_conductance_error(f"Injection into {self.target!r}", value)

    def check(self) -> None:
        """Resolve the receptor."""
        self.set_field(
            "receptor",
            resolve_conductance_receptor(self.receptor, f"Injection into {self.target!r}"),
        )
