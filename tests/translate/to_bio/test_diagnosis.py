"""Each cause is planted in a small network, and found with the layer and the unit that has it."""

import dataclasses

import numpy as np
import pytest
from brian2 import Hz, ms, mV, nS, pF

import bioann as ba
from bioann.translate.to_bio.diagnosis import COLUMNS, diagnose
from bioann.translate.to_bio.to_bio import to_bio, transfers_of

pytestmark = pytest.mark.slow

CHANNELS = ("p", "q")
STEP = 1 * ms


def feedforward_network(**change):
    """Two hidden units and an output."""
    fields = {
        "units": ("hidden[0]", "hidden[1]", "out[0]"),
        "W": [[0, 0, 0], [0, 0, 0], [1, -0.5, 0]],
        "W_in": [[1, 0], [0, 1], [0, 0]],
        "channels": CHANNELS,
    } | change
    return ba.RateNetwork(**fields)


def make_stimulus(duration=500 * ms, order=-1):
    levels = np.linspace(0.1, 1, 6)
    return ba.steps({"p": levels, "q": levels[::order]}, duration=duration)


def translate(ann, transfers=None, **more):
    """Without a calibration: what it would straighten is what is planted."""
    plain = to_bio(ann, inputs="current", rounds=1, calibration=make_stimulus(), dt=STEP)
    reused = transfers_of(plain) if transfers is None else transfers
    options = {"inputs": "current", "calibration": make_stimulus(), "transfers": reused}
    return to_bio(ann, **(options | more))


@pytest.fixture(scope="module")
def gains():
    """A calibration that serves all of these networks."""
    translation = to_bio(
        feedforward_network(), inputs="current", rounds=2, calibration=make_stimulus(), dt=STEP
    )
    return transfers_of(translation)


def diagnose_run(translation, ann, *, settle=200 * ms, audit=False, dt=STEP, order=-1, **more):
    stimulus = make_stimulus(order=order)
    recording = translation.network.run(stimulus, trials=1, seed=2, dt=dt)
    fine = None
    if audit:
        fine = translation.network.rerun_at_half_step(stimulus, trials=1, seed=2, dt=dt)
    return diagnose(translation, ann, recording, stimulus, settle=settle, audit=fine, **more)


def test_a_network_that_does_what_it_should_has_nothing_to_explain(gains):
    ann = feedforward_network()
    table = diagnose_run(translate(ann, gains), ann, tolerance=0.1)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 0


def test_silent_units(gains):
    ann = feedforward_network()
    muted = gains | {"hidden_glutamate": (gains["hidden_glutamate"][0], -3.0)}
    row = diagnose_run(translate(ann, muted), ann).iloc[0]
    assert (row.layer, row.units) == ("hidden", "hidden[0], hidden[1]")
    assert row.cause == "silent"
    assert "no spike in" in row.evidence
    assert "Calibrate" in row.do


def test_saturation(gains):
    ann = feedforward_network()
    translation = translate(ann, gains)
    slow = dataclasses.replace(translation.network.populations[0].cell, t_ref=30 * ms)
    network = dataclasses.replace(
        translation.network,
        populations=tuple(
            dataclasses.replace(p, cell=slow) for p in translation.network.populations
        ),
    )
    rows = diagnose_run(dataclasses.replace(translation, network=network), ann).set_index("layer")
    assert rows.loc["hidden"].cause == "saturation"
    assert "of 1/t_ref = 33 Hz" in rows.loc["hidden"].evidence


def test_too_few_spikes(gains):
    ann = feedforward_network()
    rows = diagnose_run(translate(ann, gains, top=8 * Hz), ann).set_index("layer")
    assert rows.loc["hidden"].cause == "too few spikes"
    assert "spikes in the window" in rows.loc["hidden"].evidence


def test_a_transient(gains):
    ann = feedforward_network()
    translation = translate(ann, gains, synapse_tau=300 * ms)
    rows = diagnose_run(translation, ann).set_index("layer")
    assert rows.loc["out"].cause == "transient"
    assert "from the first to the second half" in rows.loc["out"].evidence
    assert "hidden" not in rows.index


def test_conductance(gains):
    """Weights that cancel open many synapses, and threshold is out of reach of a weak bias.

    The current is judged in the middle between reset and threshold, here 6 mV below threshold: up
    there excitation is a ninth weaker and inhibition a sixth stronger.
    """
    ann = feedforward_network(W=[[0, 0, 0], [0, 0, 0], [20, -20, 0]], bias=[0, 0, 4.0])
    deep = ba.cells.LIF(
        C=200 * pF, g_L=2 * nS, E_L=-51 * mV, V_th=-50 * mV, V_r=-62 * mV, t_ref=0.5 * ms
    )
    translation = translate(ann, gains, cell=deep)
    rows = diagnose_run(translation, ann, order=1).set_index("layer")
    assert rows.loc["out"].cause == "conductance"
    assert "nS, at a leak of 2 nS" in rows.loc["out"].evidence


def test_copies_that_are_no_copies(gains):
    ann = feedforward_network()
    translation = translate(ann, gains, neurons_per_unit=4)
    network = translation.network
    noisy = ba.SpikingNetwork(
        (*network.populations, ba.Population("noise", 1, "glutamate")),
        (*network.afferents, ba.Afferent("p", "noise", 40 * nS, fibres=1, rate=60 * Hz)),
        (*network.projections, ba.Projection("noise", "hidden_glutamate", 1 * nS)),
    )
    same = ba.Correspondence(
        translation.correspondence.matches, (*translation.correspondence.bio_only, "noise")
    )
    one = dataclasses.replace(translation, network=noisy, correspondence=same)
    rows = diagnose_run(one, ann).set_index("layer")
    assert rows.loc["hidden"].cause == "correlated copies"
    assert "counts of 4 copies correlate" in rows.loc["hidden"].evidence


def test_a_time_step_that_is_too_long():
    """What half the step changes is the step's doing: here a recording and its refinement differ
    by planting, for cells that integrate and fire time their spikes within the step."""
    ann = feedforward_network()
    gains = dict.fromkeys(("hidden_glutamate", "hidden_GABA", "out_glutamate"), (1.0, 0.0))
    translation = translate(ann, gains)
    fast = translate(ann, gains | {"hidden_glutamate": (1.4, 0.0)})
    stimulus = make_stimulus()
    fine = translation.network.run(stimulus, trials=1, seed=2, dt=STEP)
    coarse = fast.network.run(stimulus, trials=1, seed=2, dt=STEP)
    table = diagnose(translation, ann, coarse, stimulus, settle=200 * ms, audit=fine)
    rows = table.set_index("layer")
    assert rows.loc["hidden"].cause == "time step"
    assert "half the time step changes the response" in rows.loc["hidden"].evidence


def test_a_miss_is_told_where_it_arises(gains):
    """The output is wrong because a hidden unit is: it does right by what it is given."""
    ann = feedforward_network()
    muted = gains | {"hidden_glutamate": (gains["hidden_glutamate"][0], -3.0)}
    table = diagnose_run(translate(ann, muted), ann, tolerance=0.1)
    assert table.layer.tolist() == ["hidden"]
