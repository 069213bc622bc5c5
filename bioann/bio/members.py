"""Members of a spiking network in one list: which field of the network each belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.injection import Injection
from bioann.bio.modulation.modulation import Modulation
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.scheduled_afferent import ScheduledAfferent

#: Kinds of members by the field of `SpikingNetwork` that has them.
MEMBER_KINDS: dict[str, tuple[type, ...]] = {
    "populations": (Population,),
    "afferents": (Afferent, ScheduledAfferent, CurrentAfferent, ElectrodeArray),
    "projections": (Projection,),
    "injections": (Injection,),
    "modulations": (Modulation,),
}


def sort_members(members: Sequence[Any]) -> dict[str, tuple[Any, ...]]:
    """Sort members of a network by the field that they belong to, each kind in its order.

    Parameters
    ----------
    members : sequence
        Populations, afferents, projections, injections and modulations, in any order.

    Returns
    -------
    dict of str to tuple
        The members of each field of `SpikingNetwork`.

    Raises
    ------
    DescriptionError
        If a member is of no such kind.
    """
    kinds = tuple(kind for classes in MEMBER_KINDS.values() for kind in classes)
    for member in members:
        if not isinstance(member, kinds):
            raise DescriptionError(
                "SpikingNetwork.of_members",
                f"members of a network: {', '.join(kind.__name__ for kind in kinds)}",
                shorten_repr(member),
                "Unpack lists and generators: of_members(*populations, *afferents).",
            )
    return {
        field: tuple(member for member in members if isinstance(member, classes))
        for field, classes in MEMBER_KINDS.items()
    }
