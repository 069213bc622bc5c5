"""Pulses at listed times: onset, width, height, and what a condition lacks."""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import StimulusError


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
