"""Estimate the measures of a study over its seeds, and over the samples that these share.

The value of a measure is the mean of the values that its function returns, over the seeds and over
the shared samples that the values keep. The jackknife leaves out each seed in turn, and each sample
or group of samples: by the mean where the values keep the dimension, otherwise by another call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.base.errors import StudyError
from bioann.base.randomness import make_rng
from bioann.base.text import format_labels, join_names
from bioann.base.user_code import name_user_errors
from bioann.claims.score_table import (
    ESTIMATE_COLUMNS,
    NO_REFERENCE,
    SCORE_COLUMNS,
    make_score_row,
)
from bioann.metrics.crossed_estimate import CrossedEstimate
from bioann.metrics.estimate import CONFIDENCE_LEVEL, Estimate, JackknifeEstimate
from bioann.metrics.metric import Metric
from bioann.metrics.pseudo_values import summarise_pseudo_values
from bioann.studies.study import SEED_DIMENSION, Study

#: Groups of shared samples that are left out in turn where the function has to be called again.
N_GROUPS = 40


def score_study(study: Study, data: xr.Dataset, level: float = CONFIDENCE_LEVEL) -> pd.DataFrame:
    """Compute every measure of a study.

    Parameters
    ----------
    study : Study
        Study whose measures are estimated.
    data : xarray.Dataset
        The data of all seeds, with the dimension ``seed`` unless nothing is random.
    level : float, optional
        Confidence level of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row for each measure and label, with the columns of `bioann.claims.score_table`.

    Raises
    ------
    StudyError
        If a measure returns something else than numbers over dimensions of the study.
    """
    rows = []
    reproducible_data = data.drop_vars(study.timings)
    for metric in study.metrics:
        chosen = reproducible_data if metric in study.judged_metrics else data
        for labels, estimate in estimate_metric(study, metric, chosen):
            names = ("", metric.name, format_labels(labels))
            rows.append(
                make_score_row(names, (estimate, NO_REFERENCE, NO_REFERENCE), metric, level)
            )
    return pd.DataFrame(rows, columns=[*SCORE_COLUMNS, *ESTIMATE_COLUMNS])


def estimate_metric(
    study: Study, metric: Metric, data: xr.Dataset
) -> list[tuple[dict[str, Any], Estimate]]:
    """Estimate one measure at each of its labels.

    Parameters
    ----------
    study : Study
        The study, for its dimensions.
    metric : Metric
        Measure of the study that is estimated.
    data : xarray.Dataset
        The data of all seeds.

    Returns
    -------
    list of (dict, Estimate)
        Labels by dimension, and the estimate there.
    """
    is_closed_form = not inspect.signature(metric.function).parameters

    def evaluate(chosen: xr.Dataset) -> xr.DataArray:
        with name_user_errors(f"{study.title()}, measure {metric.name!r}", "a function of data"):
            values = metric.function() if is_closed_form else metric.function(chosen)
        return _check_values(study, metric, values)

    values = evaluate(data)
    sampled_dims = () if is_closed_form or study.is_exact else (SEED_DIMENSION, *study.shared)
    mean = _average_over(values, sampled_dims)
    left_out = {
        dim: _leave_out(values, data, dim, sampled_dims, evaluate)
        for dim in sampled_dims
        if dim in data.dims
    }
    estimates = []
    for index in np.ndindex(*mean.shape):
        labels = {str(dim): mean[dim].values[k] for dim, k in zip(mean.dims, index, strict=True)}
        without = {dim: array[:, *index] for dim, array in left_out.items()}
        estimates.append((labels, _estimate(study, metric, float(mean.values[index]), without)))
    return estimates


def _check_values(study: Study, metric: Metric, values: Any) -> xr.DataArray:
    """Return the values of a measure as an array over dimensions of the study."""
    obj = f"{study.title()}, measure {metric.name!r}"
    known_dims = (SEED_DIMENSION, *study.coordinates)
    try:
        array = values if isinstance(values, xr.DataArray) else xr.DataArray(values)
        numbers = array.astype(float)
    except (TypeError, ValueError) as error:
        remedy = "Return an xarray.DataArray computed from the variables of the data."
        raise StudyError(obj, "numbers", f"{type(values).__name__} ({error})", remedy) from error
    unknown_dims = [str(dim) for dim in array.dims if dim not in known_dims]
    if unknown_dims:
        raise StudyError(
            obj,
            f"values over dimensions of the study: {join_names(known_dims)}",
            f"the dimension {join_names(unknown_dims)}",
            "Average over it, or select one of its labels.",
        )
    without_labels = [str(d) for d in array.dims if d not in array.coords and d != SEED_DIMENSION]
    if without_labels:
        raise StudyError(
            obj,
            "values with the labels of the study",
            f"none of {join_names(without_labels)}",
            "Compute them from the variables of the data, which have labels.",
        )
    return numbers


def _average_over(values: xr.DataArray, dims: tuple[str, ...]) -> xr.DataArray:
    return values.mean([dim for dim in dims if dim in values.dims], skipna=False)


def _leave_out(
    values: xr.DataArray,
    data: xr.Dataset,
    dim: str,
    sampled_dims: tuple[str, ...],
    evaluate: Callable[[xr.Dataset], xr.DataArray],
) -> np.ndarray:
    """Return the value without each unit of a sampled dimension: shape (unit, *labels)."""
    n = data.sizes[dim]
    if dim in values.dims:
        others = _average_over(values, tuple(d for d in sampled_dims if d != dim))
        kept_dims = [d for d in others.dims if d != dim]
        by_unit = others.transpose(dim, *kept_dims).values
        return np.asarray((by_unit.sum(axis=0) - by_unit) / (n - 1))
    groups = np.arange(n) % min(n, N_GROUPS)
    if n > N_GROUPS:
        make_rng(0, "groups of samples", dim).shuffle(groups)
    calls = [
        _average_over(
            evaluate(data.isel({dim: np.flatnonzero(groups != group)})), sampled_dims
        ).values
        for group in range(groups.max() + 1)
    ]
    return np.asarray(calls)


def _estimate(
    study: Study, metric: Metric, value: float, left_out: dict[str, np.ndarray]
) -> Estimate:
    """Return the estimate of one value from those without each seed, and without each sample."""
    if not left_out:
        return Estimate(value, limits=metric.limits)
    n = len(left_out[SEED_DIMENSION])
    if not np.isfinite(value):
        return Estimate(np.nan, n, "seeds", metric.limits)
    summaries = {
        dim: np.ravel(summarise_pseudo_values(np.r_[value, array][None])).tolist()
        for dim, array in left_out.items()
    }
    unbiased, seed_error, skewness = summaries.pop(SEED_DIMENSION)
    centre = unbiased if metric.estimator == "unbiased" else value
    shared = tuple((e, len(left_out[dim])) for dim, (_, e, _) in summaries.items() if e > 0)
    if shared:
        return CrossedEstimate(centre, n, "seeds", metric.limits, seed_error, shared)
    n_outcomes = n if metric.is_share else 0
    common = (centre, n, "seeds", metric.limits, centre, seed_error, skewness)
    return JackknifeEstimate(*common, n_outcomes=n_outcomes)
