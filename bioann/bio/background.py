"""Poisson background: stimulus-independent input to every neuron of a population."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.base.units import SI, in_unit, quantity
from bioann.bio.receptors import Receptor, make_receptor


def resolve_conductance_receptor(receptor: Receptor | str, obj: str) -> Receptor:
    """Return a receptor, given or named, that opens a conductance; any transmitter is allowed."""
    receptor = make_receptor(receptor, obj)
    if receptor.weight_unit != "nS":
        raise DescriptionError(
            f"{obj}, receptor",
            "a receptor that opens a conductance",
            repr(receptor.name),
            "For current-based input use an Afferent with that receptor, or a current.",
        )
    return receptor


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Background(Description):
    r"""Independent Poisson input to every neuron at a constant rate.

    The mean conductance sets the rate: :math:`\nu = \bar g / (q A)`, where :math:`A` is the time
    integral of the conductance after a spike of weight 1. For a single-exponential receptor
    :math:`A = \tau`, and the conductance has the variance :math:`q \bar g / 2` (Campbell's
    theorem).

    Parameters
    ----------
    conductance : quantity, array or Distribution
        Mean conductance :math:`\bar g`, >= 0: one value for all neurons, an array of shape
        ``(n,)``, or a distribution from which each neuron draws its own.
    receptor : Receptor or str, optional
        Receptor that the input activates; spikes must add up linearly.
    quantum : quantity, optional
        Conductance :math:`q` of one spike, > 0. At equal mean, a larger quantum gives more noise.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> background = ba.Background(4 * nS, quantum=0.5 * nS)
    >>> cell = ba.Population("cell", 20, "glutamate", background=background)
    """

    conductance: SI = quantity(
        "nS", symbol="overline(g)", meaning="mean background conductance", at_least=0,
        one_per="neuron",
    )  # fmt: skip
    receptor: Receptor | str = "AMPA"
    quantum: SI = quantity("nS", 1, above=0)

    def range_error(self, field: str, value: float, unit: str, expected: str) -> DescriptionError:
        """Return the error of a field out of bounds; a negative conductance explains signs."""
        if field == "conductance":
            return negative_conductance_error("Background", value)
        return super().range_error(field, value, unit, expected)

    def check(self) -> None:
        """Resolve the receptor; raise `DescriptionError` if it is invalid."""
        receptor = resolve_conductance_receptor(self.receptor, "Background")
        self.set_field("receptor", receptor)
        if not receptor.linear:
            raise DescriptionError(
                "Background, receptor",
                "a receptor that sums spikes linearly, so that the mean conductance sets a rate",
                receptor.name,
                "Use an Afferent with a rate and a number of fibres.",
            )

    @property
    def rate(self) -> float:
        """Rate of the Poisson input to each neuron in Hz, summed over its fibres.

        The mean over neurons if their conductance differs.
        """
        return float(self.conductance / self._conductance_per_hertz)

    @property
    def rates(self) -> np.ndarray | None:
        """Rate for each neuron in Hz, shape ``(n,)``; None if all have the same."""
        conductance = self.conductance
        if not isinstance(conductance, HeterogeneousQuantity) or conductance.values is None:
            return None
        return np.asarray(conductance.values / self._conductance_per_hertz)

    @property
    def _conductance_per_hertz(self) -> float:
        assert isinstance(self.receptor, Receptor)
        return float(self.quantum * self.receptor.time_integral())


def negative_conductance_error(obj: str, value: float, unit: str = "nS") -> DescriptionError:
    """Return the error for a negative conductance or weight."""
    return DescriptionError(
        obj,
        "a conductance >= 0" if unit == "nS" else "a magnitude >= 0",
        f"{in_unit(value, unit):g} {unit}",
        "Sign belongs to the transmitter: to inhibit, use a population (or afferent) with "
        "transmitter='GABA', or send it through an inhibitory interneuron population.",
    )
