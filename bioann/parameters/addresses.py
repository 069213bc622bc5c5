"""Addresses of parameters: every number of a model or pair by name.

An address consists of the labels of the objects that contain a number, the outermost first, and of
its field, separated by commas: ``"projection pool -> left, weight"``, ``"population out, cell,
C"``, ``"unit out, bias"``, ``"unit out, weight from channel in"``. The networks of a pair have no
label of their own; a control has one (``"control strong, projection pool -> left, weight"``).
Objects with the same label are numbered from the second on: ``"afferent x -> e (2), weight"``. An
address is looked up as a whole text and is never parsed.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bioann.base.arguments import name_argument_errors, shorten_repr
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import format_setting
from bioann.base.units import in_unit
from bioann.parameters.members import Step, list_members

#: Addresses at most that are searched for one like an unknown address.
MAX_SUGGESTED_FROM = 5000


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A number of a description, by its address.

    Attributes
    ----------
    address : str
        Its name within the description, such as ``"projection pool -> left, weight"``.
    value : float or int
        Its value; of a physical parameter in SI base units.
    unit : str
        Display unit of a physical parameter, such as ``"nS"``; empty if it is dimensionless.
    lower_bound : float or None
        Smallest value in `unit` that its declaration allows; None if it declares none. The object
        may check more, for instance that a reset lies below the threshold.
    excludes_bound : bool
        Whether the lower bound itself is not allowed.
    meaning : str
        What the parameter is, in a few words; empty if its declaration does not say so.
    path : tuple
        Steps from the description to the number, for `replace_parameter`.
    """

    address: str
    value: float
    unit: str = ""
    lower_bound: float | None = None
    excludes_bound: bool = False
    meaning: str = ""
    path: tuple[Step, ...] = dataclasses.field(default=(), repr=False)

    @property
    def value_in_unit(self) -> float:
        """The value in the display unit."""
        return in_unit(self.value, self.unit) if self.unit else self.value

    @property
    def range_text(self) -> str:
        """The declared range, such as ``"> 0 pF"``; empty if none is declared."""
        if self.lower_bound is None:
            return ""
        relation = ">" if self.excludes_bound else ">="
        return f"{relation} {format_setting(self.lower_bound, self.unit)}"

    def __str__(self) -> str:
        allowed = f" ({self.range_text})" if self.range_text else ""
        return f"{self.address}: {format_setting(self.value_in_unit, self.unit)}{allowed}"


@name_argument_errors
def collect_parameters(description: Any) -> tuple[Parameter, ...]:
    """Return all parameters of a model or pair with their addresses.

    Parameters
    ----------
    description : Description
        A `SpikingNetwork`, `RateNetwork`, `LayeredNetwork`, `Pair`, or any object inside one.

    Returns
    -------
    tuple of Parameter
        In the order of the description. Addresses are unique. Functions, Brian2 networks, synaptic
        matrices and the weights of layers have no addresses.

    Raises
    ------
    DescriptionError
        If the object is no description.
    """
    if not isinstance(description, Description):
        raise DescriptionError(
            "collect_parameters",
            "a description: a model, a pair, or an object inside one",
            shorten_repr(description),
            "Pass a SpikingNetwork, a RateNetwork or a Pair.",
        )
    counts: Counter[str] = Counter()
    parameters = []
    for parameter in _walk(description, "", ()):
        counts[parameter.address] += 1
        if (n := counts[parameter.address]) > 1:
            parameter = dataclasses.replace(parameter, address=f"{parameter.address} ({n})")
        parameters.append(parameter)
    return tuple(parameters)


def _walk(description: Any, prefix: str, path: tuple[Step, ...]) -> Iterator[Parameter]:
    for member in list_members(description):
        address = ", ".join(filter(None, (prefix, member.label)))
        member_path = (*path, *member.path)
        if isinstance(member.value, Description):
            yield from _walk(member.value, address, member_path)
        else:
            metadata = member.field.metadata if member.field else {}
            yield Parameter(
                address,
                member.value,
                member.unit,
                metadata.get("above", metadata.get("at_least")),
                "above" in metadata,
                metadata.get("meaning", ""),
                member_path,
            )


@name_argument_errors
def get_parameter(description: Any, address: str) -> Parameter:
    """Return the parameter at an address.

    Parameters
    ----------
    description : Description
        A model, a pair, or an object inside one.
    address : str
        Address of the parameter, as `collect_parameters` lists it.

    Raises
    ------
    UnknownNameError
        If nothing has that address; the message suggests similar addresses.
    """
    parameters = {p.address: p for p in collect_parameters(description)}
    if address not in parameters:
        known_names = list(parameters)[:MAX_SUGGESTED_FROM]
        obj = f"address in {description.title()}"
        raise unknown_name_error(obj, "parameter", address, known_names)
    return parameters[address]
