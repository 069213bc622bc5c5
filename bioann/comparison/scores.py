"""Compute scores: value, interval, ceiling and chance level of a metric; the equivalence test."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr

from bioann.metrics.agreement import COMMON_METRICS, RMSE
from bioann.metrics.bootstrap import bootstrap_interval, mean_over_trials
from bioann.metrics.metric import Metric
from bioann.metrics.selection import conditions_at
from bioann.metrics.signs import SIGN_AGREEMENT, WINNER_AGREEMENT
from bioann.metrics.spiking import spiking_scores
from bioann.pair import Pair

SCORE_COLUMNS = (
    "match",
    "metric",
    "detail",
    "value",
    "low",
    "high",
    "ceiling",
    "ceiling_low",
    "ceiling_high",
    "chance",
    "best",
    "unit",
    "note",
)


@dataclasses.dataclass(frozen=True)
class Responses:
    """The responses of a run as metrics take them: time courses, or means over the window."""

    dataset: xr.Dataset
    window: tuple[float, float]
    exact: bool = False
    _window_means: dict[str, xr.DataArray] = dataclasses.field(default_factory=dict, repr=False)

    def time_course(self, name: str) -> xr.DataArray | None:
        """Return a variable over time, or None if there is no such variable."""
        return self.dataset.get(name)

    def window_mean(self, name: str) -> xr.DataArray | None:
        """Return a variable averaged over the window, or None if there is no such variable."""
        if name not in self.dataset:
            return None
        if name not in self._window_means:  # every metric asks
            values = self.dataset[name]
            dim = "stimulus_time" if name == "stimulus" else "time"
            start, stop = self.window
            inside = (values[dim] >= start - 1e-9) & (values[dim] < stop)
            self._window_means[name] = values.isel({dim: np.flatnonzero(inside.values)}).mean(dim)
        return self._window_means[name]


ResponsesByRole = dict[str, xr.DataArray | None]


def score_metric(
    metric: Metric, responses: Responses, readout: tuple[str, ...]
) -> list[tuple[object, ...]]:
    """Compute one metric with its interval and references, for all matches and channels at once.

    Parameters
    ----------
    metric : Metric
        The metric that is computed.
    responses : Responses
        The responses of the run.
    readout : tuple of str
        Matches that a metric of the whole pair compares; all unless given.

    Returns
    -------
    list of tuple
        Rows with `SCORE_COLUMNS`.
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
    variables = dict.fromkeys(("bio", "ceiling", "chance")) | {"other": metric.compared_model}
    responses_by_role = {
        role: _select_responses(metric, responses, name or role, names)
        for role, name in variables.items()
    }
    if metric.where:
        conditions = np.flatnonzero(conditions_at(stimulus, metric.where))
        stimulus = stimulus.isel(condition=conditions)
        responses_by_role = {
            n: p if p is None else p.isel(condition=conditions)
            for n, p in responses_by_role.items()
        }
    numbers = _evaluate_metric(metric, responses_by_role, stimulus, axes, responses.exact)
    rows = []
    for index in np.ndindex(*map(len, axes.values())):
        axis_labels = {
            axis: labels[k] for (axis, labels), k in zip(axes.items(), index, strict=True)
        }
        values = [float(n[index]) for n in numbers]
        note = metric.note if np.isnan(values[0]) else ""
        names_in_row = (axis_labels.get("match", ""), metric.name, axis_labels.get("channel", ""))
        rows.append((*names_in_row, *values, metric.best, metric.unit, note))
    return rows


def _select_responses(
    metric: Metric, responses: Responses, name: str, names: list[str]
) -> xr.DataArray | None:
    over_time = metric.over == "time"
    values = responses.time_course(name) if over_time else responses.window_mean(name)
    if values is None:
        return None
    values = values.sel(match=names)
    return values if metric.prepare is None else metric.prepare(values)


def _evaluate_metric(
    metric: Metric,
    responses_by_role: ResponsesByRole,
    stimulus: xr.DataArray,
    axes: dict[str, list[str]],
    exact: bool,
) -> tuple[np.ndarray, ...]:
    """Return value, low, high, ceiling, ceiling_low, ceiling_high and chance along the axes."""
    bio, other, ceiling_responses, chance_responses = (
        responses_by_role[role] for role in ("bio", "other", "ceiling", "chance")
    )
    assert bio is not None
    shape = tuple(map(len, axes.values()))
    undefined = np.full(shape, np.nan)
    if other is None or not stimulus.sizes["condition"]:  # control not run; no such condition
        return (undefined,) * 7

    def evaluate(one: xr.DataArray, other: xr.DataArray) -> np.ndarray:
        """Return shape ``(*axes, resample or shuffle)``; the last is 1 where neither is there."""
        values = metric.evaluate(one, other, stimulus)
        if axes:
            missing = {axis: labels for axis, labels in axes.items() if axis not in values.dims}
            values = values.expand_dims(missing).transpose(*axes, ...)
        return np.asarray(values, dtype=float).reshape(*shape, -1)

    def score(one: xr.DataArray, other: xr.DataArray) -> tuple[np.ndarray, ...]:
        """Return the value and its interval."""
        other = _drop_missing_trials(other)

        def statistic(trial_indices: np.ndarray) -> np.ndarray:
            other_mean = mean_over_trials(other, trial_indices) if "trial" in other.dims else other
            # A metric of the rate model alone may not have the dimension of the resamples.
            scores = evaluate(mean_over_trials(one, trial_indices), other_mean)
            return np.broadcast_to(scores, (*shape, len(trial_indices)))

        full_mean = other.mean("trial") if "trial" in other.dims else other
        value = evaluate(one.mean("trial"), full_mean)[..., 0]
        if exact:
            return value, value, value
        n_trials = one.sizes["trial"]
        is_finite = np.isfinite(value)
        if n_trials < 2 or not is_finite.any():
            return value, undefined, undefined
        interval = bootstrap_interval(statistic, n_trials, 2 * one.size // n_trials, metric.limits)
        return value, *(np.where(is_finite, end, np.nan) for end in interval)

    value = score(bio, other)
    ceiling: tuple[np.ndarray, ...] = (undefined,) * 3
    if ceiling_responses is not None and metric.models:
        is_of_bio_alone = metric.models == ("bio",)
        ceiling = score(ceiling_responses if is_of_bio_alone else bio, ceiling_responses)
    applies = np.isfinite(value[0])
    chance = undefined
    if chance_responses is not None and metric.compared_model != "bio":
        chance = _mean_of_finite(evaluate(bio.mean("trial"), chance_responses))
    return (*value, *(np.where(applies, c, np.nan) for c in ceiling), chance)


def _drop_missing_trials(other: xr.DataArray) -> xr.DataArray:
    """Drop trials without values: a control in which nothing is random has one trial."""
    if "trial" not in other.dims:
        return other
    other = other.dropna("trial", how="all")
    return other.isel(trial=0, drop=True) if other.sizes["trial"] == 1 else other


def _mean_of_finite(values: np.ndarray) -> np.ndarray:
    """Average the finite values along the last axis; NaN where there is none."""
    is_finite = np.isfinite(values)
    total = np.where(is_finite, values, 0.0).sum(axis=-1)
    return np.where(is_finite.any(axis=-1), total / np.maximum(is_finite.sum(axis=-1), 1), np.nan)


def equivalence_table(scores: pd.DataFrame, responses: Responses) -> pd.DataFrame:
    """Test whether the models differ by less than the spiking model varies from trial to trial.

    The trial-to-trial variability (column ``band``) is the root mean square difference, over
    conditions and trials, between steady responses of single trials of the spiking model with one
    seed and with another. If the whole interval of the RMSE between the models lies inside it, the
    size of the difference would not tell a trial from the rate model: ``"same"``. If the whole
    interval lies outside: ``"different"``.

    Parameters
    ----------
    scores : pandas.DataFrame
        With the RMSE of every match.
    responses : Responses
        The responses of the run.

    Returns
    -------
    pandas.DataFrame
        Columns match, rmse, low, high, band, verdict (``"same"``, ``"different"``,
        ``"undecided"``).
    """
    bio, ceiling = responses.window_mean("bio"), responses.window_mean("ceiling")
    rows = []
    for row in scores[scores.metric == RMSE.name].itertuples():
        band = np.nan
        if bio is not None and ceiling is not None:
            difference = bio.sel(match=row.match).values - ceiling.sel(match=row.match).values
            band = float(np.sqrt((difference**2).mean()))
        verdict = "undecided"
        if row.high <= band:
            verdict = "same"
        elif row.low > band:
            verdict = "different"
        rows.append((row.match, row.value, row.low, row.high, band, verdict))
    return pd.DataFrame(rows, columns=["match", "rmse", "low", "high", "band", "verdict"])


def compute_scores(pair: Pair, run: xr.DataTree, responses: Responses) -> pd.DataFrame:
    """Compute every score of a run: the common ones, the pair's own, and those of spikes.

    Parameters
    ----------
    pair : Pair
        The pair whose metrics and read-out are used.
    run : xarray.DataTree
        The recording, which has the spikes.
    responses : Responses
        The responses of the run.

    Returns
    -------
    pandas.DataFrame
        One row per match and metric, with `SCORE_COLUMNS`.
    """
    metrics = dict.fromkeys(
        (
            *COMMON_METRICS,
            SIGN_AGREEMENT,
            *((WINNER_AGREEMENT,) if pair.readout else ()),
            *pair.all_metrics,
        )
    )
    rows = [row for metric in metrics for row in score_metric(metric, responses, pair.readout)]
    rows += spiking_scores(run, responses.window)
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
