"""Steady responses of a model to the stimuli of a design, or of recorded data."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.errors import BioannError, DescriptionError, SimulationError
from bioann.base.text import format_setting, join_names
from bioann.base.user_code import name_user_errors
from bioann.bio.brian_network import BrianNetwork
from bioann.bio.recorded_model import RecordedModel
from bioann.model import kind_of, sizes_of
from bioann.recordings.recording import check_recording, response_of
from bioann.translate.identification.options import IdentificationOptions
from bioann.translate.identification.stimulus_design import (
    BIN_WIDTH,
    REST_DURATION,
    StimulusDesign,
    build_stimulus,
    check_stimulus_count,
)

#: Time until the responses are averaged, and the averaged time, in seconds.
SETTLING_TIME, WINDOW = 0.3, 0.5
#: Neurons times seconds that are averaged, with the fewest and most trials for that; trials of
#: models without a number of neurons.
FIRING_TIME, MIN_TRIALS, MAX_TRIALS, TRIALS = 6.0, 5, 20, 10


@dataclasses.dataclass(frozen=True)
class SteadyResponses:
    """Responses of every unit to every stimulus of a design, in activation.

    Attributes
    ----------
    design : StimulusDesign
        The stimuli.
    steady : numpy.ndarray, shape (stimulus, trial, unit)
        Responses in the averaged window.
    early, late : numpy.ndarray, shape (stimulus, trial, unit)
        Responses in its first and second half.
    courses : numpy.ndarray, shape (stimulus, trial, time, unit)
        Responses in bins from the start of the step; without any for recorded data.
    before : numpy.ndarray, shape (stimulus, trial, unit)
        Responses at rest, before the step; zeros for recorded data.
    are_rates : bool
        Whether they are firing rates, over the scale.
    window : tuple of float
        Start and end of the averaged window in seconds, from the start of the stimulus.
    """

    design: StimulusDesign
    steady: np.ndarray
    early: np.ndarray
    late: np.ndarray
    courses: np.ndarray
    before: np.ndarray
    are_rates: bool
    window: tuple[float, float]

    @property
    def n_trials(self) -> int:
        """Number of trials; 1 if trials do not differ."""
        return self.steady.shape[1]


def measure_responses(
    model: Any,
    design: StimulusDesign,
    options: IdentificationOptions,
    scale: float,
    *,
    seed: int,
    engine: str,
) -> SteadyResponses:
    """Run a model on a design, all stimuli and trials in one call.

    Parameters
    ----------
    model : Model
        The model.
    design : StimulusDesign
        The stimuli.
    options : IdentificationOptions
        Number of trials, and the averaged window.
    scale : float
        Rate in Hz that corresponds to activation 1.
    seed, engine
        Arguments of the model's ``run``.

    Raises
    ------
    SimulationError
        If the model fails on a stimulus, which is then named, or its responses are not finite.
    """
    settle = SETTLING_TIME if options.settle is None else options.settle
    start = BIN_WIDTH * round(settle / BIN_WIDTH)
    window = WINDOW if options.window is None else options.window
    stop = start + BIN_WIDTH * max(round(window / BIN_WIDTH), 2)
    trials = options.trials or choose_trials(model, stop - start)
    stimulus = build_stimulus(design, stop)
    arguments = {"seed": seed, "engine": engine, "bin_width": BIN_WIDTH * 1e3 * ms}
    try:
        recording = _run_model(model, stimulus, trials=trials, **arguments)
    except BioannError as error:
        raise _name_failing_stimulus(model, design, stimulus, error, arguments) from error
    are_rates = "rate" in recording
    order = ("condition", "trial", "time", "unit")
    values = response_of(recording).transpose(*order).values / (scale if are_rates else 1.0)
    if recording.attrs.get("random") == 0:
        values = values[:, :1]
    n_rest = round(REST_DURATION / BIN_WIDTH)
    before, courses = values[:, :, n_rest // 2 : n_rest].mean(axis=2), values[:, :, n_rest:]
    first = round(start / BIN_WIDTH)
    middle = (first + courses.shape[2]) // 2
    return SteadyResponses(
        design,
        courses[:, :, first:].mean(axis=2),
        courses[:, :, first:middle].mean(axis=2),
        courses[:, :, middle:].mean(axis=2),
        courses,
        before,
        are_rates,
        (start, stop),
    )


def choose_trials(model: Any, window: float) -> int:
    """Return the number of trials for a window in seconds, from the number of neurons."""
    sizes = sizes_of(model)
    if not sizes:
        return TRIALS
    if isinstance(model, BrianNetwork):  # which runs them one after the other
        return MIN_TRIALS
    needed = np.ceil(FIRING_TIME / window / min(sizes.values()))
    return int(np.clip(needed, MIN_TRIALS, MAX_TRIALS))


def _run_model(model: Any, stimulus: xr.DataArray, **arguments: Any) -> xr.Dataset:
    obj = f"to_ann, {kind_of(model)}"
    with name_user_errors(obj, "a model that runs on every stimulus of the design"):
        recording = model.run(stimulus, **arguments)
    return check_recording(recording, obj, model.units, stimulus)


def _name_failing_stimulus(
    model: Any,
    design: StimulusDesign,
    stimulus: xr.DataArray,
    error: BioannError,
    arguments: dict[str, Any],
) -> BioannError:
    """Return the error of the first stimulus on which a model fails alone, with its levels.

    If it fails on rest and on the stimulus after it, the stimulus is not what is wrong.
    """
    errors: dict[int, BioannError] = {}
    for k in range(len(design.levels)):
        try:
            _run_model(model, stimulus.isel(condition=[k]), trials=1, **arguments)
        except BioannError as failure:
            errors[k] = failure
        if len(errors) == 2 or (errors and k > 0):
            break
    if not errors or len(errors) == 2:
        return error
    k, single = next(iter(errors.items()))
    return SimulationError(
        f"to_ann, stimulus {design.name_stimulus(k)}",
        "a model that responds to every stimulus in the ranges of its channels",
        str(single).rstrip("."),
        "Pass span={'channel': (low, high)} with ranges in which the model works.",
    )


def read_recorded_responses(
    model: RecordedModel, options: IdentificationOptions, scale: float
) -> SteadyResponses:
    """Read the mean responses of recorded data in a window of their trials.

    Parameters
    ----------
    model : RecordedModel
        The recorded data, with a level of each channel in each condition.
    options : IdentificationOptions
        The averaged window. No stimulus and no trial can be added.
    scale : float
        Rate in Hz that corresponds to activation 1.

    Raises
    ------
    DescriptionError
        If levels are not stated, options ask for stimuli or trials, or the window is not recorded.
    """
    for name in ("stimuli", "held_out", "trials"):
        if getattr(options, name) is not None:
            raise DescriptionError(
                f"IdentificationOptions, {name}",
                "None for recorded data, to which no stimulus or trial can be added",
                f"{getattr(options, name)}",
                f"Leave out {name}: all recorded conditions and trials are used.",
            )
    table = model.levels
    missing = [name for name in model.channels if name not in table.columns]
    if missing or not len(table.columns):
        raise DescriptionError(
            "to_ann, recorded data",
            "the level of each channel in each condition",
            f"none of {join_names(missing)}" if missing else "no channel",
            "Pass from_recording(..., conditions=table). A stimulus that varies in time is fitted "
            "by bioann.training.fit_to_recording.",
        )
    levels = table.to_numpy()
    low, high = levels.min(axis=0), levels.max(axis=0)
    if not (high > low).any():
        got, remedy = "one level alone", "Record more levels."
        raise DescriptionError("to_ann, recorded data", "a channel that varies", got, remedy)
    check_stimulus_count(
        len(np.unique(levels, axis=0)), int((high > low).sum()), "to_ann, recorded conditions"
    )
    duration = float(model.recording.attrs["duration"])
    start = options.settle or 0.0
    stop = duration if options.window is None else start + options.window
    if not 0 <= start < stop <= duration * (1 + 1e-9):
        raise DescriptionError(
            "IdentificationOptions, settle and window",
            f"a window within the recorded {format_setting(duration, 's')}",
            f"{format_setting(start, 's')} to {format_setting(stop, 's')}",
            "Shorten them.",
        )
    middle = (start + stop) / 2
    windows = ((start, stop), (start, middle), (middle, stop))
    steady, early, late = (model.mean_rates(*limits) / scale for limits in windows)
    design = StimulusDesign(
        tuple(map(str, table.columns)), low, high, np.clip(0.0, low, high), levels,
        np.zeros(len(levels), dtype=bool),
    )  # fmt: skip
    return SteadyResponses(
        design, steady, early, late, np.zeros((*steady.shape[:2], 0, steady.shape[2])),
        np.zeros_like(steady), True, (start, stop),
    )  # fmt: skip
