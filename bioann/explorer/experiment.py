"""An experiment: a pair with other parameters, its stimulus and what a run needs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.errors import BioannError, DescriptionError, unknown_name_error
from bioann.base.text import format_setting
from bioann.explorer.sliders import (
    MAX_SEED,
    MAX_TRIALS,
    SEED,
    TRIALS,
    ParameterSlider,
    list_sliders,
    name_stimulus_settings,
)
from bioann.pair import Pair
from bioann.stimuli.stimulus import label_conditions
from bioann.sweeps.axes import ParameterAxis
from bioann.sweeps.pair_source import FixedPair
from bioann.sweeps.read_axis import read_axis

#: Settings of one experiment at most.
MAX_SETTINGS = 200


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A pair with the settings of a page.

    Parameters
    ----------
    base : Pair
        The pair as its file describes it.
    pair : Pair
        The pair with other parameters, and with the stimulus that its channels' gains and offsets
        make.
    values : mapping of str to float or quantity
        The parameters that differ, by address.
    stimulus_values : mapping of str to float
        Gains and offsets of the stimulus that differ, by the names of their sliders.
    trials, seed : int
        Trials and seed of a run.
    """

    base: Pair
    pair: Pair
    values: Mapping[str, Any]
    stimulus_values: Mapping[str, float]
    trials: int
    seed: int

    @property
    def stimulus(self) -> xr.DataArray:
        """The stimulus of the pair; `DescriptionError` if it has none."""
        if self.pair.stimulus is None:
            remedy = "Give the pair a stimulus in its file."
            raise DescriptionError(self.base.title(), "a stimulus", "none", remedy)
        return self.pair.stimulus


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedPair:
    """A pair that experiments change, with what all of them need of it.

    Parameters
    ----------
    base : Pair
        The pair as its file describes it.
    trials : int
        Trials of an experiment that states none.
    """

    base: Pair
    trials: int

    @functools.cached_property
    def source(self) -> FixedPair:
        """What makes pairs with other parameters."""
        return FixedPair(self.base)

    @functools.cached_property
    def sliders(self) -> dict[str, ParameterSlider]:
        """The sliders by address."""
        return {slider.address: slider for slider in list_sliders(self.base, self.trials)}


def make_experiment(base: Pair, settings: Mapping[str, str], trials: int) -> Experiment:
    """Change a pair by the settings of a page or link; see `change_loaded_pair`."""
    return change_loaded_pair(LoadedPair(base, trials), settings)


def change_loaded_pair(loaded: LoadedPair, settings: Mapping[str, str]) -> Experiment:
    """Change a pair by the settings of a page or link.

    Parameters
    ----------
    loaded : LoadedPair
        The pair; it stays as it is.
    settings : mapping of str to str
        Value with its unit by address, such as ``{"projection a -> b, weight": "1.2 nS"}``.

    Raises
    ------
    UnknownNameError
        If there is no parameter of an address; the message suggests similar addresses.
    DescriptionError
        If a value is no number, has another unit, is far outside the range of its slider, or the
        pair does not allow it.
    StimulusError
        If a model cannot use the stimulus.
    """
    base, source, trials = loaded.base, loaded.source, loaded.trials
    if len(settings) > MAX_SETTINGS:
        expected, got = f"at most {MAX_SETTINGS} settings", f"{len(settings)}"
        raise DescriptionError(f"{base.title()}", expected, got, "Change fewer parameters.")
    run_values: dict[str, float] = {TRIALS: trials, SEED: 1}
    stimulus_values: dict[str, float] = {}
    values: dict[str, Any] = {}
    for address, text in settings.items():
        axis = read_setting(address, text, loaded.sliders, source)
        number = axis.in_display_unit(axis.values[0])
        if address in run_values:
            run_values[address] = number
        elif address.startswith("stimulus "):
            stimulus_values[address] = number
        elif isinstance(source.parameters[axis.address].value, int):
            values[axis.address] = int(number)
        else:
            values[axis.address] = axis.to_quantity(axis.values[0])
    pair = source.make_pair(values)
    if base.stimulus is not None and stimulus_values:
        pair = dataclasses.replace(pair, stimulus=scale_stimulus(base.stimulus, stimulus_values))
    trials, seed = int(run_values[TRIALS]), int(run_values[SEED])
    return Experiment(base, pair, values, stimulus_values, trials, seed)


def read_setting(
    address: str, text: str, sliders: Mapping[str, ParameterSlider], source: FixedPair
) -> ParameterAxis:
    """Read the value of a setting, and check its unit and range.

    Parameters
    ----------
    address : str
        Address of the setting.
    text : str
        Its value with its unit.
    sliders : mapping of str to ParameterSlider
        All sliders, by address.
    source : FixedPair
        The pair, whose parameters have their units.

    Raises
    ------
    UnknownNameError
        If there is no such setting or unit.
    DescriptionError
        If the text is no number, or its value is out of range.
    """
    obj, slider = f"parameter {address!r}", sliders.get(address)
    if slider is None:
        raise unknown_name_error(source.title, "parameter", address, sliders)
    example = format_setting(slider.value, slider.unit)
    try:
        axis = read_axis(f"{address}={text}")
        if address in source.parameters:
            axis = source.resolve_axis(axis)
        elif axis.unit:
            raise DescriptionError(obj, "a number without a unit", repr(text), "")
    except BioannError as error:
        expected = f"a number like {example}" if "range" in error.expected else error.expected
        remedy = f"In this pair it is {example}."
        raise type(error)(obj, expected, repr(text), remedy) from error
    number = axis.in_display_unit(axis.values[0])
    check_range(obj, slider, number)
    if len(axis.values) != 1 or (slider.is_whole and number != int(number)):
        expected = "one whole number" if slider.is_whole else "one number"
        raise DescriptionError(obj, expected, repr(text), f"In this pair it is {example}.")
    return axis


def check_range(obj: str, slider: ParameterSlider, number: float) -> None:
    """Raise `DescriptionError` for a number far outside the range of a slider."""
    low, high = slider.limits
    if slider.address in (TRIALS, SEED):
        low, high = slider.low, MAX_TRIALS if slider.address == TRIALS else MAX_SEED
    if not low <= number <= high:
        bound = (
            f"at least {format_setting(low, slider.unit)}"
            if number < low
            else f"at most {format_setting(high, slider.unit)}"
        )
        raise DescriptionError(
            obj,
            bound,
            format_setting(number, slider.unit),
            f"In this pair it is {format_setting(slider.value, slider.unit)}.",
        )


def scale_stimulus(stimulus: xr.DataArray, values: Mapping[str, float]) -> xr.DataArray:
    """Multiply channels of a stimulus by their gains and add their offsets.

    The numbers of conditions that are named like a channel change with it, and so do the labels of
    conditions that were made of these numbers.

    Parameters
    ----------
    stimulus : xarray.DataArray, shape (condition, time, channel)
        Activations.
    values : mapping of str to float
        Gains and offsets by the names of their sliders; those that are missing are 1 and 0.
    """
    data, changed_coords = np.array(stimulus.values, dtype=float), {}
    numbers = {
        str(name): coord.values
        for name, coord in stimulus.coords.items()
        if coord.dims == ("condition",) and name != "condition"
    }
    for k, channel in enumerate(map(str, stimulus.channel.values)):
        gain_name, offset_name = name_stimulus_settings(channel)
        gain, offset = values.get(gain_name, 1.0), values.get(offset_name, 0.0)
        if (gain, offset) == (1.0, 0.0):
            continue
        data[..., k] = gain * data[..., k] + offset
        if channel in numbers and np.issubdtype(numbers[channel].dtype, np.number):
            changed_coords[channel] = gain * numbers[channel] + offset
    scaled = stimulus.copy(data=data)
    coords: dict[str, Any] = {name: ("condition", v) for name, v in changed_coords.items()}
    labels = list(map(str, stimulus.condition.values))
    is_numeric = all(np.issubdtype(v.dtype, np.number) for v in numbers.values())
    if changed_coords and is_numeric and labels == label_conditions(numbers):
        new_labels = label_conditions(numbers | changed_coords)
        if len(set(new_labels)) < len(labels):  # a gain of zero makes all of them equal
            new_labels = [f"{label} ({k})" for k, label in enumerate(new_labels, 1)]
        coords["condition"] = new_labels
    return scaled.assign_coords(coords)
