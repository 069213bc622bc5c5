"""Whether what a network is made of can stand where it was put."""

from __future__ import annotations

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.description import NetworkDescription
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.modulation.modulation import Excitability, Modulation, PlasticityGate
from bioann.bio.population import Injection, Population
from bioann.bio.receptors import Receptor


def check_place(receptor: Receptor, population: Population) -> None:
    """Raise `DescriptionError` for a receptor in a compartment that the cell does not have."""
    places = list(population.cell.compartments)
    if receptor.compartment not in places:
        raise DescriptionError(
            f"{receptor.title()} in {population.title()}, compartment",
            f"a compartment of {type(population.cell).__name__}: {', '.join(map(repr, places))}",
            repr(receptor.compartment),
            "Put it there, or give the population a cell with that compartment.",
        )


def check_reached(
    part: Afferent | CurrentAfferent | ElectrodeArray | Injection, network: NetworkDescription
) -> None:
    """Raise `DescriptionError` if what a part enters is not there or does not fit it."""
    if part.target not in network.sizes:
        raise unknown_name_error(part.title(), "population", part.target, network.sizes)
    if isinstance(part, ElectrodeArray):
        part.fits(network.sizes[part.target])
    if isinstance(part, (CurrentAfferent, ElectrodeArray, Injection)):
        network.population(part.target).cell.potential_variable(part.compartment, part.title())


def check_target(modulation: Modulation, network: NetworkDescription) -> None:
    """Raise `DescriptionError` for a modulation of something that is not there or cannot learn."""
    effect = modulation.effect
    if isinstance(effect, Excitability):
        if effect.target not in network.sizes:
            raise unknown_name_error(modulation.title(), "population", effect.target, network.sizes)
        return
    named = {p.name: p for p in network.projections}
    if effect.target not in named:
        raise unknown_name_error(modulation.title(), "projection", effect.target, named)
    if isinstance(effect, PlasticityGate) and named[effect.target].learning is None:
        raise DescriptionError(
            modulation.title(),
            "a projection with long-term plasticity",
            f"{effect.target!r}, which does not learn",
            "Give it plasticity=PairSTDP(), or use SynapticGain.",
        )
