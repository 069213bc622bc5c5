"""Execute the plans of several runs, with spiking networks of one structure as lanes of one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from bioann.base.errors import BioannError
from bioann.bio.engines.parallel import Programs
from bioann.bio.engines.run_together import can_run_together, run_together
from bioann.bio.input_spikes.cache import shared_draws
from bioann.bio.network import SpikingNetwork
from bioann.recordings.recording import assemble_run, check_recording
from bioann.runs.execute import start_step
from bioann.runs.plan import ModelStep, RunPlan

#: Options of a step that steps of one run have in common.
COMMON_OPTIONS = frozenset(("trials", "seed", "engine", "dt", "bin_width", "wirings"))


def execute_together(plans: Sequence[RunPlan]) -> list[xr.DataTree | BioannError]:
    """Run all steps of several plans.

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
    with shared_draws():
        recordings = run_spiking_steps(plans)
        return [
            _finish_plan(plan, of_plan) for plan, of_plan in zip(plans, recordings, strict=True)
        ]


def run_spiking_steps(plans: Sequence[RunPlan]) -> list[dict[str, xr.Dataset]]:
    """Run the spiking networks of several plans together, those of each step and each options.

    Parameters
    ----------
    plans : sequence of RunPlan
        The plans.

    Returns
    -------
    list of dict of str to xarray.Dataset
        For each plan recordings by name of the step; steps that have to run alone are missing.
    """
    groups: dict[Any, list[tuple[int, ModelStep]]] = {}
    for k, plan in enumerate(plans):
        for step in plan.models:
            if isinstance(step, ModelStep) and _runs_together(step):
                options = tuple(sorted((n, str(v)) for n, v in step.options.items()))
                groups.setdefault((step.name, options), []).append((k, step))
    recordings: list[dict[str, xr.Dataset]] = [{} for _ in plans]
    for members in groups.values():
        networks = [step.model for _, step in members]
        stimuli = [plans[k].stimulus for k, _ in members]
        results = run_together(networks, stimuli, **members[0][1].options)
        for (k, step), recording in zip(members, results, strict=True):
            if recording is not None:
                recordings[k][step.name] = check_recording(
                    recording, step.title, step.model.units, plans[k].stimulus
                )
    return recordings


def _runs_together(step: ModelStep) -> bool:
    """Return whether a step can be a lane of a run of several plans."""
    return (
        isinstance(step.model, SpikingNetwork)
        and step.options.keys() <= COMMON_OPTIONS
        and can_run_together(step.model)
    )


def _finish_plan(
    plan: RunPlan, spiking_recordings: dict[str, xr.Dataset]
) -> xr.DataTree | BioannError:
    """Run the other steps of a plan, and assemble its recording; or return its error."""
    by_name = dict(spiking_recordings)
    try:
        for step in plan.models:
            if step.name not in by_name:
                by_name[step.name] = start_step(step, plan.stimulus)(Programs())
        # The recording of shuffled models is empty if all of them diverge.
        recordings = {s.name: by_name[s.name] for s in plan.models if by_name[s.name].sizes}
        attrs = {"window": list(plan.window), "trials": plan.options.trials}
        return assemble_run(plan.stimulus, recordings, **attrs)
    except BioannError as error:
        return error
