"""Two units that inhibit each other: how long a decision without noise takes.

While both are active, their difference obeys tau d' = (a + b - 1) d + delta with self weight a,
cross weight -b and difference of the inputs delta. It grows exponentially for a + b > 1, adds up
for a + b = 1 and settles for a + b < 1.
"""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba

TAU, BOUND, LEVEL = 15.0, 0.25, 0.25
DECISION = ba.metrics.DecisionTime("left", "right", BOUND, window=0.0)


def decide(a, b, contrast, duration=1500):
    """Return the decision time in ms, and the last difference."""
    ann = ba.RateNetwork(units=("left", "right"), W=[[a, -b], [-b, a]], tau=TAU * ms)
    inputs = {"left": [LEVEL * (1 + contrast)], "right": [LEVEL * (1 - contrast)]}
    stimulus = ba.steps(inputs, duration=duration * ms)
    run = ann.run(stimulus, trials=1, seed=1, bin_width=1 * ms, dt=0.05 * ms)
    rates = run.activation.rename(unit="match")[0, 0]
    return float(DECISION.find_times(rates)), float(rates[-1, 0] - rates[-1, 1])


@pytest.mark.parametrize("contrast", [0.02, 0.1, 0.3])
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.7), (0.5, 0.5), (0.6, 0.7)])
def test_the_time_is_that_of_the_linear_difference(a, b, contrast):
    growth, delta = a + b - 1, 2 * LEVEL * contrast
    if abs(growth) < 1e-12:
        expected = TAU * BOUND / delta
    else:
        expected = TAU / growth * np.log1p(growth * BOUND / delta)
    time, _ = decide(a, b, contrast)
    # Bins of 1 ms, and at most dt / 2 tau of the time for the integrator.
    assert time == pytest.approx(expected, abs=1.0 + 0.01 * expected)
    assert decide(a, b, -contrast)[0] == pytest.approx(time, abs=1e-6)


def test_units_that_forget_settle_below_the_bound():
    a, b, contrast = 0.3, 0.4, 0.1
    time, difference = decide(a, b, contrast)
    assert difference == pytest.approx(2 * LEVEL * contrast / (1 - a - b), rel=1e-3)
    assert time == pytest.approx(1500, abs=1.0)  # no decision until the end


def test_the_units_of_the_pair_amplify_a_difference():
    (a, b), _ = np.abs(ba.load("decision").ann.W)
    assert a + b > 1 > a
