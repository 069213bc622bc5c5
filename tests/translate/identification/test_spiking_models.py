"""Spiking networks that are identified, with and without a description, and recorded data."""

import brian2 as b2
import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, ms, mV, nS, pA, pF

import bioann as ba
from bioann.base.errors import DescriptionError

Options = ba.translate.IdentificationOptions
SCALE = 100 * Hz
#: 150 ms are averaged, in which a regular train has one spike more or less.
FEW = Options(stimuli=8, held_out=4, trials=1, settle=50 * ms, window=150 * ms)
ONE_SPIKE = 1 / 0.150 / 100


def build_cell(inputs, rng):
    """The default LIF cell under a current of 500 pA times the channel."""
    cell = b2.NeuronGroup(
        1,
        "dv/dt = (10*nS*(-65*mV - v) + 500*drive(t)*pA)/(200*pF) : volt (unless refractory)",
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=2 * ms,
        method="exact",
        namespace={"drive": inputs["x"], "pA": pA, "nS": nS, "mV": mV, "ms": ms, "pF": pF},
        name="cell",
    )
    cell.v = -65 * mV
    return b2.Network(cell)


def predict(translation, stimulus):
    run = translation.network.run(stimulus, trials=1, seed=0)["activation"]
    return run.isel(trial=0, time=-1, unit=0).values


@pytest.mark.slow
def test_a_described_cell_and_the_same_in_brian2_have_the_same_rate_network():
    described = ba.SpikingNetwork(
        (ba.Population("cell", 1, "glutamate"),), (ba.CurrentAfferent("x", "cell", 500 * pA),)
    )
    written = ba.BrianNetwork(build_cell, {"cell": 1}, ("x",))
    first, second = (
        ba.to_ann(model, method="identification", scale=SCALE, identification=FEW, engine="numpy")
        for model in (described, written)
    )
    stimulus = ba.steps({"x": np.linspace(0, 1, 9).tolist()}, duration=20 * ms)
    bounds = first.validity[0].bound + second.validity[0].bound
    difference = np.abs(predict(first, stimulus) - predict(second, stimulus)).max()
    assert difference <= max(bounds, ONE_SPIKE)
    assert [f.kind for f in first.flags] == [f.kind for f in second.flags] == ["no interval"]
    slopes = [t.network.W_in[0, 0] for t in (first, second)]
    assert slopes[0] == pytest.approx(slopes[1], rel=0.1)


@pytest.mark.parametrize("method", ["theory", pytest.param("measured", marks=pytest.mark.slow)])
def test_the_identified_and_the_described_rate_network_agree_within_both_bounds(method):
    network = ba.SpikingNetwork(
        (ba.Population("cell", 20, "glutamate"),),
        (
            ba.Afferent("e", "cell", 3 * nS, fibres=80, rate=40 * Hz),
            ba.Afferent("i", "cell", 6 * nS, fibres=20, rate=40 * Hz, transmitter="GABA"),
        ),
    )
    options = Options(stimuli=16, held_out=6, trials=2, settle=50 * ms, window=200 * ms)
    identified = ba.to_ann(network, method="identification", identification=options, engine="numpy")
    described = ba.to_ann(network, method=method)
    rng = np.random.default_rng(3)
    levels = {name: rng.uniform(0, 1, 40).tolist() for name in ("e", "i")}
    stimulus = ba.steps(levels, duration=200 * ms)
    difference = np.abs(predict(identified, stimulus) - predict(described, stimulus))
    bounds = [t.validity[0].bound for t in (identified, described)]
    assert difference.max() <= sum(bounds)
    signs = np.sign(identified.network.W_in[0])
    assert signs.tolist() == np.sign(described.network.W_in[0]).tolist() == [1, -1]


LEVELS = [(x, y) for x in (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) for y in (0.0, 0.5)]
NAMES = [f"contrast {x:g}, mask {y:g}" for x, y in LEVELS]
TABLE = pd.DataFrame(LEVELS, index=NAMES, columns=["contrast", "mask"])


def record_spikes(seed, *, trials=20):
    """Poisson spikes of max(5 + 60 contrast - 40 mask, 0) Hz in trials of 500 ms."""
    rng = np.random.default_rng(seed)
    rows = [
        (name, trial, "V1", time)
        for name, (x, y) in zip(NAMES, LEVELS, strict=True)
        for trial in range(trials)
        for time in rng.uniform(0, 0.5, rng.poisson(0.5 * max(5 + 60 * x - 40 * y, 0)))
    ]
    spikes = pd.DataFrame(rows, columns=["condition", "trial", "unit", "time"])
    return ba.from_recording(spikes, conditions=TABLE, trials=trials, duration=500 * ms)


def test_a_rate_network_is_fitted_to_recorded_conditions():
    translation = ba.to_ann(record_spikes(1), method="measured")
    for name, truth in (("contrast", 0.6), ("mask", -0.4)):
        limits = [
            translation.decided_number(f"{limit} limit of the weight", f"stimulus {name} -> V1")
            for limit in ("lower", "upper")
        ]
        # Unless the family is the true one, the slope at half range is that of another curve.
        assert limits[0] - 0.05 < truth < limits[1] + 0.05
    assert [flag.kind for flag in translation.flags] == ["recorded"]
    assert translation.network.tau == (None,)


def test_the_fitted_network_is_judged_like_any_other():
    recorded = record_spikes(2)
    pair = ba.Pair(
        "recorded", recorded, *ba.to_ann(recorded, method="measured"),
        stimulus=recorded.make_stimulus(), bin_width=50 * ms,
    )  # fmt: skip
    scores = ba.compare(pair.run(trials=10, seed=1)).scores.set_index("metric")
    assert scores.value["correlation over conditions"] > 0.95
    assert np.isfinite(scores.ceiling["RMSE"])


def test_spikes_and_rates_of_a_recording_have_the_same_means():
    recorded = record_spikes(3, trials=4)
    run = recorded.run(recorded.make_stimulus(), trials=4, seed=1, bin_width=10 * ms)
    rates = ba.from_recording(run["rate"], conditions=TABLE)
    for window in ((0.0, 0.5), (0.1, 0.43)):
        means = [np.sort(model.mean_rates(*window), axis=1) for model in (recorded, rates)]
        np.testing.assert_allclose(*means, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"span": {"contrast": (0, 1)}}, "to_ann, span: wanted None for recorded data"),
        ({"identification": Options(trials=3)}, "None for recorded data, to which no stimulus"),
        ({"identification": Options(stimuli=30)}, "None for recorded data, to which no stimulus"),
        ({"identification": Options(settle=500 * ms)}, "a window within the recorded 0.5 s"),
        ({"identification": Options(window=501 * ms)}, "a window within the recorded 0.5 s"),
        ({"method": "theory"}, "got recorded data. Pass method='measured'"),
    ],
)
def test_options_that_recorded_data_cannot_have_are_errors(options, text):
    with pytest.raises(DescriptionError) as caught:
        ba.to_ann(record_spikes(1, trials=2), **({"method": "measured"} | options))
    assert text in str(caught.value)


def test_recorded_data_without_levels_or_with_few_are_errors():
    recorded = record_spikes(1, trials=2)
    run = recorded.run(recorded.make_stimulus(), trials=2, seed=1)
    varying = ba.from_recording(
        run["rate"].drop_vars(["contrast", "mask"], errors="ignore"), channels="contrast"
    )
    with pytest.raises(DescriptionError, match="wanted the level of each channel"):
        ba.to_ann(varying, method="measured")
    few = ba.from_recording(run["rate"].isel(condition=slice(6)), conditions=TABLE.iloc[:6])
    with pytest.raises(DescriptionError, match="recorded conditions: wanted at least 7"):
        ba.to_ann(few, method="measured")
