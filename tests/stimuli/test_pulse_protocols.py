import numpy as np
import pytest
from brian2 import ms

from bioann.base.errors import StimulusError
from bioann.stimuli.pulse_protocols import delayed_probes, jittered_volleys, paired_pulses


def draw(seed=1, **options):
    times = {"jitters": [0, 2, 10] * ms, "period": 50 * ms, "duration": 200 * ms}
    return jittered_volleys(tuple("abc"), samples=40, seed=seed, **(times | options))


def test_jitter_moves_pulses_and_loses_none():
    volleys = draw()
    np.testing.assert_array_equal(volleys.sum("time"), 4)
    aligned = volleys.isel(condition=volleys.jitter.values == 0)
    assert set(np.flatnonzero(aligned.isel(condition=0, channel=0))) == {25, 75, 125, 175}
    assert (aligned == aligned.isel(condition=0, channel=0)).all()
    assert list(volleys.condition.values[[0, 40, 119]]) == [
        "jitter=0, sample=0",
        "jitter=2, sample=0",
        "jitter=10, sample=39",
    ]


def test_the_shifts_of_pulses_have_the_jitter_as_standard_deviation():
    volleys = draw(period=100 * ms)
    moved = volleys.isel(condition=volleys.jitter.values == 10)
    shifts = np.argwhere(moved.values)[:, 1] % 100 - 50
    assert len(shifts) == pytest.approx(40 * 3 * 2, abs=5)  # less those that fall together
    assert np.std(shifts) == pytest.approx(10, rel=0.15)
    assert np.mean(shifts) == pytest.approx(0, abs=2)


def test_the_seed_decides_and_a_finer_step_keeps_the_times():
    coarse, fine = draw(), draw(dt=0.5 * ms)
    assert coarse.equals(draw())
    assert not coarse.equals(draw(seed=2))
    starts = [
        np.argwhere(s.isel(condition=50).values)[:, 0] * s.attrs["dt"] for s in (coarse, fine)
    ]
    np.testing.assert_allclose(*starts, atol=1.01e-3)


def build(**options):
    times = {"delays": [0, 20] * ms, "widths": (30 * ms, 5 * ms), "onset": 60 * ms}
    return delayed_probes(
        {"hold": (0.5, 1.0)}, {"probe": (0.2, 0.4)}, duration=80 * ms, **(times | options)
    )


@pytest.mark.parametrize("dt", [1, 0.5, 0.1])
def test_a_probe_starts_its_delay_after_the_end_of_the_step(dt):
    probes = build(dt=dt * ms)
    for stimulus in probes:
        depth, delay, strength = (float(stimulus[k]) for k in ("depth", "delay", "strength"))
        held, probed = (stimulus.sel(channel=c).values for c in ("hold", "probe"))
        on = np.flatnonzero(probed) * dt
        np.testing.assert_allclose(on[[0, -1]], (60, 65 - dt))
        assert probed.max() == strength
        assert held.max() == depth
        if depth:
            on = np.flatnonzero(held) * dt
            np.testing.assert_allclose(on[[0, -1]], (30 - delay, 60 - delay - dt))
    assert probes.sizes["condition"] == (1 + 2 * 2) * 2
    assert (probes.depth == 0).sum() == 2


def test_there_is_time_for_the_step_before_the_probe():
    with pytest.raises(StimulusError, match=r"delayed_probes, onset: wanted 50 ms or more"):
        build(onset=49 * ms)
    build(onset=50 * ms)


def test_the_second_of_paired_pulses_comes_the_lag_after_the_first():
    made = paired_pulses(("e", "i"), lags=[-30, 0, 5] * ms, period=100 * ms, duration=300 * ms)
    np.testing.assert_array_equal(made.lag, [-30, 0, 5])
    for condition, lag in enumerate((-30, 0, 5)):
        first, second = (np.flatnonzero(made[condition].sel(channel=c)) for c in "ei")
        np.testing.assert_array_equal(first, [50, 150, 250])
        np.testing.assert_array_equal(second - first, lag)


def test_a_lag_beyond_the_period_is_refused():
    with pytest.raises(StimulusError, match="lags from -60 to 10 ms"):
        paired_pulses(("e", "i"), lags=[-60, 10] * ms, period=100 * ms, duration=300 * ms)
