"""Reads neuron groups whose equations no cell of bioann has: as cells made from the equations."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from typing import Any

import brian2 as b2
import numpy as np
import sympy
from brian2.equations.codestrings import Expression
from brian2.parsing.sympytools import str_to_sympy
from brian2.units.fundamentalunits import DIMENSIONLESS
from brian2.utils.stringtools import get_identifiers

from bioann.base.errors import DescriptionError
from bioann.base.units import brian_quantity
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.equation_cell import CellDefinition, make_equation_cell
from bioann.bio.interop.brian_functions import FUNCTIONS, UNIT_VALUES
from bioann.bio.interop.cell_definition import REFRACTORY_FIELD, make_cell_definition
from bioann.bio.interop.cell_equations import EquationSeparator, SeparatedEquations
from bioann.bio.interop.code_reader import CodeReader, collapse_equal
from bioann.bio.interop.firing import Firing, read_threshold, split_statements
from bioann.bio.interop.group_names import GroupNames, read_group_names, unit_text
from bioann.bio.interop.membrane import Membrane
from bioann.bio.interop.neurons import NeuronReading, choose_method, take_values
from bioann.bio.interop.refusal import locate_equation, refuse_object
from bioann.bio.interop.rest import FAILURES, RestingPoint, find_resting_point
from bioann.bio.interop.state_term import Gating
from bioann.bio.receptors import Receptor
from bioann.bio.receptors.variable_step import VariableStep


@dataclasses.dataclass(frozen=True)
class EquationReading(NeuronReading):
    """A neuron group that becomes a cell made from its equations.

    Parameters
    ----------
    names : GroupNames
        Names in its code, and their values.
    definition : CellDefinition
        Class of its cell.
    resting_point : RestingPoint
        Its rest without input.
    """

    names: GroupNames
    definition: CellDefinition
    resting_point: RestingPoint

    @property
    def cell_variables(self) -> tuple[str, ...]:
        """Variables of the cell that spikes may step, apart from the potential."""
        fields = dict(self.definition.initial_fields)
        return tuple(n for n in self.names.states if self.names.cell_names[n] in fields)

    @property
    def targets(self) -> list[str]:
        """Variables that synapses may increase."""
        return [self.membrane.potential, *self.synaptic_states, *self.cell_variables]

    def scale_of(self, name: str) -> np.ndarray:
        """Return siemens, ampere or volt of one SI unit of a variable, shape ``(n,)``."""
        if name in self.membrane.states:
            return super().scale_of(name)
        scale = self.names.volts_per_unit if name == self.membrane.potential else 1e-3
        if name in self.cell_variables:
            scale /= INCREMENTS.get(self.names.dimensions[name], (1.0, ""))[0]
        return np.broadcast_to(scale, len(self.group))

    def sign_of(self, name: str) -> int:
        """Return the sign of the synapses on a variable: 0 if that of their weight decides."""
        return super().sign_of(name) if name in self.membrane.states else 0

    def make_receptor(self, name: str, sign: int) -> Receptor:
        """Return the receptor of a variable, for synapses of one sign of the weight."""
        if name not in self.cell_variables:
            return super().make_receptor(name, sign)
        dimension = self.names.dimensions[name]
        _, increment = INCREMENTS.get(dimension, (1.0, unit_text(dimension)))
        transmitter = "glutamate" if sign > 0 else "GABA"
        variable = self.names.cell_names[name]
        return VariableStep(transmitter=transmitter, variable=variable, increment=increment)

    def make_cell(self, index: np.ndarray) -> Cell:
        """Return the cell of some neurons of the group."""
        names, group = self.names, self.group
        values: dict[str, Any] = {}
        for name, value in names.constants.items():
            field, _ = names.field_of(name)
            values[field] = names.to_quantity(take_values(value, index), names.dimensions[name])
        for variable, field in self.definition.initial_fields:
            name = next(n for n, v in names.cell_names.items() if v == variable)
            present = np.broadcast_to(group.variables[name].get_value(), len(group))
            initial = take_values(np.asarray(present, dtype=float), index)
            values[field] = names.to_quantity(initial, names.dimensions[name])
        values["capacitance"] = brian_quantity(take_values(self.membrane.capacitance, index), "pF")
        values[REFRACTORY_FIELD] = brian_quantity(
            take_values(self.firing.refractory_period, index), "ms"
        )
        cls = make_equation_cell(self.definition)
        fields = {f.name for f in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in fields})


#: For a dimension: SI units that a weight of 1 mV steps a variable by, and Brian2's unit of it.
INCREMENTS = {
    b2.siemens.dim: (1e-9, "nS"),
    b2.amp.dim: (1e-12, "pA"),
    b2.volt.dim: (1e-3, "mV"),
    b2.second.dim: (1e-3, "ms"),
}


def read_equation_neurons(
    group: Any, namespace: Mapping[str, Any], capacitance: float, stepped: Collection[str],
    gated: Mapping[str, Gating],
) -> EquationReading:  # fmt: skip
    """Read a neuron group as cells made from its equations.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    namespace : mapping of str to object
        Variables of the script.
    capacitance : float
        Membrane capacitance in farad for equations that state none.
    stepped : collection of str
        Variables of the group that spikes of its inputs step.
    gated : mapping of str to Gating
        Variables of the group that sum the gating variables of NMDA synapses.

    Raises
    ------
    DescriptionError
        If no cell can have the equations: the message names the first that is in the way.
    """
    method = choose_method(group)
    potential = find_potential(group, namespace)
    codes = [group.events.get("spike", ""), group.event_codes.get("spike") or ""]
    refractory = group._refractory
    codes += [refractory] if isinstance(refractory, str) else []
    names = read_group_names(group, namespace, potential, codes, {*stepped, *gated})
    used = set().union(*(get_identifiers(code) for code in codes))
    separator = EquationSeparator(names, used, gated, stepped)
    separated = separator.separate()
    membrane = _make_membrane(separator, separated, capacitance)
    state = {n: float(np.mean(group.variables[n].get_value())) for n in names.states}
    resting_point = find_resting_point(separator, separated.synapses, state)
    hold, condition = _read_refractory(group, namespace, names)
    threshold = _find_threshold(group, namespace, separator, resting_point)
    firing = Firing(potential, threshold, _find_reset(group, separator, resting_point), hold, {})
    definition = make_cell_definition(
        group, separator, separated, resting_point, firing, condition, method
    )
    return EquationReading(group, membrane, firing, method, "", names, definition, resting_point)


def find_potential(group: Any, namespace: Mapping[str, Any]) -> str:
    """Return the variable of the potential: the first of the threshold, in volt or a number."""
    equations = group.user_equations
    names = tuple(equations.diff_eq_names)
    code = group.events.get("spike", "")
    ordered = [n for n in re.findall(r"[A-Za-z_]\w*", code) if n in names]
    for dimension in (b2.volt.dim, DIMENSIONLESS):
        for candidates in (ordered, names):
            fitting = [n for n in candidates if equations[n].dim == dimension]
            if fitting:
                return fitting[0]
    expected, got = "a differential equation of a potential, in volt or without unit", "none"
    location = locate_equation(equations, names[0]) if names else "equations"
    remedy = "Leave the group out, or give its neurons a potential."
    raise refuse_object(group, location, expected, got, remedy)


def _make_membrane(
    separator: EquationSeparator, separated: SeparatedEquations, default: float
) -> Membrane:
    """Return the synapses and driven currents of a group as those of a membrane."""
    capacitance, source, _ = separator.find_capacitance(separated)
    if not np.all(np.isfinite(capacitance)):
        capacitance = default
        source = "the script states only time constants; currents and conductances scale with it"
    states = {
        name: dataclasses.replace(term, scale=collapse_equal(term.scale * capacitance))
        for name, term in separated.synapses.items()
    }
    driven = {name: factor * capacitance for name, factor in separated.driven.items()}
    v = separator.names.potential
    return Membrane(v, capacitance, 0.0, 0.0, source, 0.0, driven, None, states)


def _find_threshold(
    group: Any,
    namespace: Mapping[str, Any],
    separator: EquationSeparator,
    resting_point: RestingPoint,
) -> float:
    """Return the potential in volt at which the condition of a spike becomes true, from rest."""
    names = separator.names
    try:
        variable, value = read_threshold(group, namespace)
        if variable == names.potential:
            return float(np.mean(value))
    except DescriptionError:  # a condition of another kind
        pass
    code = group.events.get("spike")
    if not code:
        return resting_point.potential + 20e-3
    low, high = resting_point.potential - 20e-3, resting_point.potential + 0.2
    for _ in range(3):  # the first of 2,200 potentials at which it is true, then again between
        potentials = np.linspace(low, high, 2201)
        values = _evaluate_code(code, separator, resting_point, potentials / names.volts_per_unit)
        spiking = np.flatnonzero(np.broadcast_to(values, potentials.shape) == True)  # noqa: E712
        if not len(spiking):
            return resting_point.potential + 20e-3
        low, high = potentials[max(spiking[0] - 1, 0)], potentials[spiking[0]]
    return float(f"{high:.6g}")


def _find_reset(group: Any, separator: EquationSeparator, resting_point: RestingPoint) -> float:
    """Return the potential in volt after a spike; the resting potential if no code sets it."""
    names = separator.names
    for statement in split_statements(group.event_codes.get("spike") or ""):
        match = re.fullmatch(rf"{names.potential}\s*=(?!=)\s*(.*)", statement)
        if match:
            v = np.array([resting_point.potential / names.volts_per_unit])
            value = _evaluate_code(match[1], separator, resting_point, v)
            if np.all(np.isfinite(value)):
                return float(np.mean(value)) * names.volts_per_unit
    return resting_point.potential


def _evaluate_code(
    code: str, separator: EquationSeparator, resting_point: RestingPoint, potential: np.ndarray
) -> Any:
    """Return the value of code at rest, for potentials in the unit of the script."""
    names = separator.names
    expression = separator.inline(str_to_sympy(code))
    means = {n: float(np.mean(v)) for n, v in names.constants.items()}
    values: dict[str, Any] = {
        **UNIT_VALUES,
        "t": 0.0,
        "dt": 1e-4,
        "lastspike": -1e4,
        "not_refractory": True,
    }
    values |= {**means, **resting_point.state, names.potential: potential}
    symbols = sorted(s.name for s in expression.free_symbols)
    function = sympy.lambdify(symbols, expression, modules=[FUNCTIONS, "numpy"])
    try:
        return function(*(values[s] for s in symbols))
    except FAILURES:
        return np.full(np.shape(potential), np.nan)


def _read_refractory(
    group: Any, namespace: Mapping[str, Any], names: GroupNames
) -> tuple[Any, str]:
    """Return the refractory period in seconds, and the condition under which it lasts instead."""
    refractory = group._refractory
    if refractory is False:
        return 0.0, ""
    if not isinstance(refractory, str):
        return collapse_equal(np.asarray(refractory)), ""
    identifiers = Expression(refractory).identifiers
    is_condition = bool(re.search(r"[<>=]|\b(and|or|not|True|False)\b", refractory))
    if is_condition or identifiers & {*names.states, "t", "lastspike"}:
        if not is_condition:
            expected = "a constant time, or a condition"
            remedy = "Write the condition that ends the refractory period."
            location = f"refractory {refractory!r}"
            raise refuse_object(group, location, expected, "a time that changes", remedy)
        return 0.0, names.write_code(refractory)
    value = CodeReader(group, namespace).read_value(refractory, f"refractory {refractory!r}")
    return value, ""
