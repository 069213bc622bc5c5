"""Responses of both models at each value of a varied parameter, arranged as curves."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import OutputError
from bioann.base.text import format_setting

#: Matches, and curves per panel, that are drawn at most.
MAX_MATCHES, MAX_CURVES = 3, 4


@dataclasses.dataclass(frozen=True, eq=False)
class ParameterCurves:
    """Curves of steady responses against the stimulus, at each value of a parameter.

    Parameters
    ----------
    label, address : str
        The parameter in words, and its address.
    unit : str
        Unit of its values; empty if it is dimensionless.
    values : tuple of float
        Values of the parameter, shape (point,).
    own_value : float
        Value of the parameter in the pair.
    linked : tuple of str
        Addresses of the parameters that change with it.
    x : numpy.ndarray, shape (level,)
        Levels on the horizontal axis, ascending; numbers of the conditions if no level orders them.
    x_label : str
        Label of that axis, with its unit.
    curves : tuple of str
        Labels of the curves: levels of the other inputs; one empty label for a single curve.
    matches : tuple of str
        Names of the responses that are drawn.
    bio, low, high : numpy.ndarray, shape (point, match, curve, level)
        Activation of the spiking model: mean and range of its trials; NaN where no condition is.
    ann : numpy.ndarray, shape (point, match, curve, level)
        Activation of the rate model.
    n_trials : int
        Trials of each condition at each value.
    n_matches : int
        Number of responses of the pair, drawn or not.
    """

    label: str
    address: str
    unit: str
    values: tuple[float, ...]
    own_value: float
    linked: tuple[str, ...]
    x: np.ndarray
    x_label: str
    curves: tuple[str, ...]
    matches: tuple[str, ...]
    bio: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ann: np.ndarray
    n_trials: int
    n_matches: int

    @property
    def value_texts(self) -> tuple[str, ...]:
        """Values of the parameter with their unit."""
        return tuple(format_setting(value, self.unit, digits=4) for value in self.values)

    @property
    def limits(self) -> np.ndarray:
        """Lowest and highest activation of each match with a margin, shape (match, 2)."""
        lowest = np.nanmin([self.low, self.ann], axis=(0, 1, 3, 4), initial=0.0)
        highest = np.nanmax([self.high, self.ann], axis=(0, 1, 3, 4), initial=0.1)
        margin = 0.05 * (highest - lowest)
        return np.stack([lowest - margin, highest + margin], axis=-1)


def arrange_parameter_curves(comparison: Any) -> ParameterCurves | None:
    """Arrange the recorded responses at each value of the varied parameter as curves.

    Parameters
    ----------
    comparison : Comparison
        Read: ``run["parameter_grid"]`` and the coordinates of ``responses``.

    Returns
    -------
    ParameterCurves or None
        None if the run has varied no parameter.

    Raises
    ------
    OutputError
        If the recording does not hold what a run records of a varied parameter.
    """
    if "parameter_grid" not in comparison.run.children:
        return None
    grid = comparison.run["parameter_grid"].to_dataset()
    try:
        return _arrange_grid(grid, comparison.responses)
    except (KeyError, TypeError, ValueError, IndexError) as error:  # a file may hold anything
        raise OutputError(
            "recording, node 'parameter_grid'",
            "the responses at each value of a parameter, and its name, unit and values",
            f"{type(error).__name__}: {error}",
            "The file is damaged or hostile: run the pair anew.",
        ) from error


def _arrange_grid(grid: xr.Dataset, responses: xr.Dataset) -> ParameterCurves:
    """Arrange the recorded responses as curves; any exception if the recording is damaged."""
    positions, x, x_label, curves = place_conditions(responses)
    matches = [str(name) for name in grid["match"].values[:MAX_MATCHES]]
    bio = grid["bio"].transpose("point", "match", "condition", "trial").values[:, : len(matches)]
    ann = grid["ann"].transpose("point", "match", "condition").values[:, : len(matches)]

    def lay_out(values: np.ndarray) -> np.ndarray:
        shape = (*values.shape[:2], len(curves), len(x))
        curve_values = np.full(shape, np.nan)
        for condition, (curve, level) in enumerate(positions):
            curve_values[:, :, curve, level] = values[:, :, condition]
        return curve_values

    attrs = grid.attrs
    return ParameterCurves(
        label=str(attrs["label"]),
        address=str(attrs["address"]),
        unit=str(attrs["unit"]),
        values=tuple(float(value) for value in grid["value"].values),
        own_value=float(attrs["own_value"]),
        linked=tuple(str(item["address"]) for item in json.loads(attrs["linked"])),
        x=x,
        x_label=x_label,
        curves=curves,
        matches=tuple(matches),
        bio=lay_out(bio.mean(axis=-1)),
        low=lay_out(bio.min(axis=-1)),
        high=lay_out(bio.max(axis=-1)),
        ann=lay_out(ann),
        n_trials=bio.shape[-1],
        n_matches=grid.sizes["match"],
    )


def place_conditions(
    responses: xr.Dataset,
) -> tuple[list[tuple[int, int]], np.ndarray, str, tuple[str, ...]]:
    """Place conditions on curves: along the input with most levels, one curve per other level.

    Parameters
    ----------
    responses : xarray.Dataset
        Responses with the levels of the stimulus as coordinates along ``condition``.

    Returns
    -------
    positions : list of tuple of int
        Curve and level of each condition.
    x : numpy.ndarray, shape (level,)
        Levels, ascending; numbers of the conditions from 1 if the levels do not tell them apart, or
        there would be more than `MAX_CURVES` curves.
    x_label : str
        Label of the horizontal axis.
    curves : tuple of str
        Labels of the curves.
    """
    levels = {
        str(name): coord.values.astype(float)
        for name, coord in responses.coords.items()
        if coord.dims == ("condition",)
        and coord.dtype.kind in "iuf"
        and np.unique(coord.values).size > 1
    }
    n = responses.sizes["condition"]
    if levels:
        name = max(levels, key=lambda key: np.unique(levels[key]).size)
        others = [key for key in levels if key != name]
        rows = [tuple(float(levels[key][c]) for key in others) for c in range(n)]
        kinds = sorted(set(rows))
        x = np.unique(levels[name])
        positions = [
            (kinds.index(row), int(np.searchsorted(x, level)))
            for row, level in zip(rows, levels[name], strict=True)
        ]
        if len(kinds) <= MAX_CURVES and len(set(positions)) == n:
            curves = tuple(
                ", ".join(f"{key} {format_setting(v)}" for key, v in zip(others, kind, strict=True))
                for kind in kinds
            )
            channels = responses["channel"].values if "channel" in responses else ()
            unit = "activation" if name in channels else "as set"
            unit = str(responses[name].attrs.get("units", unit))
            return positions, x, f"{name} [{unit}]", curves
    return [(0, c) for c in range(n)], np.arange(1.0, n + 1), "condition [number]", ("",)
