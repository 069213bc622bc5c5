"""Run the models of a pair, their references and their controls on the same stimuli."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import xarray as xr

from bioann import model
from bioann.base.randomness import make_rng
from bioann.bio.engines.parallel import Programs, count_cores, run_jobs
from bioann.bio.input_spikes.cache import shared_draws
from bioann.bio.network import SpikingNetwork
from bioann.recordings.recording import check_recording
from bioann.runs.description import PairDescription
from bioann.runs.options import RunOptions
from bioann.translate.effective_weights.measure import (
    choose_operating_points,
    record_effective_weights,
)

#: Number of sign patterns that the chance level is averaged over.
SHUFFLES = 20

#: Finishes a run, and returns its name in the recording and what was recorded.
PendingRun: TypeAlias = Callable[[Programs], tuple[str, xr.Dataset]]


def run_models(
    pair: PairDescription, stimulus: xr.DataArray, options: RunOptions, *, controls: bool
) -> dict[str, xr.Dataset]:
    """Run both models and, beside them, what they are compared with.

    Parameters
    ----------
    pair : PairDescription
        The pair.
    stimulus : xarray.DataArray
        Stimuli, checked.
    options : RunOptions
        Options of all runs.
    controls : bool
        Whether to run the references and the pair's controls as well.

    Returns
    -------
    dict of str to xarray.Dataset
        Recordings by name: ``bio`` and ``ann``; with `controls` also ``ceiling`` (the spiking model
        with another seed), ``chance`` (the rate model with shuffled signs) and the controls.
    """
    # Input spikes that several of the spiking models have in common are drawn once.
    with shared_draws():
        return dict(run_jobs(_start_runs(pair, stimulus, options, controls), count_cores()))


def rerun_for_audit(
    pair: PairDescription, stimulus: xr.DataArray, options: RunOptions
) -> xr.Dataset:
    """Run the spiking model with half its time step and the same input spikes."""
    where = f"{pair.title()}, bio, audit"
    recording = model.rerun_at_half_step(pair.bio, where, stimulus, **options.for_spiking_model())
    return check_recording(recording, where, pair.bio.units, stimulus)


def measure_connections(
    pair: PairDescription,
    recording: xr.Dataset,
    stimulus: xr.DataArray,
    window: tuple[float, float],
    options: RunOptions,
) -> xr.Dataset | None:
    """Measure the effective weight of every connection; None unless it is a `SpikingNetwork`."""
    if not isinstance(pair.bio, SpikingNetwork):
        return None
    points = choose_operating_points(recording, stimulus, window)
    return record_effective_weights(
        pair.bio, pair.ann, points, seed=options.seed, engine=options.engine
    )


def _start_runs(
    pair: PairDescription, stimulus: xr.DataArray, options: RunOptions, controls: bool
) -> Iterator[PendingRun]:
    """Start one run after the other; what finishes one may go on beside the next."""
    yield _start_model(pair, pair.bio, "bio", stimulus, options.for_spiking_model())
    yield _start_model(pair, pair.ann, "ann", stimulus, options.for_any_model())
    if not controls:
        return
    seed = int(make_rng(options.seed, "again").integers(2**62))
    other = dataclasses.replace(options, seed=seed)
    yield _start_model(pair, pair.bio, "ceiling", stimulus, other.for_spiking_model())
    shuffles = model.shuffle_signs(pair.ann, SHUFFLES, seed=options.seed)
    if shuffles:
        runs = [ann.run(stimulus, **options.for_any_model()) for ann in shuffles]
        yield lambda programs: ("chance", xr.concat(runs, dim="shuffle"))
    for name, control in pair.controls.items():
        yield _start_model(pair, control, name, stimulus, options.for_control())


def _start_model(
    pair: PairDescription,
    chosen: Any,
    name: str,
    stimulus: xr.DataArray,
    arguments: dict[str, Any],
) -> PendingRun:
    """Start the run of one model, whose recording is checked when it is finished."""
    finish = model.start_run(chosen, stimulus, **arguments)

    def finish_checked(programs: Programs) -> tuple[str, xr.Dataset]:
        where = f"{pair.title()}, {'bio' if name == 'ceiling' else name} model"
        return name, check_recording(finish(programs), where, chosen.units, stimulus)

    return finish_checked
