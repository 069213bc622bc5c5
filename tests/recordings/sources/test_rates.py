"""Arrays of rates that cannot be read: the error says what is wrong and what to do."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import bioann as ba
from bioann.base.errors import DescriptionError

RATES = xr.DataArray(
    np.arange(24.0).reshape(2, 3, 4, 1),
    {
        "condition": ["p", "q"],
        "time": [0.005, 0.015, 0.025, 0.035],
        "unit": ["a"],
        "x": ("condition", [0.1, 0.2]),
    },
    ("condition", "trial", "time", "unit"),
)


def replace_value(value: float) -> xr.DataArray:
    array = RATES.copy(deep=True)
    array[1, 2, 3, 0] = value
    return array


BAD = {
    "no dimension of units": (
        RATES.isel(unit=0),
        "from_recording, dimensions: wanted condition, trial, time and unit, got condition, trial "
        "and time. Name the dimensions of the array",
    ),
    "no labels of units": (
        RATES.drop_vars("unit"),
        "from_recording, dimension 'unit': wanted a coordinate with its labels, got none. Add it: "
        "array.assign_coords(unit=...).",
    ),
    "labels that repeat": (
        RATES.assign_coords(condition=["p", "p"]),
        "from_recording, conditions: wanted different labels, got ['p', 'p'].",
    ),
    "a missing value": (
        replace_value(np.nan),
        "from_recording, values: wanted finite rates or counts of 0 or more, or trials that are "
        "missing as a whole, got nan in condition 'q', trial 2.",
    ),
    "a negative rate": (replace_value(-1), "from_recording, values: wanted finite rates or counts"),
    "a condition without trials": (
        RATES.where(RATES.condition == "p"),
        "from_recording: wanted at least one trial of each condition, got none of 'q'.",
    ),
    "edges of bins": (
        RATES.assign_coords(time=[0, 0.01, 0.02, 0.03]),
        "from_recording, coordinate 'time': wanted the centres of equal bins that start with the "
        "trial, such as 0.005, 0.015, 0.025 s, got 0, 0.01, 0.02 and 0.03.",
    ),
    "time from a stimulus": (
        RATES.assign_coords(time=RATES.time - 0.02),
        "from_recording, coordinate 'time': wanted the centres of equal bins",
    ),
    "units of milliseconds": (
        RATES.assign_coords(time=RATES.time.assign_attrs(units="ms")),
        "from_recording, coordinate 'time': wanted times in seconds, got units 'ms'.",
    ),
    "milliseconds": (
        RATES.assign_coords(time=RATES.time * 1000),
        "from_recording, coordinate 'time': wanted bins that fill the duration, 0.04 s, got bins "
        "up to 40 s. They look like milliseconds: divide them by 1000",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named(case):
    array, message = BAD[case]
    with pytest.raises(DescriptionError) as caught:
        ba.from_recording(array, duration=40 * ms)
    assert str(caught.value).startswith(message)


def test_sizes_are_those_of_recorded_units():
    with pytest.raises(DescriptionError, match=r"sizes: wanted names of recorded units, got 'b'"):
        ba.from_recording(RATES, sizes={"b": 1})
    with pytest.raises(DescriptionError, match="size of 'a': wanted whole and >= 1, got 0"):
        ba.from_recording(RATES, sizes={"a": 0})


def test_counts_are_rates_of_one_neuron_and_bins_are_joined():
    model = ba.from_recording(RATES, counts=True, sizes={"a": 5})
    stimulus = model.make_stimulus()
    run = model.run(stimulus, trials=3, seed=1, bin_width=20 * ms)
    counts = RATES.values.reshape(2, 3, 2, 2).sum(axis=3)
    expected = counts.sum(axis=1) / 3 / (5 * 0.02)  # Hz per neuron
    np.testing.assert_allclose(run["rate"].mean("trial")[..., 0], expected)


def test_the_variable_of_a_dataset_is_named_or_the_only_one():
    dataset = RATES.to_dataset(name="psth")
    assert ba.from_recording(dataset) == ba.from_recording(RATES)
    with pytest.raises(DescriptionError, match="variable: wanted one of psth and other, got none"):
        ba.from_recording(dataset.assign(other=RATES))
    named = ba.from_recording(dataset.assign(other=RATES), variable="psth")
    assert named == ba.from_recording(RATES)
