"""Receptors: what a transmitter does to a conductance, and which potential that pulls toward.

The sign of a synapse is made here and nowhere else: by the transmitter that a receptor answers to
and by its reversal potential. The conductance itself is a magnitude.
"""

from __future__ import annotations

import dataclasses
from abc import ABC

from bioann.errors import DescriptionError, unknown
from bioann.units import SI, Description, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Receptor(Description, ABC):
    r"""Base of receptors with single-exponential kinetics.

    .. math:: \frac{dg}{dt} = -\frac{g}{\tau}, \quad g \leftarrow g + w \text{ per spike}, \quad
              I = g (E_{rev} - v)

    Attributes
    ----------
    name : str
        What reports and descriptions call it.
    transmitter : str
        The transmitter that opens it.
    source : str
        Where the default numbers come from.
    """

    tau: SI = dataclasses.field(metadata={"unit": "ms", "above": 0})
    reversal: SI = dataclasses.field(metadata={"unit": "mV"})

    name = ""
    transmitter = ""
    source = ""
    equation = '(d g_s) / (d t) = -g_s / tau_s, quad I_"syn" = sum_s g_s (E_s - v)'

    def title(self) -> str:
        """Name the receptor in errors."""
        return f"Receptor {self.name!r}"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AMPA(Receptor):
    """Fast excitation by glutamate.

    Parameters
    ----------
    tau : quantity, optional
        Decay time constant.
    reversal : quantity, optional
        Reversal potential.
    """

    tau: SI = quantity("ms", 5, above=0, symbol="tau", meaning="AMPA decay time")
    reversal: SI = quantity("mV", 0, symbol="E", meaning="AMPA reversal potential")

    name = "AMPA"
    transmitter = "glutamate"
    source = "Brette et al. 2007, benchmark 1"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GABA_A(Receptor):
    """Fast inhibition by GABA.

    Parameters
    ----------
    tau : quantity, optional
        Decay time constant.
    reversal : quantity, optional
        Reversal potential: below rest it hyperpolarises, at rest it shunts, between rest and
        threshold it depolarises and yet may keep the cell from firing.
    """

    tau: SI = quantity("ms", 10, above=0, symbol="tau", meaning="GABA_A decay time")
    reversal: SI = quantity("mV", -80, symbol="E", meaning="GABA_A reversal potential")

    name = "GABA_A"
    transmitter = "GABA"
    source = "Brette et al. 2007, benchmark 1"


RECEPTORS: dict[str, type[AMPA] | type[GABA_A]] = {"AMPA": AMPA, "GABA_A": GABA_A}

#: Each transmitter and the receptor it meets unless another is named.
TRANSMITTERS: dict[str, type[AMPA] | type[GABA_A]] = {"glutamate": AMPA, "GABA": GABA_A}


def transmitter(given: str, obj: str) -> str:
    """Check the name of a transmitter; `UnknownNameError` if there is none such."""
    if given not in TRANSMITTERS:
        raise unknown(obj, "transmitter", given, TRANSMITTERS)
    return given


def receptor(given: Receptor | str | None, released: str, obj: str) -> Receptor:
    """Turn what a user wrote into a receptor that fits the transmitter.

    Parameters
    ----------
    given : Receptor, str or None
        A receptor, the name of one with default numbers, or None for the transmitter's own.
    released : str
        The transmitter that arrives.
    obj : str
        What it belongs to, for the error.

    Returns
    -------
    Receptor
        The receptor.

    Raises
    ------
    UnknownNameError
        If the name is none of `RECEPTORS`.
    DescriptionError
        If the receptor answers to another transmitter.
    """
    if given is None:
        return TRANSMITTERS[released]()
    if isinstance(given, str):
        if given not in RECEPTORS:
            raise unknown(obj, "receptor", given, RECEPTORS)
        given = RECEPTORS[given]()
    if given.transmitter != released:
        fits = [name for name, kind in RECEPTORS.items() if kind.transmitter == released]
        raise DescriptionError(
            f"{obj}, receptor",
            f"a receptor for {released}: {' or '.join(fits)}",
            f"{given.name}, which answers to {given.transmitter}",
            "A neuron releases one transmitter (Dale): change the receptor, or send the signal "
            "through a population that releases the other transmitter.",
        )
    return given
