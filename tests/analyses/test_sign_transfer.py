"""Starts of the study of transfer, and how its steps are counted."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

import bioann as ba
from bioann.analyses import sign_transfer
from bioann.analyses.sign_transfer import (
    PRETRAINED,
    RANDOM,
    RANDOM_SIGNS,
    SAME,
    SAME_SIGNS,
    SETTINGS,
    SHUFFLED,
    SIGNS,
    STARTS,
    compare_savings,
    count_steps,
    divide_steps,
    load_digits,
    make_starts,
    shuffle_samples,
)

SHORT = dataclasses.replace(SETTINGS, source_epochs=2)


@pytest.fixture(scope="module")
def hidden():
    """Return the parameters of the hidden layer of each start, and check those of the readout."""
    same = shuffle_samples(load_digits(5), 3).isel(sample=slice(SHORT.source_images))
    starts = make_starts(3, SHORT, same)
    readouts = [network.parameters[2] for network in starts.values()]
    for readout in readouts:
        np.testing.assert_array_equal(readout["W"], readouts[0]["W"])
    return {name: network.parameters[1] for name, network in starts.items()}


@pytest.mark.slow
def test_signs_only_have_random_sizes_and_the_signs_of_their_source(hidden):
    for signs, source in ((SIGNS, PRETRAINED), (SAME_SIGNS, SAME)):
        W, pretrained, own = (np.asarray(hidden[k]["W"]) for k in (signs, source, RANDOM))
        np.testing.assert_array_equal(np.abs(W), np.abs(own))
        np.testing.assert_array_equal(np.sign(W), np.sign(pretrained))
        assert not np.asarray(hidden[signs]["bias"]).any()
        # The source started from weights of its own: half of the signs are others.
        assert (np.sign(W) != np.sign(own)).mean() == pytest.approx(0.5, abs=4 * 0.5 / W.size**0.5)


def test_shuffled_weights_have_the_same_sizes_in_another_order(hidden):
    W, pretrained = (np.asarray(hidden[k]["W"]) for k in (SHUFFLED, PRETRAINED))
    np.testing.assert_array_equal(np.sort(W, axis=None), np.sort(pretrained, axis=None))
    assert abs(np.corrcoef(W.ravel(), pretrained.ravel())[0, 1]) < 4 / W.size**0.5


@pytest.mark.slow
def test_steps_are_those_of_the_first_epoch_that_is_accurate_and_others_are_censored():
    data = count_steps(3, dataclasses.replace(SHORT, accuracy=0.922))
    n_last = int(data.step[-1])
    assert n_last == 25 * 4
    reached = dict(zip(STARTS, data.reached.values, strict=True))
    assert {*reached.values()} == {True, False}
    for name in STARTS:
        is_accurate = data.accuracy.sel(start=name).values >= 0.922
        steps = data.step.values[is_accurate][0] if is_accurate.any() else n_last
        assert float(data.steps.sel(start=name)) == steps
        assert reached[name] == is_accurate.any()


def test_the_classes_of_source_and_target_are_different_digits():
    low, high = load_digits(0), load_digits(5)
    assert low.sizes["sample"] + high.sizes["sample"] == 1797
    for data in (low, high):
        assert np.unique(data.target).tolist() == [0, 1, 2, 3, 4]
    digits = ba.tasks.digits()
    for digit in range(10):
        data = low if digit < 5 else high
        np.testing.assert_array_equal(
            data.input[data.target == digit % 5], digits.input[digits.target == digit]
        )


def make_steps(**steps):
    """Return the data of two seeds with these steps, 40 where none are named."""
    values = [steps.get(name, 40.0) for name in STARTS]
    return xr.Dataset({"steps": (("seed", "start"), [values, values])}, {"start": list(STARTS)})


def test_ratios_and_savings_follow_from_the_steps():
    data = make_steps(**{SAME: 20.0, SAME_SIGNS: 33.0, RANDOM_SIGNS: 44.0})
    assert float(divide_steps(data, RANDOM).sel(start=SAME)) == 0.5
    assert float(divide_steps(data, RANDOM_SIGNS).sel(start=SAME_SIGNS)) == 0.75
    savings = compare_savings(data).mean("seed")
    assert float(savings.sel(start=SAME_SIGNS)) == (44 - 33) - (40 - 20) / 2
    assert float(savings.sel(start=SIGNS)) == 44 - 40


def test_the_study_declares_the_steps_that_it_counts():
    study = sign_transfer.study()
    assert len(study.coordinates["step"]) == SETTINGS.epochs
    assert study.coordinates["step"][0] == -(-SETTINGS.images // SETTINGS.batch)
