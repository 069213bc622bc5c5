"""Noise ceiling and chance level of a response by condition, behind the responses themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from scipy import special

from bioann.metrics.estimate import CONFIDENCE_LEVEL
from bioann.reporting import style
from bioann.reporting.ceiling_text import describe_repetition
from bioann.reporting.style import ArtistKwargs

#: Share of the height of a panel by which a distant chance level may extend it.
_MARGIN = 0.25


def draw_references(panel: Axes, x: np.ndarray, values: xr.Dataset, is_joined: bool) -> None:
    """Draw what an identical circuit and rate models with shuffled signs respond.

    Parameters
    ----------
    panel : matplotlib.axes.Axes
        A panel in which the responses are drawn already; its axis hardly grows.
    x : numpy.ndarray
        Position of every condition, ascending.
    values : xarray.Dataset
        Of one response: perhaps ``ceiling`` (condition, trial), ``chance`` (shuffle, condition).
    is_joined : bool
        Whether neighbouring conditions are joined by a line.
    """
    low, high = panel.get_ylim()
    margin = _MARGIN * (high - low)
    if has_band(values):
        bounds = compute_mean_interval(values["ceiling"].transpose("condition", "trial").values)
        look: ArtistKwargs = {"color": style.CEILING_COLOUR, "zorder": 0, "label": "noise ceiling"}
        if is_joined:
            panel.fill_between(x, *bounds, **look, alpha=0.7, linewidth=0)
        else:
            panel.vlines(x, *bounds, **look, alpha=0.7, linewidth=9)
    if "chance" in values:
        chance = values["chance"].mean("shuffle", skipna=False).values
        look = {"color": style.CHANCE_COLOUR, "zorder": 1, "label": "chance level"}
        if is_joined:
            panel.plot(x, chance, linestyle=(0, (1, 1.2)), **look)
        else:
            panel.plot(x, chance, "x", markersize=5, **look)
        low = min(low, max(np.nanmin(chance, initial=low), low - margin))
        high = max(high, min(np.nanmax(chance, initial=high), high + margin))
    panel.set_ylim(low, high)


def has_band(values: xr.Dataset) -> bool:
    """Whether the spiking model ran again with trials enough for an interval of its mean."""
    return "ceiling" in values and values["ceiling"].sizes["trial"] > 1


def compute_mean_interval(responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the 95 % confidence interval of the mean over trials, by Student's t.

    Parameters
    ----------
    responses : numpy.ndarray, shape (condition, trial)
        At least two trials, in activation.

    Returns
    -------
    low, high : numpy.ndarray, shape (condition,)
        In activation.
    """
    n = responses.shape[1]
    t = float(special.stdtrit(n - 1, (1 + CONFIDENCE_LEVEL) / 2))
    half_width = t * responses.std(axis=1, ddof=1) / np.sqrt(n)
    mean = responses.mean(axis=1)
    return mean - half_width, mean + half_width


def describe_references(comparison: Any, values: xr.Dataset) -> str:
    """Explain the references that are drawn, for a caption; empty if none is."""
    sentences = []
    if has_band(values):
        sentences.append(
            "Noise ceiling: 95 % CI of the mean response of the spiking model "
            f"{describe_repetition(comparison)}."
        )
    if "chance" in values:
        sentences.append("Chance level: mean over rate models with shuffled signs.")
    return " ".join(sentences)
