"""Run a spiking network: check the run, choose engine and batches, and label the recording."""

from __future__ import annotations

import dataclasses
import functools
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_whole_number
from bioann.base.errors import SimulationError
from bioann.base.temporary_folders import PROCESS_PREFIX, sweep_folders
from bioann.base.units import to_si
from bioann.bio.description import NetworkDescription
from bioann.bio.engines.batches import BatchResult, StartedBatches, plan_batches, start_batches
from bioann.bio.engines.choice import choose_cores, choose_threads, list_candidates
from bioann.bio.engines.cpp.program_cache import BUILDING_PREFIX, programs_folder
from bioann.bio.engines.divergence import CHECK_INTERVAL
from bioann.bio.engines.memory import lanes_in_memory
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.record_checks import check_record, count_steps_per_sample
from bioann.bio.engines.results import Record, Runaway, RunRequest
from bioann.bio.engines.run_checks import check_grid, check_noise_keys, check_step
from bioann.bio.engines.size import check_run_size
from bioann.bio.engines.to_dataset import make_dataset
from bioann.bio.engines.wirings import check_network_wirings
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.neuron_parameters import label_drawn_parameters
from bioann.bio.plasticity.intrinsic import THRESHOLD_SHIFT
from bioann.bio.plasticity.learned_weights import label_weights, read_initial_weights
from bioann.bio.plasticity.weight_courses import label_weight_courses
from bioann.recordings.recording import check_trials, make_response_bins
from bioann.recordings.wirings import WIRING, check_wirings, join_wirings, label_wirings

_USUAL_CAUSES = (
    "Look for runaway excitation, a cell without refractory period, or a time step that is too long"
)
#: What makes a state variable run away, where it is not what usually does.
_CAUSES = {THRESHOLD_SHIFT: "Lower the step of IntrinsicPlasticity of this population"}


@dataclasses.dataclass(frozen=True)
class StartedRun:
    """A run of a spiking network that has begun; a call finishes it and returns the recording.

    Parameters
    ----------
    batches : StartedBatches
        The lanes, which run or wait for a core.
    wirings : tuple of Lanes
        The lanes of each wiring.
    n_wirings : int
        Number of wirings, which the recording names for each trial; 0 if nothing is drawn for them.
    label_parameters : callable
        ``label_parameters(wirings)`` returns the parameters that were drawn for the neurons in the
        wiring of each trial, by their names in the recording.
    request : RunRequest
        What to record in each lane.
    centres : numpy.ndarray, shape (time,)
        Centres of the response bins in seconds.
    width : float
        Width of the response bins in seconds.
    """

    batches: StartedBatches
    wirings: tuple[Lanes, ...]
    n_wirings: int
    label_parameters: Callable[[np.ndarray], dict[str, xr.DataArray]]
    request: RunRequest
    centres: np.ndarray
    width: float

    def __call__(self, programs: Programs) -> xr.Dataset:
        """Wait for all lanes, from any thread, and label what they recorded.

        Parameters
        ----------
        programs : Programs
            Lists the programs that are started, so that an error can end them.

        Returns
        -------
        xarray.Dataset
            The recording, with ``engine`` (what executed the run) and ``dt`` in seconds as
            attributes.

        Raises
        ------
        SimulationError
            If a state is no longer finite or a population runs away; what was recorded until then
            is in its ``recording``.
        """
        results = self.batches(programs)
        options = (self.request, self.centres, self.width)
        raise_runaway(results[-1], *options)
        recordings = [
            make_recording(
                [r for r in results if r.batch.lanes.wiring == lanes.wiring], lanes, *options
            )
            for lanes in self.wirings
        ]
        recording, first = join_wirings(recordings), self.wirings[0].first_trial
        if not self.n_wirings:
            return recording
        recording = label_wirings(recording, self.n_wirings, first)
        return recording.assign(self.label_parameters(recording[WIRING].values))


def start_run(
    network: NetworkDescription,
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
    noise_keys: Sequence[str] | None = None,
    wirings: int = 1,
    first_trial: int = 0,
    at_once: bool = False,
) -> StartedRun:
    """Begin to run all lanes of a spiking network.

    Parameters are those of ``SpikingNetwork.run``, but for two.

    Parameters
    ----------
    stimulus : xarray.DataArray
        Dimensions ``(condition, time, channel)``, as `bioann.stimuli.stimulus.check_stimulus`
        returns it.
    at_once : bool, optional
        Whether each batch of lanes is run as soon as it is planned, because no other run goes on
        at the same time.

    Returns
    -------
    StartedRun
        What finishes the run.

    Raises
    ------
    SimulationError
        If an option does not fit the network or the stimulus; or as from `StartedRun`.
    """
    sweep_leftovers()
    width = to_si(bin_width, "ms", "bin_width")
    centres, _ = make_response_bins(stimulus, width)
    step = network.default_step if dt is None else to_si(dt, "ms", "SpikingNetwork.run, dt")
    input_step = step if grid is None else to_si(grid, "ms", "SpikingNetwork.run, grid")
    check_grid(input_step, step)
    n_trials = check_trials(trials)
    check_whole_number(first_trial, "first_trial", 0, SimulationError)
    n_wirings = check_wirings(wirings, first_trial + n_trials)
    trial_numbers = range(first_trial, first_trial + n_trials)
    check_network_wirings(network, n_wirings, weights, trial_numbers)
    candidates = list_candidates(engine)
    conditions = tuple(str(c) for c in stimulus.condition.values)
    keys = check_noise_keys(noise_keys, len(conditions))
    lanes = Lanes(conditions, n_trials, seed, step, input_step, first_trial, keys)
    lanes_by_wiring = lanes.split_wirings(n_wirings)
    for one in lanes_by_wiring:
        check_step(network.draw_parameters(seed, one.wiring), stimulus.attrs["dt"], step)
    tables = {} if weights is None else read_initial_weights(network, weights, lanes_by_wiring)
    record = record or Record()
    check_record(record, network)
    steps_per_sample = count_steps_per_sample(record, step)
    check_run_size(network, stimulus, lanes, record, len(centres), candidates)
    n_cores = choose_cores(candidates, network, stimulus, lanes)
    request = RunRequest(
        lanes.n, network.sizes, record, round(width / step), len(centres), "",
        steps_per_sample=steps_per_sample,
        n_threads=choose_threads(network, stimulus, lanes, n_cores),
    )  # fmt: skip
    plan = partial(plan_batches, network, stimulus, tables, request, candidates)
    if memory is not None and not memory > 0:
        remedy = "Leave it out for half of the free memory."
        raise SimulationError("SpikingNetwork.run, memory", "bytes above 0", f"{memory}", remedy)
    max_lanes = lanes_in_memory(candidates, network, stimulus, memory)
    batches = start_batches(plan, lanes_by_wiring, max_lanes, n_cores, at_once)
    n_drawn = n_wirings if network.has_drawn_wiring else 0
    label_parameters = partial(label_drawn_parameters, network, seed)
    return StartedRun(batches, lanes_by_wiring, n_drawn, label_parameters, request, centres, width)


@functools.cache
def sweep_leftovers() -> None:
    """Remove, once per process, the temporary files of processes that were killed."""
    sweep_folders(Path(tempfile.gettempdir()), PROCESS_PREFIX)
    sweep_folders(programs_folder(), BUILDING_PREFIX)


def make_recording(
    results: Sequence[BatchResult],
    lanes: Lanes,
    request: RunRequest,
    centres: np.ndarray,
    width: float,
) -> xr.Dataset:
    """Return the recording of all batches of one wiring."""
    attrs = {"engine": results[-1].engine.name, "dt": lanes.dt}
    runs = [(result.batch, result.result) for result in results]
    recording = make_dataset(runs, lanes, request.sizes, request.record, centres, width, **attrs)
    final_weights = [result.final_weights for result in results]
    learned = label_weights(results[-1].pathways, lanes, final_weights)
    interval = request.steps_per_sample * lanes.dt
    courses = [result.weight_courses for result in results]
    learned |= label_weight_courses(results[-1].pathways, lanes, courses, interval)
    return recording.assign(learned | label_samples(results, lanes, interval))


def label_samples(
    results: Sequence[BatchResult], lanes: Lanes, interval: float
) -> dict[str, xr.DataArray]:
    """Return the sampled variables of all batches; `interval` in seconds."""
    values = [result.samples.compute_variables(result.result.activity) for result in results]
    return results[-1].samples.label_variables(values, lanes, interval)


def raise_runaway(
    last: BatchResult, request: RunRequest, centres: np.ndarray, width: float
) -> None:
    """Raise the error that stopped the last batch, if one did."""
    runaway, lanes = last.result.runaway, last.batch.lanes
    if runaway is not None:
        bins_before = centres[centres + width / 2 <= runaway.time + 1e-9]
        runs = [(dataclasses.replace(last.batch, first_lane=0), last.result)]
        attrs = {"engine": last.engine.name, "dt": lanes.dt}
        recording = make_dataset(
            runs, lanes, request.sizes, request.record, bins_before, width, **attrs
        ).assign(label_samples([last], lanes, request.steps_per_sample * lanes.dt))
        raise runaway_error(runaway, lanes, recording)


def runaway_error(runaway: Runaway, lanes: Lanes, recording: xr.Dataset) -> SimulationError:
    """Make the error of a run that was stopped, with what was recorded until then."""
    condition, trial = divmod(runaway.lane, lanes.trials)
    error = SimulationError(
        f"population {runaway.population!r}",
        "finite states and less than a spike in two time steps",
        f"{runaway.problem}, in condition {lanes.conditions[condition]!r}, "
        f"trial {lanes.number_of(trial)}, "
        f"within {CHECK_INTERVAL * 1e3:g} ms before {runaway.time:.4g} s",
        f"{_CAUSES.get(runaway.variable, _USUAL_CAUSES)}; what was recorded until then is in this "
        "error's 'recording'.",
    )
    error.recording = recording
    return error
