import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, second
from hypothesis import given, strategies as st
from scipy import stats

from bioann.base.errors import BioannError, StimulusError
from bioann.stimuli.levels import cross_levels, join_levels
from bioann.stimuli.patterns import images
from bioann.stimuli.pulse_protocols import delayed_probes
from bioann.stimuli.waveforms import (
    noise,
    pulses,
    ramps,
    shaped_steps,
    sines,
    spike_trains,
    steps,
)

levels = st.lists(
    st.floats(-10, 10).map(lambda x: round(x, 3)), min_size=1, max_size=4, unique=True
)


@given(levels, st.integers(0, 30), st.integers(1, 30), st.sampled_from([0.1, 0.2, 0.3, 0.5, 1, 7]))
def test_a_step_is_on_from_onset_to_offset(values, before, during, dt):
    # Every edge that is a multiple of the step falls on it exactly, whatever the rounding.
    made = steps(
        {"x": values},
        duration=(before + during + 5) * dt * ms,
        onset=before * dt * ms,
        offset=(before + during) * dt * ms,
        dt=dt * ms,
    )
    shape = np.r_[np.zeros(before), np.ones(during), np.zeros(5)]
    np.testing.assert_array_equal(made.sel(channel="x"), np.outer(values, shape))


def test_a_step_without_edges_is_constant_and_labelled_by_its_levels():
    made = steps({"left": [0.2, 0.8], "right": [0.8, 0.2]}, duration=10 * ms)
    assert list(made.condition.values) == ["left=0.2, right=0.8", "left=0.8, right=0.2"]
    for t in range(10):
        assert made.isel(time=t).values.tolist() == [[0.2, 0.8], [0.8, 0.2]]


def test_coordinates_take_the_place_of_levels_as_labels():
    made = steps({"x": [1, 2]}, duration=10 * ms, coords={"contrast": [-1, 1]})
    assert list(made.condition.values) == ["contrast=-1", "contrast=1"]


def test_a_grid_crosses_all_levels():
    crossed = cross_levels({"a": [0, 1], "b": [0, 1, 2]})
    pairs = list(zip(crossed["a"], crossed["b"], strict=True))
    assert pairs == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_blocks_follow_each_other_and_are_zero_in_the_channels_they_do_not_name():
    joined = join_levels({}, {"a": [0, 1, 2]}, {"b": 5, "a": [1, 2]})
    assert joined == {"a": [0, 0, 1, 2, 1, 2], "b": [0, 0, 0, 0, 5, 5]}
    grid = {"a": [0, 1], "b": [0, 1, 2]}
    assert join_levels(grid) == cross_levels(grid)


@pytest.mark.parametrize("bad", [{}, {"a": [1, 2], "b": [1]}])
def test_channels_have_equally_many_levels(bad):
    with pytest.raises(StimulusError, match="stimulus levels"):
        steps(bad, duration=10 * ms)


def test_pulses_are_rectangles_at_their_times_and_do_not_add_up():
    made = pulses({"x": [2]}, at=[3 * ms, 4 * ms, 12 * ms], width=2 * ms, duration=20 * ms)
    on = np.flatnonzero(made.values[0, :, 0])
    assert on.tolist() == [3, 4, 5, 12, 13]
    assert set(made.values[0, on, 0]) == {2.0}


def test_a_pulse_is_the_step_with_the_same_edges():
    one = pulses({"x": [2, 3]}, at=[3 * ms], width=4 * ms, duration=20 * ms)
    other = steps({"x": [2, 3]}, onset=3 * ms, offset=7 * ms, duration=20 * ms)
    xr.testing.assert_identical(one, other)


@given(st.floats(-5, 5), st.integers(2, 50))
def test_a_ramp_is_straight_and_stops_short_of_its_level_by_one_step(level, n):
    made = ramps({"x": [level]}, duration=n * ms).values[0, :, 0]
    np.testing.assert_allclose(made, level * np.arange(n) / n, atol=1e-12)


def test_a_sine_has_its_mean_amplitude_and_frequency():
    made = sines({"x": [0.3, 0.5]}, frequency=10 * Hz, mean=0.7, duration=200 * ms)
    assert made.attrs["dt"] == 1e-3
    course = made.values[:, :, 0]
    np.testing.assert_allclose(course.mean(axis=1), 0.7, atol=1e-12)  # two whole periods
    np.testing.assert_allclose(course.var(axis=1), np.array([0.3, 0.5]) ** 2 / 2)
    np.testing.assert_allclose(course[:, :100], course[:, 100:])
    assert (course[:, 1] > course[:, 0]).all()  # it rises from the mean


def test_any_shape_is_scaled_by_the_levels():
    made = shaped_steps({"a": [1, 2], "b": [3, 4]}, lambda t: t**2, 10 * ms)
    t = np.arange(10) * 1e-3
    np.testing.assert_allclose(made.sel(channel="b"), np.outer([3, 4], t**2))


KINDS = {"std": 0.2, "tau": 10 * ms, "seed": 1, "dt": 1 * ms}


class TestNoise:
    """Ornstein-Uhlenbeck noise, frozen."""

    def test_moments_and_correlation_time(self):
        made = noise({"x": [0.5], "y": [-0.5]}, samples=200, duration=0.5 * second, **KINDS)
        course = made.values - np.array([0.5, -0.5])
        # 200 samples of 500 ms with correlation time 10 ms: n = 200 * 500 / 20 independent values
        # for a mean (200 * 500 / 10 for a variance), 5 standard errors.
        n = 200 * 500 / 20
        np.testing.assert_allclose(course.mean(axis=(0, 1)), 0, atol=5 * 0.2 / np.sqrt(n))
        np.testing.assert_allclose(course.var(axis=(0, 1)), 0.04, rtol=5 * np.sqrt(2 / (2 * n)))
        lagged = (course[:, 10:] * course[:, :-10]).mean(axis=(0, 1)) / 0.04
        np.testing.assert_allclose(lagged, np.exp(-1), atol=5 / np.sqrt(n))
        across = (course[..., 0] * course[..., 1]).mean() / 0.04
        assert abs(across) < 5 / np.sqrt(n)

    def test_it_is_stationary_from_the_first_step(self):
        made = noise({"x": [0.0]}, samples=400, duration=30 * ms, **KINDS).values[..., 0]
        # The ratio of two variances of 400 independent values each is F-distributed.
        low, high = stats.f.ppf([1e-4, 1 - 1e-4], 399, 399)
        assert low < made[:, 0].var() / made[:, -1].var() < high

    def test_a_sample_depends_neither_on_the_others_nor_on_other_conditions(self):
        one = noise({"x": [0.1, 0.9]}, samples=2, duration=50 * ms, **KINDS)
        more = noise({"x": [0.1, 0.5, 0.9]}, samples=5, duration=50 * ms, **KINDS)
        xr.testing.assert_identical(more.sel(condition=one.condition), one)

    def test_the_seed_decides(self):
        drawn = [
            noise({"x": [0.1]}, samples=1, duration=50 * ms, **(KINDS | {"seed": seed}))
            for seed in (1, 1, 2)
        ]
        assert (drawn[0] == drawn[1]).all()
        assert (drawn[0] != drawn[2]).all()

    def test_a_minimum_cuts_from_below(self):
        free = noise({"x": [0.1]}, samples=3, duration=50 * ms, **KINDS)
        cut = noise({"x": [0.1]}, samples=3, duration=50 * ms, minimum=0.0, **KINDS)
        np.testing.assert_array_equal(cut, np.maximum(free, 0))
        assert (free < 0).any()

    def test_before_the_onset_there_is_nothing_and_after_it_the_same_noise(self):
        whole = noise({"x": [0.1]}, samples=3, duration=50 * ms, **KINDS)
        late = noise({"x": [0.1]}, samples=3, duration=50 * ms, onset=20 * ms, **KINDS)
        assert (late[:, :20] == 0).all()
        np.testing.assert_array_equal(late[:, 20:], whole[:, 20:])
        with pytest.raises(StimulusError, match="noise, onset"):
            noise({"x": [0.1]}, samples=3, duration=50 * ms, onset=50 * ms, **KINDS)


def test_images_become_conditions_and_pixels_channels():
    pictures = np.arange(12).reshape(2, 2, 3)
    made = images(pictures, duration=5 * ms)
    assert made.sizes == {"condition": 2, "time": 5, "channel": 6}
    assert (made.sel(channel="pixel_1_2", condition="image 1") == 11).all()
    np.testing.assert_array_equal(made.isel(time=3).values.reshape(pictures.shape), pictures)
    with pytest.raises(StimulusError, match="images"):
        images(pictures[0], duration=5 * ms)


@given(st.lists(st.integers(0, 99), max_size=20))
def test_spike_trains_keep_every_spike(ticks):
    # In a stimulus, the integral of rate * activation is the number of spikes.
    trains = {"x": [0.1 * k * ms for k in ticks], "y": []}
    made = spike_trains(trains, duration=10 * ms, rate=50 * Hz)
    counts = made.values[0] * 50 * 1e-3
    np.testing.assert_allclose(counts[:, 0], np.bincount(np.array(ticks, int) // 10, minlength=10))
    assert not counts[:, 1].any()


def test_pictures_have_names_and_coordinates_of_their_own():
    pictures = np.zeros((2, 1, 2))
    made = images(pictures, duration=2 * ms, names=("dark", "light"), coords={"label": [3, 4]})
    assert list(made.condition.values) == ["dark", "light"]
    assert made.label.values.tolist() == [3, 4]
    assert list(images(pictures, duration=2 * ms).condition.values) == ["image 0", "image 1"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: pulses({"x": [1]}, at=[60 * ms], width=5 * ms, duration=50 * ms),
        lambda: pulses({"x": [1]}, at=[10 * ms, 48 * ms], width=5 * ms, duration=50 * ms),
        lambda: pulses({"x": [1]}, at=[-3 * ms], width=5 * ms, duration=50 * ms),
        lambda: steps({"x": [1]}, onset=50 * ms, duration=50 * ms),
        lambda: steps({"x": [1]}, onset=20 * ms, offset=10 * ms, duration=50 * ms),
        lambda: steps({"x": [1]}, offset=51 * ms, duration=50 * ms),
        lambda: spike_trains({"x": [50 * ms]}, rate=100 * Hz, duration=50 * ms),
        lambda: spike_trains({"x": [1 * ms, -2 * ms]}, rate=100 * Hz, duration=50 * ms),
        lambda: delayed_probes(
            {"x": [1]}, {"y": [1]}, delays=[5 * ms], widths=(5 * ms, 5 * ms), onset=48 * ms,
            duration=50 * ms,
        ),
    ],
)  # fmt: skip
def test_an_event_outside_the_stimulus_is_told(build):
    message = "a start before the end, and both inside the stimulus of 50 ms, got .* Change the"
    with pytest.raises(StimulusError, match=message):
        build()


def test_events_may_touch_the_ends():
    made = pulses({"x": [1]}, at=[0 * ms, 45 * ms], width=5 * ms, duration=50 * ms)
    assert made.sum() == 10
    assert spike_trains({"x": [0 * ms, 49.9 * ms]}, rate=1000 * Hz, duration=50 * ms).sum() == 2
    assert steps({"x": [1]}, offset=50 * ms, duration=50 * ms).sum() == 50


def test_a_pulse_shorter_than_a_step_is_told():
    with pytest.raises(StimulusError, match=r"pulses, width: .* dt, 1 ms, got 0\.4 ms"):
        pulses({"x": [1]}, at=[10.5 * ms], width=0.4 * ms, duration=50 * ms)


def test_steps_of_channels_may_start_and_end_at_other_times():
    levels = {"cue": [1, 0.5], "clear": [0, 2]}
    made = steps(
        levels,
        onset={"cue": 5 * ms, "clear": 12 * ms},
        offset={"cue": [10, 8] * ms},
        duration=20 * ms,
    )
    one_by_one = [
        steps({"cue": [1.0]}, onset=5 * ms, offset=10 * ms, duration=20 * ms).values[0, :, 0],
        steps({"cue": [0.5]}, onset=5 * ms, offset=8 * ms, duration=20 * ms).values[0, :, 0],
    ]
    np.testing.assert_array_equal(made.sel(channel="cue"), one_by_one)
    clear = steps({"clear": [0, 2]}, onset=12 * ms, duration=20 * ms)
    np.testing.assert_array_equal(made.sel(channel="clear"), clear.sel(channel="clear"))
    np.testing.assert_array_equal(made["cue"], levels["cue"])


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({"onset": {"cu": 5 * ms}}, "Did you mean 'cue'"),
        ({"offset": {"cue": [5, 6, 7] * ms}}, "3 times"),
        ({"onset": {"cue": [5, 30] * ms}}, "30 to 20 ms"),
    ],
)
def test_times_of_steps_that_do_not_fit_are_refused(times, message):
    with pytest.raises(BioannError, match=message):
        steps({"cue": [1, 0.5]}, duration=20 * ms, **times)
