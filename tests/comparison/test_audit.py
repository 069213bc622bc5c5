"""The audit: how far the scores move when the time step is halved and the input stays."""

import numpy as np
import pytest
from brian2 import ms, nS, second

import bioann as ba
from bioann.base.errors import SimulationError
from bioann.stimuli.waveforms import steps

pytestmark = pytest.mark.slow

BIO = ba.SpikingNetwork(
    (ba.Population("a", 20, "glutamate"),), (ba.Afferent("x", "a", 3 * nS, fibres=20),)
)
ANN = ba.RateNetwork(units=("a",), W=[[0.0]], W_in=[[1.0]], channels=("x",))
SAME = ba.Correspondence((ba.Match("a", "a"),))
STIMULUS = steps({"x": [0.3, 0.6, 1.0]}, duration=0.4 * second)
PAIR = ba.Pair("small", BIO, ANN, SAME, stimulus=STIMULUS)


@pytest.fixture(scope="module")
def audited():
    return ba.compare(PAIR.run(trials=2, seed=1, audit=True))


def test_the_rerun_has_the_same_input_and_half_the_step():
    coarse = BIO.run(STIMULUS, trials=1, seed=2)
    fine = BIO.rerun_at_half_step(STIMULUS, trials=1, seed=2)
    assert fine.attrs["dt"] == coarse.attrs["dt"] / 2 == 5e-5
    one, other = coarse.sizes["spike"], fine.sizes["spike"]
    assert abs(one - other) <= 0.01 * one

    def count_spikes(recording):
        index = recording.spike_condition.values * 20 + recording.spike_neuron.values
        return np.bincount(index, minlength=60)

    # Each neuron hears the same fibres: its count moves by far less than with other fibres.
    apart = np.abs(count_spikes(coarse) - count_spikes(fine)).mean()
    assert (
        apart
        < 0.3
        * np.abs(count_spikes(coarse) - count_spikes(BIO.run(STIMULUS, trials=1, seed=3))).mean()
    )


def test_every_score_says_how_far_it_moves(audited):
    table = audited.audit
    assert list(table.metric) == list(audited.scores.metric)
    rmse_row = table.set_index("metric").loc["RMSE"]
    assert rmse_row.move == pytest.approx(rmse_row.halved - rmse_row.value)
    assert abs(rmse_row.move) < 0.02
    assert rmse_row.value == audited.scores.set_index("metric").value["RMSE"]


def test_audit_alone_and_inside_a_run_agree(audited):
    table = ba.audit(PAIR, trials=2, seed=1)
    np.testing.assert_array_equal(table.move, audited.audit.move)


def test_without_an_audit_nothing_is_said(audited, tmp_path):
    plain = ba.compare(PAIR.run(trials=1, seed=1))
    assert plain.audit is None
    for comparison, told in ((plain, False), (audited, True)):
        ba.report(comparison, tmp_path / "x.html", effective_weights=False)
        text = (tmp_path / "x.html").read_text(encoding="utf-8")
        assert ("at half its time step with the same input" in text) is told


def test_a_half_without_a_step_cannot_be_audited():
    half = ba.FunctionModel(lambda s, rng: s.values[:, :, :1], ("a",), ("x",))
    pair = ba.Pair("f", half, ANN, SAME, stimulus=STIMULUS)
    with pytest.raises(SimulationError, match="rerun with half its time step, got function"):
        pair.run(trials=1, seed=1, audit=True)


def test_a_grid_that_is_no_whole_number_of_steps_is_refused():
    with pytest.raises(SimulationError, match=r"a whole number of steps of 0.1 ms, got 0.15 ms"):
        BIO.run(STIMULUS, trials=1, seed=1, dt=0.1 * ms, grid=0.15 * ms)
