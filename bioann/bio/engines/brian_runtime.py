"""Simulation of a plan in this process, for the engines that are Brian2's own."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import brian2 as b2
import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.devices.device import reset_device
from tqdm import tqdm

from bioann.bio.builder.brian_objects import BrianObjects, make_brian_objects
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.divergence import DivergenceMonitor, RunawayError
from bioann.bio.engines.results import PopulationActivity, RunRequest, RunResult


def simulate_plan(
    plan: NetworkPlan, request: RunRequest, preferences: Mapping[str, Any]
) -> RunResult:
    """Simulate a plan in this process.

    Parameters
    ----------
    plan : NetworkPlan
        Code and numbers of the network; all its lanes run together.
    request : RunRequest
        What to record in each lane.
    preferences : mapping of str to Any
        Brian2's preferences for this run (`use_brian_preferences`).

    Returns
    -------
    RunResult
        What was recorded; a run that diverged also says where.
    """
    with use_brian_preferences(preferences):
        objects = make_brian_objects(plan)
        groups = {name: objects.network[f"population_{name}"] for name in objects.monitors}
        monitor = DivergenceMonitor(groups, objects.monitors, request.n_lanes, plan.dt)
        objects.network.add(monitor.make_operation())
        probes = add_probes(objects, request)
        monitors = add_sample_monitors(objects, plan, request)
        runaway = None
        start = time.perf_counter()
        try:
            run_network(objects.network, plan.n_steps * plan.dt, request.title)
        except RunawayError as error:
            runaway = error.args[0]
        seconds = time.perf_counter() - start
        activity = {
            name: dataclasses.replace(
                read_activity(plan, request, name, spikes, probes.get(name)),
                states=read_state_samples(monitors, request, name),
            )
            for name, spikes in objects.monitors.items()
        }
        states, samples = (
            read_synapse_states(plan, objects),
            read_synapse_samples(monitors, request),
        )
        return RunResult(activity, states, seconds, runaway, samples)


def read_activity(
    plan: NetworkPlan,
    request: RunRequest,
    name: str,
    monitor: b2.SpikeMonitor,
    probe: b2.StateMonitor | None,
    last_step: int | None = None,
) -> PopulationActivity:
    """Return what the monitors of one population recorded.

    Parameters
    ----------
    plan : NetworkPlan
        Plan of the run.
    request : RunRequest
        What to record in each lane.
    name : str
        Name of the population.
    monitor : brian2.SpikeMonitor
        Its spikes in all lanes.
    probe : brian2.StateMonitor or None
        Potential of its recorded neurons, if there are any.
    last_step : int, optional
        Last time step that is returned; all of them unless given.

    Returns
    -------
    PopulationActivity
        Recorded activity of the population.
    """
    # Copies: since Brian2 2.10 the arrays of a monitor are views of memory that it frees.
    neuron = np.array(monitor.i[:], dtype=np.int32)
    # Whole steps, without the rounding errors that Brian2 accumulates in its times.
    step = np.round(np.asarray(monitor.t_[:]) / plan.dt).astype(np.int64)
    if last_step is not None:
        neuron, step = neuron[step <= last_step], step[step <= last_step]
    n, n_lanes, n_bins = request.sizes[name], request.n_lanes, request.n_bins
    bin_of_spike = step // request.steps_per_bin
    is_inside = bin_of_spike < n_bins
    index = neuron[is_inside] // n * n_bins + bin_of_spike[is_inside]
    bin_counts = np.bincount(index, minlength=n_lanes * n_bins).reshape(n_lanes, n_bins)
    neuron_counts = np.bincount(neuron, minlength=n_lanes * n).reshape(n_lanes, n)
    if not request.record.spikes:
        neuron, step = neuron[:0], step[:0]
    voltage = np.zeros((0, n_lanes, 0))
    if probe is not None:
        n_probes = len(request.record.voltage[name])
        voltage = np.array(probe.v_).T.reshape(-1, n_lanes, n_probes)
        voltage = voltage[: None if last_step is None else last_step + 1]
    spikes_per_step = np.bincount(step)
    steps = np.flatnonzero(spikes_per_step)
    counts = spikes_per_step[steps]
    return PopulationActivity(neuron, steps, counts, bin_counts, neuron_counts, voltage)


def add_probes(objects: BrianObjects, request: RunRequest) -> dict[str, b2.StateMonitor]:
    """Add monitors of the potentials that are recorded; return them by population."""
    probes = {
        name: b2.StateMonitor(
            objects.network[f"population_{name}"],
            "v",
            record=request.probe_indices(name),
            name=f"probe_{name}",
        )
        for name in request.record.voltage
    }
    objects.network.add(*probes.values())
    return probes


def add_sample_monitors(
    objects: BrianObjects, plan: NetworkPlan, request: RunRequest
) -> dict[tuple[str, str], b2.StateMonitor]:
    """Add monitors of sampled state variables; return them by object and variable.

    Synapses that do not exist have none.
    """
    requested: list[tuple[str, str, Any]] = []
    for population, neurons in request.states.items():
        for variable, indices in neurons.items():
            lanes = request.repeat_in_lanes(population, indices)
            requested.append((f"population_{population}", variable, lanes))
    for name in request.learning:
        synapses = objects.synapses[name]
        if len(synapses):
            requested += [(name, variable, True) for variable in list_synapse_states(synapses)]
    if not requested:
        return {}
    interval = request.steps_per_sample * plan.dt * b2.second
    clock = b2.Clock(dt=interval, name="bioann_sample_clock")
    monitors = {
        (name, variable): b2.StateMonitor(
            objects.network[name],
            variable,
            record=indices,
            clock=clock,
            name=f"sample_{name}_{variable}",
        )
        for name, variable, indices in requested
    }
    objects.network.add(*monitors.values())
    return monitors


def read_state_samples(
    monitors: Mapping[tuple[str, str], b2.StateMonitor],
    request: RunRequest,
    population: str,
    last_step: int | None = None,
) -> dict[str, np.ndarray]:
    """Return the samples of a population's state variables, up to a last time step if given."""
    stop = None if last_step is None else last_step // request.steps_per_sample + 1
    samples = {}
    for variable, indices in request.states.get(population, {}).items():
        courses = np.array(getattr(monitors[f"population_{population}", variable], f"{variable}_"))
        samples[variable] = courses.T.reshape(-1, request.n_lanes, len(indices))[:stop]
    return samples


def read_synapse_samples(
    monitors: Mapping[tuple[str, str], b2.StateMonitor], request: RunRequest
) -> dict[str, dict[str, np.ndarray]]:
    """Return the samples of synapses, shape ``(sample, lanes * synapse)``, by name and variable."""
    samples: dict[str, dict[str, np.ndarray]] = {}
    for (name, variable), monitor in monitors.items():
        if name in request.learning:
            samples.setdefault(name, {})[variable] = np.array(getattr(monitor, f"{variable}_")).T
    return samples


def list_synapse_states(synapses: b2.Synapses) -> list[str]:
    """List the variables of synapses that have a value for each synapse."""
    return [n for n in synapses.equations.names if not synapses.variables[n].scalar]


def read_synapse_states(
    plan: NetworkPlan, objects: BrianObjects
) -> dict[str, dict[str, np.ndarray]]:
    """Return the final states of learning synapses, by name of the synapses and the variable."""
    states = {}
    for synapses_plan in plan.synapses:
        if synapses_plan.code["post"] and synapses_plan.pre is not None and len(synapses_plan.pre):
            synapses = objects.synapses[synapses_plan.name]
            names = list_synapse_states(synapses)
            states[synapses_plan.name] = {n: np.array(getattr(synapses, f"{n}_")[:]) for n in names}
    return states


@functools.cache
def _call_functions_directly() -> None:
    """Let Brian2's numpy code call these functions without checks of units, made before the run.

    At each call it would also write the values as text, for an error that does not come: half of
    the time of a Hodgkin-Huxley cell.
    """
    for name in ("exprel", "expm1", "log1p"):
        function = DEFAULT_FUNCTIONS[name]
        function.implementations.add_numpy_implementation(function.pyfunc, discard_units=True)


@contextmanager
def use_brian_preferences(preferences: Mapping[str, Any]) -> Iterator[None]:
    """Set Brian2's preferences and device for one run, and restore them afterwards.

    Ctrl-C raises an error: by default Brian2 would end the simulation early and continue, and the
    incomplete recording would look complete.

    Parameters
    ----------
    preferences : mapping of str to Any
        Values by Brian2's names, for example ``{"codegen.target": "numpy"}``.
    """
    preferences = {**preferences, "core.stop_on_keyboard_interrupt": False}
    before = {name: b2.prefs[name] for name in preferences}
    _call_functions_directly()
    b2.set_device("runtime")  # the user may have chosen another one
    try:
        for name, value in preferences.items():
            b2.prefs[name] = value
        yield
    finally:
        for name, value in before.items():
            b2.prefs[name] = value
        reset_device()


def run_network(network: b2.Network, duration: float, title: str) -> None:
    """Run a network, with a progress bar on a terminal if it takes more than two seconds."""
    # The divergence monitor reports overflows.
    no_warnings = np.errstate(over="ignore", invalid="ignore")
    with (
        no_warnings,
        tqdm(total=100, desc=title, unit="%", delay=2, leave=False, disable=None) as bar,
    ):

        def report(elapsed: object, completed: float, start: object, total: object) -> None:
            bar.update(round(100 * completed) - bar.n)

        network.run(
            duration * b2.second, report=report, report_period=0.5 * b2.second, namespace={}
        )
