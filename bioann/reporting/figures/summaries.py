"""What the figures of a comparison show: read-out values, a few of many conditions and matches."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bioann.reporting.style import ArtistKwargs, format_count, format_label

#: A band or bar over trials spans these quantiles: the central 95% of them.
CENTRAL = (0.025, 0.975)


def evenly(n: int, most: int) -> list[int]:
    """Choose at most `most` of `n` indices, evenly spread, with the first and the last."""
    return sorted({round(i) for i in np.linspace(0, n - 1, min(n, most))}) if n else []


def steady(comparison: Any) -> xr.Dataset:
    """Average every response over the read-out window.

    Returns
    -------
    xarray.Dataset
        ``bio`` and ``again`` (condition, trial, match), ``ann`` (condition, match) and perhaps
        ``shuffled`` (shuffle, condition, match), in activation. NaN in the window stays NaN.
    """
    responses = comparison.responses
    names = [n for n in ("bio", "ceiling", "ann", "chance") if n in responses]
    inside = responses[names].sel(time=slice(*comparison.window))
    return inside.mean("time", skipna=False)


def rmse(values: xr.Dataset) -> np.ndarray:
    """Root mean square of ANN minus biology over conditions, per match; NaN without any value."""
    gaps = values["ann"] - values["bio"].mean("trial", skipna=False)
    gap = gaps.transpose("condition", "match").values
    n = np.isfinite(gap).sum(axis=0)
    return np.sqrt(np.where(n, np.nansum(gap**2, axis=0), np.nan) / np.maximum(n, 1))


def worst_matches(values: xr.Dataset, most: int) -> tuple[list[int], str]:
    """Choose the matches with the largest error, in their own order; say so if some are left."""
    error = np.nan_to_num(rmse(values), nan=np.inf)
    n = len(error)
    chosen = sorted(np.argsort(-error, kind="stable")[:most].tolist())
    return chosen, "" if n <= most else f"Shown: the {most} of {n} matches that differ most."


def numeric_axis(responses: xr.Dataset) -> tuple[np.ndarray, str] | None:
    """Find the number that varies over conditions, with its axis label; None unless just one."""
    found = [
        (name, coord)
        for name, coord in responses.coords.items()
        if coord.dims == ("condition",)
        and coord.dtype.kind in "iuf"
        and np.unique(coord.values).size > 1
    ]
    if len(found) != 1:
        return None
    name, coord = found[0]
    # A coordinate named after a channel is the level of that channel.
    unit = "activation" if name in responses["channel"].values else "as set"
    return coord.values.astype(float), f"{name} [{coord.attrs.get('units', unit)}]"


def name_conditions(panel: Axes, labels: np.ndarray, most: int = 8) -> bool:
    """Write the condition labels under an axis of condition numbers, if few and short enough."""
    names = [format_label(label) for label in labels]
    if len(names) > most or max(map(len, names)) > 16:
        return False
    slant: ArtistKwargs = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    panel.set_xticks(range(len(labels)), names, **(slant if sum(map(len, names)) > 30 else {}))
    panel.set_xlabel("condition")
    return True


def give_room(panel: Axes, least: float = 0.1) -> None:
    """Keep a response that is nearly constant from filling its axis with rounding noise."""
    low, high = panel.get_ylim()
    if high - low < least:
        panel.set_ylim((low + high - least) / 2, (low + high + least) / 2)


def figure_of(value: float) -> str:
    """Write a number for a sentence, with three digits, or say that there is none."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}") if np.isfinite(value) else "no value"


def missing(values: xr.Dataset) -> str:
    """Say how many conditions have no finite value in either half, for a caption; may be empty."""
    finite = np.isfinite(values["ann"]) & np.isfinite(values["bio"].mean("trial", skipna=False))
    n = int((~finite.all("match")).sum())
    return f"{format_count(n, 'condition')} without a finite value in some match." if n else ""


def central(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Central 95% along an axis; NaN where any value is, as for the mean."""
    low, high = np.quantile(values, CENTRAL, axis=axis)
    return low, high


def sizes(comparison: Any) -> str:
    """Say how many neurons, trials and conditions stand behind a figure of a comparison."""
    responses, bio = comparison.responses, comparison.run["bio"]
    told = [format_count(responses.sizes["condition"], "condition")]
    told.append(f"{format_count(responses.sizes['trial'], 'trial')} each")
    if "n_neurons" in bio:
        told.insert(0, format_count(int(bio["n_neurons"].sum()), "neuron"))
    return f"n: {', '.join(told)}."
