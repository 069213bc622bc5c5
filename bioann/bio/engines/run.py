"""Run a description: choose what executes it, in how many parts, and label what came out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.errors import SimulationError, unknown_name_error
from bioann.base.units import to_si
from bioann.bio.description import NetworkDescription
from bioann.bio.engines import choice
from bioann.bio.engines.batches import BatchResult, plan_batches, start_batches
from bioann.bio.engines.divergence import CHECK_INTERVAL
from bioann.bio.engines.memory import max_lanes
from bioann.bio.engines.parallel import Programs, choose_cores
from bioann.bio.engines.results import Record, Runaway, RunRequest
from bioann.bio.engines.to_dataset import make_dataset
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.plasticity.learned_weights import label_weights, read_initial_weights
from bioann.recordings.recording import check_trials, make_response_bins
from bioann.stimuli.stimulus import check_stimulus


def start_run(
    described: NetworkDescription,
    stimulus: xr.DataArray,
    *,
    trials: int,
    seed: int,
    engine: str = "auto",
    dt: Any = None,
    bin_width: Any = 10 * ms,
    weights: xr.Dataset | None = None,
    grid: Any = None,
    record: Record | None = None,
    memory: float | None = None,
    at_once: bool = False,
) -> Callable[[Programs], xr.Dataset]:
    """Begin to run all lanes of a spiking network; arguments are those of ``SpikingNetwork.run``.

    Where it is to run `at_once`, nothing else goes beside it.

    Returns
    -------
    callable
        Finishes the run and gives the recording, with ``engine`` (what really ran) and ``dt`` in
        its attributes; its argument lists the programs that it starts.

    Raises
    ------
    SimulationError
        Here or from what is returned: if a state is not finite any more or a population runs
        away; with the recording up to there in its ``recording``.
    """
    checked = check_stimulus(stimulus, described.channels)
    width = to_si(bin_width, "ms", "bin_width")
    centres, _ = make_response_bins(checked, width)
    step = described.step if dt is None else to_si(dt, "ms", "SpikingNetwork.run, dt")
    coarse = step if grid is None else to_si(grid, "ms", "SpikingNetwork.run, grid")
    check_grid(coarse, step)
    count = check_trials(trials)
    choice.check_engine(engine)
    check_step(described, checked.attrs["dt"], step)
    conditions = tuple(str(c) for c in checked.condition.values)
    lanes = Lanes(conditions, count, seed, step, coarse)
    given = None if weights is None else read_initial_weights(described, weights, conditions, count)
    record = record or Record()
    check_probes(record, described.sizes)
    task = RunRequest(lanes.n, described.sizes, record, round(width / step), len(centres), "")
    jobs = partial(plan_batches, described, checked, given, task, engine)
    room = max_lanes(described, checked, engine, memory)
    ends = start_batches(
        jobs, lanes, room, choose_cores(described, checked, lanes, engine), at_once
    )

    def finish(programs: Programs) -> xr.Dataset:
        return make_recording(ends(programs), lanes, task, centres, width)

    return finish


def make_recording(
    parts: Sequence[BatchResult], lanes: Lanes, task: RunRequest, centres: np.ndarray, width: float
) -> xr.Dataset:
    """Make the recording of all parts, or raise what stopped the last one."""
    last, sizes, record = parts[-1], task.sizes, task.record
    made_by = {"engine": last.engine, "dt": lanes.dt}
    runaway = last.result.runaway
    if runaway is not None:
        kept = centres[centres + width / 2 <= runaway.time + 1e-9]
        alone, some = [(dataclasses.replace(last.batch, first=0), last.result)], last.batch.lanes
        until = make_dataset(alone, some, sizes, record, kept, width, **made_by)
        raise runaway_error(runaway, some, until)
    all_of = [(part.batch, part.result) for part in parts]
    recording = make_dataset(all_of, lanes, sizes, record, centres, width, **made_by)
    return recording.assign(
        label_weights(last.projections, lanes, [part.final_weights for part in parts])
    )


def check_grid(coarse: float, step: float) -> None:
    """Raise `SimulationError` unless input can be rounded to whole steps of the simulation."""
    if step > 0 and abs(coarse / step - max(round(coarse / step), 1)) > 1e-6:
        raise SimulationError(
            "SpikingNetwork.run, grid",
            f"a whole number of steps of {step * 1e3:g} ms",
            f"{coarse * 1e3:g} ms",
            "Leave it out, or give the dt of the run that this one refines.",
        )


def check_probes(record: Record, sizes: Mapping[str, int]) -> None:
    """Check that what is to be recorded is there."""
    for name, neurons in record.voltage.items():
        if name not in sizes:
            raise unknown_name_error("Record, voltage", "population", name, sizes)
        if neurons and not 0 <= min(neurons) <= max(neurons) < sizes[name]:
            raise SimulationError(
                f"Record, voltage of {name!r}",
                f"neurons from 0 to {sizes[name] - 1}",
                f"{list(neurons)}",
                "Choose among the neurons that are there.",
            )


def runaway_error(found: Runaway, lanes: Lanes, recording: xr.Dataset) -> SimulationError:
    """Make the error of a run that was stopped, with what was recorded until then."""
    condition, trial = divmod(found.lane, lanes.trials)
    error = SimulationError(
        f"population {found.population!r}",
        "finite states and less than a spike in two time steps",
        f"{found.problem}, in condition {lanes.conditions[condition]!r}, trial {trial + lanes.first_trial}, "
        f"within {CHECK_INTERVAL * 1e3:g} ms before {found.time:.4g} s",
        "Look for runaway excitation, a cell without refractory period, or a time step that is "
        "too long; what was recorded until then is in this error's 'recording'.",
    )
    error.recording = recording
    return error


def check_step(described: NetworkDescription, stimulus_dt: float, dt: float) -> None:
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
