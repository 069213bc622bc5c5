"""Resolve the receptor of a synapse from a name, an object or the transmitter."""

from __future__ import annotations

import dataclasses

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import shorten_repr
from bioann.bio.receptors.ampa import AMPA
from bioann.bio.receptors.current_based import CurrentBasedReceptor
from bioann.bio.receptors.gaba_a import GABA_A
from bioann.bio.receptors.receptor import RECEPTORS, Receptor

#: Default receptor of each transmitter.
TRANSMITTERS: dict[str, type[Receptor]] = {"glutamate": AMPA, "GABA": GABA_A}


def check_transmitter(transmitter: str, obj: str) -> str:
    """Return the name of a transmitter; `UnknownNameError` if there is none of that name."""
    if transmitter not in TRANSMITTERS:
        raise unknown_name_error(obj, "transmitter", transmitter, TRANSMITTERS)
    return transmitter


def weight_unit_of(receptor: object) -> str:
    """Return the unit of a weight: that of the receptor, or nS if only a name is given."""
    return receptor.weight_unit if isinstance(receptor, Receptor) else "nS"


def make_receptor(receptor: Receptor | str, obj: str) -> Receptor:
    """Return a receptor that is given as an object or by name.

    Parameters
    ----------
    receptor : Receptor or str
        A receptor, or the name of one with default parameters.
    obj : str
        Owner of the receptor, for the error message.

    Returns
    -------
    Receptor
        The receptor itself, or a new one with default parameters.

    Raises
    ------
    UnknownNameError
        If the name is not in `RECEPTORS`.
    DescriptionError
        If it is neither a receptor nor a name.
    """
    if isinstance(receptor, str):
        if receptor not in RECEPTORS:
            raise unknown_name_error(obj, "receptor", receptor, RECEPTORS)
        return RECEPTORS[receptor]()
    if not isinstance(receptor, Receptor):
        raise DescriptionError(
            f"{obj}, receptor",
            "a receptor or its name",
            shorten_repr(receptor),
            "Write AMPA() or 'AMPA'.",
        )
    return receptor


def resolve_receptor(receptor: Receptor | str | None, transmitter: str, obj: str) -> Receptor:
    """Return the receptor of a synapse, checked against the transmitter.

    Parameters
    ----------
    receptor : Receptor, str or None
        A receptor, the name of one with default parameters, or None for the default of the
        transmitter.
    transmitter : str
        Transmitter of the presynaptic neuron, one of `TRANSMITTERS`.
    obj : str
        Object that the receptor belongs to, for the error message.

    Returns
    -------
    Receptor
        The receptor; a current-based one takes over the transmitter.

    Raises
    ------
    UnknownNameError
        If the name is not in `RECEPTORS`.
    DescriptionError
        If the receptor is opened by another transmitter.
    """
    if receptor is None:
        return TRANSMITTERS[transmitter]()
    receptor = make_receptor(receptor, obj)
    if isinstance(receptor, CurrentBasedReceptor) and not receptor.transmitter:
        return dataclasses.replace(receptor, transmitter=transmitter)
    if receptor.transmitter != transmitter:
        matching_names = [
            name for name, kind in RECEPTORS.items() if kind.transmitter == transmitter
        ]
        raise DescriptionError(
            f"{obj}, receptor",
            f"a receptor for {transmitter}: {' or '.join(matching_names)}",
            f"{receptor.name}, which is opened by {receptor.transmitter}",
            "A neuron releases one transmitter (Dale): change the receptor, or send the signal "
            "through a population that releases the other transmitter.",
        )
    return receptor
