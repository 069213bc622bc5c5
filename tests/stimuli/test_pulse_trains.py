"""Pulses at listed times: onset, width, height, and what a condition lacks."""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import StimulusError, UnknownNameError


def test_pulses_begin_at_their_times_and_last_their_widths():
    stimulus = ba.stimuli.pulse_trains(
        {"use": [[2, 7] * ms, [] * ms], "pain": [[4] * ms]},
        duration=10 * ms,
        dt=0.5 * ms,
        widths={"pain": 3 * ms},
        heights={"use": 20.0, "pain": -1.0},
        coords={"rate": [200.0, 0.0]},
    )
    use, pain = (stimulus.sel(channel=name).values for name in ("use", "pain"))
    assert stimulus.rate.values.tolist() == [200.0, 0.0]
    np.testing.assert_array_equal(np.flatnonzero(use[0]), [4, 14])
    assert use.max() == 20
    assert not use[1].any()
    np.testing.assert_array_equal(np.flatnonzero(pain[0]), range(8, 14))
    np.testing.assert_array_equal(pain[0], pain[1])


def test_the_area_of_a_train_is_pulses_times_width_times_height():
    times = [np.array([1.0, 2.0, 2.5]) * ms]  # the last two overlap and add up
    options = {"duration": 5 * ms, "dt": 0.25 * ms, "widths": {"x": 1 * ms}}
    stimulus = ba.stimuli.pulse_trains({"x": times}, **options, heights={"x": 2.0})
    assert float(stimulus.sum()) * 0.25 == pytest.approx(3 * 1 * 2)
    assert float(stimulus.max()) == 4


@pytest.mark.parametrize("onset", [0.5, 1.5, 2.5, 9.0])
def test_a_pulse_between_two_steps_keeps_its_width(onset):
    stimulus = ba.stimuli.pulse_trains({"x": [[onset] * ms]}, duration=10 * ms)
    assert float(stimulus.sum()) == 1
    assert abs(stimulus.argmax("time").item() - onset) <= 0.5


def test_a_pulse_that_ends_with_the_stimulus_keeps_its_width():
    """5.5 ms at the onset and 5.5 ms of width are both rounded to 6 steps, of 11."""
    times, widths = {"x": [[5.5] * ms]}, {"x": 5.5 * ms}
    stimulus = ba.stimuli.pulse_trains(times, duration=11 * ms, widths=widths)
    np.testing.assert_array_equal(np.flatnonzero(stimulus), range(5, 11))


def test_a_width_has_to_be_that_of_a_channel_and_at_least_a_step():
    for options in ({"widths": {"y": 3 * ms}}, {"heights": {"y": 2.0}}):
        with pytest.raises(UnknownNameError, match=r"pulse_trains.*channel.*got 'y'"):
            ba.stimuli.pulse_trains({"x": [[1] * ms]}, duration=10 * ms, **options)
    message = "pulse on 'x', width: wanted at least one time step, 1 ms, got 0.2 ms. Lengthen"
    with pytest.raises(StimulusError, match=message):
        ba.stimuli.pulse_trains({"x": [[1] * ms]}, duration=10 * ms, widths={"x": 0.2 * ms})


@pytest.mark.parametrize(
    ("trains", "message"),
    [
        ({"x": [[10] * ms]}, r"pulse_trains, pulse on 'x': wanted a start before the end, and"),
        ({"x": [[-1] * ms]}, r"inside the stimulus of 10 ms, got -1 to 0 ms"),
        ({"x": [[1] * ms] * 2, "y": [[1] * ms] * 3},
         r"as many conditions for each channel, or one that holds for all, got .*'y': 3"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error(trains, message):
    with pytest.raises(StimulusError, match=message):
        ba.stimuli.pulse_trains(trains, duration=10 * ms)
