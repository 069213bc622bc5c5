"""Loops amplify errors of gain; a calibration with closed loops sees them."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.correspondence import read_responses
from bioann.translate.to_bio.flags import flag_near_critical
from bioann.translate.to_bio.recurrent_gain import compute_amplification, fit_common_gain
from tests.translate.to_bio.test_to_bio import QUICK

pytestmark = pytest.mark.slow

STIMULUS = ba.steps({"x": np.linspace(0.1, 1, 8)}, duration=600 * ms)


def make_loop(weight):
    """One unit that excites itself, and one that it does not hear: gain 1 / (1 - weight)."""
    return ba.RateNetwork(
        ("a", "b"), [[weight, 0], [0.5, 0]], [[1], [0]], channels=("x",), tau=10 * ms
    )


@pytest.mark.parametrize(("weight", "times"), [(0.0, 1.0), (0.5, 2.0), (0.9, 10.0), (-2.0, 1.0)])
def test_a_loop_amplifies_by_what_its_eigenvalue_leaves(weight, times):
    assert compute_amplification(make_loop(weight), np.full((4, 2), 0.5)) == pytest.approx(times)


def test_a_silent_unit_closes_no_loop():
    assert compute_amplification(make_loop(0.9), np.full((4, 2), -0.5)) == 1.0


def test_a_planted_gain_is_found_from_the_answers():
    ann = make_loop(0.8)
    wrong = dataclasses.replace(ann, W=1.05 * ann.W)
    run = wrong.run(STIMULUS, trials=1, seed=0).activation.isel(trial=0).sel(time=slice(0.05, None))
    activations = 1.05 * run.mean("time").values  # still on its way at 50 ms: tau is 60 ms
    assert fit_common_gain(ann, STIMULUS, activations, 0.05) == pytest.approx(1.05, abs=0.002)


def test_only_a_loop_near_the_edge_is_flagged():
    assert flag_near_critical(4.9, 0.02) == []
    assert flag_near_critical(1.0, 0.2) == []  # no loop: what is left is told of the population
    (flag,) = flag_near_critical(10.0, 0)
    assert "an error of 1% in the gain of all neurons is one of 10%" in str(flag)
    (flag,) = flag_near_critical(3.0, 0.04)
    assert "4.0% of the largest activation becomes 12%" in str(flag)
    calm, edge = (
        ba.to_bio(make_loop(w), inputs="current", calibration=STIMULUS, **QUICK)
        for w in (0.5, 0.85)
    )
    assert "near critical" not in {flag.kind for flag in calm.flags}
    assert "near critical" in {flag.kind for flag in edge.flags}
    decisions = edge.decision_table().set_index("what").value
    assert decisions["amplification by loops"] == pytest.approx(1 / 0.15, rel=1e-6)


@pytest.mark.parametrize("copies", [1, 4])
def test_a_neuron_that_excites_itself_keeps_its_gain(copies):
    # All inputs of the calibration are above zero: what the neuron does below has to be known.
    ann = make_loop(0.85)
    translation = ba.to_bio(
        ann, inputs="current", calibration=STIMULUS, neurons_per_unit=copies, **QUICK
    )
    stimulus = ba.steps({"x": np.linspace(0.15, 0.95, 9)}, duration=1000 * ms)
    late = slice(0.5, None)
    run = translation.network.run(stimulus, trials=1, seed=9)
    bio = (
        read_responses(run, translation.correspondence, "bio")
        .sel(time=late)
        .mean(["time", "trial"])
        .values
    )
    exact = (
        ann.run(stimulus, trials=1, seed=1).activation.sel(time=late).mean(["time", "trial"]).values
    )
    assert np.polyfit(exact.ravel(), bio.ravel(), 1)[0] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("weight", [0.5, 0.7, 0.85])
def test_what_loops_make_of_a_late_onset_is_told(weight):
    # A neuron with one copy begins to fire with a jump: the weakest inputs leave it silent. The
    # error is what the translation says, to the spike in 0.5 s that a rate is read to.
    ann = make_loop(weight)
    translation = ba.to_bio(ann, inputs="current", calibration=STIMULUS, **QUICK)
    weak = np.linspace(0.02, 0.3, 15)
    stimulus = ba.steps({"x": [*weak, 1.0]}, duration=1000 * ms)
    late = slice(0.5, None)
    run = translation.network.run(stimulus, trials=1, seed=9)
    bio = (
        read_responses(run, translation.correspondence, "bio")
        .sel(time=late)
        .mean(["time", "trial"])
    )
    exact = ann.run(stimulus, trials=1, seed=1).activation.sel(time=late).mean(["time", "trial"])
    errors = np.abs(bio.sel(match="a").values - exact.sel(unit="a").values) / float(exact.max())
    spike = 2 / float(translation.correspondence.matches[0].scale) / float(exact.max())
    assert errors[:-1].max() == pytest.approx(
        translation.decided_number("error of weak inputs"), abs=spike
    )
