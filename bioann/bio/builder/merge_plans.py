"""One plan of several networks that differ in numbers only: their lanes run side by side.

Networks of one structure have the same code, the same synapses and the same delays. A number in
which they differ becomes a value of each neuron: one of the cell or of its receptors where it
stands, one of synapses (a weight, say) as a value of their target neurons. The operations of a time
step stay the same ones on the same numbers, so that every lane has the bits of its own run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.bio.builder.plan import (
    NetworkPlan,
    NeuronGroupPlan,
    SpikeGeneratorPlan,
    SynapsesPlan,
    TimedArrayPlan,
)
from bioann.bio.input_spikes.sorting import neuron_dtype
from bioann.bio.input_spikes.spikes import InputSpikes

#: Values that number the conditions of a run, and the neurons in each condition.
_CONDITION, _SITE = "lane", "site"


def describe_structure(plan: NetworkPlan) -> str:
    """Return a text that is equal for plans that can be merged.

    Parameters
    ----------
    plan : NetworkPlan
        Plan of a network.

    Returns
    -------
    str
        Its code, and everything that cannot differ between lanes: delays, pairs of connected
        neurons, gap junctions, and constants that other code of synapses than that of arriving
        spikes uses.
    """
    lines: list[object] = [plan.describe_code(), plan.n_steps]
    for synapses in plan.synapses:
        arrays = (synapses.pre, synapses.post, np.asarray(synapses.delay))
        lines.append([_digest_array(a) for a in arrays])
        lines.append([(n, synapses.values[n]) for n in _list_fixed_constants(synapses)])
        lines.append([(n, np.ndim(v) > 0) for n, v in sorted(synapses.values.items())])
    for junctions in plan.gap_junctions:
        arrays = (junctions.pre, junctions.post, junctions.conductance)
        lines.append([_digest_array(a) for a in arrays])
    return "\n".join(map(repr, lines))


def _digest_array(array: np.ndarray | None) -> str:
    if array is None:
        return ""
    return f"{array.shape} {hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()}"


def _list_fixed_constants(synapses: SynapsesPlan) -> list[str]:
    """Return the constants of synapses that have to be equal in all lanes."""
    others = "\n".join((_without_constants(synapses), synapses.code["post"], synapses.code["tick"]))
    words = set(re.findall(r"\w+", others))
    return sorted(n for n, value in synapses.values.items() if not np.ndim(value) and n in words)


def _without_constants(synapses: SynapsesPlan) -> str:
    """Return the model of synapses without the declarations of shared constants."""
    lines = synapses.code["model"].splitlines()
    return "\n".join(line for line in lines if "(shared, constant)" not in line)


def merge_plans(plans: Sequence[NetworkPlan]) -> NetworkPlan:
    """Return one plan that has the lanes of several, in their order.

    Parameters
    ----------
    plans : sequence of NetworkPlan
        Plans of one structure (`describe_structure`), at least one.

    Returns
    -------
    NetworkPlan
        Neurons, input spikes and synapses of all of them.
    """
    first = plans[0]
    if len(plans) == 1:
        return first
    groups = {
        group.name: _merge_groups([plan.neuron_groups[k] for plan in plans])
        for k, group in enumerate(first.neuron_groups)
    }
    synapses = []
    for k, _ in enumerate(first.synapses):
        merged, neuron_values = _merge_synapses([plan.synapses[k] for plan in plans])
        synapses.append(merged)
        groups[merged.target] = _add_values(groups[merged.target], neuron_values)
    generators = tuple(
        SpikeGeneratorPlan(g.name, merge_spikes([p.spike_generators[k].spikes for p in plans]))
        for k, g in enumerate(first.spike_generators)
    )
    junctions = tuple(
        dataclasses.replace(j, n_lanes=sum(p.gap_junctions[k].n_lanes for p in plans))
        for k, j in enumerate(first.gap_junctions)
    )
    return dataclasses.replace(
        first,
        neuron_groups=tuple(groups.values()),
        spike_generators=generators,
        synapses=tuple(synapses),
        gap_junctions=junctions,
    )


def _merge_groups(groups: Sequence[NeuronGroupPlan]) -> NeuronGroupPlan:
    """Merge the neurons of one population; constants that differ become values of each neuron."""
    first, code = groups[0], dict(groups[0].code)
    values: dict[str, Any] = {}
    offset = {_CONDITION: 0, _SITE: 0}
    for name in first.values:
        columns = [group.values[name] for group in groups]
        if name in offset:
            columns = _number_on(columns)
        elif _are_equal(columns) and len(np.atleast_1d(columns[0])) < first.size:
            values[name] = columns[0]
            continue
        elif not np.ndim(columns[0]):
            code["equations"] = _declare_per_neuron(code["equations"], name)
        values[name] = np.concatenate(
            [np.resize(column, group.size) for column, group in zip(columns, groups, strict=True)]
        )
    size = sum(group.size for group in groups)
    arrays = _merge_timed_arrays([group.timed_arrays for group in groups])
    return dataclasses.replace(first, size=size, code=code, values=values, timed_arrays=arrays)


def _are_equal(columns: Sequence[Any]) -> bool:
    """Return whether values are the same bits in all plans."""
    return all(np.array_equal(columns[0], column) for column in columns[1:])


def _number_on(columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Shift the numbers of conditions, or of their neurons, to follow those of earlier plans."""
    numbered, offset = [], 0
    for column in columns:
        numbered.append(np.asarray(column) + offset)
        offset += int(np.max(column)) + 1
    return numbered


def _declare_per_neuron(equations: str, name: str) -> str:
    """Change the declaration of a shared constant to that of a value of each neuron."""
    pattern = rf"^({re.escape(name)} : .*) \(shared, constant\)$"
    changed, count = re.subn(pattern, r"\1 (constant)", equations, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"no declaration of {name} in the equations")
    return changed


def _merge_timed_arrays(
    arrays: Sequence[Mapping[str, TimedArrayPlan]],
) -> dict[str, TimedArrayPlan]:
    """Put the conditions of all plans beside each other; the last row applies to later times."""
    merged = {}
    for name, first in arrays[0].items():
        columns = [plan_arrays[name].values for plan_arrays in arrays]
        n_rows = max(len(values) for values in columns)
        padded = [np.pad(v, ((0, n_rows - len(v)), (0, 0)), mode="edge") for v in columns]
        merged[name] = dataclasses.replace(first, values=np.concatenate(padded, axis=1))
    return merged


def _merge_synapses(
    plans: Sequence[SynapsesPlan],
) -> tuple[SynapsesPlan, dict[str, tuple[str, np.ndarray]]]:
    """Merge synapses; return them, and unit and values of what their target neurons get."""
    first, code = plans[0], dict(plans[0].code)
    is_listed = first.pre is not None
    values: dict[str, Any] = {}
    neuron_values: dict[str, tuple[str, np.ndarray]] = {}
    for name in first.values:
        columns = [plan.values[name] for plan in plans]
        if _are_equal(columns) and np.ndim(columns[0]) < 2:
            values[name] = columns[0]
        elif np.ndim(columns[0]):
            shapes = [
                (plan.n_lanes, np.shape(c)[-1]) for plan, c in zip(plans, columns, strict=True)
            ]
            pairs = zip(columns, shapes, strict=True)
            values[name] = np.concatenate([np.broadcast_to(c, shape) for c, shape in pairs])
        else:
            variable = f"{first.name}_{name}"
            code, unit = _move_to_target(code, name, f"{variable}_post")
            sizes = [plan.n_lanes * plan.n_post for plan in plans]
            neuron_values[variable] = unit, np.repeat(np.array(columns, float), sizes)
    arrays = _merge_timed_arrays([plan.timed_arrays for plan in plans])
    merged = dataclasses.replace(first, code=code, values=values, timed_arrays=arrays)
    if is_listed:
        merged = dataclasses.replace(merged, n_lanes=sum(plan.n_lanes for plan in plans))
    else:
        n_pre, n_post = sum(p.n_pre for p in plans), sum(p.n_post for p in plans)
        merged = dataclasses.replace(merged, n_pre=n_pre, n_post=n_post)
    return merged, neuron_values


def _move_to_target(
    code: Mapping[str, str], name: str, variable: str
) -> tuple[dict[str, str], str]:
    """Replace a constant of synapses by a value of their target neurons; return its unit, too."""
    pattern = rf"^{re.escape(name)} : (.*) \(shared, constant\)$"
    declaration = re.search(pattern, code["model"], flags=re.MULTILINE)
    if declaration is None:
        raise ValueError(f"no declaration of {name} in the model of synapses")
    model = code["model"].replace(declaration[0], "")
    lines = [line for line in model.splitlines() if line]
    pre = re.sub(rf"\b{re.escape(name)}\b", variable, code["pre"])
    return {**code, "model": "\n".join(lines), "pre": pre}, declaration[1]


def _add_values(
    group: NeuronGroupPlan, neuron_values: Mapping[str, tuple[str, np.ndarray]]
) -> NeuronGroupPlan:
    """Return neurons with further values of their own."""
    if not neuron_values:
        return group
    lines = [
        group.code["equations"],
        *(f"{n} : {unit} (constant)" for n, (unit, _) in neuron_values.items()),
    ]
    code = {**group.code, "equations": "\n".join(lines)}
    values = {**group.values, **{name: values for name, (_, values) in neuron_values.items()}}
    return dataclasses.replace(group, code=code, values=values)


def merge_spikes(spikes: Sequence[InputSpikes]) -> InputSpikes:
    """Merge the input spikes of several plans, whose neurons are numbered one plan after the other.

    Parameters
    ----------
    spikes : sequence of InputSpikes
        Spikes of each plan, sorted by time.

    Returns
    -------
    InputSpikes
        Spikes of all plans, sorted by time, and within a step in the order of the plans.
    """
    n_steps = max(len(s.counts) for s in spikes)
    counts = np.stack([np.pad(s.counts, (0, n_steps - len(s.counts))) for s in spikes])
    total = counts.sum(axis=0)
    first_of_step = np.cumsum(total) - total
    n_neurons = sum(s.n_neurons for s in spikes)
    neurons = np.empty(int(total.sum()), dtype=neuron_dtype(n_neurons))
    n_before, offset = np.zeros(n_steps, dtype=np.int64), 0
    for s, of_plan in zip(spikes, counts, strict=True):
        local_start = np.cumsum(of_plan) - of_plan
        shift = first_of_step + n_before - local_start
        position = np.arange(len(s.neurons)) + np.repeat(shift, of_plan)
        neurons[position] = s.neurons.astype(neurons.dtype) + neurons.dtype.type(offset)
        n_before += of_plan
        offset += s.n_neurons
    return InputSpikes.from_sorted(neurons, total.astype(np.int32), n_neurons)
