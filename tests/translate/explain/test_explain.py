"""What a classifier would be as neurons, and what is lost: laws, tables, and bad input."""

import json

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import DescriptionError, StimulusError
from bioann.reporting.explanation_document import (
    make_explanation_document,
    summarise_explanation,
)
from bioann.reporting.html import render_html
from bioann.translate.explain.explanation import explanation_to_json
from bioann.translate.explain.losses import (
    AGREEMENT,
    LOSS,
    RATE_ACCURACY,
    SPIKING_ACCURACY,
    paired_difference,
)
from bioann.translate.explain.plan_explanation import plan_explanation


@pytest.mark.slow
def test_the_translation_obeys_dale_and_keeps_nearly_all_decisions(explanation):
    assert explanation.get_loss(RATE_ACCURACY)[0] == 1.0  # the weights compute the larger input
    assert explanation.get_loss(SPIKING_ACCURACY)[0] >= 0.85
    network = explanation.translation.network
    for projection in network.projections:
        assert (network.draw_conductances(projection, seed=0) >= 0).all()
    assert explanation.costs.neurons[0] == sum(network.sizes.values())


@pytest.mark.slow
def test_losses_are_what_the_decisions_say(explanation):
    spiking = explanation.runs[0].choices
    assert explanation.get_loss(AGREEMENT)[0] == (spiking == explanation.rate).mean()
    n_lost = (explanation.rate == explanation.labels).sum() - (spiking == explanation.labels).sum()
    loss, low, high = explanation.get_loss(LOSS)
    assert loss == pytest.approx(n_lost / len(spiking))
    assert low < loss < high


def test_samples_of_the_comparison_did_not_calibrate(explanation, classifier, samples):
    plan = plan_explanation(classifier, *samples, seed=2, samples=30)
    assert not set(plan.calibration) & set(plan.simulated)
    assert list(plan.simulated) == list(explanation.samples)
    assert (explanation.labels == samples[1][explanation.samples]).all()
    assert (len(plan.calibration), len(plan.simulated)) == (30, 30)


@pytest.mark.slow
def test_copies_multiply_neurons_and_spikes(classifier, samples):
    explanation = ba.explain(classifier, *samples, seed=2, samples=30, neurons_per_unit=(1, 2))
    first, second = explanation.costs.itertuples()
    assert second.neurons == 2 * first.neurons
    assert second.synapses == 4 * first.synapses
    assert second.spikes == pytest.approx(2 * first.spikes, rel=0.1)


def test_decisions_take_time_and_spikes(explanation):
    (cost,) = explanation.costs.itertuples()
    assert 0.01 <= cost.decision_s <= cost.slow_decision_s <= 0.2
    assert cost.spikes > 0
    assert cost.dale_neurons == sum(
        n for name, n in explanation.translation.network.sizes.items() if name.endswith("GABA")
    )


def test_each_disagreement_has_a_row_and_the_first_a_diagnosis(explanation):
    table, spiking = explanation.disagreements, explanation.runs[0].choices
    assert list(table["sample"]) == list(explanation.samples[spiking != explanation.rate])
    assert all("in the rate model" in text for text in table.diagnosis[:6])


@pytest.mark.slow
def test_the_page_states_numbers_samples_and_seed_and_is_the_same_twice(explanation):
    pages = [render_html(make_explanation_document.__wrapped__(explanation)) for _ in range(2)]
    assert pages[0] == pages[1]
    for text in ("95 % CI", "for Dale&#39;s principle", "balance", "seed: 2"):
        assert text in pages[0]
    assert f"{explanation.costs.neurons[0]} spiking neurons" in summarise_explanation(explanation)
    assert "30 of the 60 samples" in pages[0]
    assert "as spiking neurons" in explanation._repr_html_()


def test_its_files_appear_together(explanation, tmp_path):
    ba.report(explanation, tmp_path / "x.html", tmp_path / "x.json")
    document = json.loads((tmp_path / "x.json").read_text())
    assert document["losses"][0]["value"] == 1.0
    assert document["samples"]["simulated"] == explanation.samples.tolist()
    assert document == json.loads(explanation_to_json(explanation))
    with pytest.raises(ba.BioannError, match="report of Explanation"):
        ba.report(explanation, tmp_path / "y.html", tmp_path / "y.nc")
    assert not (tmp_path / "y.html").exists()


def test_a_softmax_is_left_out_and_few_samples_are_all_simulated(classifier, samples):
    network = ba.LayeredNetwork((*classifier.layers, ba.layers.Softmax()))
    inputs, labels = samples[0][:8], samples[1][:8]
    plan = plan_explanation(network, inputs, labels, seed=1)
    assert len(plan.network.layers) == 2
    assert (len(plan.calibration), len(plan.simulated)) == (0, 8)
    assert any("softmax" in note for note in plan.notes)
    assert any("too few samples" in note for note in plan.notes)


def test_a_single_output_decides_between_two_classes(classifier, samples):
    single = ba.layers.Dense(np.array([[-1.0, 1, 0, 0]]), np.zeros(1), "sigmoid")
    network = ba.LayeredNetwork((classifier.layers[0], single))
    plan = plan_explanation(network, *samples, seed=1)
    assert plan.threshold == 0.5


def test_large_networks_get_fewer_translations(samples):
    network = ba.LayeredNetwork(
        (
            ba.layers.Dense(np.ones((300, 2))),
            ba.layers.Dense(np.ones((100, 300))),
            ba.layers.Dense(np.ones((2, 100)), 0.0, "linear"),
        )
    )
    inputs, labels = np.tile(samples[0], (9, 1)), np.tile(samples[1], 9)
    plan = plan_explanation(network, inputs, labels, seed=1)
    assert plan.neurons_per_unit == (1, 2)
    assert any("would take more than 60 s" in note for note in plan.notes)
    asked = plan_explanation(network, inputs, labels, seed=1, neurons_per_unit=(1, 2, 4))
    assert asked.seconds > plan.seconds


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": None}, "explain, y: wanted one label per sample, got none"),
        ({"y": np.zeros(59)}, r"wanted shape \(60,\), one label per sample, got shape \(59,\)"),
        ({"y": np.eye(2)[np.zeros(60, int)]}, "one-hot"),
        ({"y": np.full(60, 2)}, "wanted whole numbers from 0 to 1, got 2 in 60 samples"),
        ({"y": np.full(60, 0.5)}, "Number the classes from 0"),
        ({"y": np.full(60, np.nan)}, "got nan"),
        ({"y": ["cat"] * 60}, "explain, y: wanted real numbers, got text"),
        ({"X": np.zeros((60, 3))}, r"wanted shape \(sample, 2\), got shape \(60, 3\)"),
        ({"X": np.zeros(60)}, r"got shape \(60,\)"),
        ({"X": np.full((60, 2), np.nan)}, "120 NaN or infinite values"),
        ({"X": np.zeros((0, 2)), "y": []}, "wanted at least one sample, got none"),
    ],
)
def test_samples_that_do_not_fit(classifier, samples, change, message):
    arguments = {"X": samples[0], "y": samples[1]} | change
    with pytest.raises(StimulusError, match=message):
        ba.explain(classifier, **arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "explain, samples"),
        ({"neurons_per_unit": ()}, "at least one number"),
        ({"neurons_per_unit": (1, 0)}, "a whole number >= 1"),
        ({"presentation": 10 * ms}, "at least 50 ms, got 10 ms"),
        ({"output": "logits"}, "an ONNX file"),
        ({"activation": "relu"}, "a file that holds weights only"),
    ],
)
def test_options_out_of_range(classifier, samples, options, message):
    with pytest.raises(DescriptionError, match=message):
        ba.explain(classifier, *samples, **options)


def test_what_is_no_classifier_is_named(samples):
    with pytest.raises(DescriptionError, match="got an object of type dict"):
        ba.explain({}, *samples)
    recurrent = ba.layers.Recurrent(np.ones((2, 2)), np.ones((2, 2)), tau=10 * ms)
    with pytest.raises(DescriptionError, match="a network with recurrent layers"):
        ba.explain(ba.LayeredNetwork((recurrent,)), *samples)


def test_the_interval_of_the_difference_covers_the_truth():
    """Bonett and Price: 95 % intervals of paired shares cover the true difference."""
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        u = rng.random((80, 2))
        first, second = u[:, 0] < 0.9, np.where(u[:, 1] < 0.2, u[:, 1] < 0.1, u[:, 0] < 0.9)
        truth = 0.2 * (0.9 - 0.5)
        _, low, high = paired_difference(first, second)
        covered.append(low <= truth <= high)
    assert 0.93 <= np.mean(covered) <= 1.0


def test_the_difference_turns_its_sign_with_the_models():
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 50)) < 0.7
    value, low, high = paired_difference(first, second)
    assert paired_difference(second, first) == pytest.approx((-value, -high, -low))
