"""A pair under test, with its recordings, and the comparison of recordings lane by lane."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import gc
import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from brian2.core.names import Nameable

from bioann.base.errors import PairError
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.text import shorten_repr
from bioann.base.user_code import name_user_errors
from bioann.model import has_drawn_wiring, has_fixed_duration, is_recorded
from bioann.pair import Pair
from bioann.pair_files.find import find_subject_file
from bioann.pair_files.load import load
from bioann.recordings.recording import check_recording, response_of
from bioann.runs.run import Run
from bioann.runs.wirings import choose_wirings
from bioann.stimuli.stimulus import check_stimulus

TRIALS, SEED = 2, DEFAULT_SEED


@dataclasses.dataclass(frozen=True)
class Subject:
    """A pair under test.

    Attributes
    ----------
    make : callable
        Function without arguments that builds the pair anew.
    pair : Pair
        The pair, built once for all checks.
    stimulus : xarray.DataArray
        Short stimulus for the checks, with two or three conditions.
    docstring : str or None
        Docstring of the pair's file, empty if it has none; None if the file is unknown.
    path : pathlib.Path or None
        The pair's file; None if it is unknown.
    """

    make: Callable[[], Pair]
    pair: Pair
    stimulus: xr.DataArray
    docstring: str | None = None
    path: Path | None = None

    @cached_property
    def model_stimuli(self) -> dict[str, xr.DataArray]:
        """The copy of the stimulus that each model of `recordings` received, by side."""
        return {side: self.stimulus.copy(deep=True) for side in ("bio", "ann")}

    @cached_property
    def recordings(self) -> dict[str, xr.Dataset]:
        """Recordings of both models by side, run once for all checks."""
        return {
            side: run_model(self.pair, side, stimulus, seed=SEED, trials=TRIALS)
            for side, stimulus in self.model_stimuli.items()
        }

    @cached_property
    def second_run(self) -> Run[Pair]:
        """Run of the newly built pair for the same stimulus and seed."""
        pair, stimulus = self.make(), self.stimulus.copy(deep=True)
        with occupied_brian_names(N_NAMES + 1):
            return pair.run(stimulus, trials=TRIALS, seed=SEED, controls=False)

    @property
    def judged_run(self) -> Run[Pair]:
        """Run whose claims are judged: without the copy of an only condition."""
        stimulus = self.pair.stimulus
        if not isinstance(stimulus, xr.DataArray) or stimulus.sizes["condition"] != 1:
            return self.second_run
        only = self.stimulus.isel(condition=[-1])
        return self.pair.run(only, trials=TRIALS, seed=SEED, controls=False)

    def run(
        self, side: str, stimulus: xr.DataArray, *, seed: int = SEED, trials: int = TRIALS
    ) -> xr.Dataset:
        """Run one model of the pair on a copy of a stimulus, and check its recording."""
        return run_model(self.pair, side, stimulus.copy(deep=True), seed=seed, trials=trials)

    def contract_error(self, aspect: str, expected: str, got: str, remedy: str) -> PairError:
        """Build the error for a requirement that is not met in some aspect of the pair."""
        return PairError(f"Pair {self.pair.name!r}, {aspect}", expected, got, remedy)


#: Names reserved of each kind: the next two, 8 and 9, have one digit; see `occupied_brian_names`.
N_NAMES = 8


def run_model(
    pair: Pair, side: str, stimulus: xr.DataArray, *, seed: int, trials: int
) -> xr.Dataset:
    """Run one model of a pair, ``"bio"`` or ``"ann"``, and check the layout of its recording.

    Connections that are drawn have as many wirings as in a run of the pair.
    """
    model = {"bio": pair.bio, "ann": pair.ann}[side]
    options: dict[str, Any] = {"trials": trials, "seed": seed}
    options["bin_width"] = pair.bin_width_quantity
    if has_drawn_wiring(model):
        options["wirings"] = choose_wirings(pair, None, trials)
    with occupied_brian_names(N_NAMES):
        recording = model.run(stimulus, **options)
    return check_recording(recording, f"Pair {pair.name!r}, {side} model", model.units, stimulus)


def make_subject(
    pair: Pair | str | Path | Callable[[], Pair], *, stimulus: xr.DataArray | None = None
) -> Subject:
    """Prepare a pair for the checks.

    Parameters
    ----------
    pair : str, pathlib.Path, callable or Pair
        A name or file, as for `load`; a function that returns a pair; or a pair. For a pair
        itself, the checks cannot test its file or whether it is built reproducibly.
    stimulus : xarray.DataArray, optional
        Stimulus for the checks; by default the beginning of the pair's own.

    Returns
    -------
    Subject
        The pair with a short stimulus of two or three conditions.

    Raises
    ------
    BioannError
        If the pair does not exist or has no stimulus.
    """
    path = docstring = None
    if isinstance(pair, (str, Path)):
        path = find_subject_file(pair)
        source = path

        def make() -> Pair:
            return load(source)

        subject_pair = make()
        docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    elif isinstance(pair, Pair):
        subject_pair, make = pair, lambda: subject_pair
    else:
        with name_user_errors("check_pair, pair", "a function that returns a pair"):
            subject_pair, make = pair(), pair
        if not isinstance(subject_pair, Pair):
            raise PairError(
                "check_pair, pair",
                "a pair, its name or file, or a function that returns it",
                shorten_repr(subject_pair),
                "Pass the function pair itself, for example.",
            )
        docstring = inspect.getdoc(inspect.getmodule(pair)) or ""
    full_stimulus = subject_pair.stimulus if stimulus is None else stimulus
    if full_stimulus is None:
        raise PairError(
            f"Pair {subject_pair.name!r}, stimulus",
            "a stimulus to check it with",
            "none",
            "Add one: Pair(..., stimulus=bioann.steps(...)).",
        )
    return Subject(
        make, subject_pair, shorten_stimulus(subject_pair, full_stimulus), docstring, path
    )


def shorten_stimulus(pair: Pair, stimulus: xr.DataArray) -> xr.DataArray:
    """Shorten a stimulus to two or three conditions and 100 ms after its onset and ``settle``.

    A model with phases gets the whole duration.

    Parameters
    ----------
    pair : Pair
        The pair, whose ``settle``, ``bin_width`` and channels are used.
    stimulus : xarray.DataArray
        A stimulus with the channels of both models.

    Returns
    -------
    xarray.DataArray
        The first, middle and last condition, or the only condition and a copy of it, because
        interactions between lanes need at least two; the only condition alone of recorded data.
    """
    full_stimulus = check_stimulus(
        stimulus, list(dict.fromkeys([*pair.bio.channels, *pair.ann.channels]))
    )
    n, dt = full_stimulus.sizes["condition"], full_stimulus.attrs["dt"]
    short_stimulus = full_stimulus.isel(condition=sorted({0, n // 2, n - 1}))
    active_steps = np.flatnonzero((short_stimulus.values != 0).any(axis=(0, 2)))
    onset = float(active_steps[0]) * dt if len(active_steps) else 0.0
    n_bins = np.ceil((max(float(pair.settle), onset) + 0.1) / float(pair.bin_width) - 1e-9)
    if not any(map(has_fixed_duration, (pair.bio, pair.ann))):
        n_steps = round(n_bins * float(pair.bin_width) / dt)
        short_stimulus = short_stimulus.isel(time=slice(0, n_steps))
    if n == 1 and not is_recorded(pair.bio):  # whose conditions have the names of the recording
        first = short_stimulus.assign_coords(condition=["a copy of the only condition"])
        short_stimulus = xr.concat([first, short_stimulus], dim="condition")
    return short_stimulus


def select_lane(recording: xr.Dataset, condition: int, trial: int) -> xr.Dataset:
    """Return the responses and spikes of one lane, without the coordinates of the lane."""
    response = response_of(recording).isel(
        condition=condition, trial=min(trial, recording.sizes["trial"] - 1)
    )
    lane = xr.Dataset({"response": response.drop_vars(("condition", "trial"))})
    if "spike_time" in recording:
        in_lane = (recording.spike_condition == condition) & (recording.spike_trial == trial)
        for field in ("spike_time", "spike_unit", "spike_neuron"):
            lane[field] = recording[field].isel(spike=np.flatnonzero(in_lane.values))
    return lane


def is_random(recording: xr.Dataset) -> bool:
    """Return whether any trial differs from the first trial of its condition."""
    conditions, trials = range(recording.sizes["condition"]), range(1, recording.sizes["trial"])
    return any(
        describe_difference(select_lane(recording, c, 0), select_lane(recording, c, t), 0.0)
        for c in conditions
        for t in trials
    )


def describe_difference(one: xr.Dataset, other: xr.Dataset, tolerance: float) -> str:
    """Describe the first difference between two recordings; empty if they are equal."""
    if "spike_time" in one and one.sizes["spike"] != other.sizes["spike"]:
        return f"{one.sizes['spike']} spikes in one run and {other.sizes['spike']} in the other"
    for name, values in one.data_vars.items():
        a, b = values.values, other[name].values
        if a.shape != b.shape:
            return f"{name} of shape {a.shape} in one run and {b.shape} in the other"
        if tolerance and np.allclose(a, b, rtol=tolerance, atol=tolerance):
            continue
        if not np.array_equal(a, b):
            largest_difference = np.abs(a.astype(float) - b.astype(float)).max()
            return f"values of {name} that differ by up to {largest_difference:.3g}"
    return ""


@contextlib.contextmanager
def occupied_brian_names(count: int) -> Iterator[None]:
    """Reserve the default names of the first Brian2 objects, as in a long session.

    Brian2 updates objects in the alphabetical order of their names. With 8 names reserved, two
    unnamed groups become ``neurongroup_8`` and ``neurongroup_9``; with one more, ``neurongroup_9``
    and ``neurongroup_10``, which are updated in the opposite order. Names that earlier objects
    still have make no difference then.
    """
    gc.collect()  # a name becomes free when its object is deleted
    prefixes = ("neurongroup", "synapses", "poissongroup", "spikegeneratorgroup", "poissoninput")
    placeholders = [Nameable(kind + f"_{k}" * (k > 0)) for kind in prefixes for k in range(count)]
    yield
    placeholders.clear()
