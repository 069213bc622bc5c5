"""Execute the plans of several runs, with spiking networks of one structure as lanes of one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import xarray as xr

from bioann.ann.network import RateNetwork
from bioann.base.errors import BioannError
from bioann.bio.engines.lane_recording import LaneRecording
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.run_together import can_run_together, record_together
from bioann.bio.input_spikes.cache import shared_draws
from bioann.bio.network import SpikingNetwork
from bioann.recordings.recording import assemble_run, check_recording
from bioann.runs.execute import start_step
from bioann.runs.plan import ChanceStep, ModelStep, RunPlan

#: Options of a step that steps of one run have in common.
COMMON_OPTIONS = frozenset(("trials", "seed", "engine", "dt", "bin_width", "wirings"))


@dataclasses.dataclass(frozen=True, eq=False)
class RunOutputs:
    """What the steps of a plan recorded.

    Parameters
    ----------
    plan : RunPlan
        The plan.
    nodes : dict of str to LaneRecording or xarray.Dataset
        Recording of each step by its name; not labelled where it ran as lanes of a joint run.
    """

    plan: RunPlan
    nodes: dict[str, LaneRecording | xr.Dataset]

    def label_nodes(self) -> dict[str, xr.Dataset]:
        """Return the labelled recording of each step by its name."""
        return {name: label_recording(recording) for name, recording in self.nodes.items()}


def execute_together(plans: Sequence[RunPlan]) -> list[xr.DataTree | BioannError]:
    """Run all steps of several plans, and assemble their recordings.

    Parameters
    ----------
    plans : sequence of RunPlan
        Plans without a parameter grid.

    Returns
    -------
    list of xarray.DataTree or BioannError
        The nodes of each recording, equal to those of `bioann.runs.execute.execute_plan`, with the
        attributes ``window`` and ``trials`` and no other provenance; or the error that it raises.
    """
    recordings: list[xr.DataTree | BioannError] = []
    for outputs in execute_steps(plans):
        if isinstance(outputs, BioannError):
            recordings.append(outputs)
            continue
        plan = outputs.plan
        attrs = {"window": list(plan.window), "trials": plan.options.trials}
        recordings.append(assemble_run(plan.stimulus, outputs.label_nodes(), **attrs))
    return recordings


def execute_steps(plans: Sequence[RunPlan]) -> list[RunOutputs | BioannError]:
    """Run all steps of several plans; parameters and errors as for `execute_together`."""
    shared: dict[Any, xr.Dataset] = {}
    with shared_draws():
        recordings = run_spiking_steps(plans)
        return [
            _finish_plan(plan, of_plan, shared)
            for plan, of_plan in zip(plans, recordings, strict=True)
        ]


def label_recording(recording: LaneRecording | xr.Dataset) -> xr.Dataset:
    """Return a recording with its labels."""
    return recording.label() if isinstance(recording, LaneRecording) else recording


def run_spiking_steps(plans: Sequence[RunPlan]) -> list[dict[str, LaneRecording | xr.Dataset]]:
    """Run the spiking networks of several plans together, those of each step and each options.

    Parameters
    ----------
    plans : sequence of RunPlan
        The plans.

    Returns
    -------
    list of dict of str to LaneRecording or xarray.Dataset
        For each plan recordings by name of the step; steps that have to run alone are missing.
    """
    groups: dict[Any, list[tuple[int, ModelStep]]] = {}
    for k, plan in enumerate(plans):
        for step in plan.models:
            if isinstance(step, ModelStep) and _runs_together(step):
                options = tuple(sorted((n, str(v)) for n, v in step.options.items()))
                groups.setdefault((step.name, options), []).append((k, step))
    recordings: list[dict[str, LaneRecording | xr.Dataset]] = [{} for _ in plans]
    for members in groups.values():
        networks = [step.model for _, step in members]
        stimuli = [plans[k].stimulus for k, _ in members]
        results = record_together(networks, stimuli, **members[0][1].options)
        for (k, step), recording in zip(members, results, strict=True):
            if isinstance(recording, xr.Dataset):
                check_recording(recording, step.title, step.model.units, plans[k].stimulus)
            if recording is not None:  # counts of spikes in lanes are finite
                recordings[k][step.name] = recording
    return recordings


def _runs_together(step: ModelStep) -> bool:
    """Return whether a step can be a lane of a run of several plans."""
    return (
        isinstance(step.model, SpikingNetwork)
        and step.options.keys() <= COMMON_OPTIONS
        and can_run_together(step.model)
    )


def _finish_plan(
    plan: RunPlan,
    spiking_recordings: dict[str, LaneRecording | xr.Dataset],
    shared: dict[Any, xr.Dataset],
) -> RunOutputs | BioannError:
    """Run the other steps of a plan; or return its error.

    Rate networks are deterministic: `shared` has what they did in other plans.
    """
    by_name = dict(spiking_recordings)
    try:
        for step in plan.models:
            if step.name in by_name:
                continue
            key = _identify_step(step, plan.stimulus)
            recording = shared.get(key) if key else None
            if recording is None:
                recording = start_step(step, plan.stimulus)(Programs())
            by_name[step.name] = recording
            if key:
                shared[key] = recording
        # The recording of shuffled models is empty if all of them diverge.
        nodes = {
            step.name: by_name[step.name]
            for step in plan.models
            if isinstance(by_name[step.name], LaneRecording) or by_name[step.name].sizes
        }
        return RunOutputs(plan, nodes)
    except BioannError as error:
        return error


def _identify_step(step: ModelStep | ChanceStep, stimulus: xr.DataArray) -> Any:
    """Return what the run of a step of rate networks is known by; None for another model."""
    models = step.models if isinstance(step, ChanceStep) else (step.model,)
    if not all(type(model) is RateNetwork for model in models):
        return None
    options = tuple(sorted((n, str(v)) for n, v in step.options.items()))
    return isinstance(step, ChanceStep), tuple(map(id, models)), id(stimulus), options
