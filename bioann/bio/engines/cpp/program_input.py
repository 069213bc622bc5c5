"""The input file of a program: the C++ that reads it, and the Python that writes it.

`write_loader` and `write_input` go through the same items in the same order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from bioann.bio.builder.plan import NetworkPlan, SynapsesPlan
from bioann.bio.engines.cpp.generated_network import (
    GeneratedNetwork,
    list_learned_variables,
    list_state_names,
)
from bioann.bio.engines.cpp.size_placeholders import list_sizes
from bioann.bio.engines.cpp.spike_delivery import Pathway, spike_source_name
from bioann.bio.engines.divergence import MAX_SPIKES_PER_STEP, steps_between_checks
from bioann.bio.engines.results import RunRequest
from bioann.bio.input_spikes.sorting import neuron_dtype
from bioann.bio.input_spikes.spikes import InputSpikes
from bioann.bio.integration.step_constants import StepConstant, evaluate_constants


def write_loader(network: GeneratedNetwork, pathways: Mapping[str, Pathway]) -> list[str]:
    """Write the C++ statements that read all numbers of a network.

    Parameters
    ----------
    network : GeneratedNetwork
        Network of the program.
    pathways : mapping of str to Pathway
        What delivers spikes to synapses, by name of the Brian2 object.

    Returns
    -------
    list of str
        Statements. The sizes, which come first in the input, are read by ``runtime.cpp``; what is
        recorded, which comes last, by ``recorder.h``.
    """
    plan, lines = network.plan, []
    for group in plan.neuron_groups:
        constants = network.objects.step_constants[group.name]
        for name in [*sorted(group.values), *sorted(constants)]:
            lines.append(network.write_load(group.name, name))
    lines += [f"{spike_source_name(generator.name)}.load();" for generator in plan.spike_generators]
    for synapses_plan in plan.synapses:
        lines += _write_synapse_loader(network, pathways, synapses_plan)
    for name, junctions in network.objects.gap_junctions.items():
        lines += _write_gap_junction_loader(network, name, junctions)
    values = network.device.static_arrays
    for name in (f"{array.name}_values" for array in plan.timed_arrays):
        lines.append(f"load({name}, {values[name].size});" if name in values else "skip(8);")
    return lines


def _write_synapse_loader(
    network: GeneratedNetwork, pathways: Mapping[str, Pathway], synapses_plan: SynapsesPlan
) -> list[str]:
    """Write the C++ block that reads the synapses of one plan."""
    name, synapses = synapses_plan.name, network.objects.synapses[synapses_plan.name]
    device, pathway = network.device, pathways[synapses.pre.name]
    n = f"{network.array_name(name, 'N')}[0]"
    neurons = [network.array_name(name, v) for v in ("_synaptic_pre", "_synaptic_post")]
    vectors = [device.dynamic_arrays[v] for v in synapses._registered_variables]
    of_one_lane = [] if pathway.lists_all_lanes else [*pathway.per_synapse_arrays.values()]
    lines = []
    if pathway.lists_all_lanes:
        lines.append(f"const size_t n_sources = connect({', '.join(neurons)});")
        for p in synapses._pathways:
            # The size of a generator is not compiled into the program.
            end = "n_sources" if pathways[p.name].generator else p.source.stop
            lines.append(f"{p.name}.sources_end = {end};")
        lines.append(f"{n} = {neurons[0]}.size();")
    elif pathway.lists_one_lane:
        has_order = str(bool(of_one_lane) or pathway.cpp_class == "Delayed").lower()
        lines.append(f"const Order order = {pathway.name}.load({has_order});")
        lines.append(f"{n} = {pathway.name}.size();")
        vectors = [vector for vector in vectors if vector not in (*neurons, *of_one_lane)]
    lines += [f"resize({vector}, {n});" for vector in vectors if pathway.cpp_class != "Direct"]
    for variable in sorted(synapses_plan.values):
        vector = network.array_name(name, variable)
        is_ordered = vector in of_one_lane
        lines.append(
            f"load({vector}, order);" if is_ordered else network.write_load(name, variable)
        )
    if pathway.cpp_class == "Delayed":
        dt = device.arrays[network.objects.clocks[0].variables["dt"]]
        return ["{", *lines, f"{pathway.name}.load_delays({dt}[0], order);", "}"]
    delay = device.get_array_name(synapses.pre.variables["delay"], False)
    lines.append(f"load({delay});")
    if not pathway.lists_all_lanes:
        dt = device.arrays[network.objects.clocks[0].variables["dt"]]
        lines.append(f"{pathway.name}.wait({delay}[0], {dt}[0]);")
    return ["{", *lines, "}"]


def _write_gap_junction_loader(network: GeneratedNetwork, name: str, junctions: Any) -> list[str]:
    """Write the C++ statements that read the gap junctions of one population."""
    neurons = [network.array_name(name, v) for v in ("_synaptic_pre", "_synaptic_post")]
    vectors = [network.device.dynamic_arrays[v] for v in junctions._registered_variables]
    n = f"{network.array_name(name, 'N')}[0]"
    return [
        f"connect({', '.join(neurons)});",
        f"{n} = {neurons[0]}.size();",
        *(f"resize({vector}, {n});" for vector in vectors if vector not in neurons),
        network.write_load(name, "conductance"),
    ]


def write_input(
    plan: NetworkPlan,
    request: RunRequest,
    step_constants: Mapping[str, Mapping[str, StepConstant]],
    file: IO[bytes],
) -> None:
    """Write the numbers of a run: array sizes, the network, and what is recorded.

    Parameters
    ----------
    plan : NetworkPlan
        Numbers of the network.
    request : RunRequest
        What to record in each lane.
    step_constants : mapping of str to mapping of str to StepConstant
        By group, the constant factors that the code of its time step names.
    file : binary file
        File to write to.
    """
    numbers = _NumberFile(file)
    numbers.write_array(list_sizes(plan), np.int64)
    for group in plan.neuron_groups:
        constants = evaluate_constants(step_constants.get(group.name, {}), group.values)
        for values in (group.values, constants):
            for name in sorted(values):
                dtype = np.int32 if name in ("lane", "site") else np.float64
                numbers.write_array(values[name], dtype)
    for generator in plan.spike_generators:
        _write_spikes(generator.spikes, numbers)
    for synapses in plan.synapses:
        _write_synapses(synapses, numbers)
    for junctions in plan.gap_junctions:
        sizes = (junctions.n_lanes, junctions.n, junctions.n)
        _write_connections(sizes, junctions.pre, junctions.post, numbers)
        numbers.write_array(junctions.conductance)
    for array in plan.timed_arrays:
        numbers.write_array(array.values)
    _write_request(request, plan, numbers)
    numbers.write_integers(plan.n_steps, round(plan.stimulus_dt / plan.dt))


@dataclasses.dataclass(frozen=True)
class _NumberFile:
    """A binary file of integers of 64 bits, and of arrays, each after its number of elements."""

    file: IO[bytes]

    def write_integers(self, *values: int) -> None:
        np.array(values, dtype=np.int64).tofile(self.file)

    def write_array(self, values: Any, dtype: Any = np.float64) -> None:
        array = np.ascontiguousarray(values, dtype=dtype)
        self.write_integers(array.size)
        array.tofile(self.file)


def _write_spikes(spikes: InputSpikes, numbers: _NumberFile) -> None:
    """Write input spikes: bytes per neuron index, number of spikes, indices, spikes per step."""
    counts = []
    numbers.write_integers(np.dtype(neuron_dtype(spikes.n_neurons)).itemsize, spikes.n_spikes)
    for neurons, step_counts in spikes.iter_blocks():
        neurons.tofile(numbers.file)
        counts.append(step_counts)
    numbers.write_array(np.concatenate(counts), np.int32)


def _write_synapses(synapses: SynapsesPlan, numbers: _NumberFile) -> None:
    """Write the synapses of one lane, and their delays."""
    pre, post = synapses.pre, synapses.post
    if pre is not None and post is not None:
        sizes = (synapses.n_lanes, synapses.n_pre, synapses.n_post)
        _write_connections(sizes, pre, post, numbers)
    for name in sorted(synapses.values):
        numbers.write_array(synapses.values[name])
    numbers.write_array(np.atleast_1d(synapses.delay))


def _write_connections(
    sizes: tuple[int, int, int], pre: np.ndarray, post: np.ndarray, numbers: _NumberFile
) -> None:
    """Write pairs of neurons of one lane, after the numbers of lanes and of neurons in each."""
    is_narrow = max(sizes[1:]) <= 2**16
    numbers.write_integers(*sizes, len(pre), is_narrow)
    for neurons in (pre, post):
        dtype = np.uint16 if is_narrow else np.int32
        np.ascontiguousarray(neurons, dtype=dtype).tofile(numbers.file)


def _write_request(request: RunRequest, plan: NetworkPlan, numbers: _NumberFile) -> None:
    """Write what the program records, and at which firing rate it stops."""
    record = request.record
    numbers.write_integers(
        request.n_lanes,
        steps_between_checks(plan.dt),
        record.spikes,
        request.steps_per_bin,
        request.n_bins,
        record.counts,
        request.steps_per_sample,
    )
    np.array([MAX_SPIKES_PER_STEP, plan.dt]).tofile(numbers.file)
    for name in request.sizes:
        numbers.write_array(request.probe_indices(name), np.int32)
        sampled = request.states.get(name, {})
        numbers.write_integers(len(sampled))
        for variable, neurons in sampled.items():
            numbers.write_integers(list_state_names(plan, name).index(variable))
            numbers.write_array(request.repeat_in_lanes(name, neurons), np.int32)
    learned = [s.name for s in plan.synapses for _ in list_learned_variables(s)]
    numbers.write_array([k for k, name in enumerate(learned) if name in request.learning], np.int32)
