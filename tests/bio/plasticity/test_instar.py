"""The instar rule: where the strengths go, and how fast."""

import numpy as np
import pytest
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.base.errors import DescriptionError

ETA, RATE = 0.05, 80 * Hz


def learned_strengths(engine):
    """Strengths of fibres at three rates; a current makes the cells fire, the fibres hardly."""
    rule = ba.plasticity.InstarSTDP(ETA, rate=RATE)
    network = ba.SpikingNetwork(
        (ba.Population("E", 10, "glutamate"),),
        (
            ba.Afferent("x", "E", 1e-6 * nS, fibres=10, plasticity=rule, name="learns"),
            ba.CurrentAfferent("I", "E", 400 * pA),
        ),
    )
    stimulus = ba.steps({"x": [0.0, 0.4, 1.2], "I": [1, 1, 1]}, duration=1500 * ms)
    run = network.run(stimulus, trials=1, seed=2, engine=engine)
    strengths = run.weight_learns.isel(trial=0).values / (1e-6 * 1e-9)
    spikes = [int((run.spike_condition == c).sum()) / 10 for c in range(3)]
    return strengths, spikes


@pytest.mark.parametrize("engine", [pytest.param("numpy", marks=pytest.mark.slow), "auto"])
def test_strengths_follow_the_rates_of_the_fibres(engine):
    strengths, spikes = learned_strengths(engine)
    rates = np.array([0.0, 40.0, 120.0])  # of one fibre; its trace has the mean and variance below
    remains = (1 - ETA) ** np.array(spikes)  # of the initial strength, 1
    expected = rates / 80 + (1 - rates / 80) * remains
    # A trace has the variance rate tau / 2; a strength averages over the last spikes, of which
    # (2 - eta) / eta would be independent if they came far apart. Of 100 fibres, 5 standard errors.
    error = 5 * np.sqrt(rates * 0.02 / 2) / (80 * 0.02) / np.sqrt(100)
    steps = np.log(strengths[0]) / np.log(1 - ETA)  # one at each spike of a cell without input
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    assert steps.mean() == pytest.approx(spikes[0])
    assert (abs(strengths.mean(axis=1) - expected)[1:] <= error[1:]).all()


def test_a_learning_step_of_zero_or_above_one_is_an_error():
    for eta in (0.0, 1.5):
        with pytest.raises(DescriptionError, match="eta: wanted a number above 0 and at most 1"):
            ba.plasticity.InstarSTDP(eta)
