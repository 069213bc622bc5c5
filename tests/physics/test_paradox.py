"""Exciting inhibitory cells: what it does to their rate has the sign of 1 - w_EE f'_E.

At a fixed point a small push p of the units changes their rates by (1 - f' W)^-1 f' p. If I alone
is pushed, I changes by (1 - w_EE f'_E) f'_I p over the determinant, which is above zero where the
fixed point is stable (Tsodyks et al. 1997).
"""

import numpy as np
import pytest
from brian2 import ms

import bioann as ba

PUSH = 1e-3


def effect(ann, drive):
    """Change of the rates per push of I, at the fixed point of a drive."""
    levels = {"drive": [drive, drive], "push": [0.0, PUSH]}
    run = ann.run(ba.steps(levels, duration=2000 * ms, dt=5 * ms), trials=1, seed=1)
    rates = run.activation.isel(time=-1, trial=0)
    return ((rates[1] - rates[0]) / PUSH).values


@pytest.mark.parametrize("within", [0.0, 0.5, 0.95, 1.05, 1.44, 2.0])
def test_linear_units_answer_by_the_inverse(within):
    w = np.array([[within, -2.0], [1.05, -0.5]])
    ann = ba.RateNetwork(
        units=("E", "I"), channels=("drive", "push"), W=w, W_in=np.eye(2), tau=10 * ms
    )
    actual = effect(ann, drive=0.5)
    np.testing.assert_allclose(actual, np.linalg.solve(np.eye(2) - w, [0, 1]), rtol=1e-6)
    assert np.sign(actual[1]) == np.sign(1 - within)
    assert actual[0] < 0


def test_the_units_of_the_pair_turn_where_excitation_would_run_away():
    ann = ba.load("inhibition_stabilized").ann
    w, w_in, width = np.asarray(ann.W), np.asarray(ann.W_in), 0.1  # of the softplus

    def softplus(x):
        return width * np.log1p(np.exp(x / width))

    x_e = width * np.log(1 / (w[0, 0] - 1))  # there the slope of the softplus is 1 / w_EE
    r_e, r_i = softplus(x_e), 0.0
    for _ in range(200):
        r_i += 0.5 * (softplus(w[1, 0] * r_e + w[1, 1] * r_i) - r_i)
    turn = (x_e - w[0, 0] * r_e - w[0, 1] * r_i) / w_in[0, 0]
    assert effect(ann, turn - 0.01)[1] > 0 > effect(ann, turn + 0.01)[1]
