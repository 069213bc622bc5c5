"""Gates that multiply and gates that subtract: closed forms of what passes them, and how long."""

import numpy as np
import pytest
from brian2 import ms, nS, pA

import bioann as ba
from bioann.models import gating


def logit(p):
    return np.log(p / (1 - p))


@pytest.mark.parametrize("bias", [0.0, 1.0, 3.0, 5.0])
def test_a_memory_cell_decays_with_its_forget_gate(bias):
    """tau = -1 / ln sigma(b) steps: 1.44, 3.19, 20.6 and 149."""
    layer, cell, n = ba.layers.LSTM.of_size(1, 1), np.ones(1), 10
    for _ in range(n):
        cell, output = layer.next_state(cell, -1000.0, bias, 0.0, 0.0)
    tau = n / -np.log(cell[0])
    assert tau == pytest.approx({0: 1.44, 1: 3.19, 3: 20.6, 5: 149}[bias], rel=0.003)
    assert output[0] == pytest.approx(0.5 * np.tanh(cell[0]))


def test_a_closed_input_gate_of_an_lstm_passes_the_same_share_of_any_signal():
    layer = ba.layers.LSTM.of_size(1, 1)
    for candidate in (0.1, 1.0, 3.0):
        cell, _ = layer.next_state(np.zeros(1), -5.0, 0.0, candidate, 0.0)
        assert cell[0] / np.tanh(candidate) == pytest.approx(0.0067, rel=0.01)


def test_a_mismatch_of_subtractive_gates_adds_up():
    """c = (z - i) / (1 - f): 5 % of z = 0.5 are half of a unit after many steps of f = 0.95."""
    layer, cell = ba.layers.SubLSTM.of_size(1, 1), np.zeros(1)
    for _ in range(500):
        cell, _ = layer.next_state(cell, logit(0.475), logit(0.95), logit(0.5), 0.0)
    assert cell[0] == pytest.approx(0.025 / 0.05, rel=1e-6)
    for _ in range(500):  # closed exactly: nothing is left
        cell, _ = layer.next_state(cell, logit(0.5), logit(0.95), logit(0.5), 0.0)
    assert cell[0] == pytest.approx(0, abs=1e-6)


def test_the_leaks_of_the_pair_are_the_closed_forms():
    assert gating.LSTM_LEAK.of().metric.function() == pytest.approx(1 / (1 + np.exp(5)))
    # The gate subtracts half of the signal; twice that signal is the whole of it.
    assert gating.SUBLSTM_LEAK.of().metric.function() == pytest.approx(0.5, rel=1e-6)


def test_the_unit_that_subtracts_leaks_beyond_its_threshold_and_the_other_never():
    ann = ba.load("gating").ann
    units = list(ann.units)
    k = units.index("subtractive")
    gain, weight, bias = ann.W_in[k, 0], ann.W[k, 0], ann.bias[k]
    start = -(bias + weight) / gain
    levels = {"x": start + np.array([-0.01, 0.01, 10.0]), "close": 1.0}
    stimulus = ba.steps(
        ba.stimuli.join_levels({**levels, "open": 0.0, "probe": 0.0}), duration=50 * ms
    )
    response = ann.run(stimulus, trials=1, seed=1).activation[:, 0, -1]
    leak = response.sel(unit="subtractive").values
    assert leak[0] == 0 < leak[1]
    assert (response.sel(unit="multiplicative") == 0).all()


def test_a_probe_is_divided_by_the_conductance_that_inhibition_opens():
    conductance = 15.0
    network = ba.SpikingNetwork(
        (ba.Population("free", 1, "glutamate"), ba.Population("inhibited", 1, "glutamate")),
        tuple(ba.CurrentAfferent("probe", name, 60 * pA) for name in ("free", "inhibited")),
        injections=(ba.Injection("inhibited", conductance=conductance * nS),),
    )
    stimulus = ba.steps({"probe": [0.0, 1.0]}, duration=400 * ms)
    potential = ba.Potential(network).run(stimulus, trials=1, seed=1, engine="numpy").activation
    effect = (potential[1] - potential[0])[0, -1]
    ratio = effect.sel(unit="inhibited") / effect.sel(unit="free")
    assert float(effect.sel(unit="free")) * 15 == pytest.approx(6.0, rel=1e-4)  # mV: 60 pA / 10 nS
    assert float(ratio) == pytest.approx(10 / (10 + conductance), rel=1e-4)
