"""Spiking variability: CV of interspike intervals and Fano factor."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.metrics.estimate import Estimate
from bioann.metrics.jackknife import (
    Sampling,
    TrialWeights,
    find_trial_groups,
    make_trial_weights,
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
    trains = SpikeTrains.of_recording(recording)
    (estimates,) = trains.estimate_metrics(window, wirings)
    return estimates


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeTrains:
    """The spikes of one population after the other, in runs that have the same conditions.

    Parameters
    ----------
    run, condition, trial, unit, neuron : numpy.ndarray of int, shape (spike,)
        Where each spike belongs.
    time : numpy.ndarray, shape (spike,)
        Its time in seconds.
    sizes : dict of str to int
        Number of neurons of each population, in the order of units.
    shape : tuple of int
        Number of runs, of conditions and of trials.
    """

    run: np.ndarray
    condition: np.ndarray
    trial: np.ndarray
    unit: np.ndarray
    neuron: np.ndarray
    time: np.ndarray
    sizes: dict[str, int]
    shape: tuple[int, int, int]

    @classmethod
    def of_recording(cls, recording: xr.Dataset) -> SpikeTrains:
        """Return the spikes of the recording of a spiking model, as those of one run."""
        names = ("condition", "trial", "unit", "neuron", "time")
        columns: dict[str, Any] = {name: recording[f"spike_{name}"].values for name in names}
        sizes = zip(map(str, recording.unit.values), map(int, recording.n_neurons), strict=True)
        shape = (1, recording.sizes["condition"], recording.sizes["trial"])
        first_run = np.zeros(len(columns["time"]), dtype=np.int64)
        return cls(first_run, **columns, sizes=dict(sizes), shape=shape)

    def select_window(self, window: tuple[float, float]) -> SpikeTrains:
        """Return the spikes from the start of a window, in seconds, to before its end."""
        inside = (self.time >= window[0]) & (self.time < window[1])
        names = ("run", "condition", "trial", "unit", "neuron", "time")
        return dataclasses.replace(self, **{name: getattr(self, name)[inside] for name in names})

    def average_cvs(self) -> np.ndarray:
        """Return the mean coefficient of variation, shape (run, trial, unit); see `cv_of_isi`."""
        sizes = (*self.shape, len(self.sizes), int(self.neuron.max(initial=0)) + 1)
        columns = (self.run, self.condition, self.trial, self.unit, self.neuron)
        train = np.ravel_multi_index(columns, sizes)
        order = np.lexsort([self.time, train])
        train, time = train[order], self.time[order]
        is_same_train = train[1:] == train[:-1]
        intervals, train_of_interval = np.diff(time)[is_same_train], train[1:][is_same_train]
        group_start = np.flatnonzero(np.diff(train_of_interval, prepend=-1))
        group = np.cumsum(np.diff(train_of_interval, prepend=-1) > 0) - 1
        count = np.diff(group_start, append=len(train_of_interval))
        mean = np.bincount(group, intervals) / count
        square = np.bincount(group, (intervals - mean[group]) ** 2) / count
        has_enough = count >= 3
        cv = np.sqrt(square[has_enough]) / mean[has_enough]
        trains = np.unravel_index(train_of_interval[group_start][has_enough], sizes)
        result_shape = (sizes[0], sizes[2], sizes[3])
        cell = np.ravel_multi_index((trains[0], trains[2], trains[3]), result_shape)
        n_cells = int(np.prod(result_shape))
        total, n = np.bincount(cell, cv, n_cells), np.bincount(cell, minlength=n_cells)
        with np.errstate(invalid="ignore"):
            result: np.ndarray = (total / n).reshape(result_shape)
        return result

    def count_by_neuron(self) -> dict[str, np.ndarray]:
        """Return the spikes of each neuron, shape (run, condition, trial, neuron), by population.

        Runs, conditions and trials are those of `shape`.
        """
        counts = {}
        for unit, (name, size) in enumerate(self.sizes.items()):
            is_here, shape = self.unit == unit, (*self.shape, size)
            columns = (self.run, self.condition, self.trial, self.neuron)
            flat = np.ravel_multi_index(tuple(c[is_here] for c in columns), shape)
            counts[name] = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
        return counts

    def estimate_metrics(
        self, window: tuple[float, float], wirings: np.ndarray | None = None
    ) -> list[list[SpikingEstimate]]:
        """Estimate the metrics of spikes; see `estimate_spiking`.

        Parameters
        ----------
        window : tuple of float
            Start and stop of the analysis window in seconds.
        wirings : numpy.ndarray of int, shape (trial,), or None, optional
            Wiring of each trial, where connections are drawn.

        Returns
        -------
        list of list
            The estimates of each run.
        """
        groups, sampled = find_trial_groups(wirings, self.shape[2])
        weights = make_trial_weights(groups, "plug-in")
        sampling = Sampling("plug-in", sampled, weights)
        spikes = self.select_window(window)
        cvs = _average_defined(spikes.average_cvs().swapaxes(1, 2), weights)
        estimates: list[list[SpikingEstimate]] = [[] for _ in range(self.shape[0])]
        for unit, (name, counts) in enumerate(spikes.count_by_neuron().items()):
            labelled = xr.DataArray(
                counts.astype(float), dims=("run", "condition", "trial", "neuron")
            )
            if sampled == "wirings":  # a neuron is the same only in trials of one wiring
                fano = _average_defined(_fano_by_group(labelled, groups), weights)
            else:
                fano = _fano_factors(labelled, weights)
            for run, of_run in enumerate(estimates):
                of_run.append((name, CV_OF_ISI, sampling.estimate(cvs[run, unit])))
                of_run.append((name, FANO_FACTOR, sampling.estimate(fano[run])))
        return estimates


def _fano_by_group(spike_counts: xr.DataArray, groups: np.ndarray) -> np.ndarray:
    """Return the Fano factor of each group at each of its trials, shape (run, trial)."""
    values = np.full((spike_counts.sizes["run"], len(groups)), np.nan)
    for group in np.unique(groups):
        (trials,) = np.nonzero(groups == group)
        equal = xr.DataArray(np.full(len(trials), 1 / len(trials)), dims="trial")
        values[:, trials] = fano_factor(spike_counts.isel(trial=trials), equal).values[:, None]
    return values


def _average_defined(per_trial: np.ndarray, weights: TrialWeights) -> np.ndarray:
    """Average the trials (..., trial) in which the value is defined, for each row of weights."""
    is_defined = np.isfinite(per_trial)
    total = np.where(is_defined, per_trial, 0.0) @ weights.rows.T
    share = is_defined @ weights.rows.T
    average: np.ndarray = np.where(share > 0, total / np.where(share > 0, share, 1.0), np.nan)
    return average


def _fano_factors(spike_counts: xr.DataArray, weights: TrialWeights) -> np.ndarray:
    """Return the Fano factor of each run for each row of weights, shape (run, row)."""
    rows = xr.DataArray(weights.rows, dims=("resample", "trial"))
    return np.asarray(fano_factor(spike_counts, rows).transpose("run", "resample").values)


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
    cvs = SpikeTrains.of_recording(recording).select_window(window).average_cvs()
    return xr.DataArray(cvs[0], dims=("trial", "unit"), coords={"unit": recording.unit})


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
    counts = SpikeTrains.of_recording(recording).select_window(window).count_by_neuron()
    dims = ("condition", "trial", "neuron")
    return {name: xr.DataArray(values[0], dims=dims) for name, values in counts.items()}


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
