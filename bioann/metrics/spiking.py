"""Spiking variability: CV of interspike intervals and Fano factor."""

from __future__ import annotations

import dataclasses
import functools
from typing import TypeAlias

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.metrics.estimate import Estimate
from bioann.metrics.jackknife import (
    Statistic,
    TrialWeights,
    estimate_over_trials,
    find_trial_groups,
)


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

    has_ceiling = False
    has_chance = False


#: Name of a population, a metric of it, and the estimate.
SpikingEstimate: TypeAlias = tuple[str, SpikeMetric, Estimate]

CV_OF_ISI = SpikeMetric("CV of ISI", "needs neurons with four or more spikes in the window")
FANO_FACTOR = SpikeMetric("Fano factor", "needs two or more trials, and spikes")


@name_argument_errors
def estimate_spiking(run: xr.DataTree, window: tuple[float, float]) -> list[SpikingEstimate]:
    """Estimate the CV of interspike intervals and the Fano factor of the spiking model.

    Parameters
    ----------
    run : xarray.DataTree
        Recording of a pair, with the spiking model in ``bio``.
    window : tuple of float
        Start and stop of the analysis window in seconds.

    Returns
    -------
    list of tuple
        Population, metric and `bioann.metrics.Estimate`, one for each population and metric. Empty
        if the model records no spikes.
    """
    if "spike_time" not in run["bio"]:
        return []
    recording = run["bio"].to_dataset()
    wirings = recording["wiring"].values if "wiring" in recording.coords else None
    groups, sampled = find_trial_groups(wirings, recording.sizes["trial"])
    cvs, spike_counts = cv_of_isi(recording, window), count_spikes(recording, window)
    estimates: list[SpikingEstimate] = []
    for unit in map(str, recording.unit.values):
        counts = spike_counts[unit].astype(float)
        cv = functools.partial(_average_defined, cvs.sel(unit=unit).values)
        fano: Statistic = functools.partial(_fano_factors, counts)
        if sampled == "wirings":  # a neuron is the same only in trials of one wiring
            fano = functools.partial(_average_defined, _fano_by_group(counts, groups))
        for metric, statistic in ((CV_OF_ISI, cv), (FANO_FACTOR, fano)):
            estimates.append((unit, metric, estimate_over_trials(statistic, groups, sampled)))
    return estimates


def _fano_by_group(spike_counts: xr.DataArray, groups: np.ndarray) -> np.ndarray:
    """Return the Fano factor of the trials of each group, at every trial of the group."""
    values = np.full(len(groups), np.nan)
    for group in np.unique(groups):
        (trials,) = np.nonzero(groups == group)
        equal = xr.DataArray(np.full(len(trials), 1 / len(trials)), dims="trial")
        values[trials] = float(fano_factor(spike_counts.isel(trial=trials), equal))
    return values


def _average_defined(per_trial: np.ndarray, weights: TrialWeights) -> np.ndarray:
    """Average the trials in which the value is defined, for each row of weights."""
    is_defined = np.isfinite(per_trial)
    total = weights.rows @ np.where(is_defined, per_trial, 0.0)
    share = weights.rows @ is_defined
    return np.where(share > 0, total / np.where(share > 0, share, 1.0), np.nan)


def _fano_factors(spike_counts: xr.DataArray, weights: TrialWeights) -> np.ndarray:
    rows = xr.DataArray(weights.rows, dims=("resample", "trial"))
    return np.asarray(fano_factor(spike_counts, rows).values)


@name_argument_errors
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


@name_argument_errors
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


@name_argument_errors
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
    # Summed over pairs of different trials, the variance is unbiased for any weights.
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
