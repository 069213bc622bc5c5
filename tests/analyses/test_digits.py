"""The translated classifier: what ships, what is told of it, and what is missing without extras."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import bioann as ba
from bioann.analyses import digits as analysis
from bioann.analyses.digits_report import build_digits_report
from bioann.base.errors import MissingExtraError
from bioann.models.digits import build_classifier, read_stored_data
from bioann.reporting.html import render_html


def make_result(seed, bio, disagreements=()):
    labels = np.arange(20) % 10
    ann = labels.copy()
    ann[0] = 5
    return analysis.DigitsResult(
        kind="dense",
        seed=seed,
        labels=labels,
        ann=ann,
        bio=np.array(bio),
        choices_over_time=np.tile(labels, (3, 1)),
        times=np.array([0.1, 0.2, 0.3]),
        spikes=3000.0,
        neurons=244,
        synapses=7000,
        n_changed=0,
        disagreements=disagreements,
        seconds=1.0,
    )


class TestShipped:
    """The pair needs no extra: weights and images stand beside it."""

    def test_the_classifier_knows_the_images_and_says_nothing_sure_of_uniform_ones(self):
        contents = read_stored_data()
        network = build_classifier(contents)
        pictures = np.array(contents["shown"]).reshape(10, 64) / 16
        assert (network.predict(pictures).argmax(axis=1) == contents["labels"]).all()
        for level in (0.0, 1.0):  # not every output is 1 (atlas A8)
            assert network.predict(np.full((1, 64), level)).min() < 0.5

    def test_its_images_were_not_trained_or_calibrated_on(self):
        contents = read_stored_data()
        calibration_images = {json.dumps(image) for image in contents["calibration"]}
        assert not calibration_images & {json.dumps(image) for image in contents["shown"]}
        training, held_out = analysis.load_digit_sets()
        assert held_out.sizes["sample"] == analysis.N_HELD_OUT
        training_images = {image.tobytes() for image in training.input.values}
        shipped_images = np.array(contents["shown"], dtype=float)[:, None] / 16
        assert not training_images & {image.tobytes() for image in shipped_images}

    def test_conductances_stand_for_weights_of_either_sign(self):
        pair = ba.load("digits")
        assert pair.bio.sizes["hidden_glutamate"] == pair.bio.sizes["hidden_GABA"] == 48
        for projection in pair.bio.projections:
            assert (pair.bio.draw_conductances(projection, seed=0) >= 0).all()
            gaba = projection.source.endswith("GABA")
            assert projection.receptor.transmitter == ("GABA" if gaba else "glutamate")


def test_an_interval_is_around_the_mean_and_shrinks_with_images():
    rng = np.random.default_rng(1)
    widths = []
    for n in (50, 800):
        values = (rng.random((5, n)) < 0.9).astype(float)
        mean, low, high = analysis.estimate_interval(values)
        assert low <= mean <= high
        assert mean == values.mean()
        widths.append(high - low)
    # A share of 0.9 has a 95% interval of 4 * 0.3 / sqrt(5 n), and resampling both widens it.
    assert widths[1] < widths[0] / 2
    assert widths[1] > 2 * 1.96 * 0.3 / np.sqrt(5 * 800) * 0.7


def test_a_summary_counts_both_halves_against_the_labels_and_each_other():
    same = np.arange(20) % 10
    other = same.copy()
    other[:2] = (5, 7)  # as the ANN errs, and once more
    summary = analysis.summarise_results([make_result(0, other), make_result(1, same)])
    assert summary["ann_accuracy"] == pytest.approx(19 / 20)
    assert summary["bio_accuracy"] == pytest.approx((18 + 20) / 40)
    assert summary["agreement"] == pytest.approx((19 + 19) / 40)
    assert summary["loss_points"] == pytest.approx(0.0, abs=1e-9)


def test_the_report_shows_disagreements_with_their_reason():
    bio = np.arange(20) % 10
    results = [make_result(0, bio, disagreements=((0, "hidden: saturation (reaches 480 Hz)"),))]
    summaries = {"dense": analysis.summarise_results(results)}
    page = render_html(build_digits_report({"dense": results}, summaries, np.zeros((20, 8, 8)), 1))
    for text in ("hidden: saturation", "refuted", "0 of 20", "Confusion matrices"):
        assert text in page


def test_a_missing_library_is_named_with_its_extra(monkeypatch, tmp_path):
    def missing():
        raise MissingExtraError(
            "the digits", "the library 'sklearn.datasets'", "a Python without it",
            "Install it with: pip install 'bioann[data]'.",
        )  # fmt: skip

    monkeypatch.setattr(ba.tasks, "digits", missing)
    result = CliRunner().invoke(analysis.main, ["--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "pip install 'bioann[data]'" in result.output
    assert not (tmp_path / "out").exists()
