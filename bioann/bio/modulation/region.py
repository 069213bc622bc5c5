"""Regions: the synapses and populations that one modulator reaches together."""

from __future__ import annotations

import dataclasses

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import check_names


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Region(Description):
    """Synapses and populations in the same tissue: a modulator changes all by one number.

    The target of an effect: a `SynapticGain` or `PlasticityGate` acts on the projections and
    afferents, an `Excitability` on the populations.

    Parameters
    ----------
    name : str
        Name of the region, not empty.
    projections, populations : tuple of str, optional
        Names of the projections and afferents, and of the populations in it, each once; at least
        one in all.
    """

    name: str
    projections: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise `DescriptionError` for an empty region, or one that lists a member twice."""
        check_names((self.name,), "Region, name")
        for field in ("projections", "populations"):
            members = getattr(self, field)
            members = (members,) if isinstance(members, str) else tuple(members)
            self.set_field(field, members)
            if len(set(members)) != len(members):
                raise DescriptionError(
                    f"{self.title()}, {field}", "each once", f"{members}", "Name each once."
                )
        if not self.projections and not self.populations:
            remedy = "Name projections for SynapticGain, populations for Excitability."
            raise DescriptionError(
                self.title(), "at least one projection or population", "none", remedy
            )
