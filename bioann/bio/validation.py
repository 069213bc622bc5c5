"""Checks that the parts of a spiking network fit each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import check_identifier
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.description import NetworkDescription
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.fibres import FibrePathway
from bioann.bio.injection import Injection
from bioann.bio.modulation.effects import Excitability, PlasticityGate
from bioann.bio.modulation.modulation import Modulation
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor, resolve_receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent


def check_receptor_compartment(receptor: Receptor, population: Population) -> None:
    """Raise `DescriptionError` if the cell lacks the receptor's compartment."""
    cell, compartments = type(population.cell).__name__, population.cell.compartments
    if receptor.compartment not in compartments:
        raise DescriptionError(
            f"{receptor.title()} in {population.title()}, compartment",
            f"a compartment of {cell}: {', '.join(map(repr, compartments))}",
            repr(receptor.compartment),
            "Change the receptor's compartment, or use a cell that has it.",
        )


def check_input_target(
    member: Afferent | ScheduledAfferent | CurrentAfferent | ElectrodeArray | Injection,
    network: NetworkDescription,
) -> None:
    """Check that an input's population and compartment exist, and that its size fits.

    Raises
    ------
    UnknownNameError
        If the network has no such population.
    DescriptionError
        If the cell has no such compartment, or the electrode array has another size.
    """
    if member.target not in network.sizes:
        raise unknown_name_error(member.title(), "population", member.target, network.sizes)
    if isinstance(member, ElectrodeArray):
        member.check_size(network.sizes[member.target])
    for name, field in member.heterogeneous_fields.items():
        field.check_shape((network.sizes[member.target],), f"{member.title()}, {name}")
    if isinstance(member, FibrePathway):
        member.check_size(network.sizes[member.target])
    if isinstance(member, (CurrentAfferent, ElectrodeArray, Injection)):
        network.get_population(member.target).cell.potential_variable(
            member.compartment, member.title()
        )


def resolve_projection(projection: Projection, network: NetworkDescription) -> Projection:
    """Return a projection with its receptor; `DescriptionError` unless it fits its populations."""
    title, sizes = projection.title(), network.sizes
    for name in (projection.source, projection.target):
        if name not in sizes:
            raise unknown_name_error(title, "population", name, sizes)
    for name, field in projection.heterogeneous_fields.items():
        shape = (sizes[projection.target], sizes[projection.source])
        field.check_shape(shape, f"{title}, {name}")
    check_identifier(projection.name, f"{title}, name")
    transmitter = network.get_population(projection.source).transmitter
    receptor = resolve_receptor(projection.receptor, transmitter, title)
    try:
        rule = network.get_connectivity(projection)
        rule.check_sizes(
            sizes[projection.source],
            sizes[projection.target],
            projection.source == projection.target,
        )
    except DescriptionError as error:
        error.obj = f"{title}, {error.obj}"
        raise
    return dataclasses.replace(projection, receptor=receptor)


def check_pathway_names(fibres: Sequence[FibrePathway], projections: Sequence[Projection]) -> None:
    """Raise `DescriptionError` if projections, or afferents that learn, share a name."""
    _check_unique([p.name for p in projections], "projection", "Projection")
    for afferent in fibres:
        if afferent.long_term_rule is not None:
            check_identifier(afferent.name, f"{afferent.title()}, name")
    learning = [a.name for a in fibres if a.long_term_rule is not None]
    if learning:
        names = [*learning, *(p.name for p in projections)]
        _check_unique(names, "afferent that learns", "Afferent")


def _check_unique(names: Sequence[str], kind: str, class_name: str) -> None:
    if len(set(names)) != len(names):
        duplicates = sorted({n for n in names if names.count(n) > 1})
        raise DescriptionError(
            f"SpikingNetwork, {class_name.lower()}s",
            f"a different name for each {kind}",
            f"twice {duplicates}",
            f'Tell them apart with {class_name}(..., name="...").',
        )


def check_modulators(modulations: Sequence[Modulation], network: NetworkDescription) -> None:
    """Check that modulators are released by populations of the network, one for each name.

    Raises
    ------
    UnknownNameError
        If the network has no such population.
    DescriptionError
        If two modulators that differ have the same name, and neurons release one of them.
    """
    modulators = dict.fromkeys(m for modulation in modulations for m in modulation.modulators)
    released = [m for m in modulators if m.population]
    for modulator in released:
        if modulator.population not in network.sizes:
            title = f"{modulator.title()}, population"
            raise unknown_name_error(title, "population", modulator.population, network.sizes)
        if sum(m.name == modulator.name for m in modulators) > 1:
            remedy = "Use one Modulator object in all modulations, or give them different names."
            raise DescriptionError(
                modulator.title(), "one modulator of this name", "several that differ", remedy
            )


def check_modulation_targets(modulation: Modulation, network: NetworkDescription) -> None:
    """Check that the targets of a modulation exist, and learn if their plasticity is gated.

    Raises
    ------
    UnknownNameError
        If the network has no such population, projection or afferent.
    DescriptionError
        If several projections or afferents have the name of the target, or if the plasticity of
        one without long-term plasticity is gated.
    """
    effect, all_pathways = modulation.effect, (*network.projections, *network.fibres)
    pathways = {p.name: p for p in all_pathways}
    kind, members = "projection or afferent", tuple(pathways)
    if isinstance(effect, Excitability):
        kind, members = "population", network.units
    for target in effect.targets:
        if target not in members:
            raise unknown_name_error(modulation.title(), kind, target, members)
        if kind != "population" and sum(p.name == target for p in all_pathways) > 1:
            raise DescriptionError(
                modulation.title(),
                f"one projection or afferent with the name {target!r}",
                "several",
                'Tell them apart with Afferent(..., name="...").',
            )
        if isinstance(effect, PlasticityGate) and pathways[target].long_term_rule is None:
            raise DescriptionError(
                modulation.title(),
                "a projection or afferent with long-term plasticity",
                f"{target!r}, which does not learn",
                "Set plasticity=PairSTDP() there, or use SynapticGain.",
            )
