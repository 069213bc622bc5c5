"""Compute scores: value, interval, ceiling and chance level of a metric; the equivalence test."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr

from bioann.metrics.agreement import COMMON_METRICS
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
    """The responses of a run as metrics want them: whole, or as means over the window."""

    dataset: xr.Dataset
    window: tuple[float, float]
    exact: bool = False
    _means: dict[str, xr.DataArray] = dataclasses.field(default_factory=dict, repr=False)

    def time_course(self, name: str) -> xr.DataArray | None:
        """Return a variable over time, or None if there is no such variable."""
        return self.dataset[name] if name in self.dataset else None

    def window_mean(self, name: str) -> xr.DataArray | None:
        """Return a variable averaged over the window, or None if there is no such variable."""
        if name not in self.dataset:
            return None
        if name not in self._means:  # every metric asks
            values = self.dataset[name]
            dim = "stimulus_time" if name == "stimulus" else "time"
            start, stop = self.window
            inside = (values[dim] >= start - 1e-9) & (values[dim] < stop)
            self._means[name] = values.isel({dim: np.flatnonzero(inside.values)}).mean(dim)
        return self._means[name]


ResponsesByRole = dict[str, xr.DataArray | None]


def score_metric(
    metric: Metric, views: Responses, readout: tuple[str, ...]
) -> list[tuple[object, ...]]:
    """Compute one metric with its interval and references, for all matches and channels at once.

    Parameters
    ----------
    metric : Metric
        What to compute.
    views : Views
        The responses.
    readout : tuple of str
        Matches that a metric of the whole pair compares; all unless given.

    Returns
    -------
    list of tuple
        Rows with `SCORE_COLUMNS`.
    """
    names = [str(m) for m in views.dataset.match.values]
    drive = views.window_mean("stimulus")
    assert drive is not None
    axes: dict[str, list[str]] = {}
    if metric.per == "pair":
        names = list(readout) or names
    else:
        axes["match"] = names
    if metric.per == "channel":
        axes["channel"] = [str(c) for c in drive.channel.values]
    names_of = {"bio": "bio", "ceiling": "ceiling", "ann": metric.against, "chance": "chance"}
    parts = {part: _select_responses(metric, views, n, names) for part, n in names_of.items()}
    if metric.where:
        held = np.flatnonzero(conditions_at(drive, metric.where))
        drive = drive.isel(condition=held)
        parts = {n: p if p is None else p.isel(condition=held) for n, p in parts.items()}
    numbers = _evaluate_metric(metric, parts, drive, axes, views.exact)
    rows = []
    for place in np.ndindex(*map(len, axes.values())):
        at = {axis: labels[k] for (axis, labels), k in zip(axes.items(), place, strict=True)}
        given = [float(n[place]) for n in numbers]
        note = metric.note if np.isnan(given[0]) else ""
        named = (at.get("match", ""), metric.name, at.get("channel", ""))
        rows.append((*named, *given, metric.best, metric.unit, note))
    return rows


def _select_responses(
    metric: Metric, views: Responses, name: str, names: list[str]
) -> xr.DataArray | None:
    over_time = metric.over == "time"
    values = views.time_course(name) if over_time else views.window_mean(name)
    if values is None:
        return None
    values = values.sel(match=names)
    return values if metric.prepare is None else metric.prepare(values)


def _evaluate_metric(
    metric: Metric,
    parts: ResponsesByRole,
    drive: xr.DataArray,
    axes: dict[str, list[str]],
    exact: bool,
) -> tuple[np.ndarray, ...]:
    """Give value, low, high, ceiling, ceiling_low, ceiling_high and chance along the axes."""
    bio, again, ann, shuffled = (parts[n] for n in ("bio", "ceiling", "ann", "chance"))
    assert bio is not None
    shape = tuple(map(len, axes.values()))
    none = np.full(shape, np.nan)
    if ann is None or not drive.sizes["condition"]:  # a control that was not run; no such condition
        return (none,) * 7

    def call(one: xr.DataArray, other: xr.DataArray) -> np.ndarray:
        """Give shape ``(*axes, resample or shuffle)``; the last is 1 where neither rides along."""
        found = metric.function(one, other, drive)
        if axes:
            missing = {axis: labels for axis, labels in axes.items() if axis not in found.dims}
            found = found.expand_dims(missing).transpose(*axes, ...)
        return np.asarray(found, dtype=float).reshape(*shape, -1)

    def against(other: xr.DataArray) -> tuple[np.ndarray, ...]:
        if "trial" in other.dims:  # a control in which nothing is random has one trial
            other = other.dropna("trial", how="all")
            other = other.isel(trial=0, drop=True) if other.sizes["trial"] == 1 else other

        def resampled(chosen: np.ndarray) -> np.ndarray:
            varied = mean_over_trials(other, chosen) if "trial" in other.dims else other
            # A metric of one side alone may not have the dimension of the resamples.
            each = call(mean_over_trials(bio, chosen), varied)
            return np.broadcast_to(each, (*shape, len(chosen)))

        fixed = other.mean("trial") if "trial" in other.dims else other
        value = call(bio.mean("trial"), fixed)[..., 0]
        if exact:
            return value, value, value
        trials = bio.sizes["trial"]
        known = np.isfinite(value)
        if trials < 2 or not known.any():
            return value, none, none
        ends = bootstrap_interval(resampled, trials, 2 * bio.size // trials, metric.limits)
        return value, *(np.where(known, end, np.nan) for end in ends)

    value = against(ann)
    ceiling: tuple[np.ndarray, ...] = (none,) * 3
    if again is not None and metric.alone:
        parts = parts | {"bio": again, "ceiling": None, "chance": None}
        ceiling = _evaluate_metric(metric, parts, drive, axes, exact)[:3]
    elif again is not None:
        ceiling = against(again)
    applies = np.isfinite(value[0])
    chance = none
    if shuffled is not None and not metric.alone:
        chance = _mean_of_finite(call(bio.mean("trial"), shuffled))
    return (*value, *(np.where(applies, c, np.nan) for c in ceiling), chance)


def _mean_of_finite(values: np.ndarray) -> np.ndarray:
    """Average over the last axis what is known; NaN where nothing is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.where(known.any(axis=-1), total / np.maximum(known.sum(axis=-1), 1), np.nan)


def equivalence_table(scores: pd.DataFrame, views: Responses) -> pd.DataFrame:
    """Test whether each match is the same in both halves, up to biology's own variability.

    The band is the root mean square difference, over conditions and trials, between steady
    responses of single biological trials with one seed and with another. If the whole interval
    of the RMSE between the halves lies inside it, a trial could not be told from the artificial
    half by its size: ``"same"``. If the whole interval lies outside: ``"different"``.

    Parameters
    ----------
    scores : pandas.DataFrame
        With the RMSE of every match.
    views : Views
        The responses.

    Returns
    -------
    pandas.DataFrame
        Columns match, rmse, low, high, band, verdict (``"same"``, ``"different"``,
        ``"undecided"``).
    """
    bio, again = views.window_mean("bio"), views.window_mean("ceiling")
    rows = []
    for row in scores[scores.metric == "RMSE"].itertuples():
        band = np.nan
        if bio is not None and again is not None:
            difference = bio.sel(match=row.match).values - again.sel(match=row.match).values
            band = float(np.sqrt((difference**2).mean()))
        verdict = "undecided"
        if row.high <= band:
            verdict = "same"
        elif row.low > band:
            verdict = "different"
        rows.append((row.match, row.value, row.low, row.high, band, verdict))
    return pd.DataFrame(rows, columns=["match", "rmse", "low", "high", "band", "verdict"])


def compute_scores(pair: Pair, run: xr.DataTree, views: Responses) -> pd.DataFrame:
    """Compute every score of a run: the common ones, the pair's own, and those of spikes.

    Parameters
    ----------
    pair : Pair
        Whose metrics and read-out.
    run : xarray.DataTree
        The recording, for the spikes.
    views : Views
        Its responses.

    Returns
    -------
    pandas.DataFrame
        One row per match and metric, with `SCORE_COLUMNS`.
    """
    wanted = [
        *COMMON_METRICS,
        SIGN_AGREEMENT,
        *((WINNER_AGREEMENT,) if pair.readout else ()),
        *pair.metrics,
    ]
    rows = [row for metric in wanted for row in score_metric(metric, views, pair.readout)]
    rows += spiking_scores(run, views.window)
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
