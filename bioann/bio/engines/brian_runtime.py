"""The engines in this process: Brian2's numpy and cython code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import brian2 as b2
import numpy as np
from tqdm import tqdm

from bioann.bio.builder.brian_objects import BrianObjects, make_brian_objects
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cpp.engine import cython_preferences
from bioann.bio.engines.divergence import DivergenceMonitor, RunawayError
from bioann.bio.engines.results import PopulationActivity, RunRequest, RunResult


def simulate_plan(plan: NetworkPlan, task: RunRequest, engine: str) -> RunResult:
    """Run a plan.

    Parameters
    ----------
    plan : Plan
        The network and its numbers.
    task : Task
        What to keep.
    engine : {'numpy', 'cython'}
        Brian2's code generation.

    Returns
    -------
    Ran
        Also where the run had to be stopped.
    """
    with use_codegen_target(engine):
        built = make_brian_objects(plan)
        groups = {name: built.network[f"population_{name}"] for name in built.monitors}
        built.network.add(
            DivergenceMonitor(groups, built.monitors, task.n_lanes, plan.dt).make_operation()
        )
        probes = {
            name: b2.StateMonitor(
                groups[name], "v", record=task.probe_indices(name), name=f"probe_{name}"
            )
            for name in task.record.voltage
        }
        built.network.add(*probes.values())
        runaway = None
        began = time.perf_counter()
        try:
            run_network(built.network, plan.n_steps * plan.dt, task.title)
        except RunawayError as found:
            runaway = found.args[0]
        seconds = time.perf_counter() - began
        outcomes = {
            name: _read_activity(plan, task, name, monitor, probes.get(name))
            for name, monitor in built.monitors.items()
        }
        return RunResult(outcomes, _read_synapse_states(plan, built), seconds, runaway)


def _read_activity(
    plan: NetworkPlan,
    task: RunRequest,
    name: str,
    monitor: b2.SpikeMonitor,
    probe: b2.StateMonitor | None,
) -> PopulationActivity:
    # Copies: the arrays of a monitor are views that, from Brian2 2.10 on, do not keep its memory.
    neuron = np.array(monitor.i[:], dtype=np.int32)
    # Whole steps, so that a time does not carry the rounding of a running sum.
    step = np.round(np.asarray(monitor.t_[:]) / plan.dt).astype(np.int64)
    n, bins = task.sizes[name], task.n_bins
    at = step // task.steps_per_bin
    inside = at < bins
    flat = neuron[inside] // n * bins + at[inside]
    binned = np.bincount(flat, minlength=task.n_lanes * bins).reshape(task.n_lanes, bins)
    counts = np.bincount(neuron, minlength=task.n_lanes * n).reshape(task.n_lanes, n)
    kept = slice(None) if task.record.spikes else slice(0)
    voltage = np.zeros((0, task.n_lanes, 0))
    if probe is not None:
        chosen = len(task.record.voltage[name])
        voltage = np.array(probe.v_).T.reshape(-1, task.n_lanes, chosen)
    fired = np.bincount(step[kept])
    steps = np.flatnonzero(fired)
    return PopulationActivity(neuron[kept], steps, fired[steps], binned, counts, voltage)


def _read_synapse_states(
    plan: NetworkPlan, built: BrianObjects
) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for wires in plan.synapses:
        if wires.code["post"] and wires.pre is not None and len(wires.pre):
            synapses = built.synapses[wires.name]
            names = [n for n in synapses.equations.names if not synapses.variables[n].scalar]
            found[wires.name] = {n: np.array(getattr(synapses, f"{n}_")[:]) for n in names}
    return found


@contextmanager
def use_codegen_target(engine: str) -> Iterator[None]:
    """Set Brian2's code generation for one run, and put it back.

    Ctrl-C interrupts the run. Brian2 by itself would stop the simulation there and go on, and what
    was recorded until then would look like a whole run. Cython's modules have a folder of their
    own, for they are compiled without Brian2's default of -ffast-math.
    """
    wanted: dict[str, Any] = {"codegen.target": engine, "core.stop_on_keyboard_interrupt": False}
    if engine == "cython":
        wanted |= cython_preferences()
    before = {name: b2.prefs[name] for name in wanted}
    try:
        for name, value in wanted.items():
            b2.prefs[name] = value
        yield
    finally:
        for name, value in before.items():
            b2.prefs[name] = value


def run_network(network: b2.Network, duration: float, what: str) -> None:
    """Run a network, with a progress bar on a terminal if it takes more than two seconds."""
    # What overflows is found and named by the watch.
    quiet = np.errstate(over="ignore", invalid="ignore")
    with quiet, tqdm(total=100, desc=what, unit="%", delay=2, leave=False, disable=None) as bar:

        def report(elapsed: object, completed: float, start: object, total: object) -> None:
            bar.update(round(100 * completed) - bar.n)

        network.run(
            duration * b2.second, report=report, report_period=0.5 * b2.second, namespace={}
        )
