"""Spiking variability: CV of interspike intervals and Fano factor."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import xarray as xr

from bioann.base.units import Description
from bioann.metrics.bootstrap import bootstrap_interval, resample_weights

Statistic = Callable[[np.ndarray], np.ndarray]
_NO_INTERVAL = (np.nan, np.nan)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SpikeMetric(Description):
    """A property of the spikes of a population, which a rate model does not have.

    Parameters
    ----------
    name : str
        Name in tables and verdicts.
    note : str, optional
        Why it may not apply; shown where the value is NaN.
    unit : str, optional
        Unit of the value.
    """

    name: str
    note: str = ""
    unit: str = ""


CV_OF_ISI = SpikeMetric("CV of ISI", "needs neurons with four or more spikes in the window")
FANO_FACTOR = SpikeMetric("Fano factor", "needs two or more trials, and spikes")


def spiking_scores(run: xr.DataTree, window: tuple[float, float]) -> list[tuple[object, ...]]:
    """Compute the CV of interspike intervals and the Fano factor of the spiking model.

    Parameters
    ----------
    run : xarray.DataTree
        Recording of a pair, with the spiking model in ``bio`` and its independent repetition, if
        any, in ``ceiling``.
    window : tuple of float
        Start and stop of the analysis window in seconds.

    Returns
    -------
    list of tuple
        Rows with `bioann.comparison.scores.SCORE_COLUMNS`, one per population and score; `detail`
        is the name of the population. Empty if the model records no spikes.
    """
    if "spike_time" not in run["bio"]:
        return []
    names = [name for name in ("bio", "ceiling") if name in run.children]
    datasets = [run[name].to_dataset() for name in names]
    cvs = [cv_of_isi(dataset, window) for dataset in datasets]
    spike_counts = [count_spikes(dataset, window) for dataset in datasets]
    rows = []
    for unit in map(str, run["bio"].unit.values):
        for metric, statistics in (
            (CV_OF_ISI, [_cv_statistic(cv.sel(unit=unit).values) for cv in cvs]),
            (FANO_FACTOR, [_fano_statistic(c[unit].astype(float)) for c in spike_counts]),
        ):
            numbers = []
            for recording, (statistic, values_per_resample) in zip(
                datasets, statistics, strict=True
            ):
                n_trials = recording.sizes["trial"]
                value = float(statistic(np.arange(n_trials)[None])[0])
                interval = _NO_INTERVAL
                if np.isfinite(value):
                    interval = bootstrap_interval(statistic, n_trials, values_per_resample)
                numbers += [value, *interval]
            numbers += [np.nan] * (6 - len(numbers))
            reason = metric.note if np.isnan(numbers[0]) else ""
            rows.append(("", metric.name, unit, *numbers, np.nan, np.nan, metric.unit, reason))
    return rows


def _cv_statistic(per_trial: np.ndarray) -> tuple[Statistic, int]:
    def statistic(trial_indices: np.ndarray) -> np.ndarray:
        values = per_trial[trial_indices]
        is_finite = np.isfinite(values)
        total = np.where(is_finite, values, 0.0).sum(axis=1)
        return np.where(is_finite.any(axis=1), total / np.maximum(is_finite.sum(axis=1), 1), np.nan)

    return statistic, len(per_trial)


def _fano_statistic(spike_counts: xr.DataArray) -> tuple[Statistic, int]:
    def statistic(trial_indices: np.ndarray) -> np.ndarray:
        weight = resample_weights(trial_indices)
        return fano_factor(spike_counts.isel(trial=slice(weight.sizes["trial"])), weight).values

    return statistic, spike_counts.size // spike_counts.sizes["trial"]


def cv_of_isi(recording: xr.Dataset, window: tuple[float, float]) -> xr.DataArray:
    """Return the coefficient of variation (std / mean) of interspike intervals.

    The coefficient is computed for each neuron, condition and trial with at least three intervals
    between successive spikes in the window, and averaged over neurons and conditions.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of a spiking model, with its spikes.
    window : tuple of float
        Start and stop of the analysis window in seconds.

    Returns
    -------
    xarray.DataArray, dimensions (trial, unit)
        Mean coefficient of variation; NaN if no neuron has three intervals.
    """
    keys, time = _spikes_in_window(recording, window)
    sizes = [recording.sizes[name] for name in ("condition", "trial", "unit")]
    sizes.append(int(keys[:, 3].max(initial=0)) + 1)
    train = np.ravel_multi_index(tuple(keys.T), sizes)
    order = np.lexsort([time, train])
    train, time = train[order], time[order]
    is_same_train = train[1:] == train[:-1]
    intervals, train_of_interval = np.diff(time)[is_same_train], train[1:][is_same_train]
    group_start = np.flatnonzero(np.diff(train_of_interval, prepend=-1))
    group = np.cumsum(np.diff(train_of_interval, prepend=-1) > 0) - 1
    count = np.diff(group_start, append=len(train_of_interval))
    mean = np.bincount(group, intervals) / count
    square = np.bincount(group, (intervals - mean[group]) ** 2) / count
    has_enough = count >= 3
    cv = np.sqrt(square[has_enough]) / mean[has_enough]
    _, trial, unit, _ = np.unravel_index(train_of_interval[group_start][has_enough], sizes)
    result = np.full(sizes[1:3], np.nan)
    for index in zip(*np.nonzero(np.ones_like(result)), strict=True):
        mask = (trial == index[0]) & (unit == index[1])
        if mask.any():
            result[index] = cv[mask].mean()
    return xr.DataArray(result, dims=("trial", "unit"), coords={"unit": recording.unit})


def count_spikes(recording: xr.Dataset, window: tuple[float, float]) -> dict[str, xr.DataArray]:
    """Count each neuron's spikes in the window.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of a spiking model, with its spikes.
    window : tuple of float
        Start and stop of the analysis window in seconds.

    Returns
    -------
    dict of str to xarray.DataArray, dimensions (condition, trial, neuron)
        Number of spikes, by name of the population.
    """
    keys, _ = _spikes_in_window(recording, window)
    lanes = (recording.sizes["condition"], recording.sizes["trial"])
    spike_counts = {}
    for unit, name in enumerate(recording.unit.values):
        shape = (*lanes, int(recording.n_neurons[unit]))
        unit_keys = keys[keys[:, 2] == unit]
        flat = np.ravel_multi_index((unit_keys[:, 0], unit_keys[:, 1], unit_keys[:, 3]), shape)
        counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
        spike_counts[str(name)] = xr.DataArray(counts, dims=("condition", "trial", "neuron"))
    return spike_counts


def fano_factor(spike_counts: xr.DataArray, trial_weights: xr.DataArray) -> xr.DataArray:
    """Return the Fano factor (variance / mean) of spike counts over trials.

    Parameters
    ----------
    spike_counts : xarray.DataArray, dimensions (condition, trial, neuron)
        Number of spikes of each neuron.
    trial_weights : xarray.DataArray, dimensions (..., trial)
        Weights of the trials, which sum to 1; equal weights give the usual estimate.

    Returns
    -------
    xarray.DataArray
        Mean over all conditions and neurons with spikes; NaN for a single trial.
    """
    mean, square = (xr.dot(trial_weights, x, dim="trial") for x in (spike_counts, spike_counts**2))
    # Summed over pairs of different trials, the variance is unbiased for any weights. This includes
    # bootstrap resamples, in which two copies of a trial must not count as a pair.
    pairs = 1 - (trial_weights**2).sum("trial")
    variance = (square - mean**2) / pairs.where(pairs > 1e-12)
    return (variance / mean.where(mean > 0)).mean(["condition", "neuron"])


def _spikes_in_window(
    recording: xr.Dataset, window: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return (condition, trial, unit, neuron) and time in seconds of each spike in the window."""
    time = recording.spike_time.values
    inside = (time >= window[0]) & (time < window[1])
    names = ("condition", "trial", "unit", "neuron")
    keys = np.stack([recording[f"spike_{n}"].values[inside] for n in names], axis=1)
    return keys, time[inside]
