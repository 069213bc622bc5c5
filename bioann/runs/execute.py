"""Execute the plan of a run."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from bioann import model
from bioann.base.cores import count_cores
from bioann.base.errors import SimulationError
from bioann.base.user_code import name_user_errors
from bioann.bio.brian_network import BrianNetwork
from bioann.bio.engines.parallel import Programs, run_jobs
from bioann.bio.input_spikes.cache import shared_draws
from bioann.bio.membrane_potential import Potential
from bioann.correspondence import read_responses
from bioann.recordings.array_digests import DIGESTS, digest_arrays
from bioann.recordings.recording import assemble_run, check_recording
from bioann.recordings.wirings import count_wirings
from bioann.runs.plan import ChanceStep, EffectiveWeightsStep, GridStep, ModelStep, RunPlan
from bioann.runs.provenance import DIVERGED_SHUFFLES, describe_provenance, identify_pair
from bioann.translate.effective_weights.measure import (
    choose_operating_points,
    record_effective_weights,
)

#: Models that simulate neurons.
SLOW_MODELS = (model.ParallelModel, Potential, BrianNetwork)
#: What a model is expected to be, in errors of its code.
RUNNING_MODEL = "a model that runs"


def execute_plan(plan: RunPlan) -> xr.DataTree:
    """Run all steps of a plan.

    Parameters
    ----------
    plan : RunPlan
        The plan of the run.

    Returns
    -------
    xarray.DataTree
        The recording: ``stimulus`` and a node for each step; its attributes are the provenance.

    Raises
    ------
    SimulationError
        If a model does not run, or its recording does not meet the schema.
    """
    pair_attrs = identify_pair(plan.pair)
    # Rate models take a moment: if one fails, nobody should wait for the spiking model first.
    steps = sorted((*plan.models, *(plan.grid.models if plan.grid else ())), key=takes_long)
    # Input spikes that several of the spiking models have in common are drawn once.
    with shared_draws():
        jobs = map(functools.partial(start_step, stimulus=plan.stimulus), steps)
        results = zip(steps, run_jobs(jobs, count_cores()), strict=True)
        by_name = {step.name: recording for step, recording in results}
    # The recording of shuffled models is empty if all of them diverge.
    recordings = {s.name: by_name[s.name] for s in plan.models if by_name[s.name].sizes}
    if plan.grid is not None:
        recordings[plan.grid.name] = assemble_grid(plan.grid, by_name)
    if plan.audit is not None:
        recordings[plan.audit.name] = rerun_for_audit(plan.audit, plan.stimulus)
    if plan.effective_weights is not None:
        step = plan.effective_weights
        recordings[step.name] = measure_connections(step, recordings["bio"], plan.stimulus)
    provenance = describe_provenance(pair_attrs, recordings["bio"], plan.window, plan.options)
    provenance |= count_diverged(plan.models, by_name)
    recording = assemble_run(plan.stimulus, recordings, **provenance)
    recording.attrs[DIGESTS] = digest_arrays(recording)
    return recording


@dataclasses.dataclass(frozen=True)
class StartedStep:
    """A step whose model has been started; called, it is finished and its recording checked.

    Parameters
    ----------
    step : ModelStep
        Description of the step.
    stimulus : xarray.DataArray
        The stimulus of the run.
    finish : callable
        ``finish(programs)`` waits for the model and returns its recording.
    """

    step: ModelStep
    stimulus: xr.DataArray
    finish: Callable[[Programs], xr.Dataset]

    def __call__(self, programs: Programs) -> xr.Dataset:
        """Return the recording of the model; `programs` lists the programs that it starts."""
        with name_user_errors(self.step.title, RUNNING_MODEL):
            recording = self.finish(programs)
        return check_recording(recording, self.step.title, self.step.model.units, self.stimulus)


def assemble_grid(grid: GridStep, recordings: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Assemble the steady responses of both models at each value of a parameter.

    Parameters
    ----------
    grid : GridStep
        The parameter, its values, and the runs.
    recordings : mapping of str to xarray.Dataset
        Recordings of the runs, by the names of their steps.

    Returns
    -------
    xarray.Dataset
        Mean activation in the window: ``bio`` (point, condition, trial, match) and ``ann`` (point,
        condition, match). Coordinate ``value`` (point) in the display unit of the parameter;
        attributes ``label``, ``address``, ``unit``, ``own_value`` (that of the pair) and
        ``linked`` (JSON: the parameters that change with it).
    """
    (varied, *linked), means = grid.parameters, {}
    for side in ("bio", "ann"):
        steady = [
            read_responses(recordings[f"{side} {point}"], grid.correspondence, side)
            .sel(time=slice(*grid.window))
            .mean("time")
            for point in range(len(varied.values))
        ]
        means[side] = xr.concat(steady, dim="point").drop_vars("wiring", errors="ignore")
    means["ann"] = means["ann"].mean("trial")
    attrs = {"label": grid.label, "address": varied.address, "unit": varied.unit}
    attrs["linked"] = json.dumps([dataclasses.asdict(parameter) for parameter in linked])
    dataset = xr.Dataset(means, coords={"value": ("point", list(varied.values))})
    return dataset.assign_attrs(attrs, own_value=varied.own_value)


def takes_long(step: ModelStep | ChanceStep) -> bool:
    """Return whether a step simulates neurons."""
    return isinstance(step, ModelStep) and isinstance(step.model, SLOW_MODELS)


def start_step(
    step: ModelStep | ChanceStep, stimulus: xr.DataArray
) -> Callable[[Programs], xr.Dataset]:
    """Start a step, and return what finishes it while others are started."""
    if isinstance(step, ChanceStep):
        return model.FinishedRun(run_shuffled(step, stimulus))
    with name_user_errors(step.title, RUNNING_MODEL):
        if isinstance(step.model, model.ParallelModel):
            finish = step.model.start_run(stimulus, **step.options)
        else:
            finish = model.FinishedRun(step.model.run(stimulus, **step.options))
    return StartedStep(step, stimulus, finish)


def run_shuffled(step: ChanceStep, stimulus: xr.DataArray) -> xr.Dataset:
    """Run the rate model with each sign pattern, ``(shuffle, condition, trial, time, unit)``.

    A pattern with which the model diverges is left out; without any other the result is empty.
    """
    recordings = []
    for ann in step.models:
        with np.errstate(over="ignore", invalid="ignore"), contextlib.suppress(SimulationError):
            recording = ann.run(stimulus, **step.options)
            recordings.append(check_recording(recording, step.title, ann.units, stimulus))
    return xr.concat(recordings, dim="shuffle") if recordings else xr.Dataset()


def count_diverged(
    steps: Sequence[ModelStep | ChanceStep], recordings: Mapping[str, xr.Dataset]
) -> dict[str, int]:
    """Count the sign patterns with which the rate model diverged; empty if there are none."""
    count = sum(
        len(step.models) - recordings[step.name].sizes.get("shuffle", 0)
        for step in steps
        if isinstance(step, ChanceStep)
    )
    return {DIVERGED_SHUFFLES: count} if count else {}


def rerun_for_audit(step: ModelStep, stimulus: xr.DataArray) -> xr.Dataset:
    """Run the spiking model with half its time step and the same input spikes."""
    with name_user_errors(step.title, RUNNING_MODEL):
        recording = model.rerun_at_half_step(step.model, step.title, stimulus, **step.options)
    return check_recording(recording, step.title, step.model.units, stimulus)


def measure_connections(
    step: EffectiveWeightsStep, recording: xr.Dataset, stimulus: xr.DataArray
) -> xr.Dataset:
    """Measure the effective weight of every connection at operating points of a recording."""
    points = choose_operating_points(recording, stimulus, step.window)
    return record_effective_weights(
        step.network,
        step.ann,
        points,
        seed=step.seed,
        engine=step.engine,
        wirings=count_wirings(recording),
    )
