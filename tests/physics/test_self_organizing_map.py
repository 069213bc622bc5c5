"""Signs and order of self-organising maps: what the algorithm cannot do, what the pair measures."""

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms
from hypothesis import given, settings, strategies as st

import bioann as ba
from bioann.models import self_organizing_map as pair_file


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.01, 1), st.floats(0.1, 5))
def test_weights_of_a_map_never_leave_the_range_of_the_data(seed, rate, radius):
    """A step with eta h <= 1 goes to a point between weight and input."""
    x = np.random.default_rng(seed).normal(size=(30, 3))
    sheet = ba.layers.SelfOrganisingMap.of_size(3, 2, 4)
    options = {"epochs": 2, "rate": (rate, rate), "radius": (radius, radius)}
    W = ba.training.train_som(sheet, x, seed=1, **options).W.reshape(-1, 3)
    low, high = x.min(axis=0), x.max(axis=0)
    assert ((low - 1e-12 <= W) & (high + 1e-12 >= W)).all()


def compute_share(measure, responses):
    """What a measure of the pair is in the single trial of some responses."""
    return float(measure.metric.prepare(responses).item())


def responses_to_tests(winners):
    """Responses over time whose largest is at a given place in each test."""
    n = pair_file.N_TRAINING + pair_file.N_TESTS
    values = np.zeros((1, 1, n, pair_file.N_PLACES))
    values[0, 0, range(pair_file.N_TRAINING, n), winners] = 1.0
    dims = ("condition", "trial", "time", "match")
    return xr.DataArray(values, dims=dims, coords={"time": 0.1 * np.arange(n) + 0.05})


@pytest.mark.parametrize("direction", [1, -1])
def test_an_ordered_map_has_no_jumps_wherever_and_in_whichever_direction_it_starts(direction):
    places = (5 + direction * (np.arange(pair_file.N_TESTS) // 2)) % pair_file.N_PLACES
    ordered = responses_to_tests(places)
    assert compute_share(pair_file.JUMPS, ordered) == 0
    assert compute_share(pair_file.WINNERS, ordered) == 1


def test_a_bump_that_does_not_move_is_no_map_and_a_random_one_jumps():
    still = responses_to_tests(np.zeros(pair_file.N_TESTS, int))
    assert compute_share(pair_file.JUMPS, still) == 0
    assert compute_share(pair_file.WINNERS, still) == 1 / pair_file.N_PLACES
    rng = np.random.default_rng(3)
    jumps = [
        compute_share(pair_file.JUMPS, responses_to_tests(rng.integers(0, 12, 24)))
        for _ in range(200)
    ]
    # Of 12 places 3 are the same or neighbours; neighbouring steps share a winner, which at most
    # doubles the variance of 200 * 24 draws: 5 standard errors are 0.045.
    assert np.mean(jumps) == pytest.approx(0.75, abs=0.045)


def test_without_lateral_weights_all_units_learn_the_same():
    """Oja's rule finds the same leading component whatever the initial weights: no map."""
    learner = pair_file.build_rate_model()
    network = ba.RateNetwork(
        learner.units, W_in=learner.network.W_in, channels=learner.network.channels, tau=50 * ms
    )
    rule = ba.learning.Oja(network.units, channels=network.channels, rate=20 * Hz)
    values = np.repeat(pair_file.make_patterns(), 10, axis=0)[None]
    stimulus = ba.stimuli.make_stimulus(values, channels=network.channels, dt=10 * ms)
    run = ba.learning.PlasticRateNetwork(network, (rule,)).run(stimulus, trials=1, seed=0)
    responses = run.activation.coarsen(time=10).mean().rename(unit="match")
    assert compute_share(pair_file.WINNERS, responses) <= 3 / pair_file.N_PLACES
