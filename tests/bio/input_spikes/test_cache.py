"""Networks that draw the same input spikes share them, and no run can tell."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, nS

import bioann as ba
from bioann.bio.input_spikes import cache
from bioann.bio.input_spikes.cache import shared_draws
from bioann.bio.input_spikes.draw import Lanes, draw_afferent_spikes, draw_background_spikes

AFFERENT = ba.Afferent("x", "a", 1 * nS, fibres=5, rate=80 * Hz)
LANES = Lanes(("lo", "hi"), 2, 1, 1e-4)
RATES = np.repeat([[20.0], [80.0]], 100, axis=1)


def drawn(afferent=AFFERENT, index=0, rates=RATES, n=4, lanes=LANES, dt=1e-3):
    return draw_afferent_spikes(afferent, index, rates, n, lanes, dt)


def other(thing, **changes):
    return dataclasses.replace(thing, **changes)


def test_what_does_not_enter_the_draw_does_not_part_it():
    with shared_draws():
        heavy = ba.Afferent("x", "a", 9 * nS, fibres=5, rate=80 * Hz, delay=2 * ms)
        assert drawn(heavy) is drawn()
    assert drawn() is not drawn()


@pytest.mark.parametrize(
    "change",
    [
        {"afferent": ba.Afferent("x", "a", 1 * nS, fibres=6, rate=80 * Hz)},
        {"afferent": ba.Afferent("y", "a", 1 * nS, fibres=5, rate=80 * Hz)},
        {"afferent": ba.Afferent("x", "b", 1 * nS, fibres=5, rate=80 * Hz)},
        {"afferent": ba.Afferent("x", "a", 1 * nS, fibres=5, rate=80 * Hz, kind="regular")},
        {"index": 1},
        {"rates": RATES[::-1].copy()},
        {"rates": RATES.reshape(2, 50, 2)[:, :, 0]},
        {"n": 5},
        {"dt": 5e-4},
        {"lanes": other(LANES, seed=2)},
        {"lanes": other(LANES, conditions=("lo", "other"))},
        {"lanes": other(LANES, first_trial=2)},
        {"lanes": other(LANES, dt=5e-5, grid=1e-4)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_all_that_enters_the_draw_of_an_afferent_parts_it(change):
    alone = drawn(**change)
    with shared_draws():
        first, changed = drawn(), drawn(**change)
        assert changed is not first
        for mine, its in ((changed.neurons, alone.neurons), (changed.counts, alone.counts)):
            np.testing.assert_array_equal(mine, its)


def test_all_that_enters_the_draw_of_a_background_parts_it():
    def draw(name="a", n=3, index=0, g=6.0, duration=0.1, seed=1):
        background = ba.Background(g * nS, quantum=2 * nS)
        population = ba.Population(name, n, "glutamate", background=background)
        lanes = other(LANES, seed=seed)
        return draw_background_spikes(population, index, background, duration, lanes)

    with shared_draws():
        first = draw()
        assert draw() is first
        for change in ({"name": "b"}, {"n": 4}, {"index": 1}, {"g": 7}, {"duration": 0.2},
                       {"seed": 2}):  # fmt: skip
            assert draw(**change) is not first, change


def test_as_much_is_kept_as_there_is_room_for(monkeypatch):
    monkeypatch.setattr(cache, "MAX_CACHED_SPIKES", len(drawn().neurons))
    with shared_draws():
        first = drawn()
        assert drawn(index=1) is not drawn(index=1)
        assert drawn() is first
    with shared_draws():
        assert drawn() is not first


def test_nobody_can_write_into_what_others_get():
    with shared_draws():
        for array in (drawn().neurons, drawn().counts, drawn().source_indices):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


@pytest.mark.parametrize("engine", [pytest.param("numpy", marks=pytest.mark.slow), "auto"])
def test_a_control_in_a_pair_is_what_it_is_alone(engine):
    def circuit(weight):
        background = ba.Background(4 * nS, quantum=1 * nS)
        return ba.SpikingNetwork(
            (ba.Population("a", 3, "glutamate", background=background),),
            (ba.Afferent("x", "a", weight * nS, fibres=5),),
        )

    pair = ba.Pair(
        "shared",
        circuit(1.0),
        ba.RateNetwork(("a",), channels=("x",), W_in=[[1.0]]),
        ba.Correspondence((ba.Match("a", "a"),)),
        stimulus=ba.steps({"x": (0.2, 1.0)}, duration=300 * ms),
        controls={"strong": circuit(2.0)},
    )
    run = pair.run(trials=2, seed=3, engine=engine)
    alone = circuit(2.0).run(pair.stimulus, trials=2, seed=3, engine=engine)
    together = run["strong"].to_dataset()
    assert alone.spike_time.size
    xr.testing.assert_equal(together[list(alone.data_vars)], alone)
