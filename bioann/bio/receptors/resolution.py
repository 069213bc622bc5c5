"""From what a user wrote to a receptor that fits the transmitter."""

from __future__ import annotations

import dataclasses

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.bio.receptors.ampa import AMPA
from bioann.bio.receptors.current_based import CurrentBased
from bioann.bio.receptors.gaba_a import GABA_A
from bioann.bio.receptors.gaba_b import GABA_B
from bioann.bio.receptors.nmda import NMDA
from bioann.bio.receptors.receptor import Receptor

#: The receptors that a name alone can mean.
RECEPTORS: dict[str, type[Receptor]] = {kind.name: kind for kind in (AMPA, NMDA, GABA_A, GABA_B)}

#: Each transmitter and the receptor it meets unless another is named.
TRANSMITTERS: dict[str, type[Receptor]] = {"glutamate": AMPA, "GABA": GABA_A}


def transmitter(given: str, obj: str) -> str:
    """Check the name of a transmitter; `UnknownNameError` if there is none such."""
    if given not in TRANSMITTERS:
        raise unknown_name_error(obj, "transmitter", given, TRANSMITTERS)
    return given


def weight_unit(given: object) -> str:
    """Give the unit of a weight: that of the receptor, and nS where only a name is given."""
    return given.weight_unit if isinstance(given, Receptor) else "nS"


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
            raise unknown_name_error(obj, "receptor", given, RECEPTORS)
        given = RECEPTORS[given]()
    if not isinstance(given, Receptor):
        raise DescriptionError(
            f"{obj}, receptor", "a receptor or its name", repr(given), "Write AMPA() or 'AMPA'."
        )
    if isinstance(given, CurrentBased) and not given.transmitter:
        return dataclasses.replace(given, transmitter=released)
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
