"""Neuron groups of a Brian2 script, with the code of their time step."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2.equations.equations import Equations

from bioann.bio.builder.brian_objects import make_empty_objects
from bioann.bio.builder.plan import NetworkPlan, NeuronGroupPlan, TimedArrayPlan
from bioann.bio.builder.receptors import receptor_code
from bioann.bio.description import NetworkDescription
from bioann.bio.integration.spike_timing import PrewrittenStep, prewrite_step
from bioann.bio.integration.step_constants import (
    StepConstant,
    evaluate_constants,
    list_differing_constants,
)
from bioann.bio.interop.brian2_script_values import ScriptData, list_units

#: Comments on variables that every group may have, by name.
COMMENTS = {
    "lane": "column of the timed arrays",
    "site": "column of the timed arrays of electrodes",
    "steps_held": "time steps of the refractory period that are left",
    "fired_at": "fraction of the step at which the cell crossed its threshold; 1 if it did not",
    "hold_time": "refractory period",
}


def list_meanings(network: NetworkDescription, population: str) -> dict[str, str]:
    """Return what the constants in the equations of a population mean, by name in the code."""
    cell = network.get_population(population).cell
    meanings = COMMENTS | _list_field_meanings(cell)
    for receptor in network.receptors_of(population):
        names = receptor_code(network, population, receptor).name_map()
        for field, meaning in _list_field_meanings(receptor).items():
            meanings[names.get(field, field)] = meaning
    return meanings


def _list_field_meanings(description: Any) -> dict[str, str]:
    fields = dataclasses.fields(description)
    return {f.name: f.metadata["meaning"] for f in fields if f.metadata.get("meaning")}


def write_neurons(
    plan: NetworkPlan, group: NeuronGroupPlan, meanings: Mapping[str, str], data: ScriptData
) -> list[str]:
    """Write a neuron group with its equations, its time step and its values.

    Parameters
    ----------
    plan : NetworkPlan
        Network of one lane.
    group : NeuronGroupPlan
        The group of it that is written.
    meanings : mapping of str to str
        Comments on constants and variables, by name.
    data : ScriptData
        Collects units and arrays.
    """
    name, code = group.name, group.code
    method, step_constants = prewrite_step(group.method, code["equations"])
    step = write_step(method, plan, group)
    lines = _write_equations(group, step_constants)
    if step is not None:
        lines.append(f"{name}_step = {quote_code(step)}")
    lines += write_timed_arrays(group.timed_arrays, data)
    lines += [
        f"{name} = NeuronGroup(",
        f"    {group.size},",
        f"    {name}_equations,",
        f"    threshold={quote_code(code['threshold'])},",
        *([f"    reset={quote_code(code['reset'])},"] if code["reset"] else []),
        f"    refractory={quote_code(code['refractory'])},",
        f"    method={f'fix_step({name}_step)' if step is not None else quote_code(method)},",
        *write_namespace(group.timed_arrays),
        "    clock=clock,",
        f'    name="{name}",',
        ")",
    ]
    units = list_units(code["equations"])
    for variable, value in group.values.items():
        lines += write_assignment(name, variable, value, units, meanings, data)
    notes = {key: describe_constant(constant) for key, constant in step_constants.items()}
    for variable, value in evaluate_constants(step_constants, group.values).items():
        lines += write_assignment(name, variable, value, {}, notes, data)
    return lines


def _write_equations(
    group: NeuronGroupPlan, step_constants: Mapping[str, StepConstant]
) -> list[str]:
    """Write the equations, with the constants of the time step that they declare."""
    differing = list_differing_constants(step_constants, group.values)
    lines = [_comment_line(line, COMMENTS) for line in group.code["equations"].splitlines()]
    lines += [
        f"{name} : 1 ({'' if name in differing else 'shared, '}constant)" for name in step_constants
    ]
    equations = quote_code("\n".join(lines))
    return [f"{group.name}_equations = {equations}"]


def write_step(method: Any, plan: NetworkPlan, group: NeuronGroupPlan) -> str | None:
    """Write the code of one time step of a group; None for one of Brian2's own methods.

    Parameters
    ----------
    method : str or brian2.StateUpdateMethod
        Integration method, as `prewrite_step` returns it.
    plan : NetworkPlan
        Network of one lane.
    group : NeuronGroupPlan
        The group of it whose step is written.
    """
    if isinstance(method, str):
        return None
    if isinstance(method, PrewrittenStep):
        return method.code
    # One of Brian2's methods within a timed step: its code depends on variables of the group.
    alone = dataclasses.replace(
        plan, neuron_groups=(group,), spike_generators=(), synapses=(), gap_junctions=()
    )
    brian_group = make_empty_objects(alone).network[group.name]
    code: str = method(Equations(group.code["equations"]), brian_group.variables)
    brian_group._network = alone.neuron_groups[0].name  # Brian2 warns of groups without a network
    return code


def describe_constant(constant: StepConstant) -> str:
    """Describe a constant factor of a time step as a formula."""
    h = f"{constant.h * 1e3:g}*ms"
    if constant.kind == "exact":
        row, column = constant.element
        return f"row {row}, column {column} of the exact step over {h}"
    exponent = f"{h}*({constant.expressions[0][0]})"
    if constant.kind == "decay":
        return f"exp({exponent})"
    return f"(exp({exponent}) - 1)/({constant.expressions[0][0]}), in seconds"


def write_assignment(
    group: str,
    variable: str,
    value: Any,
    units: Mapping[str, str],
    meanings: Mapping[str, str],
    data: ScriptData,
) -> list[str]:
    """Write the value of a variable of a group; nothing for an array of zeros, as Brian2 starts."""
    if np.ndim(value) and not np.any(value):
        return []
    text = data.write_values(f"{group}.{variable}", value, units.get(variable, "1"))
    return [_comment_line(f"{group}.{variable} = {text}", {variable: meanings.get(variable, "")})]


def _comment_line(line: str, comments: Mapping[str, str]) -> str:
    """Append the comment on the variable that a line declares or assigns, if there is one."""
    variable = line.replace("=", ":").split(":")[0].strip().rpartition(".")[2]
    comment = comments.get(variable, "")
    return f"{line}  # {comment}" if comment else line


def write_timed_arrays(arrays: Mapping[str, TimedArrayPlan], data: ScriptData) -> list[str]:
    """Write the timed arrays of a group, each with a name of its own in the script."""
    lines = []
    for array in arrays.values():
        values = data.attach_unit(data.write_array(array.name, array.values), array.unit)
        lines += [
            f"{array.name} = TimedArray(",
            f'    {values}, dt=stimulus_dt, name="{array.name}"',
            ")",
        ]
    return lines


def write_namespace(arrays: Mapping[str, TimedArrayPlan]) -> list[str]:
    """Write the argument that names the timed arrays in the code of a group, if there are any."""
    names = ", ".join(f'"{name}": {array.name}' for name, array in arrays.items())
    return [f"    namespace={{{names}}},"] if arrays else []


def quote_code(code: str) -> str:
    """Return code as a Python string, in three quotes if it has several lines."""
    lines = code.splitlines()
    if '"' in code or "\\" in code:  # in a comment
        return repr(code)
    return f'"{code}"' if len(lines) < 2 else '"""\n' + "\n".join(lines) + '\n"""'
