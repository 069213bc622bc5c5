"""Run both models of a lesson at every position of its sliders."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from brian2 import ms
from scipy.special import stdtrit

from bioann.base.errors import BioannError
from bioann.base.text import format_labels
from bioann.correspondence import read_responses
from bioann.lessons.axis import LessonAxis
from bioann.lessons.lesson import Lesson, Position
from bioann.pair import Pair
from bioann.pair_files.load import load
from bioann.recordings.recording import check_trials
from bioann.runs.execute_together import execute_together
from bioann.stimuli.stimulus import make_stimulus
from bioann.sweeps.point_result import RunSettings, plan_point

CONFIDENCE_LEVEL = 0.95
#: Networks at most whose conditions run as lanes of one run, which bounds its memory.
NETWORKS_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class LessonResponses:
    """The responses of both models at every position of the sliders of a lesson.

    Parameters
    ----------
    lesson : Lesson
        The lesson.
    pair : Pair
        Its pair as it ships.
    bio, ann : xarray.DataArray
        Steady responses in the unit of the lesson, with its axes and ``curve`` as dimensions and,
        of the spiking model, ``trial``.
    connections : numpy.ndarray of str
        The connection in both models at each position, shape (axes..., 2).
    trials, seed : int
        Repetitions of the spiking model, and the seed.
    """

    lesson: Lesson
    pair: Pair
    bio: xr.DataArray
    ann: xr.DataArray
    connections: np.ndarray
    trials: int
    seed: int

    @property
    def lowest(self) -> float:
        """The lowest possible response: 0 for a rate, none for a difference of rates."""
        return 0.0 if self.lesson.reference_levels is None else -np.inf

    def estimate_responses(self) -> xr.DataArray:
        """Return mean and interval of the spiking model's responses; see `estimate_mean`."""
        return estimate_mean(self.bio).clip(min=self.lowest)

    def estimate_effect(self) -> xr.DataArray:
        """Return mean and interval of the effect in the spiking model; see `estimate_mean`."""
        return estimate_mean(self.lesson.effect(self.bio))

    def compute_rate_effect(self) -> xr.DataArray:
        """Return the effect in the rate model, which is exact."""
        return self.lesson.effect(self.ann)


def estimate_mean(values: xr.DataArray) -> xr.DataArray:
    """Estimate means over trials with their 95 % confidence intervals (Student's t).

    Parameters
    ----------
    values : xarray.DataArray
        With the dimension ``trial``.

    Returns
    -------
    xarray.DataArray
        With the dimension ``estimate`` instead: ``value``, ``low``, ``high``. The interval of one
        trial is NaN.
    """
    n, mean = values.sizes["trial"], values.mean("trial")
    if n == 1:
        half_width = mean * np.nan
    else:
        t = float(stdtrit(n - 1, (1 + CONFIDENCE_LEVEL) / 2))
        half_width = t * values.std("trial", ddof=1) / np.sqrt(n)
    estimate = xr.concat([mean, mean - half_width, mean + half_width], "estimate")
    return estimate.assign_coords(estimate=["value", "low", "high"]).transpose(..., "estimate")


def compute_responses(
    lesson: Lesson, *, trials: int | None = None, seed: int, engine: str = "auto"
) -> LessonResponses:
    """Run both models of a lesson at every position of its sliders.

    Parameters
    ----------
    lesson : Lesson
        The lesson.
    trials : int, optional
        Repetitions of the spiking model, each with its own input spikes; the number that the
        lesson states unless given.
    seed : int
        Seed of all runs, 0 or larger.
    engine : str, optional
        What executes the spiking model; the numbers do not depend on it.

    Returns
    -------
    LessonResponses
        The responses.

    Raises
    ------
    BioannError
        If the pair cannot be loaded or run.
    """
    pair = load(lesson.pair)
    n_trials = check_trials(choose_trials(lesson, pair, trials))
    network_axes = [axis for axis in lesson.axes if axis.varies_network]
    input_axes = [axis for axis in lesson.axes if not axis.varies_network]
    networks = list(iterate_positions(network_axes))
    inputs = list(iterate_positions(input_axes))
    bare_pair = replace(pair, claims=(), metrics=(), figures=(), vary=None)
    pairs = [prepare_pair(lesson, bare_pair, network, inputs) for network in networks]
    settings = RunSettings(n_trials, seed, references=False, engine=engine)
    blocks = [
        block
        for k in range(0, len(pairs), NETWORKS_AT_ONCE)
        for block in run_pairs_together(
            lesson, pairs[k : k + NETWORKS_AT_ONCE], networks[k : k + NETWORKS_AT_ONCE], settings
        )
    ]
    bio, ann = (
        arrange_responses(lesson, [block[k] for block in blocks], (*network_axes, *input_axes))
        for k in range(2)
    )
    connections = describe_connections(lesson, pairs, network_axes, input_axes)
    return LessonResponses(
        lesson, pair, bio, ann.isel(trial=0, drop=True), connections, n_trials, seed
    )


def choose_trials(lesson: Lesson, pair: Pair, trials: int | None) -> int:
    """Return the number of trials: as asked for, or of the lesson, or of the pair."""
    if trials is not None:
        return trials
    return pair.trials if lesson.trials is None else lesson.trials


def iterate_positions(axes: Sequence[LessonAxis]) -> Iterator[dict[str, float]]:
    """Yield all combinations of the values of axes, the last one fastest."""
    for values in itertools.product(*(axis.values for axis in axes)):
        yield dict(zip((axis.name for axis in axes), values, strict=True))


def prepare_pair(lesson: Lesson, pair: Pair, network: Position, inputs: Sequence[Position]) -> Pair:
    """Return the pair with the parameters of a position, and the inputs as conditions."""
    changed = pair if lesson.change_pair is None else lesson.change_pair(pair, network)
    assert pair.stimulus is not None
    channels = [str(name) for name in pair.stimulus["channel"].values]
    levels = [lesson.choose_levels({**network, **position}) for position in inputs]
    names = [format_labels(position) for position in inputs]
    if lesson.reference_levels is not None:
        levels += [lesson.reference_levels({**network, **position}) for position in inputs]
        names += [f"{name}, reference" for name in names]
    table = [[of_condition.get(name, 0.0) for name in channels] for of_condition in levels]
    dt_ms = 1e3 * float(pair.stimulus["time"][1] - pair.stimulus["time"][0])
    n_steps = pair.stimulus.sizes["time"]
    if lesson.duration_ms is not None:
        n_steps = round(lesson.duration_ms / dt_ms)
    values = np.repeat(np.array(table)[:, None, :], n_steps, axis=1)
    stimulus = make_stimulus(values, channels=channels, dt=dt_ms * ms, conditions=names)
    return replace(changed, stimulus=stimulus, claims=(), metrics=(), controls={}, figures=())


def run_pairs_together(
    lesson: Lesson, pairs: Sequence[Pair], networks: Sequence[Position], settings: RunSettings
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Run pairs of one structure together, and return their responses.

    Parameters
    ----------
    lesson : Lesson
        The lesson.
    pairs : sequence of Pair
        From `prepare_pair`.
    networks : sequence of mapping
        Values of the axes that vary the network, for each pair.
    settings : RunSettings
        Options of the runs.

    Returns
    -------
    list of tuple of numpy.ndarray
        For each pair the steady responses of the spiking and of the rate model, shape
        (input, curve, trial), minus the reference if the lesson has one.
    """
    recordings = execute_together([plan_point(pair, settings) for pair in pairs])
    blocks = []
    for pair, network, recording in zip(pairs, networks, recordings, strict=True):
        if isinstance(recording, BioannError):
            raise recording
        both_models = (
            select_responses(lesson, pair, network, recording[side].to_dataset(), side)
            for side in ("bio", "ann")
        )
        blocks.append(tuple(both_models))
    return blocks  # type: ignore[return-value]


def select_responses(
    lesson: Lesson, pair: Pair, network: Position, recording: xr.Dataset, side: str
) -> np.ndarray:
    """Return the steady responses of one model, shape (input, curve, trial)."""
    activation = read_responses(recording, pair.correspondence, side)
    steady = activation.sel(time=slice(*pair.window())).mean("time")
    scales = pair.correspondence.scales_in_hertz()
    inputs = list(iterate_positions([a for a in lesson.axes if not a.varies_network]))
    matches = [lesson.get_matches({**network, **position}) for position in inputs]

    def read_block(first: int) -> np.ndarray:
        """Return the responses to as many conditions as there are inputs."""
        rows = [
            [scales[m] * steady.isel(condition=first + k).sel(match=m).values for m in of_input]
            for k, of_input in enumerate(matches)
        ]
        return np.array(rows)

    if lesson.reference_levels is None:
        return read_block(0)
    return read_block(0) - read_block(len(inputs))


def arrange_responses(
    lesson: Lesson, blocks: Sequence[np.ndarray], run_axes: Sequence[LessonAxis]
) -> xr.DataArray:
    """Return the responses of all networks along the axes of the lesson, ``curve`` and ``trial``.

    Parameters
    ----------
    lesson : Lesson
        The lesson.
    blocks : sequence of numpy.ndarray, shape (input, curve, trial)
        Responses of each network.
    run_axes : sequence of LessonAxis
        The axes in the order in which they were run: those of the network, then the inputs.
    """
    shape = [len(axis.values) for axis in run_axes]
    values = np.stack(blocks).reshape(*shape, *blocks[0].shape[1:])
    coords = {axis.name: list(axis.values) for axis in run_axes} | {"curve": list(lesson.curves)}
    names = [axis.name for axis in run_axes]
    array = xr.DataArray(values, dims=(*names, "curve", "trial"), coords=coords)
    return array.transpose(*(axis.name for axis in lesson.axes), "curve", "trial")


def describe_connections(
    lesson: Lesson,
    pairs: Sequence[Pair],
    network_axes: Sequence[LessonAxis],
    input_axes: Sequence[LessonAxis],
) -> np.ndarray:
    """Return the connection in both models at each position, shape (axes of the lesson..., 2)."""
    texts = [
        lesson.describe_connection(pair, {**network, **position})
        for pair, network in zip(pairs, iterate_positions(network_axes), strict=True)
        for position in iterate_positions(input_axes)
    ]
    run_axes = (*network_axes, *input_axes)
    array = np.array(texts, dtype=object).reshape(*(len(axis.values) for axis in run_axes), 2)
    order = [[axis.name for axis in run_axes].index(axis.name) for axis in lesson.axes]
    return array.transpose(*order, len(order))
