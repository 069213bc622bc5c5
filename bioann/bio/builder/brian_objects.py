"""Brian2 objects of a plan, with or without its values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import brian2 as b2
import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

from bioann.bio.builder.plan import NetworkPlan, NeuronGroupPlan, SynapsesPlan, TimedArrayPlan
from bioann.bio.integration.spike_timing import prewrite_step
from bioann.bio.integration.step_constants import (
    StepConstant,
    evaluate_constants,
    list_differing_constants,
)

#: Dimensions of the units of timed arrays.
_DIMENSIONS = {"1": DIMENSIONLESS, "amp": b2.amp.dim, "siemens": b2.siemens.dim}


@dataclasses.dataclass(frozen=True)
class BrianObjects:
    """A Brian2 network and its objects.

    Attributes
    ----------
    network : brian2.Network
        Network with all groups, synapses and monitors.
    monitors : dict of str to brian2.SpikeMonitor
        Spike monitor of each population, by name of the population.
    clocks : tuple of brian2.Clock
        Clock of the simulation and clock of the stimulus.
    synapses : dict of str to brian2.Synapses
        Synapses by name of the Brian2 object.
    gap_junctions : dict of str to brian2.Synapses
        Gap junctions by name of the Brian2 object.
    step_constants : dict of str to dict of str to StepConstant
        Constants of the integration step, by name of the neuron group and of the constant.
    """

    network: b2.Network
    monitors: dict[str, b2.SpikeMonitor]
    clocks: tuple[b2.Clock, b2.Clock]
    synapses: dict[str, b2.Synapses]
    gap_junctions: dict[str, b2.Synapses]
    step_constants: dict[str, dict[str, StepConstant]]


def make_brian_objects(plan: NetworkPlan, in_process: bool = True) -> BrianObjects:
    """Make the Brian2 network of a plan, with all values set.

    Every object has a name from the description: Brian2 orders objects by name, and the names that
    it makes up depend on garbage collection.

    Parameters
    ----------
    plan : NetworkPlan
        Code and numbers of the network.
    in_process : bool, optional
        Whether the network runs in this process, and not as a program that Brian2 generates.

    Returns
    -------
    BrianObjects
        The network and its objects.
    """
    objects = make_empty_objects(plan)
    groups = {group.name: group for group in plan.neuron_groups}
    for name, group in groups.items():
        constants = evaluate_constants(objects.step_constants[name], group.values)
        set_values(objects.network[name], repeat_values({**group.values, **constants}, group.size))
    for synapses_plan in plan.synapses:
        synapses = objects.synapses[synapses_plan.name]
        n_sources, n_slots = len(synapses.source), 1
        pre, post = synapses_plan.synapse_indices(n_sources)
        if not len(pre):
            synapses.active = False
            continue
        synapses.connect(i=pre, j=post)
        if np.ndim(synapses_plan.delay):
            synapses.pre.delay[:] = np.tile(synapses_plan.delay, synapses_plan.n_lanes) * b2.second
        if synapses_plan.pre is not None:
            n_slots = synapses_plan.count_slots(n_sources)
        set_values(synapses, synapses_plan.values, synapses_plan.n_lanes, n_slots)
    for junctions in plan.gap_junctions:
        neighbour, neuron = junctions.junction_indices()
        couplings = objects.gap_junctions[junctions.name]
        if not len(neuron):
            couplings.active = False
            continue
        couplings.connect(i=neighbour, j=neuron)
        set_values(couplings, {"conductance": junctions.conductance}, junctions.n_lanes)
    for generator in plan.spike_generators if in_process else ():
        _widen_time_bins(objects.network[generator.name])
    for name in groups:
        population = name.removeprefix("population_")
        monitor = b2.SpikeMonitor(objects.network[name], name=f"spikes_{population}")
        objects.monitors[population] = monitor
    objects.network.add(*objects.monitors.values())
    return objects


def make_empty_objects(plan: NetworkPlan) -> BrianObjects:
    """Make the Brian2 objects of a plan, without synapses, values and monitors."""
    clock = b2.Clock(dt=plan.dt * b2.second, name="bioann_clock")
    stimulus_clock = b2.Clock(dt=plan.stimulus_dt * b2.second, name="bioann_slow_clock")
    sources: dict[str, Any] = {}
    step_constants = {}
    for group in plan.neuron_groups:
        sources[group.name], step_constants[group.name] = _make_neuron_group(group, plan, clock)
    for generator in plan.spike_generators:
        spikes = generator.spikes
        sources[generator.name] = b2.SpikeGeneratorGroup(
            spikes.n_neurons * spikes.n_slots,
            spikes.source_indices,
            spikes.steps * plan.dt * b2.second,
            sorted=True,
            clock=clock,
            name=generator.name,
        )
    clocks = (clock, stimulus_clock)
    synapses = {s.name: _make_synapses(s, sources, plan, clocks) for s in plan.synapses}
    couplings = {
        junctions.name: b2.Synapses(
            sources[junctions.group],
            sources[junctions.group],
            junctions.model,
            clock=clock,
            name=junctions.name,
        )
        for junctions in plan.gap_junctions
    }
    objects = (*sources.values(), *synapses.values(), *couplings.values())
    network = b2.Network(*objects, name="bioann_network")
    return BrianObjects(network, {}, clocks, synapses, couplings, step_constants)


def _make_neuron_group(
    group_plan: NeuronGroupPlan, plan: NetworkPlan, clock: b2.Clock
) -> tuple[b2.NeuronGroup, dict[str, StepConstant]]:
    """Make the neuron group of a population; return it and the constants of its step."""
    code = group_plan.code
    method, step_constants = prewrite_step(group_plan.method, code["equations"])
    differing = list_differing_constants(step_constants, group_plan.values)
    flags = {
        name: "constant" if name in differing else "shared, constant" for name in step_constants
    }
    lines = [code["equations"], *(f"{name} : 1 ({flag})" for name, flag in flags.items())]
    group = b2.NeuronGroup(
        group_plan.size,
        "\n".join(lines),
        threshold=code["threshold"],
        reset=code["reset"],
        refractory=code["refractory"],
        method=method,
        namespace=make_timed_arrays(group_plan.timed_arrays, plan),
        clock=clock,
        name=group_plan.name,
    )
    return group, step_constants


def make_timed_arrays(
    array_plans: Mapping[str, TimedArrayPlan], plan: NetworkPlan
) -> dict[str, b2.TimedArray]:
    """Make the Brian2 timed arrays that some code uses, by their names in the code."""
    timed_arrays = {}
    for name, array in array_plans.items():
        values = Quantity(array.values, dim=_DIMENSIONS[array.unit])
        timed_arrays[name] = b2.TimedArray(values, plan.stimulus_dt * b2.second, name=array.name)
    return timed_arrays


def repeat_values(values: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Return the values of a group of neurons, with those of one lane repeated for all lanes."""
    return {
        name: np.tile(value, size // len(value)) if np.ndim(value) == 1 else value
        for name, value in values.items()
    }


def set_values(group: Any, values: Mapping[str, Any], n_lanes: int = 1, n_slots: int = 1) -> None:
    """Set the variables of a group; repeat an array of one lane for all lanes, then all slots."""
    for name, value in values.items():
        variable = group.variables[name]
        array = np.asarray(value)
        if array.ndim == 1 and n_lanes > 1:
            array = np.tile(array, n_lanes)
        variable.set_value(np.tile(array.ravel(), n_slots) if array.ndim else array)


def _make_synapses(
    synapses_plan: SynapsesPlan,
    sources: Mapping[str, Any],
    plan: NetworkPlan,
    clocks: tuple[b2.Clock, b2.Clock],
) -> b2.Synapses:
    """Make Brian2 synapses without connections."""
    on_post = synapses_plan.code["post"]
    has_one_delay = not np.ndim(synapses_plan.delay)  # others are set with the synapses
    delays = {"pre": synapses_plan.delay * b2.second} if has_one_delay else {}
    synapses = b2.Synapses(
        sources[synapses_plan.source],
        sources[synapses_plan.target],
        synapses_plan.code["model"],
        on_pre=synapses_plan.code["pre"],
        on_post=on_post or None,
        delay=delays | ({"post": 0 * b2.second} if on_post else {}),
        namespace=make_timed_arrays(synapses_plan.timed_arrays, plan),
        clock=clocks[0],
        method="exact",
        name=synapses_plan.name,
    )
    if synapses_plan.code["tick"]:
        synapses.run_regularly(
            synapses_plan.code["tick"],
            clock=clocks[1],
            when="before_synapses",
            name=f"{synapses_plan.name}_tick",
        )
    return synapses


def _widen_time_bins(source: b2.SpikeGeneratorGroup) -> None:
    """Replace a generator's 32-bit time bins by 64-bit integers, the type of the clock's steps.

    With Brian2's 32-bit bins NumPy converts all remaining ones in every time step to look one up:
    14 of 18 s for 8 million spikes (brian2 2.9; its pull request 1044 discusses the slow lookup).
    The values do not change.
    """
    size = source.variables["_timebins"].size
    del source.variables._variables["_timebins"]
    source.variables.add_dynamic_array(
        "_timebins",
        size=size,
        index="spike_number",
        read_only=True,
        constant=True,
        dtype=np.int64,
    )
