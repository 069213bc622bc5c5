"""Numbers for the plots are those of the run."""

import json

import numpy as np
import pytest
from brian2 import ms, mV, nS

import bioann as ba
from bioann.correspondence import read_responses
from bioann.explorer.connections import describe_connections
from bioann.explorer.experiment import make_experiment
from bioann.explorer.messages import decode_message, encode_message
from bioann.explorer.responses import encode_responses, list_axes, round_numbers


@pytest.fixture(scope="module")
def experiment(tiny_pair):
    return make_experiment(tiny_pair, {"trials": "3"}, 2)


@pytest.fixture(scope="module")
def run(experiment):
    return experiment.pair.run(trials=3, seed=1, engine="numpy", controls=False)


def test_curves_are_means_in_the_steady_window(experiment, run):
    answer = encode_responses(experiment, run, None, "")
    responses = read_responses(run["bio"].to_dataset(), experiment.pair.correspondence, "bio")
    steady = responses.sel(time=slice(*experiment.pair.window())).mean("time").isel(match=0)
    curve = answer["curves"]["matches"][0]
    np.testing.assert_allclose(curve["bio"], steady.mean("trial"), rtol=1e-4)
    np.testing.assert_allclose(curve["low"], steady.min("trial"), rtol=1e-4)
    np.testing.assert_allclose(curve["high"], steady.max("trial"), rtol=1e-4)
    np.testing.assert_allclose(curve["ann"], [0.2, 0.7], atol=1e-3)  # relu(x + 0.2), settled
    assert answer["curves"]["x"] == [0.0, 0.5]
    assert decode_message(encode_message(answer)) == json.loads(json.dumps(answer))


def test_the_raster_holds_the_spikes_of_one_condition_and_trial(experiment, run):
    bio = run["bio"]
    for condition in (0, 1, 99):
        raster = encode_responses(experiment, run, condition, "")["raster"]
        index = min(condition, 1)
        count = ((bio["spike_condition"] == index) & (bio["spike_trial"] == 0)).sum()
        assert len(raster["row"]) == len(raster["time_ms"]) == int(count) > 0
        assert set(raster["row"]) <= set(range(3))


def test_conditions_on_a_grid_give_the_curve_through_the_chosen_one(tiny_pair):
    stimulus = ba.steps(ba.stimuli.cross_levels({"in": [0, 1], "other": [0, 0.5, 1]}),
                        duration=200 * ms)  # fmt: skip
    assert {k: len(v) for k, v in list_axes(stimulus).items()} == {"in": 6, "other": 6}
    experiment = make_experiment(
        ba.Pair("grid", tiny_pair.bio, tiny_pair.ann, tiny_pair.correspondence, stimulus=stimulus,
                settle=100 * ms), {}, 1)  # fmt: skip
    run = experiment.pair.run(trials=1, seed=1, engine="numpy", controls=False)
    curves = encode_responses(experiment, run, 5, "in")["curves"]
    assert (curves["label"], curves["x"]) == ("in", [0.0, 1.0])
    np.testing.assert_allclose(curves["matches"][0]["ann"], [0.2, 1.2], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("reversal", "sign"), [(-80, -1), (-70, -1), (-20, 1)])
def test_theory_gives_the_sign_of_the_driving_force(tiny_pair, reversal, sign):
    receptor = ba.receptors.GABA_A(reversal=reversal * mV)
    network = ba.SpikingNetwork(
        (ba.Population("out", 3, "glutamate", background=8 * nS),),
        (ba.Afferent("in", "out", 2 * nS, "GABA", receptor, fibres=5),),
    )
    pair = ba.Pair("signs", network, tiny_pair.ann, tiny_pair.correspondence,
                   stimulus=tiny_pair.stimulus, settle=100 * ms)  # fmt: skip
    experiment = make_experiment(pair, {}, 1)
    run = pair.run(trials=1, seed=1, engine="numpy", controls=False)
    (row,) = describe_connections(experiment, run, 1)["bio"]
    assert np.sign(row["effective"]) == np.sign(row["drive_mV"]) == sign
    # w = n g tau (E - V) / (C (V_th - V_r)), times 100 Hz for activation 1
    charge = 2e-9 * receptor.tau * row["drive_mV"] * 1e-3
    assert row["effective"] == pytest.approx(5 * 100 * charge / (200e-12 * 10e-3), rel=1e-3)


def test_what_is_not_finite_becomes_null():
    assert round_numbers([1.234567, np.nan, np.inf]) == [1.2346, None, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_message({"x": float("nan")})
