"""What the contract's checks look at: a pair under test, its lanes, and how recordings differ."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import gc
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr
from brian2.core.names import Nameable

from bioann.base.errors import PairError
from bioann.pair import Pair
from bioann.pair_files.find import find_pair_file
from bioann.pair_files.load import load
from bioann.recordings.recording import check_recording, response_of
from bioann.runs.run import Run
from bioann.stimuli.stimulus import check_stimulus

TRIALS, SEED = 2, 1


@dataclasses.dataclass(frozen=True)
class Subject:
    """A pair under test.

    Attributes
    ----------
    make : callable
        Makes the pair afresh.
    pair : Pair
        Made once.
    stimulus : xarray.DataArray
        What it is shown: short, with two or three conditions.
    docstring : str or None
        Of the file; None where there is no file to have one.
    path : pathlib.Path or None
        The file, where one is known.
    """

    make: Callable[[], Pair]
    pair: Pair
    stimulus: xr.DataArray
    docstring: str | None = None
    path: Path | None = None

    @cached_property
    def model_stimuli(self) -> dict[str, xr.DataArray]:
        """The stimulus as it was handed to each model of `recordings`, by side."""
        return {side: self.stimulus.copy(deep=True) for side in ("bio", "ann")}

    @cached_property
    def recordings(self) -> dict[str, xr.Dataset]:
        """Both models' answers, by side; run once for all checks."""
        gc.collect()  # see `occupied_brian_names`
        return {
            side: run_model(self.pair, side, stimulus, seed=SEED, trials=TRIALS)
            for side, stimulus in self.model_stimuli.items()
        }

    @cached_property
    def second_run(self) -> Run[Pair]:
        """The same once more, as a run of the pair made afresh."""
        pair, stimulus = self.make(), self.stimulus.copy(deep=True)
        with occupied_brian_names():
            return pair.run(stimulus, trials=TRIALS, seed=SEED, controls=False)

    def run(
        self, side: str, stimulus: xr.DataArray, *, seed: int = SEED, trials: int = TRIALS
    ) -> xr.Dataset:
        """Run one model of the pair on a copy of a stimulus, and check what it returns."""
        return run_model(self.pair, side, stimulus.copy(deep=True), seed=seed, trials=trials)

    def contract_error(self, aspect: str, expected: str, got: str, remedy: str) -> PairError:
        """Make the error for a broken contract; `aspect` says in which part."""
        return PairError(f"Pair {self.pair.name!r}, {aspect}", expected, got, remedy)


def run_model(
    pair: Pair, side: str, stimulus: xr.DataArray, *, seed: int, trials: int
) -> xr.Dataset:
    """Run one model of a pair, ``"bio"`` or ``"ann"``, and hold the result against the schema."""
    model = getattr(pair, side)
    recording = model.run(stimulus, trials=trials, seed=seed, bin_width=pair.bin_width_quantity)
    return check_recording(recording, f"Pair {pair.name!r}, {side} model", model.units, stimulus)


def make_subject(
    pair: Pair | str | Path | Callable[[], Pair], *, stimulus: xr.DataArray | None = None
) -> Subject:
    """Prepare a pair for the checks.

    Parameters
    ----------
    pair : str, pathlib.Path, callable or Pair
        A name or file, as for `load`; a function that returns a pair; or a pair. From a pair
        alone it cannot be seen whether it is built alike twice, nor whether its file is
        documented.
    stimulus : xarray.DataArray, optional
        What to show instead of the beginning of the pair's own.

    Returns
    -------
    Subject
        The pair, and three conditions of the stimulus, shortened.

    Raises
    ------
    BioannError
        If there is no such pair, or it has no stimulus.
    """
    path = docstring = None
    if isinstance(pair, (str, Path)):
        path = find_pair_file(pair)
        source = path

        def make() -> Pair:
            return load(source)

        subject_pair = make()
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    elif isinstance(pair, Pair):
        subject_pair, make = pair, lambda: subject_pair
    else:
        subject_pair, make = pair(), pair
        docstring = getattr(sys.modules.get(pair.__module__), "__doc__", None) or ""
    full_stimulus = subject_pair.stimulus if stimulus is None else stimulus
    if full_stimulus is None:
        raise PairError(
            f"Pair {subject_pair.name!r}, stimulus",
            "a stimulus to check it with",
            "none",
            "Give the pair one: Pair(..., stimulus=bioann.steps(...)).",
        )
    return Subject(
        make, subject_pair, shorten_stimulus(subject_pair, full_stimulus), docstring, path
    )


def shorten_stimulus(pair: Pair, stimulus: xr.DataArray) -> xr.DataArray:
    """Take two or three conditions of a stimulus, and 100 ms after it began and responses settled.

    Parameters
    ----------
    pair : Pair
        Whose ``settle`` counts.
    stimulus : xarray.DataArray
        Any stimulus of the pair.

    Returns
    -------
    xarray.DataArray
        The first, middle and last condition. A single one is joined by a copy of itself, because
        a batch of one cannot show whether lanes disturb each other.
    """
    full_stimulus = check_stimulus(
        stimulus, list(dict.fromkeys([*pair.bio.channels, *pair.ann.channels]))
    )
    n, dt = full_stimulus.sizes["condition"], full_stimulus.attrs["dt"]
    short_stimulus = full_stimulus.isel(condition=sorted({0, n // 2, n - 1}))
    active_steps = np.flatnonzero((short_stimulus.values != 0).any(axis=(0, 2)))
    onset = float(active_steps[0]) * dt if len(active_steps) else 0.0
    n_bins = np.ceil((max(float(pair.settle), onset) + 0.1) / float(pair.bin_width) - 1e-9)
    short_stimulus = short_stimulus.isel(time=slice(0, round(n_bins * float(pair.bin_width) / dt)))
    if n == 1:
        first = short_stimulus.assign_coords(condition=["a copy of the only condition"])
        short_stimulus = xr.concat([first, short_stimulus], dim="condition")
    return short_stimulus


def select_lane(recording: xr.Dataset, condition: int, trial: int) -> xr.Dataset:
    """Cut one lane out of a recording; its spikes lose their lane's number."""
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
    """Tell whether any trial differs from the first one of its condition."""
    conditions, trials = range(recording.sizes["condition"]), range(1, recording.sizes["trial"])
    return any(
        describe_difference(select_lane(recording, c, 0), select_lane(recording, c, t), 0.0)
        for c in conditions
        for t in trials
    )


def describe_difference(one: xr.Dataset, other: xr.Dataset, tolerance: float) -> str:
    """Say in what two recordings differ; nothing if they do not."""
    if "spike_time" in one and one.sizes["spike"] != other.sizes["spike"]:
        return f"{one.sizes['spike']} spikes, then {other.sizes['spike']}"
    for name, values in one.data_vars.items():
        a, b = values.values, other[name].values
        if a.shape != b.shape:
            return f"{name} of shape {a.shape}, then {b.shape}"
        if tolerance and np.allclose(a, b, rtol=tolerance, atol=tolerance):
            continue
        if not np.array_equal(a, b):
            largest_difference = np.abs(a.astype(float) - b.astype(float)).max()
            return f"{name} that differs by up to {largest_difference:.3g}"
    return ""


@contextlib.contextmanager
def occupied_brian_names() -> Iterator[None]:
    """Take the names that Brian2 would give first, as a longer session does.

    Brian2 orders objects by name, and a digit comes before a letter: of ``neurongroup`` and
    ``neurongroup_1`` the second is updated first. With these names taken they become
    ``neurongroup_8`` and ``neurongroup_9``, and change places.
    """
    gc.collect()  # a name is free once nothing holds its object
    prefixes = ("neurongroup", "synapses", "poissongroup", "spikegeneratorgroup", "poissoninput")
    placeholders = [Nameable(kind + f"_{k}" * (k > 0)) for kind in prefixes for k in range(8)]
    yield
    placeholders.clear()
