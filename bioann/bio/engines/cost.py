"""Estimates of the time and memory that a run takes, and the constants they rest on.

All constants were measured on one machine (Python 3.11, Brian2 2.9, g++ 12, one core;
``docs/concepts/where_the_time_goes.md``). Estimates decide which engine runs, on how many cores and
in how many batches; no number of a recording depends on them.

Seconds and bytes are named after who takes them: ``NUMPY`` and ``CYTHON`` for Brian2 in this
process, ``PROGRAM`` for a compiled program, ``COMPILE`` for making one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.builder.release import count_release_synapses
from bioann.bio.description import NetworkDescription
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.population import Population
from bioann.bio.scheduled_afferent import ScheduledAfferent

#: Seconds per code object and time step: what Brian2 spends in Python to call numpy.
NUMPY_SECONDS_PER_CODE_OBJECT_STEP = 25e-6
#: Seconds per neuron and time step.
NUMPY_SECONDS_PER_NEURON_STEP = 30e-9
#: Seconds per input spike.
NUMPY_SECONDS_PER_INPUT_SPIKE = 30e-9

#: Seconds to compile one code object: each becomes a Python extension module.
CYTHON_SECONDS_PER_CODE_OBJECT = 3.0
#: Time steps with Cython, relative to numpy: 0.45 s and 0.83 s for one neuron and 10,000 steps.
CYTHON_TIME_RATIO = 0.5

#: Seconds to compile a program with Brian2's standalone device, on any number of cores.
STANDALONE_SECONDS = 15.0
#: Seconds to compile one code object of such a program: each is a file of its own.
STANDALONE_SECONDS_PER_CODE_OBJECT = 1.0
#: Time steps in such a program, relative to numpy.
STANDALONE_TIME_RATIO = 0.15

#: Seconds of processor time to compile and link a program: reading the standard library. What all
#: programs share is compiled once.
COMPILE_SECONDS = 0.5
#: Seconds of processor time to compile one code object of a program.
COMPILE_SECONDS_PER_CODE_OBJECT = 0.03
#: Time steps in a program, relative to numpy, for any network.
PROGRAM_TIME_RATIO = 0.1

#: Seconds per neuron and time step without exponentials: 2.6 ns for LIF.
PROGRAM_SECONDS_PER_NEURON_STEP = 3e-9
#: Seconds per exponential that is evaluated: 15 to 20 ns; Wang-Buzsaki takes 400 ns per step.
PROGRAM_SECONDS_PER_EXPONENTIAL = 18e-9
#: Seconds per spike: 1 or 2 ns for an input spike.
PROGRAM_SECONDS_PER_SPIKE = 2e-9
#: Evaluations of the equations in one time step, by integration method.
EVALUATIONS_PER_STEP = {"rk4": 4}
#: Evaluations of the equations in one time step of every other method.
DEFAULT_EVALUATIONS_PER_STEP = 2

#: Runs over which compilation must pay off. The program is kept, and a pair runs its own network at
#: least twice.
EXPECTED_RUNS = 3
#: Seconds above which a run uses several programs: planning, starting and reading another program
#: takes about 15 ms.
MIN_PARALLEL_SECONDS = 0.2
#: Seconds per synapse that a spike reaches: 0.4 ns where synapses and neurons are in the
#: processor's cache, 10 ns where they are not.
PROGRAM_SECONDS_PER_DELIVERY = 1e-9
#: Seconds of a time step that a thread of a program must have to do: two threads wait for each
#: other twice in a step, which takes them about 1 us.
MIN_THREAD_STEP_SECONDS = 4e-6
#: Firing rate in Hz that is assumed for every neuron before a run.
ASSUMED_RATE = 50.0
#: Fraction of the available memory that a run may use.
FREE_MEMORY_SHARE = 0.5


class LaneBytes(NamedTuple):
    """Peak memory of a run, in bytes per item of one lane.

    Parameters
    ----------
    per_neuron : float
        Bytes per neuron: its states, those of its receptors, and its place in queues.
    per_synapse : float
        Bytes per synapse between populations whose weight stays the same.
    per_learning_synapse : float
        Bytes per synapse with a long-term plasticity rule.
    per_spike : float
        Bytes per spike, of inputs and of neurons: drawn, sorted, written, recorded and labelled.
    """

    per_neuron: float
    per_synapse: float
    per_learning_synapse: float
    per_spike: float


#: Brian2 in this process; measured at the peak: 290, 35, 35 and 65.
BRIAN_LANE_BYTES = LaneBytes(400, 80, 80, 100)
#: Brian2's standalone device. Checks record some five variables 50 times a second, and the assumed
#: firing rate is 50 Hz: they add 50 bytes per spike.
STANDALONE_LANE_BYTES = LaneBytes(400, 80, 80, 150)
#: A compiled program and this process together; measured at the peak: 50, 9, 35 and 7.
PROGRAM_LANE_BYTES = LaneBytes(200, 16, 80, 15)


def count_code_objects(plan: NetworkPlan) -> int:
    """Count what Brian2 calls in each time step: code objects, and queues of spikes."""
    junctions = len(plan.gap_junctions)
    pathways = sum(1 + bool(synapses.code["post"]) for synapses in plan.synapses)
    return 4 * len(plan.neuron_groups) + len(plan.spike_generators) + 2 * pathways + junctions


def estimate_numpy_seconds(plan: NetworkPlan) -> float:
    """Estimate the seconds that one run of a plan takes with Brian2's numpy code."""
    n_neurons = sum(group.size for group in plan.neuron_groups)
    n_spikes = sum(generator.spikes.n_spikes for generator in plan.spike_generators)
    per_step = NUMPY_SECONDS_PER_CODE_OBJECT_STEP * count_code_objects(plan)
    per_step += NUMPY_SECONDS_PER_NEURON_STEP * n_neurons
    return plan.n_steps * per_step + NUMPY_SECONDS_PER_INPUT_SPIKE * n_spikes


def estimate_compile_seconds(plan: NetworkPlan) -> float:
    """Estimate the seconds of processor time that compiling the program of a plan takes."""
    return COMPILE_SECONDS + COMPILE_SECONDS_PER_CODE_OBJECT * count_code_objects(plan)


def estimate_program_seconds(
    network: NetworkDescription, stimulus: xr.DataArray, lanes: Lanes
) -> float:
    """Estimate the seconds that a compiled program takes for all lanes on one core.

    Parameters
    ----------
    network : NetworkDescription
        Network to run; it need not be planned yet.
    stimulus : xarray.DataArray, shape (condition, time, channel)
        Stimulus in activation, with its time step in seconds in ``attrs["dt"]``.
    lanes : Lanes
        All conditions and trials of the run, and its time step.

    Returns
    -------
    float
        Seconds of processor time.
    """
    n_steps = stimulus.sizes["time"] * float(stimulus.attrs["dt"]) / lanes.dt
    per_step = sum(
        estimate_neuron_step_seconds(network, population) * population.n
        for population in network.populations
    )
    n_spikes = estimate_spike_count(network, stimulus)
    return lanes.n * (per_step * n_steps + PROGRAM_SECONDS_PER_SPIKE * n_spikes)


def estimate_step_seconds(
    network: NetworkDescription, stimulus: xr.DataArray, lanes: Lanes
) -> float:
    """Estimate the seconds that a compiled program takes for one time step of one lane.

    Parameters are those of `estimate_program_seconds`. Deliveries of spikes to synapses count here,
    because several threads share them.
    """
    duration = stimulus.sizes["time"] * float(stimulus.attrs["dt"])
    seconds = estimate_program_seconds(network, stimulus, lanes) / lanes.n
    deliveries = estimate_synapse_count(network) * ASSUMED_RATE * duration
    seconds += PROGRAM_SECONDS_PER_DELIVERY * deliveries
    return float(seconds * lanes.dt / duration)


def estimate_neuron_step_seconds(network: NetworkDescription, population: Population) -> float:
    """Estimate the seconds that a compiled program takes for one time step of one neuron."""
    cell = population.cell
    models = [cell.model, *(receptor.model for receptor in network.receptors_of(population.name))]
    n_exponentials = sum(len(re.findall(r"\bexp\b", model)) for model in models)
    evaluations = EVALUATIONS_PER_STEP.get(cell.method, DEFAULT_EVALUATIONS_PER_STEP)
    exponential_seconds = PROGRAM_SECONDS_PER_EXPONENTIAL * n_exponentials * evaluations
    return PROGRAM_SECONDS_PER_NEURON_STEP + exponential_seconds


def estimate_lane_bytes(
    network: NetworkDescription, stimulus: xr.DataArray, lane_bytes: LaneBytes
) -> float:
    """Estimate the bytes of memory that one lane takes at the peak of a run.

    Parameters
    ----------
    network : NetworkDescription
        Spiking network of the run.
    stimulus : xarray.DataArray, shape (condition, time, channel)
        Stimulus in activation; its condition with most input counts.
    lane_bytes : LaneBytes
        Bytes per item for the engine that runs it.

    Returns
    -------
    float
        Bytes.
    """
    synapse_bytes = sum(
        network.expected_synapse_count(p)
        * (lane_bytes.per_synapse if p.long_term_rule is None else lane_bytes.per_learning_synapse)
        for p in network.projections
    )
    synapse_bytes += sum(
        a.expected_synapse_count(network.sizes[a.target])
        * (lane_bytes.per_synapse if a.long_term_rule is None else lane_bytes.per_learning_synapse)
        for a in network.fibres
        if a.connectivity is not None or a.plasticity
    )
    synapse_bytes += lane_bytes.per_learning_synapse * sum(
        junctions.expected_count(p.n)
        for p in network.populations
        if (junctions := p.placed_gap_junctions) is not None
    )
    synapse_bytes += lane_bytes.per_synapse * count_release_synapses(network)
    n_neurons, n_spikes = sum(network.sizes.values()), estimate_spike_count(network, stimulus)
    return lane_bytes.per_neuron * n_neurons + synapse_bytes + lane_bytes.per_spike * n_spikes


def estimate_synapse_count(network: NetworkDescription) -> float:
    """Estimate the synapses of one lane: those between populations, and releases of modulators."""
    between_populations = sum(network.expected_synapse_count(p) for p in network.projections)
    return float(between_populations + count_release_synapses(network))


def estimate_spike_count(network: NetworkDescription, stimulus: xr.DataArray) -> float:
    """Estimate the spikes of one lane: those of neurons, of background and of afferent fibres."""
    dt = float(stimulus.attrs["dt"])
    duration = stimulus.sizes["time"] * dt
    n_spikes = sum(network.sizes.values()) * ASSUMED_RATE * duration
    for population in network.populations:
        n_spikes += population.n * duration * sum(b.rate for b in population.background)
    for a in network.afferents:
        if isinstance(a, ScheduledAfferent):
            conditions = [str(c) for c in stimulus.condition.values]
            n_spikes += max(sum(map(len, a.list_trains(c))) for c in conditions)
        elif isinstance(a, Afferent):
            values = stimulus.sel(channel=a.channel).values
            rates = a.compute_rates(values, [str(c) for c in stimulus.condition.values])
            per_fibre = float(rates.sum(axis=1).max()) * dt
            n_spikes += a.count_fibres(network.sizes[a.target]) * per_fibre
    return n_spikes
