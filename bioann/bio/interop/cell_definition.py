"""Writes the class of a cell from the equations of a Brian2 neuron group."""

from __future__ import annotations

import re
from typing import Any

from brian2.utils.stringtools import get_identifiers

from bioann.bio.cells.equation_cell import CellDefinition
from bioann.bio.interop.cell_equations import EquationSeparator, SeparatedEquations
from bioann.bio.interop.firing import Firing, split_statements
from bioann.bio.interop.group_names import GroupNames, unit_text
from bioann.bio.interop.refusal import refuse_object
from bioann.bio.interop.rest import RestingPoint

#: Field of the refractory period.
REFRACTORY_FIELD = "t_ref"
#: Condition of a group that never spikes: no potential is that high.
_NEVER = "v > 1e6*volt"


def make_cell_definition(
    group: Any, separator: EquationSeparator, separated: SeparatedEquations,
    resting_point: RestingPoint, firing: Firing, condition: str, method: str,
) -> CellDefinition:  # fmt: skip
    """Return the class of the cells of a group.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    separator, separated : EquationSeparator, SeparatedEquations
        Its equations.
    resting_point : RestingPoint
        Its rest without input.
    firing : Firing
        Its threshold and reset, as potentials.
    condition : str
        Condition of the refractory period; empty for a time.
    method : str
        Integration method.
    """
    names = separator.names
    _, _, farad = separator.find_capacitance(separated)
    capacitance = names.cell_names[farad] if farad else "capacitance"
    members: dict[str, Any] = {"model": _write_model(separator, separated, capacitance)}
    code = group.events.get("spike")
    members["threshold"] = names.write_code(code) if code else _NEVER
    reset = group.event_codes.get("spike") or ""
    members["reset"] = "\n".join(_write_statement(names, s) for s in split_statements(reset))
    if condition:
        members["refractory_condition"] = condition
    used = get_identifiers(" ".join(map(str, members.values()))) | {capacitance}
    fields = [names.field_of(name) for name in names.constants]
    fields = [(name, unit) for name, unit in fields if name in used]
    fields += [] if farad else [("capacitance", "pF")]
    fields.append((REFRACTORY_FIELD, "ms"))
    variables = [n for n in _list_kept(names, separated) if n != names.potential]
    initial = [(names.cell_names[n], f"initial_{names.cell_names[n]}") for n in variables]
    fields += [(f, names.field_of(n)[1]) for (_, f), n in zip(initial, variables, strict=True)]
    members |= {"method": method, "resting_potential": resting_point.potential,
                "firing_threshold": firing.threshold, "reset_potential": firing.reset,
                "max_step": float(group.clock.dt_)}  # fmt: skip
    members["membrane_time"] = resting_point.time_constant
    aliases = (("capacitance", capacitance), ("refractory_period", REFRACTORY_FIELD))
    name = _name_class(group.name)
    return CellDefinition(name, tuple(fields), tuple(initial), tuple(members.items()), aliases)


def _list_kept(names: GroupNames, separated: SeparatedEquations) -> list[str]:
    """Return the variables of a group that are those of the cell."""
    equations = names.group.user_equations
    parameters = [n for n in names.states if n not in equations.diff_eq_names]
    removed = {*separated.synapses}
    return [
        n for n in names.states if n in separated.codes or (n in parameters and n not in removed)
    ]


def _name_class(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_")) + "Cell"


def _write_model(
    separator: EquationSeparator, separated: SeparatedEquations, capacitance: str
) -> str:
    """Write the equations of the cell, with the currents of its synapses and of injections."""
    names = separator.names
    equations = names.group.user_equations
    lines = []
    for name, code in separated.codes.items():
        text, equation = names.write_code(code), equations[name]
        flags = f" ({', '.join(equation.flags)})" if equation.flags else ""
        unit, left = unit_text(equation.dim), names.cell_names[name]
        if name == names.potential:
            text = f"mV*({text})" if names.volts_per_unit != 1 else text
            text, unit = f"{text} + (I_syn + I_inj)/{capacitance}", "volt"
        if name in separator.diff_names:
            left = f"d{left}/dt"
        lines.append(f"{left} = {text} : {unit}{flags}")
    variables = (n for n in _list_kept(names, separated) if n not in separator.diff_names)
    lines += [f"{names.cell_names[n]} : {unit_text(names.dimensions[n])}" for n in variables]
    return "\n".join(lines)


def _write_statement(names: GroupNames, statement: str) -> str:
    """Write a statement of the reset with the names of the cell."""
    match = re.fullmatch(r"([A-Za-z_]\w*)\s*([-+*/]?=)\s*(.*)", statement)
    if match is None or match[1] not in names.states:
        expected = "statements that set variables of the group"
        remedy = "Write one assignment for each variable."
        location = f"reset {statement!r}"
        raise refuse_object(names.group, location, expected, statement, remedy)
    name, operator, code = match.groups()
    text = names.write_code(code)
    if name == names.potential and names.volts_per_unit != 1 and operator in ("=", "+=", "-="):
        text = f"mV*({text})"
    return f"{names.cell_names[name]} {operator} {text}"
