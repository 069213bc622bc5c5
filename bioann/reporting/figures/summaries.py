"""Values that several figures show: read-out means, errors, chosen conditions, sample sizes."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from bioann.base.text import format_count
from bioann.claims.measure import MODEL_LABELS
from bioann.recordings.wirings import describe_wirings
from bioann.reporting.style import ArtistKwargs, format_label
from bioann.studies.result import StudyResult

if TYPE_CHECKING:  # to load a pair takes no Matplotlib
    from matplotlib.axes import Axes

#: Quantiles of a band or bar over trials: the central 95 %.
CENTRAL_QUANTILES = (0.025, 0.975)


def choose_evenly(n: int, max_n: int) -> list[int]:
    """Choose at most `max_n` of `n` indices, evenly spaced, including the first and the last."""
    return sorted({round(i) for i in np.linspace(0, n - 1, min(n, max_n))}) if n else []


def compute_window_means(comparison: Any) -> xr.Dataset:
    """Average every response over the read-out window.

    Returns
    -------
    xarray.Dataset
        ``bio`` and ``ceiling`` (condition, trial, match), ``ann`` (condition, match) and perhaps
        ``chance`` (shuffle, condition, match), in activation. NaN in the window stays NaN.
    """
    responses = comparison.responses
    names = [n for n in ("bio", "ceiling", "ann", "chance") if n in responses]
    window = responses[names].sel(time=slice(*comparison.window))
    return window.mean("time", skipna=False)


def average_over_window(comparison: Any) -> tuple[xr.Dataset, xr.DataArray]:
    """Average the responses of all models, and the stimulus, over the read-out window.

    Returns
    -------
    steady : xarray.Dataset
        Responses in activation, without ``time``.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Level of every channel.
    """
    inside = slice(*comparison.window)
    responses = comparison.responses
    stimulus = responses["stimulus"].sel(stimulus_time=inside).mean("stimulus_time")
    return responses.drop_dims("stimulus_time").sel(time=inside).mean("time"), stimulus


def label_models(models: Collection[str]) -> dict[str, str]:
    """Return the name of each model in a legend.

    Parameters
    ----------
    models : collection of str
        ``bio``, ``ann`` and names of controls; a mapping keeps its own names.
    """
    if isinstance(models, Mapping):
        return dict(models)
    return {model: MODEL_LABELS.get(model, model.replace("_", " ")) for model in models}


def label_matches(match: str | Collection[str]) -> dict[str, str]:
    """Return the heading of the panel of each match; empty for a single one.

    Parameters
    ----------
    match : str or collection of str
        One match, or several; a mapping keeps its own headings.
    """
    if isinstance(match, str):
        return {match: ""}
    return dict(match) if isinstance(match, Mapping) else {name: name for name in match}


def average_trials(response: xr.DataArray) -> xr.DataArray:
    """Average over trials, where a response has any."""
    return response.mean("trial") if "trial" in response.dims else response


def compute_rmse(values: xr.Dataset) -> np.ndarray:
    """Compute the RMSE between the models over conditions, per response; NaN without values.

    As in the scores, the share of the noise of the trial averages is taken out.
    """
    differences = values["ann"] - values["bio"].mean("trial", skipna=False)
    squares = differences.transpose("condition", "match").values ** 2
    n_trials = values["bio"].sizes["trial"]
    if n_trials > 1:
        variance = values["bio"].var("trial", ddof=1, skipna=False)
        squares = squares - variance.transpose("condition", "match").values / n_trials
    n = np.isfinite(squares).sum(axis=0)
    mean_square = np.where(n, np.nansum(squares, axis=0), np.nan) / np.maximum(n, 1)
    return np.sqrt(np.maximum(mean_square, 0.0))


def choose_worst_matches(values: xr.Dataset, max_matches: int) -> tuple[list[int], str]:
    """Choose the responses with the largest error, in their order, and write which are omitted."""
    errors = np.nan_to_num(compute_rmse(values), nan=np.inf)
    n = len(errors)
    matches = sorted(np.argsort(-errors, kind="stable")[:max_matches].tolist())
    omission = f"Shown: the {max_matches} of {n} responses that differ most."
    return matches, omission * (n > max_matches)


def find_numeric_axis(responses: xr.Dataset) -> tuple[np.ndarray, str] | None:
    """Find the one numeric coordinate with an order that varies over conditions, and its label."""
    candidates = [
        (name, coord)
        for name, coord in responses.coords.items()
        if coord.dims == ("condition",)
        and coord.dtype.kind in "iuf"
        and np.unique(coord.values).size > 1
    ]
    if len(candidates) != 1:
        return None
    name, coord = candidates[0]
    n_levels = np.unique(coord.values).size
    # Numbers of independent draws have no order, and two levels of many conditions are groups.
    if name == "sample" or n_levels < min(3, coord.size):
        return None
    # A coordinate named like a channel is the level of that channel.
    unit = "activation" if name in responses["channel"].values else "as set"
    return coord.values.astype(float), f"{name} [{coord.attrs.get('units', unit)}]"


def label_condition_axis(panel: Axes, labels: np.ndarray, max_labels: int = 8) -> bool:
    """Label an axis of condition numbers with the conditions, if these are few and short."""
    names = [format_label(label) for label in labels]
    if len(names) > max_labels or max(map(len, names)) > 16:
        return False
    slant: ArtistKwargs = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    panel.set_xticks(range(len(labels)), names, **(slant if sum(map(len, names)) > 30 else {}))
    panel.set_xlabel("condition")
    return True


def widen_flat_axis(panel: Axes, min_span: float = 0.1) -> None:
    """Widen the axis of a nearly constant response, which would show only rounding noise."""
    low, high = panel.get_ylim()
    if high - low < min_span:
        panel.set_ylim((low + high - min_span) / 2, (low + high + min_span) / 2)


def describe_missing_values(values: xr.Dataset) -> str:
    """Write how many conditions lack a finite value in a response; empty if none."""
    finite = np.isfinite(values["ann"]) & np.isfinite(values["bio"].mean("trial", skipna=False))
    n = int((~finite.all("match")).sum())
    return f"{format_count(n, 'condition')} without a finite value in some response." if n else ""


def compute_central_interval(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute the central 95 % along an axis; NaN where any value is NaN."""
    low, high = np.quantile(values, CENTRAL_QUANTILES, axis=axis)
    return low, high


def count_samples(stimulus: xr.DataArray) -> int:
    """Return how many conditions, at most, differ only in the sample of a drawn stimulus."""
    names = [
        name
        for name, coord in stimulus.coords.items()
        if coord.dims == ("condition",) and name not in ("condition", "sample")
    ]
    if "sample" not in stimulus.coords:
        return 1
    conditions = zip(*(stimulus[name].values for name in names), strict=True)
    counts = Counter(conditions) if names else {(): stimulus.sizes["condition"]}
    return max(counts.values())


def describe_conditions(stimulus: xr.DataArray) -> str:
    """Write the number of conditions, and of samples if the stimulus was drawn several times."""
    samples = count_samples(stimulus)
    of_each = f" (up to {samples} samples of each)" if samples > 1 else ""
    return format_count(stimulus.sizes["condition"], "condition") + of_each


@functools.singledispatch
def describe_sample_sizes(comparison: Any) -> str:
    """Write the numbers of neurons, conditions, trials and wirings of a run, for a caption."""
    responses, bio = comparison.responses, comparison.run["bio"]
    counts = [describe_conditions(responses["stimulus"])]
    wirings = describe_wirings(bio)
    counts.append(f"{format_count(responses.sizes['trial'], 'trial')} each{wirings}")
    if "n_neurons" in bio:
        counts.insert(0, format_count(int(bio["n_neurons"].sum()), "neuron"))
    return f"n: {', '.join(counts)}."


@describe_sample_sizes.register(StudyResult)
def describe_study_sizes(result: StudyResult) -> str:
    """Write the numbers of seeds and shared samples of a study, for a caption."""
    if result.study.is_exact:
        return ""
    counts = [format_count(result.repetitions, "seed")]
    counts += [f"{result.dataset.sizes[dim]} of {dim!r} in each" for dim in result.study.shared]
    return f"n: {', '.join(counts)}."
