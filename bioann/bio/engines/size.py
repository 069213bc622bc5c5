"""Runs that are too large are refused before anything is drawn or built."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from bioann.base.errors import SimulationError
from bioann.base.memory import check_memory, count_available_bytes
from bioann.bio.builder.release import count_release_synapses
from bioann.bio.description import NetworkDescription
from bioann.bio.engines import cost
from bioann.bio.engines.cost import LaneBytes
from bioann.bio.engines.engine import Engine
from bioann.bio.engines.results import Record
from bioann.bio.input_spikes.draw import Lanes

#: Bytes of one spike in a recording: condition, trial, unit and neuron of 4 bytes, time of 8.
SPIKE_BYTES = 24
#: Firing rate in Hz that every neuron is assumed to have at least: a run is refused only if its
#: recording would be too large even at this rate.
LOWEST_RATE = 1.0
#: Most time steps of a run: engines count them in 32 bits.
MAX_STEPS = 2**31 - 1
#: Most seconds that a run may be expected to take on one core: a year.
MAX_SECONDS = 365 * 86400.0


def check_run_size(
    network: NetworkDescription,
    stimulus: xr.DataArray,
    lanes: Lanes,
    record: Record,
    n_bins: int,
    candidates: Sequence[Engine],
) -> None:
    """Raise `SimulationError` for a run that needs more memory or time than there is.

    Parameters
    ----------
    network : NetworkDescription
        Spiking network of the run.
    stimulus : xarray.DataArray, shape (condition, time, channel)
        Stimulus of the run, in activation.
    lanes : Lanes
        All conditions and trials.
    record : Record
        What is recorded besides the population rates.
    n_bins : int
        Number of response bins.
    candidates : sequence of Engine
        Engines of which one will execute the run.

    Raises
    ------
    SimulationError
        If one lane does not fit into the available memory, the recording does not, there are more
        time steps than engines can count, or the run would take more than a year.
    """
    n_steps = stimulus.sizes["time"] * float(stimulus.attrs["dt"]) / lanes.dt
    if n_steps > MAX_STEPS:
        raise SimulationError(
            "SpikingNetwork.run, dt",
            f"at most {MAX_STEPS} time steps",
            f"{n_steps:.3g}",
            "Shorten the stimulus, or take a longer dt.",
        )
    check_lane_size(network, stimulus, [engine.lane_bytes for engine in candidates])
    check_recording_size(network, lanes, record, n_bins, n_steps)
    seconds = cost.estimate_program_seconds(network, stimulus, lanes)
    if seconds > MAX_SECONDS:
        raise SimulationError(
            "SpikingNetwork.run",
            "a run of less than a year on one core",
            f"about {seconds / MAX_SECONDS:.2g} years for {lanes.n:.3g} lanes (conditions x "
            f"trials) of {n_steps:.3g} time steps and {sum(network.sizes.values()):.3g} neurons",
            "Ask for fewer trials or neurons, or for a shorter stimulus.",
        )


def check_lane_size(
    network: NetworkDescription, stimulus: xr.DataArray, lane_bytes: Sequence[LaneBytes]
) -> None:
    """Raise `SimulationError` if a single lane does not fit into the available memory."""
    total = min(cost.estimate_lane_bytes(network, stimulus, size) for size in lane_bytes)
    smallest = LaneBytes(*(min(column) for column in zip(*lane_bytes, strict=True)))
    n_neurons, available = float(sum(network.sizes.values())), count_available_bytes()
    n_synapses = cost.estimate_synapse_count(network)
    n_spikes = cost.estimate_spike_count(network, stimulus)
    if smallest.per_neuron * n_neurons > available / 2:
        remedy = "Use fewer neurons."
    elif smallest.per_synapse * count_release_synapses(network) > available / 2:
        remedy = "Let fewer neurons release the modulator, each a multiple of it at a spike."
    elif smallest.per_synapse * n_synapses > available / 2:
        remedy = "Use fewer neurons, or connect each to a few: connectivity=FixedProbability(p)."
    else:
        remedy = "Lower the rate or the fibres of the inputs, or shorten the stimulus."
    items = f"{n_neurons:.3g} neurons, {n_synapses:.3g} synapses and {n_spikes:.3g} spikes a trial"
    check_memory(SimulationError, "SpikingNetwork.run", items, total, remedy)


def count_samples(network: NetworkDescription, record: Record) -> float:
    """Count the numbers that a lane samples at once: states of neurons, weights of synapses."""
    of_neurons = sum(len(n) for states in record.states.values() for n in states.values())
    of_synapses = sum(
        network.expected_synapse_count(p) for p in network.projections if p.name in record.weights
    )
    of_fibres = sum(
        fibres.expected_synapse_count(network.sizes[fibres.target])
        for fibres in network.fibres
        if fibres.name in record.weights
    )
    return of_neurons + of_synapses + of_fibres


def check_recording_size(
    network: NetworkDescription, lanes: Lanes, record: Record, n_bins: int, n_steps: float
) -> None:
    """Raise `SimulationError` if what a run records does not fit into the available memory."""
    n_neurons = float(sum(network.sizes.values()))
    lane_bytes = 8.0 * n_bins * len(network.sizes)
    if record.spikes:
        lane_bytes += SPIKE_BYTES * n_neurons * LOWEST_RATE * n_steps * lanes.dt
    if record.counts:
        lane_bytes += 8.0 * n_neurons
    lane_bytes += 8.0 * n_steps * sum(map(len, record.voltage.values()))
    lane_bytes += 8.0 * n_steps * lanes.dt / record.interval * count_samples(network, record)
    n_conditions = len(lanes.conditions)
    trials = int(count_available_bytes() / (lane_bytes * n_conditions))
    remedy = f"Ask for at most {trials} trials."
    if not trials:
        remedy = "Use fewer conditions, a larger bin_width, or record less: Record(spikes=False)."
    check_memory(
        SimulationError,
        "SpikingNetwork.run, trials",
        f"a recording of {lanes.trials:.6g} trials of {n_conditions} condition(s)",
        lane_bytes * lanes.n,
        remedy,
    )
