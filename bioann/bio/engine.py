"""Choose what executes a run, execute it, and label what came out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import brian2 as b2
import numpy as np
import xarray as xr
from tqdm import tqdm

from bioann.bio.build import Built, build
from bioann.bio.draw import Lanes
from bioann.bio.learned import recorded, taken
from bioann.bio.watch import EVERY, RunawayError, Watch
from bioann.errors import SimulationError, unknown
from bioann.recording import spiking

if TYPE_CHECKING:
    from bioann.bio.network import SpikingNetwork

ENGINES = ("auto", "numpy")


def run(
    described: SpikingNetwork,
    stimulus: xr.DataArray,
    trials: int,
    seed: int,
    engine: str,
    dt: float,
    centres: np.ndarray,
    width: float,
    weights: xr.Dataset | None = None,
    grid: float = 0.0,
) -> xr.Dataset:
    """Run all lanes of a spiking network; the arguments are those of ``SpikingNetwork.run``.

    Returns
    -------
    xarray.Dataset
        The recording, with ``engine`` (what really ran) and ``dt`` in its attributes.

    Raises
    ------
    SimulationError
        If a state is not finite any more or a population runs away; with the recording up to
        there in its ``recording``.
    """
    chosen = choose(engine)
    check_step(described, stimulus.attrs["dt"], dt)
    conditions = tuple(str(c) for c in stimulus.condition.values)
    lanes = Lanes(conditions, trials, seed, dt, grid)
    given = None if weights is None else taken(described, weights, conditions, trials)

    def labelled(until: float) -> xr.Dataset:
        spikes = collect(built, described.sizes, lanes)
        full = centres[centres + width / 2 <= until + 1e-9]
        made = {"engine": chosen, "dt": dt}
        return spiking(spikes, described.sizes, conditions, trials, full, width, **made)

    with target(chosen):
        built = build(described, stimulus, lanes, given)
        groups = {name: built.network[f"population_{name}"] for name in described.units}
        built.network.add(Watch(groups, built.monitors, lanes).operation())
        duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
        try:
            execute(built.network, duration, f"{lanes.n} lanes")
        except RunawayError as found:
            raise stopped(found, lanes, labelled(found.time)) from None
    made = labelled(duration)
    return made.assign(recorded(built, lanes, stimulus))


def stopped(found: RunawayError, lanes: Lanes, recording: xr.Dataset) -> SimulationError:
    """Make the error of a run that was stopped, with what was recorded until then."""
    condition, trial = divmod(found.lane, lanes.trials)
    error = SimulationError(
        f"population {found.population!r}",
        "finite states and less than a spike in two time steps",
        f"{found.what}, in condition {lanes.conditions[condition]!r}, trial {trial}, "
        f"within {EVERY * 1e3:g} ms before {found.time:.4g} s",
        "Look for runaway excitation, a cell without refractory period, or a time step that is "
        "too long; what was recorded until then is in this error's 'recording'.",
    )
    error.recording = recording
    return error


def choose(engine: str) -> str:
    """Turn ``'auto'`` into the engine that will run; `UnknownNameError` for one that is not."""
    if engine not in ENGINES:
        raise unknown("engine", "engine", engine, ENGINES)
    return "numpy"


def check_step(described: SpikingNetwork, stimulus_dt: float, dt: float) -> None:
    """Raise `SimulationError` for a step that the fastest process or the stimulus outruns."""
    limits = {"stimulus step": stimulus_dt}
    for population in described.populations:
        for what, tau in population.cell.time_constants().items():
            limits[f"{what} time constant of {population.name!r}"] = tau
        for receptor in described.receptors(population.name):
            for what, tau in receptor.time_constants().items():
                limits[f"{receptor.name} {what} in {population.name!r}"] = tau
    what = min(limits, key=lambda name: limits[name])
    steps = stimulus_dt / dt if dt > 0 else 0.0
    if dt <= 0 or dt > limits[what] * (1 + 1e-9):
        wanted = f"above 0 and at most the {what}, {limits[what] * 1e3:g} ms"
    elif abs(steps - round(steps)) > 1e-6:
        wanted = f"a whole fraction of the stimulus step, {stimulus_dt * 1e3:g} ms"
    else:
        return
    raise SimulationError(
        "SpikingNetwork.run, dt",
        wanted,
        f"{dt * 1e3:g} ms",
        f"Leave dt out, or use {min(described.step, limits[what]) * 1e3:g} * ms or less.",
    )


@contextmanager
def target(engine: str) -> Iterator[None]:
    """Set Brian2's code generation for one run, and put it back.

    Ctrl-C interrupts the run. Brian2 by itself would stop the simulation there and go on, and what
    was recorded until then would look like a whole run.
    """
    before = b2.prefs.codegen.target, b2.prefs.core.stop_on_keyboard_interrupt
    b2.prefs.codegen.target, b2.prefs.core.stop_on_keyboard_interrupt = engine, False
    try:
        yield
    finally:
        b2.prefs.codegen.target, b2.prefs.core.stop_on_keyboard_interrupt = before


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


def collect(built: Built, sizes: dict[str, int], lanes: Lanes) -> dict[str, np.ndarray]:
    """Take the spikes of all populations apart into lane, neuron and time."""
    parts: dict[str, list[np.ndarray]] = {
        f"spike_{f}": [] for f in ("condition", "trial", "unit", "neuron", "time")
    }
    for unit, (name, n) in enumerate(sizes.items()):
        monitor = built.monitors[name]
        lane, neuron = np.divmod(np.asarray(monitor.i[:], dtype=np.int32), n)
        condition, trial = np.divmod(lane, lanes.trials)
        # Whole steps, so that a time does not carry the rounding of a running sum.
        time = np.round(np.asarray(monitor.t_[:]) / lanes.dt) * lanes.dt
        here = np.full(len(lane), unit, np.int32)
        values: tuple[np.ndarray, ...] = (condition, trial, here, neuron, time)
        for column, value in zip(parts.values(), values, strict=True):
            column.append(value)
    return {name: np.concatenate(columns) for name, columns in parts.items()}
