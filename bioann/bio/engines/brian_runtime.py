"""The engines in this process: Brian2's numpy and cython code."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import brian2 as b2
import numpy as np
from tqdm import tqdm

from bioann.bio.builder.brian_objects import Built, realize
from bioann.bio.builder.plan import Plan
from bioann.bio.engines.cpp.engine import cython_preferences
from bioann.bio.engines.divergence import RunawayError, Watch
from bioann.bio.engines.results import Outcome, Ran, Task


def simulate(plan: Plan, task: Task, engine: str) -> Ran:
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
    with target(engine):
        built = realize(plan)
        groups = {name: built.network[f"population_{name}"] for name in built.monitors}
        built.network.add(Watch(groups, built.monitors, task.lanes, plan.dt).operation())
        probes = {
            name: b2.StateMonitor(groups[name], "v", record=task.probed(name), name=f"probe_{name}")
            for name in task.record.voltage
        }
        built.network.add(*probes.values())
        runaway = None
        began = time.perf_counter()
        try:
            execute(built.network, plan.steps * plan.dt, task.title)
        except RunawayError as found:
            runaway = found.args[0]
        seconds = time.perf_counter() - began
        outcomes = {
            name: _outcome(plan, task, name, monitor, probes.get(name))
            for name, monitor in built.monitors.items()
        }
        return Ran(outcomes, _learned(plan, built), seconds, runaway)


def _outcome(
    plan: Plan, task: Task, name: str, monitor: b2.SpikeMonitor, probe: b2.StateMonitor | None
) -> Outcome:
    # Copies: the arrays of a monitor are views that, from Brian2 2.10 on, do not keep its memory.
    neuron = np.array(monitor.i[:], dtype=np.int32)
    # Whole steps, so that a time does not carry the rounding of a running sum.
    step = np.round(np.asarray(monitor.t_[:]) / plan.dt).astype(np.int64)
    n, bins = task.sizes[name], task.bins
    at = step // task.bin_steps
    inside = at < bins
    flat = neuron[inside] // n * bins + at[inside]
    binned = np.bincount(flat, minlength=task.lanes * bins).reshape(task.lanes, bins)
    counts = np.bincount(neuron, minlength=task.lanes * n).reshape(task.lanes, n)
    kept = slice(None) if task.record.spikes else slice(0)
    voltage = np.zeros((0, task.lanes, 0))
    if probe is not None:
        chosen = len(task.record.voltage[name])
        voltage = np.array(probe.v_).T.reshape(-1, task.lanes, chosen)
    fired = np.bincount(step[kept])
    steps = np.flatnonzero(fired)
    return Outcome(neuron[kept], steps, fired[steps], binned, counts, voltage)


def _learned(plan: Plan, built: Built) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for wires in plan.wires:
        if wires.code["post"] and wires.pre is not None and len(wires.pre):
            synapses = built.synapses[wires.name]
            names = [n for n in synapses.equations.names if not synapses.variables[n].scalar]
            found[wires.name] = {n: np.array(getattr(synapses, f"{n}_")[:]) for n in names}
    return found


@contextmanager
def target(engine: str) -> Iterator[None]:
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


def execute(network: b2.Network, duration: float, what: str) -> None:
    """Run a network, with a progress bar on a terminal if it takes more than two seconds."""
    # What overflows is found and named by the watch.
    quiet = np.errstate(over="ignore", invalid="ignore")
    with quiet, tqdm(total=100, desc=what, unit="%", delay=2, leave=False, disable=None) as bar:

        def report(elapsed: object, completed: float, start: object, total: object) -> None:
            bar.update(round(100 * completed) - bar.n)

        network.run(
            duration * b2.second, report=report, report_period=0.5 * b2.second, namespace={}
        )
