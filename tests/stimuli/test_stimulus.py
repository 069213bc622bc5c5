import numpy as np
import pytest
import xarray as xr
from brian2 import ms, nS, second
from hypothesis import given, strategies as st

from bioann.base.errors import DimensionError, StimulusError, UnknownNameError
from bioann.stimuli.stimulus import RESERVED_NAMES, check_stimulus, make_stimulus, time_step

VALUES = np.arange(24.0).reshape(2, 4, 3)
CHANNELS = ("a", "b", "c")


def test_an_array_becomes_a_labelled_stimulus():
    made = make_stimulus(VALUES, channels=CHANNELS, dt=2 * ms, coords={"contrast": [-0.5, 0.5]})
    assert made.dims == ("condition", "time", "channel")
    assert made.attrs["dt"] == 2e-3
    np.testing.assert_allclose(made.time, [0, 2e-3, 4e-3, 6e-3])
    assert list(made.condition.values) == ["contrast=-0.5", "contrast=0.5"]
    assert made.sel(channel="b", condition="contrast=0.5").values.tolist() == [13, 16, 19, 22]
    assert made.contrast.dims == ("condition",)


def test_conditions_are_counted_where_nothing_names_them():
    assert list(make_stimulus(VALUES, channels=CHANNELS).condition.values) == ["0", "1"]


def test_the_users_array_is_copied():
    values = VALUES.copy()
    made = make_stimulus(values, channels=CHANNELS)
    values[:] = -1
    assert (made.values == VALUES).all()


@pytest.mark.parametrize(
    "values", [[1.0], np.zeros((2, 4)), np.zeros((2, 4, 2)), np.zeros((0, 4, 3))]
)
def test_shapes_have_to_fit(values):
    with pytest.raises(StimulusError, match="stimulus values: wanted shape"):
        make_stimulus(values, channels=CHANNELS)


def test_coordinates_have_one_number_per_condition():
    with pytest.raises(StimulusError, match="coordinate 'contrast'"):
        make_stimulus(VALUES, channels=CHANNELS, coords={"contrast": [1, 2, 3]})


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_coordinates_leave_recordings_their_names(name):
    with pytest.raises(StimulusError, match=f"recordings do not use themselves, got '{name}'"):
        make_stimulus(VALUES, channels=CHANNELS, coords={name: [0, 1]})
    if name not in ("condition", "time", "channel"):
        foreign = make_stimulus(VALUES, channels=CHANNELS).assign_coords(
            {name: ("condition", [0, 1])}
        )
        with pytest.raises(StimulusError, match="recordings do not use themselves"):
            check_stimulus(foreign, CHANNELS)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_are_finite_and_the_error_says_where_not(bad):
    values = VALUES.copy()
    values[1, 2, 0] = bad
    with pytest.raises(StimulusError, match=r"channel 'a', condition '1'.* at 0.002 s \(1 such"):
        make_stimulus(values, channels=CHANNELS)


def test_labels_are_unique():
    with pytest.raises(StimulusError, match="dimension 'condition': wanted a unique label"):
        make_stimulus(VALUES, channels=CHANNELS, conditions=["x", "x"])
    with pytest.raises(StimulusError, match="dimension 'channel'"):
        make_stimulus(VALUES, channels=("a", "a", "c"))
    bare = xr.DataArray(VALUES, dims=("condition", "time", "channel"), attrs={"dt": 1e-3})
    with pytest.raises(StimulusError, match="dimension 'condition'"):
        check_stimulus(bare.assign_coords(channel=list(CHANNELS)), CHANNELS)


def test_a_missing_channel_is_named_with_its_neighbours():
    with pytest.raises(UnknownNameError, match="wanted the name of a channel, got 'left'"):
        check_stimulus(make_stimulus(VALUES, channels=CHANNELS), ["left"])


def test_further_channels_may_be_there():
    made = make_stimulus(VALUES, channels=CHANNELS)
    xr.testing.assert_identical(check_stimulus(made, ["b"]), made)


def test_dimensions_are_put_in_order():
    made = make_stimulus(VALUES, channels=CHANNELS)
    xr.testing.assert_identical(
        check_stimulus(made.transpose("channel", "time", "condition"), CHANNELS), made
    )


@pytest.mark.parametrize(
    "thing", [VALUES, None, xr.DataArray(VALUES, dims=("condition", "t", "channel"))]
)
def test_something_else_is_no_stimulus(thing):
    with pytest.raises(StimulusError, match=r"wanted an xarray.DataArray with dimensions"):
        check_stimulus(thing, CHANNELS)


def test_labels_that_are_numbers_become_text():
    # The models label their conditions with text, and xarray aligns by label.
    made = make_stimulus(VALUES, channels=CHANNELS).assign_coords(condition=[10, 20])
    assert list(check_stimulus(made, CHANNELS).condition.values) == ["10", "20"]


@given(st.integers(1, 50), st.integers(2, 300))
def test_the_step_is_read_from_the_time_axis_too(tenths, n):
    made = make_stimulus(np.zeros((1, n, 1)), channels=["a"], dt=0.1 * tenths * ms)
    del made.attrs["dt"]
    assert time_step(made) == pytest.approx(1e-4 * tenths, rel=1e-9)


def test_uneven_steps_are_an_error():
    made = make_stimulus(VALUES, channels=CHANNELS)
    for times in ([0, 1e-3, 3e-3, 4e-3], [0, 2e-3, 4e-3, 6e-3], [3e-3, 2e-3, 1e-3, 0]):
        with pytest.raises(StimulusError, match="evenly spaced"):
            check_stimulus(made.assign_coords(time=times), CHANNELS)
    lone = made.isel(time=[0])
    del lone.attrs["dt"]
    with pytest.raises(StimulusError, match="evenly spaced"):
        time_step(lone)


def test_the_step_is_a_time_above_zero():
    with pytest.raises(DimensionError, match="stimulus, dt: wanted a time"):
        make_stimulus(VALUES, channels=CHANNELS, dt=1 * nS)
    with pytest.raises(StimulusError, match="stimulus time"):
        make_stimulus(VALUES, channels=CHANNELS, dt=0 * second)
