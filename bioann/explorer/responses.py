"""Responses of both models as numbers for the plots of the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from bioann.correspondence import read_responses
from bioann.explorer.experiment import Experiment
from bioann.runs.run import Run

#: Spikes of a raster at most; the page draws those of the first neurons.
MAX_SPIKES = 6000
#: Points of a response over time at most.
MAX_POINTS = 400
#: Matches with plots of their own, at most.
MAX_MATCHES = 8
#: Channels of the stimulus that are drawn, at most.
MAX_CHANNELS = 6
#: Significant digits of numbers for a plot.
DIGITS = 5


def encode_responses(
    experiment: Experiment, run: Run[Any], condition: int | None, along: str
) -> dict[str, Any]:
    """Return what the plots of the page show.

    Parameters
    ----------
    experiment : Experiment
        Pair, trials and seed of the run.
    run : Run
        The run.
    condition : int or None
        Index of the condition whose time course and spikes are shown, cut to the last one; None for
        the middle one.
    along : str
        Coordinate of the conditions along which the curves go; unless it exists, the one with most
        conditions.

    Returns
    -------
    dict
        ``conditions`` (labels), ``condition`` (index), ``axes`` (names of coordinates), ``curves``,
        ``traces``, ``raster`` and ``trials``; numbers are rounded, and None where undefined.
    """
    pair, stimulus = experiment.pair, experiment.stimulus
    responses = {side: read_responses(run[side].to_dataset(), pair.correspondence, side)
                 for side in ("bio", "ann")}  # fmt: skip
    n_conditions = stimulus.sizes["condition"]
    index = n_conditions // 2 if condition is None else min(max(condition, 0), n_conditions - 1)
    axes = list_axes(stimulus)
    longest = max(axes, key=lambda name: len(choose_conditions(axes, name, index)), default="")
    axis = along if along in axes else longest
    return {
        "conditions": list(map(str, stimulus.condition.values)),
        "condition": index,
        "axes": list(axes),
        "along": axis,
        "curves": encode_curves(experiment, responses, stimulus, axes, axis, index),
        "traces": encode_traces(experiment, responses, stimulus, index),
        "raster": encode_raster(run["bio"].to_dataset(), index),
        "trials": experiment.trials,
        "matches_left_out": max(len(pair.correspondence.matches) - MAX_MATCHES, 0),
        "engine": str(run["bio"].attrs.get("engine", "")),
    }


def list_axes(stimulus: xr.DataArray) -> dict[str, np.ndarray]:
    """Return the numeric coordinates of the conditions that take several values."""
    return {
        str(name): coord.values.astype(float)
        for name, coord in stimulus.coords.items()
        if coord.dims == ("condition",)
        and np.issubdtype(coord.dtype, np.number)
        and len(np.unique(coord.values[np.isfinite(coord.values)])) > 1
    }


def choose_conditions(axes: dict[str, np.ndarray], axis: str, index: int) -> np.ndarray:
    """Return the conditions of a curve: those equal to one condition in all other coordinates."""
    x = axes[axis]
    is_equal = np.isfinite(x)
    for name, values in axes.items():
        if name != axis:
            is_equal &= (values == values[index]) | (np.isnan(values) & np.isnan(values[index]))
    indices = np.flatnonzero(is_equal)
    return indices[np.argsort(x[indices], kind="stable")]


def encode_curves(
    experiment: Experiment,
    responses: dict[str, xr.DataArray],
    stimulus: xr.DataArray,
    axes: dict[str, np.ndarray],
    axis: str,
    index: int,
) -> dict[str, Any]:
    """Return steady responses over a coordinate: mean, and the smallest and largest trial.

    Without a numeric coordinate the conditions are numbered.
    """
    indices = (
        choose_conditions(axes, axis, index) if axis else np.arange(stimulus.sizes["condition"])
    )
    x = axes[axis][indices] if axis else indices + 1
    window = slice(*experiment.pair.window(stimulus))
    bio, ann = (  # shape (condition, trial, match)
        responses[side].isel(condition=indices).sel(time=window).mean("time").values
        for side in ("bio", "ann")
    )
    curves = []
    for k, match in enumerate(experiment.pair.correspondence.matches[:MAX_MATCHES]):
        one, other = bio[..., k], ann[..., k].mean(axis=1)
        mean = one.mean(axis=1)
        curves.append({
            "match": match.name,
            "scale_hz": float(match.scale),
            "bio": round_numbers(mean),
            "low": round_numbers(one.min(axis=1)),
            "high": round_numbers(one.max(axis=1)),
            "ann": round_numbers(other),
            "rmse": round_numbers(np.sqrt(np.mean((mean - other) ** 2))),
        })  # fmt: skip
    return {"x": round_numbers(x), "label": axis or "condition", "matches": curves}


def encode_traces(
    experiment: Experiment, responses: dict[str, xr.DataArray], stimulus: xr.DataArray, index: int
) -> dict[str, Any]:
    """Return responses over time, averaged over trials, and the stimulus in one condition."""
    time = responses["bio"].time.values
    every = max(1, -(-len(time) // MAX_POINTS))
    n_points = len(time) // every
    steps = np.searchsorted(stimulus.time.values, time[: n_points * every : every]) - 1
    channels = stimulus.values[index, np.maximum(steps, 0)]

    def average_bins(values: np.ndarray) -> list[float | None]:
        return round_numbers(values[: n_points * every].reshape(n_points, every).mean(axis=1))

    names = [match.name for match in experiment.pair.correspondence.matches[:MAX_MATCHES]]
    means = {side: r.values[index].mean(axis=0) for side, r in responses.items()}
    traces = {
        side: {name: average_bins(mean[:, k]) for k, name in enumerate(names)}
        for side, mean in means.items()
    }
    return {
        "time_ms": average_bins(time * 1e3),
        **traces,
        "stimulus": {
            str(c): round_numbers(channels[:, k])
            for k, c in enumerate(stimulus.channel.values[:MAX_CHANNELS])
        },
    }


def encode_raster(recording: xr.Dataset, index: int) -> dict[str, Any]:
    """Return the spikes of the first trial in one condition, numbered over all populations."""
    units = list(map(str, recording.unit.values))
    if "spike_time" not in recording or "n_neurons" not in recording:
        return {"units": units, "sizes": [], "time_ms": [], "row": [], "left_out": 0}
    sizes = recording["n_neurons"].values.astype(int)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    trial = recording["spike_trial"].values
    is_shown = (recording["spike_condition"].values == index) & (trial == 0)
    rows = starts[recording["spike_unit"].values] + recording["spike_neuron"].values
    rows, times = rows[is_shown], recording["spike_time"].values[is_shown] * 1e3
    order = np.lexsort((times, rows))[:MAX_SPIKES]
    return {
        "units": units,
        "sizes": sizes.tolist(),
        "time_ms": np.round(times[order], 1).tolist(),
        "row": rows[order].tolist(),
        "left_out": int(len(rows) - len(order)),
    }


def round_numbers(values: Any) -> Any:
    """Return numbers with `DIGITS` significant digits as lists for JSON; None if not finite."""
    array = np.asarray(values, dtype=float)
    if array.ndim:
        return [round_numbers(value) for value in array]
    return float(f"{float(array):.{DIGITS}g}") if np.isfinite(array) else None
