"""What an input does: the response with it minus the response without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.metrics.crossing import find_first_below, fit_zero_crossing
from bioann.metrics.parametric import ParametricMetric
from bioann.metrics.selection import LevelSelection, conditions_at, mean_over_conditions


@name_argument_errors
def effect_along(response: xr.DataArray, input_name: str, along: str) -> xr.DataArray:
    """Return the effect of one input at each level of another.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition`` and the two inputs as coordinates along it; each pair of
        levels comes once.
    input_name : str
        The input that is there or not: its highest level is compared with its lowest.
    along : str
        Coordinate of the conditions with the levels of the other input.

    Returns
    -------
    xarray.DataArray
        With `along`, ascending, in place of ``condition``. NaN where one of the two responses is
        missing, as in a part of the stimulus.
    """
    coordinates = [name for name, c in response.coords.items() if c.dims == ("condition",)]
    others = [name for name in coordinates if name not in (input_name, along)]
    grid = response.drop_vars(others).set_index(condition=(along, input_name)).unstack("condition")
    with_input, without = (grid.isel({input_name: k}, drop=True) for k in (-1, 0))
    result: xr.DataArray = with_input - without
    return result if grid.sizes[input_name] > 1 else result * np.nan


@name_argument_errors
def effects_of_channels(
    response: xr.DataArray,
    stimulus: xr.DataArray,
    channels: Sequence[str],
    fixed_levels: LevelSelection,
) -> xr.DataArray:
    """Return the effect of each of several channels by itself, at activation 1.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Level of every channel.
    channels : sequence of str
        Those that are compared; all of them are silent in the reference.
    fixed_levels : mapping of str to float, or to tuple of float
        Levels at which other channels are held, or two between which they lie.

    Returns
    -------
    xarray.DataArray
        With ``channel`` in place of ``condition``; NaN where a condition is missing.
    """
    silent = {**dict.fromkeys(channels, 0.0), **fixed_levels}

    def response_at(levels: LevelSelection) -> xr.DataArray:
        mean = mean_over_conditions(response, conditions_at(stimulus, levels))
        return mean.drop_vars("condition", errors="ignore")

    responses = xr.concat([response_at(silent | {name: 1.0}) for name in channels], "channel")
    return responses.assign_coords(channel=list(channels)) - response_at(silent)


@name_argument_errors
def effect_of_level(
    response: xr.DataArray, stimulus: xr.DataArray, channel: str, level: float
) -> xr.DataArray:
    """Return the effect of one level of a channel: the response to it minus that to no input.

    Parameters
    ----------
    response : xarray.DataArray
        With the dimension ``condition``.
    stimulus : xarray.DataArray, dimensions (condition, channel)
        Level of every channel.
    channel : str
        The channel; what the others do beside it is averaged over.
    level : float
        Its level, positive or negative.

    Returns
    -------
    xarray.DataArray
        Without ``condition``; NaN where one of the two is missing.
    """
    is_silent = abs(stimulus).max("channel") < 1e-9
    has_level = conditions_at(stimulus, {channel: level})
    return mean_over_conditions(response, has_level) - mean_over_conditions(response, is_silent)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SignChangePoint(Description):
    """Where the effects of channels that differ in one property turn over, by a line through them.

    For `bioann.measure`.

    Parameters
    ----------
    channels : mapping of str to float
        The property of each channel, such as the reversal potential of its receptor.
    fixed_levels : mapping of str to float
        Levels at which other channels are held.
    """

    channels: Mapping[str, float]
    fixed_levels: Mapping[str, float]

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the property at which a line through the effects is zero."""
        effect = effects_of_channels(response, stimulus, list(self.channels), self.fixed_levels)
        return fit_zero_crossing(effect, list(self.channels.values()), "channel")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class EffectTurningLevel(ParametricMetric):
    """The level of one input at which the effect of another first falls below zero.

    For `bioann.measure`.

    Parameters
    ----------
    input_name, along : str
        The input whose effect is measured and the other one, as in `effect_along`.
    """

    input_name: str
    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"unit": "activation", "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the level, by linear interpolation; the last where the effect never does."""
        return find_first_below(effect_along(response, self.input_name, self.along), self.along)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class LowestEffect(ParametricMetric):
    """The most negative effect of one input over the levels of another.

    For `bioann.measure`.

    Parameters
    ----------
    input_name, along : str
        The input whose effect is measured and the other one, as in `effect_along`.
    """

    input_name: str
    along: str

    def measure_options(self) -> dict[str, Any]:
        """Return the options of `bioann.measure`."""
        return {"unit": "activation", "estimator": "resampled"}

    def __call__(self, response: xr.DataArray, stimulus: xr.DataArray) -> xr.DataArray:
        """Return the effect."""
        return effect_along(response, self.input_name, self.along).min(self.along)
