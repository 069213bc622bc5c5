"""What only spikes have: how irregular they are, and how their number varies over trials."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from bioann.metrics.bootstrap import bootstrap_interval, resample_weights

Statistic = Callable[[np.ndarray], np.ndarray]
_NO_INTERVAL = (np.nan, np.nan)


def spiking_scores(run: xr.DataTree, window: tuple[float, float]) -> list[tuple[object, ...]]:
    """Score what biology alone has: CV of interspike intervals and Fano factor.

    Parameters
    ----------
    run : xarray.DataTree
        A recording.
    window : tuple of float
        Start and stop in seconds.

    Returns
    -------
    list of tuple
        Rows with `bioann.comparison.scores.SCORE_COLUMNS`, one per population and score; `detail`
        names the population. None for a half without spikes.
    """
    if "spike_time" not in run["bio"]:
        return []
    names = [name for name in ("bio", "ceiling") if name in run.children]
    halves = [run[name].to_dataset() for name in names]
    irregular = [cv_of_isi(half, window) for half in halves]
    counted = [count_spikes(half, window) for half in halves]
    rows = []
    for unit in map(str, run["bio"].unit.values):
        for name, made, note in (
            (
                "CV of ISI",
                [_cv_statistic(cv.sel(unit=unit).values) for cv in irregular],
                "needs neurons with four or more spikes in the window",
            ),
            (
                "Fano factor",
                [_fano_statistic(c[unit].astype(float)) for c in counted],
                "needs two or more trials, and spikes",
            ),
        ):
            numbers = []
            for recorded, (statistic, size) in zip(halves, made, strict=True):
                trials = recorded.sizes["trial"]
                value = float(statistic(np.arange(trials)[None])[0])
                finite = np.isfinite(value)
                ends = bootstrap_interval(statistic, trials, size) if finite else _NO_INTERVAL
                numbers += [value, *ends]
            numbers += [np.nan] * (6 - len(numbers))
            missing = note if np.isnan(numbers[0]) else ""
            rows.append(("", name, unit, *numbers, np.nan, np.nan, "", missing))
    return rows


def _cv_statistic(per_trial: np.ndarray) -> tuple[Statistic, int]:
    def statistic(chosen: np.ndarray) -> np.ndarray:
        drawn = per_trial[chosen]
        known = np.isfinite(drawn)
        total = np.where(known, drawn, 0.0).sum(axis=1)
        return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)

    return statistic, len(per_trial)


def _fano_statistic(counted: xr.DataArray) -> tuple[Statistic, int]:
    def statistic(chosen: np.ndarray) -> np.ndarray:
        weight = resample_weights(chosen)
        return fano_factor(counted.isel(trial=slice(weight.sizes["trial"])), weight).values

    return statistic, counted.size // counted.sizes["trial"]


def cv_of_isi(recorded: xr.Dataset, window: tuple[float, float]) -> xr.DataArray:
    """Coefficient of variation of interspike intervals, std / mean.

    Intervals are those between successive spikes of a neuron in the window; the coefficient is
    computed per neuron, condition and trial from three or more intervals, and averaged.

    Parameters
    ----------
    recorded : xarray.Dataset
        Of a spiking half.
    window : tuple of float
        Start and stop in seconds.

    Returns
    -------
    xarray.DataArray, dimensions (trial, unit)
        NaN where no neuron fired often enough.
    """
    keys, time = _spikes_in_window(recorded, window)
    sizes = [recorded.sizes[name] for name in ("condition", "trial", "unit")]
    sizes.append(int(keys[:, 3].max(initial=0)) + 1)
    train = np.ravel_multi_index(tuple(keys.T), sizes)
    order = np.lexsort([time, train])
    train, time = train[order], time[order]
    same = train[1:] == train[:-1]
    intervals, owner = np.diff(time)[same], train[1:][same]
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    found = np.cumsum(np.diff(owner, prepend=-1) > 0) - 1
    count = np.diff(first, append=len(owner))
    mean = np.bincount(found, intervals) / count
    square = np.bincount(found, (intervals - mean[found]) ** 2) / count
    enough = count >= 3
    cv = np.sqrt(square[enough]) / mean[enough]
    _, trial, unit, _ = np.unravel_index(owner[first][enough], sizes)
    result = np.full(sizes[1:3], np.nan)
    for place in zip(*np.nonzero(np.ones_like(result)), strict=True):
        own = (trial == place[0]) & (unit == place[1])
        if own.any():
            result[place] = cv[own].mean()
    return xr.DataArray(result, dims=("trial", "unit"), coords={"unit": recorded.unit})


def count_spikes(recorded: xr.Dataset, window: tuple[float, float]) -> dict[str, xr.DataArray]:
    """Count each neuron's spikes in the window.

    Returns
    -------
    dict of str to xarray.DataArray, dimensions (condition, trial, neuron)
        One entry per population.
    """
    keys, _ = _spikes_in_window(recorded, window)
    lanes = (recorded.sizes["condition"], recorded.sizes["trial"])
    counted = {}
    for unit, name in enumerate(recorded.unit.values):
        shape = (*lanes, int(recorded.n_neurons[unit]))
        own = keys[keys[:, 2] == unit]
        flat = np.ravel_multi_index((own[:, 0], own[:, 1], own[:, 3]), shape)
        number = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
        counted[str(name)] = xr.DataArray(number, dims=("condition", "trial", "neuron"))
    return counted


def fano_factor(counted: xr.DataArray, weight: xr.DataArray) -> xr.DataArray:
    """Fano factor of spike counts over trials, variance / mean.

    Parameters
    ----------
    counted : xarray.DataArray, dimensions (condition, trial, neuron)
        Spike counts.
    weight : xarray.DataArray, dimensions (..., trial)
        Weights that sum to 1; equal ones give the usual estimate.

    Returns
    -------
    xarray.DataArray
        Averaged over the conditions and neurons that fired at all; NaN for a single trial.
    """
    mean, square = (xr.dot(weight, x, dim="trial") for x in (counted, counted**2))
    # The sum over pairs of different trials is unbiased for any weights, so for resamples too, in
    # which a trial that was drawn twice must not count as a pair.
    pairs = 1 - (weight**2).sum("trial")
    variance = (square - mean**2) / pairs.where(pairs > 1e-12)
    return (variance / mean.where(mean > 0)).mean(["condition", "neuron"])


def _spikes_in_window(
    recorded: xr.Dataset, window: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Give (condition, trial, unit, neuron) and time of each spike in the window."""
    time = recorded.spike_time.values
    inside = (time >= window[0]) & (time < window[1])
    names = ("condition", "trial", "unit", "neuron")
    keys = np.stack([recorded[f"spike_{n}"].values[inside] for n in names], axis=1)
    return keys, time[inside]
