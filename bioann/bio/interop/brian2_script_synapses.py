"""Synapses and gap junctions of a Brian2 script."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bioann.bio.builder.gap_junctions import GapJunctionsPlan
from bioann.bio.builder.plan import SynapsesPlan
from bioann.bio.interop.brian2_script_neurons import (
    quote_code,
    write_assignment,
    write_namespace,
    write_timed_arrays,
)
from bioann.bio.interop.brian2_script_values import ScriptData, list_units


def write_synapses(
    plan: SynapsesPlan, n_sources: int, meanings: Mapping[str, str], data: ScriptData
) -> list[str]:
    """Write synapses with their connections and values; a comment if there are none.

    Parameters
    ----------
    plan : SynapsesPlan
        Synapses of one lane.
    n_sources : int
        Number of neurons or input spike sources of the source group.
    meanings : mapping of str to str
        Comments on constants, by name without the suffix of synapses.
    data : ScriptData
        Collects units and arrays.
    """
    name, code = plan.name, plan.code
    if plan.pre is not None and not len(plan.pre):
        return [f"# {name}: no synapses."]
    lines = write_timed_arrays(plan.timed_arrays, data)
    has_one_delay = not np.ndim(plan.delay)
    delays = []
    if has_one_delay:
        delays.append(f'"pre": {data.write_number(float(plan.delay), "second")}')
    if code["post"]:
        data.units.add("second")
        delays.append('"post": 0*second')
    lines += [f"{name} = Synapses(", f"    {plan.source},", f"    {plan.target},"]
    if code["model"]:
        lines.append(f"    {quote_code(code['model'])},")
    lines.append(f"    on_pre={quote_code(code['pre'])},")
    if code["post"]:
        lines.append(f"    on_post={quote_code(code['post'])},")
    lines += [
        f"    delay={{{', '.join(delays)}}},",
        *write_namespace(plan.timed_arrays),
        "    clock=clock,",
        '    method="exact",',
        f'    name="{name}",',
        ")",
    ]
    if code["tick"]:
        lines += _write_tick(name, code["tick"])
    lines += write_connections(plan, n_sources, data)
    return lines + _write_values(plan, n_sources, meanings, data)


def _write_tick(name: str, code: str) -> list[str]:
    """Write the code of synapses that runs at every stimulus step."""
    return [
        f"{name}.run_regularly(",
        f"    {quote_code(code)},",
        "    clock=stimulus_clock,",
        '    when="before_synapses",',
        f'    name="{name}_tick",',
        ")",
    ]


def write_connections(plan: SynapsesPlan, n_sources: int, data: ScriptData) -> list[str]:
    """Write which neurons are connected, and the delays if they differ."""
    name = plan.name
    if plan.pre is None:
        return [f'{name}.connect(j="i{" % N_post" if n_sources > plan.n_post else ""}")']
    pre, post = plan.synapse_indices(n_sources)
    lines = write_indices(name, pre, post, (n_sources, plan.n_post), data)
    if np.ndim(plan.delay):
        delay = np.tile(plan.delay, plan.count_slots(n_sources))
        delays = data.write_values(f"{name}.delay", delay, "second")
        lines.append(f"{name}.pre.delay = {delays}")
    return lines


def write_indices(
    name: str, pre: np.ndarray, post: np.ndarray, sizes: tuple[int, int], data: ScriptData
) -> list[str]:
    """Write the connections: as a matrix with a rule, or as arrays of the data file.

    Parameters
    ----------
    name : str
        Name of the synapses.
    pre, post : numpy.ndarray of int, shape (synapse,)
        Index of the presynaptic and of the postsynaptic neuron.
    sizes : tuple of int
        Number of presynaptic and postsynaptic neurons.
    data : ScriptData
        Collects arrays.
    """
    n_pre, n_post = sizes
    rules = {f"np.ones(({n_post}, {n_pre}))": (n_pre * n_post, False)}
    if n_pre == n_post:
        rules[f"1 - np.eye({n_pre})"] = (n_pre * n_post - n_pre, True)
    for rule, (count, without_self) in rules.items():
        if count != len(pre):
            continue
        # The order of the synapses decides in which order their effects are added.
        rows, columns = np.divmod(np.arange(n_pre * n_post), n_pre)
        if without_self:
            rows, columns = rows[rows != columns], columns[rows != columns]
        if np.array_equal(rows, post) and np.array_equal(columns, pre):
            return [f"post, pre = np.nonzero({rule})", f"{name}.connect(i=pre, j=post)"]
    i, j = (data.write_array(f"{name}.{k}", v) for k, v in (("pre", pre), ("post", post)))
    return [f"{name}.connect(i={i}, j={j})"]


def _write_values(
    plan: SynapsesPlan, n_sources: int, meanings: Mapping[str, str], data: ScriptData
) -> list[str]:
    """Write the constants of synapses and the initial values of their variables."""
    units, lines = list_units(plan.code["model"]), []
    suffixed = {f"{name}_syn": meaning for name, meaning in meanings.items()}
    suffixed |= {"weight_syn": "weight of a spike", "weight": "weight of a spike"}
    n_slots = 1 if plan.pre is None else plan.count_slots(n_sources)
    for variable, value in plan.values.items():
        array = np.asarray(value)
        tiled = np.tile(array.ravel(), n_slots) if array.ndim else value
        lines += write_assignment(plan.name, variable, tiled, units, suffixed, data)
    return lines


def write_gap_junctions(plan: GapJunctionsPlan, data: ScriptData) -> list[str]:
    """Write the gap junctions of a population; a comment if there are none."""
    name = plan.name
    neighbour, neuron = plan.junction_indices()
    if not len(neuron):
        return [f"# {name}: no gap junctions."]
    conductance = data.write_values(f"{name}.conductance", plan.conductance, "siemens")
    return [
        f"{name} = Synapses(",
        f"    {plan.group},",
        f"    {plan.group},",
        f"    {quote_code(plan.model)},",
        "    clock=clock,",
        f'    name="{name}",',
        ")",
        *write_indices(name, neighbour, neuron, (plan.n, plan.n), data),
        f"{name}.conductance = {conductance}",
    ]
