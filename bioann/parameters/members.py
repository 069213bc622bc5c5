"""The members of a description that have an address: numbers, and descriptions inside it."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.ann.time_constant import TimeConstant
from bioann.base.description import Description
from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.injection import Injection
from bioann.bio.modulation.modulation import Modulation, Modulator
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.projection import Projection
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.correspondence import Correspondence, Match

#: A step from an object to a member: a field, a key, a position, or the index of an array element.
Step = str | int | tuple[int, ...]
#: Fields of a pair that say what is expected, shown or repeated: no parameters of its models.
NO_PARAMETERS = frozenset(
    (
        *("claims", "metrics", "figures", "margin", "vary"),
        *("trials", "wirings", "derivation"),
    )
)
#: Annotations of fields that hold a plain number; a truth value is none.
_NUMBER_TYPES: tuple[Any, ...] = (
    *(float, float | None, int, int | None),
    *("float", "float | None", "int", "int | None"),
)


@dataclasses.dataclass(frozen=True)
class Member:
    """A number or description inside a description.

    Parameters
    ----------
    label : str
        Its part of an address; empty if the object itself does not appear in addresses.
    path : tuple of Step
        Steps from the outer description to the member.
    value : Description or float or int
        The member; a physical number in SI units.
    field : dataclasses.Field or None, optional
        The declaration of a number; None for an array element or a description.
    unit : str, optional
        Display unit of a physical number; empty for a dimensionless one.
    """

    label: str
    path: tuple[Step, ...]
    value: Any
    field: dataclasses.Field[Any] | None = None
    unit: str = ""


@functools.singledispatch
def name_member(member: Any) -> str | None:
    """Return the label of an object in addresses; None if its field names it."""
    return None


@name_member.register(SpikingNetwork)
@name_member.register(RateNetwork)
@name_member.register(LayeredNetwork)
@name_member.register(Correspondence)
def _name_whole(member: Any) -> str:
    return ""


@name_member.register(Population)
def _name_population(member: Population) -> str:
    return f"population {member.name}"


@name_member.register(Projection)
def _name_projection(member: Projection) -> str:
    is_default = member.name == f"{member.source}_to_{member.target}"
    return "projection " + (f"{member.source} -> {member.target}" if is_default else member.name)


@name_member.register(Afferent)
def _name_afferent(member: Afferent) -> str:
    return f"afferent {member.channel} -> {member.target}"


@name_member.register(ScheduledAfferent)
def _name_scheduled_afferent(member: ScheduledAfferent) -> str:
    return f"scheduled afferent -> {member.target}"


@name_member.register(CurrentAfferent)
def _name_current_afferent(member: CurrentAfferent) -> str:
    return f"current afferent {member.channel} -> {member.target}"


@name_member.register(ElectrodeArray)
def _name_electrodes(member: ElectrodeArray) -> str:
    return f"electrode array -> {member.target}"


@name_member.register(Injection)
def _name_injection(member: Injection) -> str:
    return f"injection -> {member.target}"


@name_member.register(Modulation)
def _name_modulation(member: Modulation) -> str:
    return f"modulation of {member.effect.target_name} by {member.modulator.name}"


@name_member.register(Modulator)
def _name_modulator(member: Modulator) -> str:
    return f"modulator {member.name}"


@name_member.register(Match)
def _name_match(member: Match) -> str:
    return f"match {member.name}"


@functools.singledispatch
def list_members(description: Any) -> Iterator[Member]:
    """Yield the members of a description that have an address.

    Parameters
    ----------
    description : Description
        A model, a pair, or an object inside one.

    Yields
    ------
    Member
        Numbers and descriptions in the order of the fields. Arrays have no addresses, except the
        weights and biases of a `RateNetwork`; of a distribution, its numbers have.
    """
    for f in dataclasses.fields(description):
        if f.name not in NO_PARAMETERS:
            yield from _list_field(description, f)


def _list_field(description: Any, f: dataclasses.Field[Any]) -> Iterator[Member]:
    value = getattr(description, f.name)
    if isinstance(value, Description):
        label = name_member(value)
        yield Member(f.name if label is None else label, (f.name,), value)
    elif isinstance(value, Mapping):
        kind = f.name.removesuffix("s")
        for key, item in value.items():
            if isinstance(item, Description):
                yield Member(f"{kind} {key}", (f.name, key), item)
    elif isinstance(value, tuple):
        yield from _list_tuple(f.name, value)
    elif isinstance(value, HeterogeneousQuantity):
        if isinstance(value.distribution, Description):
            yield Member(f.name, (f.name, "distribution"), value.distribution)
    elif "unit" in f.metadata:
        if value is not None:
            yield Member(f.name, (f.name,), float(value), f, description.unit_of(f))
    elif f.type in _NUMBER_TYPES and value is not None and np.isfinite(value):
        yield Member(f.name, (f.name,), value, f)


def _list_tuple(field_name: str, items: tuple[Any, ...]) -> Iterator[Member]:
    """Yield the descriptions in a tuple; those of one label are numbered."""
    counts: Counter[str] = Counter()
    for k, item in enumerate(items):
        if not isinstance(item, Description):
            continue
        label = name_member(item)
        if label is None:
            is_only = len(items) == 1 and not field_name.endswith("s")
            label = field_name if is_only else f"{field_name.removesuffix('s')} {k + 1}"
        counts[label] += 1
        number = f" ({counts[label]})" if counts[label] > 1 else ""
        yield Member(label + number, (field_name, k), item)


@list_members.register(RateNetwork)
def _list_unit_members(network: RateNetwork) -> Iterator[Member]:
    """Yield bias, time constant, activation function and weights of every unit."""
    assert network.channels is not None
    matrices = [("weight", "W", "W_in")]
    if network.divisive is not None:
        matrices.append(("divisive weight", "divisive", "divisive_in"))
    for i, unit in enumerate(network.units):
        yield Member(f"unit {unit}, bias", ("bias", (i,)), float(network.bias[i]))
        time_constant = network.tau[i]
        if isinstance(time_constant, TimeConstant):
            (f,) = dataclasses.fields(time_constant)
            path = ("tau", i, "tau")
            yield Member(f"unit {unit}, tau", path, float(time_constant.tau), f, "ms")
        yield Member(f"unit {unit}, activation", ("activation", i), network.activation[i])
        for label, field, field_in in matrices:
            for kind, names, name in (
                ("unit", network.units, field),
                ("channel", network.channels, field_in),
            ):
                row = getattr(network, name)[i]
                for j, source in enumerate(names):
                    text = f"unit {unit}, {label} from {kind} {source}"
                    yield Member(text, (name, (i, j)), float(row[j]))
