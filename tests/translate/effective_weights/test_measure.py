"""The effective weights: what every connection does, measured."""

import json

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pA

import bioann as ba
from bioann.comparison.sign_table import EFFECTIVE_WEIGHT_COLUMNS
from bioann.translate.effective_weights.measure import (
    COLUMNS,
    choose_operating_points,
    tabulate_effective_weights,
)


def target_cells(**background):
    return ba.Population("cell", 20, "glutamate", background=3.5 * nS, **background)


def network_with_afferents(*afferents):
    return ba.SpikingNetwork((target_cells(),), afferents)


def make_operating_point(**levels):
    stimulus = ba.steps({c: [v] for c, v in levels.items()}, duration=100 * ms)
    return stimulus.mean("time")


EXCITATION = ba.Afferent("E", "cell", 0.5 * nS, fibres=20, rate=40 * Hz)


def inhibition(reversal):
    receptor = ba.receptors.GABA_A(reversal=reversal * mV)
    return ba.Afferent(
        "I", "cell", 0.5 * nS, fibres=20, rate=40 * Hz, transmitter="GABA", receptor=receptor
    )


@pytest.fixture(scope="module")
def plain():
    electrode = ba.CurrentAfferent("down", "cell", -100 * pA)
    network = network_with_afferents(EXCITATION, inhibition(-80), electrode)
    return tabulate_effective_weights(network, make_operating_point(E=0.5, I=0.2, down=0.0), seed=1)


@pytest.mark.slow
def test_every_connection_has_its_row(plain):
    assert list(plain.columns) == list(COLUMNS)
    assert plain.source.tolist() == ["E", "I", "down"]
    assert plain.target.tolist() == ["cell"] * 3
    np.testing.assert_allclose(plain.reversal_mV, [0, -80, np.nan])


def test_effective_weights_have_the_sign_of_the_synapse(plain):
    assert (plain.effective_low[0] > 0, plain.effective_high[1] < 0) == (True, True)
    assert plain.effective_high[2] < 0  # a current that hyperpolarises
    assert (plain["flags"] == "").all()


def test_an_effective_weight_is_the_charge_of_its_spikes_over_that_of_a_spike(plain):
    # Above threshold a spike costs C (V_th - V_r) = 2 pC: 100 pA is 50 Hz less, and synaptic
    # charge g tau (E - V) pays with V between -50 and -55 mV.
    assert plain.effective[2] == pytest.approx(-50, rel=0.3)
    e = 20 * 40 * 0.5 * 5 * 52.5 / 2000
    i = -20 * 40 * 0.5 * 10 * 27.5 / 2000
    assert plain.effective[0] == pytest.approx(e, rel=0.3)
    assert plain.effective[1] == pytest.approx(i, rel=0.3)


def test_the_driving_force_is_judged_at_the_mean_potential(plain):
    assert plain.drive_mV[0] == pytest.approx(50, abs=2)  # a cell that fires is at threshold
    assert plain.drive_mV[1] == pytest.approx(-30, abs=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reversal", "flag", "sign"),
    [(-65, "shunt at rest", -1), (-40, "depolarising GABA", 1)],
    ids=["shunt", "depolarising"],
)
def test_planted_exceptions_are_caught(reversal, flag, sign):
    row = tabulate_effective_weights(
        network_with_afferents(inhibition(reversal)), make_operating_point(I=0.3), seed=1
    ).iloc[0]
    assert flag in row["flags"]
    assert np.sign(row.effective_low) == np.sign(row.effective_high) == sign


@pytest.mark.slow
def test_dead_and_saturated_targets_are_named():
    network = ba.SpikingNetwork(
        (ba.Population("silent", 5, "GABA"), ba.Population("driven", 5, "GABA")),
        (ba.Afferent("x", "driven", 30 * nS, fibres=50), ba.Afferent("x", "silent", 0.5 * nS)),
        (ba.Projection("driven", "silent", 5 * nS),),
    )
    table = tabulate_effective_weights(network, make_operating_point(x=1.0), seed=1).set_index(
        ["source", "target"]
    )
    assert "saturated" in table.loc[("x", "driven"), "flags"]
    assert "dead" in table.loc[("driven", "silent"), "flags"]


@pytest.mark.slow
def test_a_paradoxical_effect_is_caught():
    # Strong excitation within a population that inhibition holds: more drive to the inhibitory
    # cells lowers their rate (Tsodyks et al. 1997).
    network = ba.SpikingNetwork(
        (
            ba.Population("e", 40, "glutamate", background=3 * nS),
            ba.Population("i", 20, "GABA", background=2 * nS),
        ),
        (ba.Afferent("x", "e", 0.5 * nS, fibres=20, rate=40 * Hz),),
        (
            ba.Projection("e", "e", 0.3 * nS),
            ba.Projection("e", "i", 0.2 * nS),
            ba.Projection("i", "e", 0.5 * nS),
        ),
    )
    table = tabulate_effective_weights(network, make_operating_point(x=0.5), seed=1).set_index(
        ["source", "target"]
    )
    row = table.loc[("e", "i")]
    assert row["flags"] == "paradoxical"
    assert row.sign == 1
    assert row.effective_high < 0
    assert table.loc[("x", "e"), "effective_low"] > 0


def test_operating_points_are_conditions_in_which_most_populations_fire():
    network = ba.SpikingNetwork(
        (ba.Population("a", 5, "GABA"), ba.Population("b", 5, "GABA")),
        tuple(ba.CurrentAfferent(c, c, 400 * pA) for c in "ab"),
    )
    stimulus = ba.steps({"a": [0, 1, 1, 1], "b": [1, 0, 1, 2]}, duration=200 * ms)
    run = network.run(stimulus, trials=1, seed=1)
    points = choose_operating_points(run, stimulus, (0.1, 0.2))
    assert points.values.tolist() == [[1, 1], [1, 2]]


def make_brake_pair(weight):
    return ba.Pair(
        "brake",
        network_with_afferents(inhibition(-80)),
        ba.RateNetwork(units=("unit",), channels=("I",), W_in=[[weight]], bias=1.0),
        ba.Correspondence((ba.Match("cell", "unit", scale=50 * Hz),)),
        stimulus=ba.steps({"I": [0.0, 0.2, 0.4]}, duration=400 * ms),
    )


@pytest.mark.slow
def test_the_ledger_of_a_pair_compares_the_sign_of_a_weight_with_what_was_measured():
    table = ba.measure_effective_weights(make_brake_pair(-0.5), seed=1)
    assert list(table.columns) == list(EFFECTIVE_WEIGHT_COLUMNS)
    (row,) = table.to_dict("records")
    assert row["weight"] == -0.5
    assert row["agreement"] == "agree"
    assert row["conductance"] == "GABA_A 0.5 nS x 20"
    assert row["predicted"] == pytest.approx(-0.5)  # a ReLU unit above threshold has gain 1
    in_hertz = tabulate_effective_weights(
        network_with_afferents(inhibition(-80)), make_operating_point(I=0.2), seed=1
    ).effective[0]
    assert row["effective"] == pytest.approx(in_hertz / 50, rel=0.3)  # other operating points
    assert ba.measure_effective_weights(make_brake_pair(0.5), seed=1).agreement[0] == "differ"


@pytest.mark.slow
def test_a_comparison_reads_its_ledger_from_a_file_again(tmp_path):
    pair = make_brake_pair(-0.5)
    run = pair.run(trials=1, seed=1, effective_weights=True, controls=False)
    comparison = ba.compare(run)
    files = [tmp_path / f"brake.{ending}" for ending in ("html", "json", "nc")]
    ba.report(comparison, *files)
    html = files[0].read_text("utf-8")
    assert "Effective weights" in html
    assert "For 0 of 1 connection the 95 % CI includes the identity line" in html
    assert '"effective_low"' in files[1].read_text("utf-8")
    again = ba.compare(ba.open_recording(files[2]), pair=pair)
    assert again.effective_weights.equals(comparison.effective_weights)
    # A report of a run without effective weights measures it, unless it is told not to.
    bare = ba.compare(run.recording.drop_nodes("effective_weights"), pair=pair)
    assert bare.effective_weights is None
    measured, plain = tmp_path / "measured.json", tmp_path / "plain.json"
    ba.report(bare, measured)
    ba.report(bare, plain, effective_weights=False)
    tables = [
        json.loads(file.read_text("utf-8"))["effective_weights"]
        for file in (files[1], measured, plain)
    ]
    assert tables[0][0]["agreement"] == "agree"
    assert tables[1] == tables[0]
    assert tables[2] is None


def test_a_half_that_cannot_be_probed_has_no_ledger():
    pair = make_brake_pair(-0.5)
    closed = ba.FunctionModel(lambda s, rng: np.zeros((*s.shape[:2], 1)), ("cell",), ("I",))
    other = ba.Pair("closed", closed, pair.ann, pair.correspondence, stimulus=pair.stimulus)
    with pytest.raises(
        ba.BioannError, match="effective_weights: wanted a SpikingNetwork, got function"
    ):
        ba.measure_effective_weights(other, seed=1)
