"""What the names in the code of a Brian2 neuron group stand for, and how a cell calls them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from typing import Any

import brian2 as b2
import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_UNITS
from brian2.core.variables import Subexpression
from brian2.equations.codestrings import Expression
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_unit
from brian2.utils.stringtools import get_identifiers, word_substitute

from bioann.base.units import UNIT_SCALES, base_unit_of, brian_quantity
from bioann.bio.cells.cell import RESERVED_NAMES
from bioann.bio.cells.equation_cell import EquationCell
from bioann.bio.interop.code_reader import collapse_equal
from bioann.bio.interop.refusal import refuse_object

#: Base units in the order of Brian2's dimensions.
_BASE_UNITS = ("metre", "kilogram", "second", "amp", "kelvin", "mole", "candle")
#: Functions whose values Brian2 draws while it runs.
RANDOM_FUNCTIONS = ("rand", "randn", "poisson", "binomial")
#: Names that Brian2 itself defines in every group and that mean the same in a population.
_CLOCK_NAMES = ("t", "dt", "lastspike", "not_refractory")
#: Names of the population that a cell becomes a part of.
_POPULATION_NAMES = {*RESERVED_NAMES, "lane", "site", "I_syn", "I_inj", "t_ref", "weight"}
_RECEPTOR_SUFFIX = re.compile(r".*_(AMPA|GABA_A|NMDA|current_based|delta__current_based)(_\d+)?")


@dataclasses.dataclass
class GroupNames:
    """The names in the code of a neuron group.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    potential : str
        Variable of the potential, ``v`` in the cell.
    states : tuple of str
        Variables that change: those of differential equations, and parameters that spikes step.
    constants : dict of str to float or numpy.ndarray
        Values in SI units of all other names, one for all neurons or one for each.
    dimensions : dict of str to Dimension
        Physical dimension of each state and constant.
    timed_arrays : dict of str to brian2.TimedArray
        Timed arrays that the code calls.
    booleans : set of str
        States and constants that are true or false; numbers in the cell.
    """

    group: Any
    potential: str
    states: tuple[str, ...]
    constants: dict[str, Any]
    dimensions: dict[str, Dimension]
    timed_arrays: dict[str, Any]
    booleans: set[str]

    def __post_init__(self) -> None:
        """Choose the names in the cell."""
        taken = {*_POPULATION_NAMES, *dir(EquationCell), *DEFAULT_UNITS, "v"}
        taken |= {*DEFAULT_FUNCTIONS, *DEFAULT_CONSTANTS}
        own_names = [*self.states, *self.constants, *self.group.user_equations.subexpr_names]
        self.cell_names: dict[str, str] = {}
        for name in dict.fromkeys(own_names):
            is_taken = name in taken or _RECEPTOR_SUFFIX.fullmatch(name) is not None
            self.cell_names[name] = f"{name}_cell" if is_taken else name
        self.cell_names[self.potential] = "v"

    @property
    def volts_per_unit(self) -> float:
        """Volt of one unit of the potential: 1 mV for a potential without dimension."""
        return 1e-3 if self.dimensions[self.potential] != b2.volt.dim else 1.0

    def write_code(self, code: str) -> str:
        """Return an expression with the names and units of the cell."""
        names = dict(self.cell_names)
        for name in self.constants:
            if find_unit_name(self.dimensions[name]) is None:
                names[name] = f"({names[name]}*{unit_text(self.dimensions[name])})"
        names |= {name: f"({names[name]} > 0.5)" for name in self.booleans & names.keys()}
        if self.volts_per_unit != 1:
            names[self.potential] = "(v/mV)"
        return str(word_substitute(" ".join(code.split()), names))

    def field_of(self, name: str) -> tuple[str, str]:
        """Return the field of a constant in the cell, and its unit."""
        return self.cell_names[name], find_unit_name(self.dimensions[name]) or "1"

    def to_quantity(self, values: Any, dimension: Dimension) -> Any:
        """Return a value in SI units as the quantity that a field of the cell takes."""
        unit = find_unit_name(dimension) or "1"
        return np.asarray(values)[()] if unit == "1" else brian_quantity(values, unit)


def is_default_name(name: str, variable: Any) -> bool:
    """Return whether a name is a unit or constant of Brian2 that the script has not redefined."""
    if isinstance(variable, Subexpression) or name not in {*DEFAULT_UNITS, *DEFAULT_CONSTANTS}:
        return False
    if name in DEFAULT_CONSTANTS:
        default, dimension = float(DEFAULT_CONSTANTS[name].get_value()), DIMENSIONLESS
    else:
        default, dimension = float(DEFAULT_UNITS[name]), DEFAULT_UNITS[name].dim
    value = np.asarray(variable.get_value(), dtype=float)
    return bool(value.size == 1 and float(value) == default and variable.dim == dimension)


def find_unit_name(dimension: Dimension) -> str | None:
    """Return the unit of fields of a dimension; None for one that no field has."""
    for unit in UNIT_SCALES:
        base = 1 if unit == "1" else DEFAULT_UNITS.get(base_unit_of(unit), b2.mmolar)
        if b2.get_dimensions(base) == dimension:
            return unit
    return None


def unit_text(dimension: Dimension) -> str:
    """Return the SI unit of a dimension as Brian2 code; ``1`` for a number."""
    if dimension.is_dimensionless:
        return "1"
    name = repr(get_unit(dimension))
    if name.isidentifier():
        return name
    powers = zip(_BASE_UNITS, dimension._dims, strict=True)  # Brian2's equations take no division
    return "*".join(f"{unit}**{power:g}" for unit, power in powers if power)


def read_group_names(
    group: Any, namespace: Mapping[str, Any], potential: str, codes: Collection[str],
    stepped: Collection[str],
) -> GroupNames:  # fmt: skip
    """Read the names in the code of a group.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    namespace : mapping of str to object
        Variables of the script.
    potential : str
        Variable of the potential.
    codes : collection of str
        Threshold, reset and other code of the group; its equations are read in any case.
    stepped : collection of str
        Variables that spikes of other groups step.

    Raises
    ------
    DescriptionError
        For a name without value, random numbers, and functions that no cell has.
    """
    equations = group.user_equations
    names = set().union(*(get_identifiers(code) for code in codes))
    for name in {*equations.diff_eq_names, *equations.subexpr_names}:
        names |= Expression(equations[name].expr.code).identifiers
    names |= {*equations.parameter_names}
    # Names that only the reset knows stay without value: its statements are refused one by one.
    assigned = {n for n in _list_assigned(group) if n in group.variables}
    names -= _list_assigned(group) - assigned
    changing = {*equations.diff_eq_names, *stepped, *assigned}
    _check_timed_arrays(group, namespace, codes)
    keywords = {"and", "or", "not", "True", "False"}
    variables = _resolve(group, namespace, {*names, *changing} - keywords - {"xi"})
    result: tuple[Any, dict[str, Any], dict[str, Any]] = ({}, {}, {})
    for name, variable in sorted(variables.items()):
        _sort_name(group, name, variable, changing, result)
    constants, dimensions, arrays = result
    changing_names = {*equations.diff_eq_names, *(changing & {*equations.parameter_names})}
    states = tuple(n for n in equations if n in changing_names)
    booleans = {n for n in {*states, *constants} if getattr(variables.get(n), "is_boolean", False)}
    return GroupNames(group, potential, states, constants, dimensions, arrays, booleans)


def _check_timed_arrays(group: Any, namespace: Mapping[str, Any], codes: Collection[str]) -> None:
    """Raise `DescriptionError` for a timed array in threshold, reset or refractory period."""
    for code in codes:
        for name in sorted(get_identifiers(code)):
            value = (group.namespace or {}).get(name, namespace.get(name))
            if isinstance(value, b2.TimedArray) and name not in group.variables:
                expected = "a TimedArray in the equation of the potential only"
                remedy = "Only currents into the potential can be stimulus channels."
                location = repr(" ".join(code.split()))
                raise refuse_object(group, location, expected, f"{name}(t)", remedy)


def _list_assigned(group: Any) -> set[str]:
    """Return the variables that the reset of a group assigns."""
    code = group.event_codes.get("spike") or ""
    return set(re.findall(r"^\s*([A-Za-z_]\w*)\s*[-+*/]?=(?!=)", code.replace(";", "\n"), re.M))


def _resolve(group: Any, namespace: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Return what each name stands for."""
    try:
        return dict(group.resolve_all(names, namespace, user_identifiers=names))
    except KeyError as error:
        message = str(error.args[0]).split("\n")[0].rstrip(".")
        remedy = "Define the name before from_brian2() is called, or pass namespace={...}."
        expected = "names that have a value"
        raise refuse_object(group, "equations", expected, message, remedy) from error


def _sort_name(
    group: Any, name: str, variable: Any, changing: set[str], result: tuple[Any, Any, Any]
) -> None:
    """Store a name as constant, state or timed array; refuse those that a cell cannot have."""
    constants, dimensions, arrays = result
    if isinstance(variable, b2.TimedArray):
        arrays[name], dimensions[name] = variable, variable.dim
        return
    if isinstance(variable, Function):
        is_known = DEFAULT_FUNCTIONS.get(name) is variable
        if not is_known or name in RANDOM_FUNCTIONS:
            expected = "functions of Brian2 that draw no random numbers, and a TimedArray of t"
            remedy = f"Write the equations without {name}()."
            if name in RANDOM_FUNCTIONS:
                remedy += " Neurons that fire at random are a PoissonGroup."
            raise refuse_object(group, "equations", expected, f"{name}()", remedy)
        return
    if name in _CLOCK_NAMES or is_default_name(name, variable):
        return
    dimensions[name] = variable.dim
    is_expression = name in group.user_equations.subexpr_names
    if isinstance(variable, Subexpression) or is_expression or name in changing:
        return
    if name == "t_in_timesteps":
        raise refuse_object(group, "equations", "the time t", name, "Use t instead.")
    constants[name] = collapse_equal(np.asarray(variable.get_value(), dtype=float))
