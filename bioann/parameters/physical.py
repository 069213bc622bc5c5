"""Physical parameters of spiking networks: which there are, and how they change by a factor."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.base.text import format_count
from bioann.base.units import brian_quantity
from bioann.bio.cells.cell import Cell
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.parameters.addresses import Parameter, collect_parameters
from bioann.parameters.replace_value import DescriptionT, replace_parameters

#: Fields of a spiking network that are none of its physics: the time step, the part of a stimulus
#: that is always on, and geometry that has to fit the numbers of neurons.
NOT_PHYSICAL = frozenset(("dt", "baseline", "cutoff", "circumference"))
#: Fields in mV that are widths or jumps. All others are potentials.
VOLTAGE_DIFFERENCES = frozenset(("Delta_T", "slope", "weight"))
#: Fields that are shares of a whole: a change beyond 1 leaves them alone.
SHARES = frozenset(("p", "U", "occupancy", "correlation"))
#: Times that the order of potentials is restored by halving their changes, before all are undone.
MAX_HALVINGS = 20


@dataclasses.dataclass(frozen=True)
class PhysicalParameter:
    """A continuous parameter of a spiking network, and how it changes by a factor.

    Parameters
    ----------
    parameter : Parameter
        Its address, value and unit.
    reference : float
        Value in SI units that a change is measured from: 0, and of a potential the resting
        potential of its cell.
    role : tuple of str
        Key of what it does: parameters with the same role have the same value, and change together.
    population : str
        Of a potential the network and the population whose cells have it; empty otherwise.
    is_nested : bool
        Whether it belongs to an object such as a cell or receptor, which several populations or
        pathways may have.
    """

    parameter: Parameter
    reference: float
    role: tuple[str, ...]
    population: str = ""
    is_nested: bool = False

    def change_by(self, factor: float) -> float:
        """Return its value in SI units with the distance from the reference times a factor."""
        value = self.reference + factor * (self.parameter.value - self.reference)
        is_share = self.parameter.path[-1] in SHARES
        return self.parameter.value if is_share and value > 1 else value


@name_argument_errors
def collect_physical_parameters(model: Any) -> tuple[PhysicalParameter, ...]:
    """Return the continuous physical parameters of the spiking networks in a model.

    These are conductances, capacitances, time constants, rates, currents, concentrations,
    potentials, and dimensionless constants of receptors, connectivity and plasticity. Counts, time
    steps, the stimulus, positions, and parameters whose value is that of no change (a delay of 0, a
    reset at rest) are left out, as are values of single neurons and synapses, which have no
    address. The resting potential is the reference of all potentials: only distances from it
    change.

    Parameters
    ----------
    model : Description
        A `SpikingNetwork`, or a model that contains one, such as a `Protocol`. Other models have no
        such parameters.

    Returns
    -------
    tuple of PhysicalParameter
        In the order of the description.
    """
    if not isinstance(model, Description):
        return ()
    described = (_describe_physics(model, p) for p in collect_parameters(model))
    return tuple(physical for physical in described if physical is not None)


def _describe_physics(model: Any, parameter: Parameter) -> PhysicalParameter | None:
    """Return a parameter with its reference and role; None if it is not a physical one."""
    owners = _list_owners(model, parameter)
    networks = [k for k, owner in enumerate(owners) if isinstance(owner, SpikingNetwork)]
    field = str(parameter.path[-1])
    is_geometry = "positions" in parameter.path
    is_number = isinstance(parameter.value, float) and not isinstance(parameter.path[-1], tuple)
    if not networks or not is_number or is_geometry or field in NOT_PHYSICAL:
        return None
    network, members = owners[networks[0]], owners[networks[0] + 1 :]
    if not members:
        return None
    reference, population = 0.0, ""
    if parameter.unit == "mV" and field not in VOLTAGE_DIFFERENCES:
        target = _find_population(network, members[0])
        resting_potential = None if target is None else _read_rest(target.cell)
        if target is None or resting_potential is None or any(map(_is_distribution, owners)):
            return None
        reference, population = resting_potential, f"{parameter.path[: networks[0]]} {target.name}"
    if parameter.value == reference:
        return None
    role = _name_role(network, members, field, parameter)
    return PhysicalParameter(parameter, reference, role, population, len(members) > 1)


def _list_owners(model: Any, parameter: Parameter) -> list[Any]:
    """Return the descriptions that contain a parameter, the outermost first."""
    owners, obj = [model], model
    for step in parameter.path[:-1]:
        if isinstance(obj, (Mapping, tuple)):
            obj = obj[step]  # type: ignore[index]
        elif not isinstance(obj, Description) and not isinstance(obj, HeterogeneousQuantity):
            break
        else:
            obj = getattr(obj, str(step))
        owners += [obj] if isinstance(obj, (Description, HeterogeneousQuantity)) else []
    return owners


def _is_distribution(owner: Any) -> bool:
    return isinstance(owner, HeterogeneousQuantity)


def _find_population(network: SpikingNetwork, member: Any) -> Population | None:
    """Return the population whose cells a population, pathway or injection acts on."""
    if isinstance(member, Population):
        return member
    target = getattr(member, "target", None)
    return next((p for p in network.populations if p.name == target), None)


def _read_rest(cell: Cell) -> float | None:
    """Return the resting potential in volt; None if neurons differ in a potential."""
    if any(quantity.unit == "mV" for quantity in cell.heterogeneous_fields.values()):
        return None
    return float(cell.resting_potential)


def _name_role(
    network: SpikingNetwork, members: Sequence[Any], field: str, parameter: Parameter
) -> tuple[str, ...]:
    """Return the key of what a parameter does.

    Parameters of equal objects (cells, receptors, rules of plasticity) have one role. Those of
    populations and pathways themselves have one if the value is the same and the pathway has the
    same transmitter or receptor.
    """
    owner = members[-1]
    if len(members) > 1:
        return (repr(owner), field)
    kind = ""
    if isinstance(owner, Projection):
        kind = next(p.transmitter for p in network.populations if p.name == owner.source)
    elif not isinstance(owner, Population):
        kind = repr(getattr(owner, "receptor", ""))
    return (type(owner).__name__, field, repr(parameter.value_in_unit), kind)


@name_argument_errors
def scale_parameters(
    model: DescriptionT, parameters: Sequence[PhysicalParameter], factors: Sequence[float]
) -> DescriptionT:
    """Return a copy of a model with physical parameters changed by factors.

    Parameters
    ----------
    model : Description
        A spiking network, or a model that contains one; it stays as it is.
    parameters : sequence of PhysicalParameter
        Parameters of that model, from `collect_physical_parameters`.
    factors : sequence of float
        One factor > 0 for each. Those of potentials multiply the distance from rest, which keeps
        its sign.

    Returns
    -------
    Description
        The copy, of the same class, checked like the original.

    Raises
    ------
    DescriptionError
        If there is not one factor > 0 for each parameter, or the model does not allow the values.
    """
    _check_factors(parameters, factors)
    values = {
        p.parameter.address: _to_field_value(p.parameter, p.change_by(factor))
        for p, factor in zip(parameters, factors, strict=True)
    }
    return replace_parameters(model, values)


def _check_factors(parameters: Sequence[PhysicalParameter], factors: Sequence[float]) -> None:
    obj, remedy = "scale_parameters, factors", "Write 1.0 for a parameter that stays as it is."
    if len(factors) != len(parameters):
        raise DescriptionError(
            obj,
            f"one factor for each of {format_count(len(parameters), 'parameter')}",
            format_count(len(factors), "factor"),
            remedy,
        )
    for p, factor in zip(parameters, factors, strict=True):
        if not factor > 0:
            message = f"{factor!r} for {p.parameter.address!r}"
            raise DescriptionError(obj, "factors above 0", message, remedy)


def _to_field_value(parameter: Parameter, value: float) -> Any:
    return brian_quantity(value, parameter.unit) if parameter.unit else value


def keep_order(
    parameters: Sequence[PhysicalParameter], factors: Sequence[float]
) -> tuple[float, ...]:
    """Return factors in which potentials change less, if their order would change otherwise.

    Whether an input excites depends on the order of rest, reset, threshold and reversal potentials
    in its target. The changes of all potentials are halved until that order is the original one.

    Parameters
    ----------
    parameters : sequence of PhysicalParameter
        Parameters of one model.
    factors : sequence of float
        One factor for each.

    Returns
    -------
    tuple of float
        One factor for each; of parameters that are no potentials the same.
    """
    scale = 1.0
    for _ in range(MAX_HALVINGS):
        shrunk = [
            1 + scale * (factor - 1) if p.population else factor
            for p, factor in zip(parameters, factors, strict=True)
        ]
        if _has_same_order(parameters, shrunk):
            return tuple(shrunk)
        scale /= 2
    return tuple(
        1.0 if p.population else factor for p, factor in zip(parameters, factors, strict=True)
    )


def _has_same_order(parameters: Sequence[PhysicalParameter], factors: Sequence[float]) -> bool:
    """Whether the potentials of every population have the order that they have unchanged."""
    by_population: dict[str, list[tuple[float, float]]] = {}
    for p, factor in zip(parameters, factors, strict=True):
        if p.population:
            potentials = by_population.setdefault(p.population, [(p.reference, p.reference)])
            potentials.append((p.parameter.value, p.change_by(factor)))
    return all(
        after_a < after_b
        for potentials in by_population.values()
        for before_a, after_a in potentials
        for before_b, after_b in potentials
        if before_a < before_b
    )
