"""From what a user wrote to a receptor that fits the transmitter."""

from __future__ import annotations

from bioann.bio.receptors.ampa import AMPA
from bioann.bio.receptors.gaba_a import GABA_A
from bioann.bio.receptors.receptor import Receptor
from bioann.errors import DescriptionError, unknown

RECEPTORS: dict[str, type[Receptor]] = {"AMPA": AMPA, "GABA_A": GABA_A}

#: Each transmitter and the receptor it meets unless another is named.
TRANSMITTERS: dict[str, type[Receptor]] = {"glutamate": AMPA, "GABA": GABA_A}


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
