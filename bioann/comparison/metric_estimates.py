"""Estimate one metric of a run, with its noise ceiling and chance level."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import xarray as xr

from bioann.comparison.metric_values import OWN_DIMENSIONS, arrange_values
from bioann.comparison.responses import Responses as Responses  # studies import it from here
from bioann.metrics.estimate import Estimate, JackknifeEstimate
from bioann.metrics.jackknife import (
    N_RESAMPLES,
    Sampling,
    TrialWeights,
    find_trial_groups,
    make_trial_weights,
)
from bioann.metrics.metric import Metric
from bioann.metrics.selection import conditions_at

#: Fewest samples of a drawn stimulus that are resampled; fewer are taken as fixed stimuli.
MIN_SAMPLES = 5
#: Coordinate of the conditions with the number of the drawn sample.
SAMPLE_COORDINATE = "sample"


@dataclasses.dataclass(frozen=True)
class MetricInputs:
    """What one metric is computed from.

    Parameters
    ----------
    metric : Metric
        Metric that is estimated from these responses.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Mean activation of each channel, in the conditions that count.
    axes : dict of str to list of str
        Labels of the matches and channels that have a value each.
    responses : dict of str to xarray.DataArray or None
        ``bio``, ``other``, ``ceiling`` and ``chance``, in the same conditions.
    exact : bool
        Whether nothing is random in the models that the metric takes.
    compute_once : callable
        `Responses.compute_once`.
    n_resamples : int
        Number of resampled values, of a metric that is not smooth.
    """

    metric: Metric
    stimulus: xr.DataArray
    axes: dict[str, list[str]]
    responses: dict[str, xr.DataArray | None]
    exact: bool
    compute_once: Callable[..., xr.DataArray]
    n_resamples: int = N_RESAMPLES

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of matches and channels with a value each."""
        return tuple(map(len, self.axes.values()))

    def evaluate(
        self, one: xr.DataArray, other: xr.DataArray, conditions: np.ndarray | None = None
    ) -> np.ndarray:
        """Evaluate the metric, in some of the conditions.

        Parameters
        ----------
        one, other : xarray.DataArray
            Responses, averaged over trials, with further dimensions.
        conditions : numpy.ndarray of int, optional
            Indices of the conditions that count; all unless given.

        Returns
        -------
        numpy.ndarray, shape (*axes, further)
            The last is 1 where the responses have no further dimension.
        """
        stimulus = self.stimulus
        if conditions is not None:
            one, other, stimulus = (
                array.isel(condition=conditions) for array in (one, other, stimulus)
            )
        values = self.metric.evaluate(one, other, stimulus)
        further = {*one.dims, *other.dims} - OWN_DIMENSIONS
        return arrange_values(values, self.metric.name, self.axes, further)

    def estimate(self, one: xr.DataArray, other: xr.DataArray) -> np.ndarray:
        """Estimate the metric of two models.

        Parameters
        ----------
        one, other : xarray.DataArray
            Responses with the dimension ``trial``; `other` may be without.

        Returns
        -------
        numpy.ndarray of Estimate, shape (*axes,)
            One for each match and channel.
        """
        metric, other = self.metric, self.compute_once(_drop_missing_trials, other)
        samples = self._find_samples()
        estimates = np.empty(self.shape, dtype=object)
        if self.exact and samples is None:
            values = self.evaluate(self._average(one), self._average(other))[..., 0]
            for index in np.ndindex(*self.shape):
                estimates[index] = Estimate(float(values[index]), limits=metric.limits)
            return estimates
        wirings = one["wiring"].values if "wiring" in one.coords else None
        groups, sampled = find_trial_groups(wirings, one.sizes["trial"])
        weights = make_trial_weights(groups, metric.estimator, self.n_resamples)
        n_outcomes = one.sizes["trial"] * one.sizes["condition"] if metric.is_share else 0
        sampling = Sampling(metric.estimator, sampled, weights, metric.limits, n_outcomes)
        values = self._evaluate_rows(one, other, weights)
        without = None if samples is None else self._leave_samples_out(one, other, samples)
        for index in np.ndindex(*self.shape):
            left_out = None if without is None else without[index]
            estimates[index] = sampling.estimate(values[index], left_out)
        return estimates

    def _evaluate_rows(
        self, one: xr.DataArray, other: xr.DataArray, weights: TrialWeights
    ) -> np.ndarray:
        average = functools.partial(self.compute_once, TrialWeights.average, weights)
        other_mean = average(other) if "trial" in other.dims else other
        values = self.evaluate(average(one), other_mean)
        # A metric of the rate model alone does not have the dimension of the resamples.
        return np.broadcast_to(values, (*self.shape, len(weights.rows)))

    def _find_samples(self) -> np.ndarray | None:
        """Return the drawn sample of each condition, if there are enough to be resampled."""
        if SAMPLE_COORDINATE not in self.stimulus.coords:
            return None
        samples = np.asarray(self.stimulus[SAMPLE_COORDINATE].values, dtype=float)
        is_enough = np.isfinite(samples).all() and len(np.unique(samples)) >= MIN_SAMPLES
        return samples if is_enough and self.metric.models else None

    def _leave_samples_out(
        self, one: xr.DataArray, other: xr.DataArray, samples: np.ndarray
    ) -> np.ndarray:
        """Return the values without each sample of the stimulus: shape (*axes, sample)."""
        one, other = self._average(one), self._average(other)
        values = [
            self.evaluate(one, other, np.flatnonzero(samples != sample))
            for sample in np.unique(samples)
        ]
        return np.concatenate(values, axis=-1)

    def _average(self, responses: xr.DataArray) -> xr.DataArray:
        if "trial" not in responses.dims:
            return responses
        return self.compute_once(_average_trials, responses)

    def estimate_chance(self) -> np.ndarray:
        """Estimate the chance level: the mean over rate models with shuffled signs.

        Returns
        -------
        numpy.ndarray of Estimate, shape (*axes,)
            With an interval over the sign patterns; NaN where none has a value.
        """
        bio, chance = self.responses["bio"], self.responses["chance"]
        estimates = np.full(self.shape, Estimate(np.nan, sampled="sign patterns"), dtype=object)
        if chance is None or bio is None or not self.metric.has_chance:
            return estimates
        values = self.evaluate(self._average(bio), chance)
        for index in np.ndindex(*self.shape):
            defined = values[index][np.isfinite(values[index])]
            if len(defined):
                estimates[index] = _estimate_mean(defined, self.metric.limits)
        return estimates


def _estimate_mean(values: np.ndarray, limits: tuple[float, float]) -> Estimate:
    n, mean = len(values), float(values.mean())
    if np.ptp(values) < 1e-12:
        return Estimate(mean, limits=limits)
    error = float(values.std(ddof=1) / np.sqrt(n))
    return JackknifeEstimate(mean, n, "sign patterns", limits, mean, error)


def _average_trials(responses: xr.DataArray) -> xr.DataArray:
    return responses.mean("trial")


def _drop_missing_trials(other: xr.DataArray) -> xr.DataArray:
    """Drop trials without values: a control in which nothing is random has one trial."""
    if "trial" not in other.dims:
        return other
    present = other.dropna("trial", how="all")
    if not present.sizes["trial"]:  # the metric does not apply, as in a part of the stimulus
        return other
    return present.isel(trial=0, drop=True) if present.sizes["trial"] == 1 else present


def collect_inputs(
    metric: Metric, responses: Responses, readout: tuple[str, ...], n_resamples: int = N_RESAMPLES
) -> MetricInputs:
    """Return what a metric is computed from.

    Parameters
    ----------
    metric : Metric
        The metric that is computed.
    responses : Responses
        The responses of the run.
    readout : tuple of str
        Matches that a metric of the whole pair compares; all unless given.
    n_resamples : int, optional
        Number of resampled values, of a metric that is not smooth.

    Returns
    -------
    MetricInputs
        Without responses where a control was not run or no condition counts.
    """
    names = [str(m) for m in responses.dataset.match.values]
    stimulus = responses.window_mean("stimulus")
    assert stimulus is not None
    axes: dict[str, list[str]] = {}
    if metric.per == "pair":
        names = list(readout) or names
    else:
        axes["match"] = names
    if metric.per == "channel":
        axes["channel"] = [str(c) for c in stimulus.channel.values]
    variables = {"bio": "bio", "other": metric.compared_model} | {
        name: name for name in ("ceiling", "chance")
    }
    by_role = {role: responses.prepare(v, metric, names) for role, v in variables.items()}
    if metric.where:
        conditions = np.flatnonzero(conditions_at(stimulus, metric.where))
        stimulus = stimulus.isel(condition=conditions)
        by_role = {
            role: values if values is None else values.isel(condition=conditions)
            for role, values in by_role.items()
        }
    exact = responses.exact_models.issuperset(set(metric.models) - {"ann"})
    return MetricInputs(metric, stimulus, axes, by_role, exact, responses.compute_once, n_resamples)
