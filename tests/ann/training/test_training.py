"""Training: what it learns, that the seed decides, that it can be taken up again."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

from bioann.ann.init import RandomNormal, initialise_weights
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.dropout import Dropout
from bioann.ann.layers.excitatory_inhibitory import ExcitatoryInhibitory
from bioann.ann.signs.constraints import NonNegative
from bioann.ann.tasks.samples import make_samples, split_samples
from bioann.ann.training import statistics
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.train import train
from bioann.base.errors import DescriptionError, OutputError, SimulationError, StimulusError

SHORT = TrainingOptions(epochs=4, rate=0.01)
KINDS = {
    "momentum": dataclasses.replace(SHORT, optimiser="momentum", decay=0.1, clip=1.0),
    "double": dataclasses.replace(SHORT, precision="double"),
    "reparametrised": TrainingOptions(
        epochs=3, rate=0.01, constraint=NonNegative(method="reparametrisation"), record="step"
    ),
}


def arrays(network):
    return [array for p in network.parameters for array in p.values()]


@pytest.mark.slow
def test_a_linear_unit_finds_the_least_squares_solution():
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(200, 3)), np.array([[1.0, -2.0, 0.5]])
    data = make_samples(x, x @ w.T + 0.3)
    recipe = TrainingOptions("sgd", 0.1, "mse", epochs=100, batch=200, precision="double")
    found = train(LayeredNetwork(Dense.of_size(3, 1, "linear")), data, recipe, seeds=(1,))
    layer = found.networks[0].layers[0]
    np.testing.assert_allclose(layer.W, w, atol=1e-6)
    np.testing.assert_allclose(layer.bias, [0.3], atol=1e-6)


@pytest.mark.slow
def test_one_step_of_each_optimiser_is_its_formula():
    network = LayeredNetwork(Dense([[0.5, -0.25]], activation="linear"))
    data = make_samples([[1.0, 2.0]], [[1.0]])
    slope = 2 * (0.0 - 1.0) * np.array([[1.0, 2.0]])  # the output is 0.5 - 0.5 = 0
    for name, step in (("sgd", slope), ("momentum", slope), ("adam", np.sign(slope))):
        recipe = TrainingOptions(
            name, 0.1, "mse", 1, decay=0.2, initialisation=None, precision="double"
        )
        found = train(network, data, recipe, seeds=(1,)).networks[0].layers[0]
        want = network.layers[0].W - 0.1 * step - 0.1 * 0.2 * network.layers[0].W
        np.testing.assert_allclose(found.W, want, atol=1e-8)
        np.testing.assert_allclose(found.bias, -0.1 * step[0, 0], atol=1e-8)  # it does not decay


def test_exponentiated_gradients_multiply_the_weights_and_never_cross_zero():
    """One step by hand, and a target of the opposite sign that the weights approach from above."""
    network = LayeredNetwork(Dense([[0.5, -0.25]], activation="linear"))
    data = make_samples([[1.0, 2.0]], [[1.0]])
    slope = 2 * (0.0 - 1.0) * np.array([[1.0, 2.0]])
    recipe = TrainingOptions(
        "exponentiated", 0.1, "mse", 1, initialisation=None, precision="double"
    )
    one = train(network, data, recipe, seeds=(1,)).networks[0].layers[0]
    np.testing.assert_allclose(one.W, [[0.5, -0.25]] * np.exp(-0.1 * np.sign([[1, -1]]) * slope))
    np.testing.assert_allclose(one.bias, -0.1 * slope[0, 0])  # biases are not multiplied
    x = np.eye(2)
    opposite = make_samples(x, -x @ network.layers[0].W.T)
    many = dataclasses.replace(recipe, epochs=400)
    trained = train(network, opposite, many, seeds=(1,))
    (weights,) = (p["W"] for p in trained.networks[0].parameters)
    assert not trained.signs.crossings.any()
    assert 0 < weights[0, 0] < 0.5
    assert -0.25 < weights[0, 1] < 0


@pytest.mark.slow
def test_inhibition_of_separate_units_steps_as_its_authors_correct_it():
    """Cornford et al. 2021: W_IE by 1 / sqrt(units), W_EI by 1 / inputs, alpha by both."""
    ones = np.ones((4, 2)), np.ones((3, 2)), np.ones((4, 3))
    network = LayeredNetwork(ExcitatoryInhibitory(*ones, activation="linear"))
    data = make_samples([[1.0, 2.0]], [[1.0, 2.0, 3.0, 4.0]])
    recipe = TrainingOptions("adam", 1e-3, "mse", 1, initialisation=None, precision="double")
    begun, found = network.layers[0], train(network, data, recipe, seeds=(1,)).networks[0].layers[0]
    # The first step of Adam is the rate, whatever the slope.
    steps = {
        name: np.abs(getattr(found, name) - getattr(begun, name)).max() / 1e-3
        for name in ("W_EE", "W_IE", "W_EI", "alpha", "gain", "bias")
    }
    corrected = {"W_IE": 1 / 2, "W_EI": 1 / 2, "alpha": 1 / 4}
    assert steps == pytest.approx(dict.fromkeys(steps, 1.0) | corrected, rel=1e-4)


@pytest.mark.slow
def test_the_seed_decides_and_other_seeds_do_not_matter(points, small):
    both = train(small, points, SHORT, seeds=(1, 2))
    again = train(small, points, SHORT, seeds=(1, 2))
    alone = train(small, points, SHORT, seeds=(2,))
    for k in (0, 1):
        for a, b in zip(arrays(both.networks[k]), arrays(again.networks[k]), strict=True):
            np.testing.assert_array_equal(a, b)
    # A batch of seeds multiplies in another order: 16 steps of 32-bit rounding.
    for a, b in zip(arrays(both.networks[1]), arrays(alone.networks[0]), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
    assert (both.networks[0].layers[0].W != both.networks[1].layers[0].W).all()


@pytest.mark.slow
@pytest.mark.parametrize("recipe", KINDS.values(), ids=KINDS)
def test_a_training_that_is_taken_up_again_is_the_same_to_the_last_bit(
    points, small, tmp_path, recipe
):
    file = tmp_path / "training.npz"
    network = dataclasses.replace(
        small, layers=(small.layers[0], Dropout(0.2), small.layers[1]), names=None, outputs=None
    )
    rest, aside = split_samples(points, 0.25, seed=1)
    asked = {"seeds": (1, 5), "validation": aside, "checkpoint": file}
    whole = train(network, rest, recipe, seeds=(1, 5), validation=aside)
    half = dataclasses.replace(recipe, epochs=2)
    train(network, rest, half, **asked)
    continued = train(network, rest, recipe, resume=True, **asked)
    for one, other in zip(whole.networks, continued.networks, strict=True):
        assert one == other
    xr.testing.assert_identical(whole.history, continued.history)
    xr.testing.assert_identical(whole.signs, continued.signs)


def test_a_checkpoint_of_another_training_is_refused(points, small, tmp_path):
    file = tmp_path / "training.npz"
    train(small, points, SHORT, seeds=(1,), checkpoint=file)
    other = dataclasses.replace(SHORT, rate=0.02)
    with pytest.raises(OutputError, match=r"options: wanted that of this training, .*rate=0\.02"):
        train(small, points, other, seeds=(1,), checkpoint=file, resume=True)
    with pytest.raises(OutputError, match=r"seeds: wanted that of this training, \[2\], got \[1\]"):
        train(small, points, SHORT, seeds=(2,), checkpoint=file, resume=True)
    renamed = dataclasses.replace(small, outputs=("a", "b"))
    with pytest.raises(OutputError, match="network: wanted that of this training"):
        train(renamed, points, SHORT, seeds=(1,), checkpoint=file, resume=True)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_what_is_no_checkpoint_is_told(points, small, tmp_path, content):
    file = tmp_path / "training.npz"
    file.write_bytes(content)
    with pytest.raises(OutputError, match="wanted a checkpoint"):
        train(small, points, SHORT, seeds=(1,), checkpoint=file, resume=True)


def test_a_pickle_in_a_checkpoint_does_not_run(points, small, tmp_path):
    class Bomb:
        def __reduce__(self):
            return open, (str(tmp_path / "exploded"), "w")

    file = tmp_path / "training.npz"
    np.savez(file, about=np.array([Bomb()], dtype=object))
    with pytest.raises(OutputError, match="wanted a checkpoint"):
        train(small, points, SHORT, seeds=(1,), checkpoint=file, resume=True)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.slow
def test_divergence_stops_with_seed_layer_step_and_checkpoint(tmp_path):
    network = LayeredNetwork((Dense.of_size(2, 4, "linear"), Dense.of_size(4, 1, "linear")))
    data = make_samples(np.ones((8, 2)), np.ones((8, 1)))
    file = tmp_path / "training.npz"
    calm = TrainingOptions("sgd", 1e-4, "mse", 3, 4)
    train(network, data, calm, seeds=(7, 8), checkpoint=file, every=1)
    kept = file.read_bytes()
    wild = dataclasses.replace(calm, rate=1e6, epochs=50)
    with pytest.raises(SimulationError) as caught:
        train(network, data, wild, seeds=(7, 8), checkpoint=file, every=1)
    said = str(caught.value)
    assert "training, seed 7, layer 'layer" in said
    assert "at step 1 (epoch 1)" in said or "at step 2 (epoch 1)" in said
    assert f"Last good checkpoint: {file}" in said
    assert file.read_bytes() == kept
    with pytest.raises(SimulationError, match="none, because checkpoint="):
        train(network, data, wild, seeds=(7, 8))


@pytest.mark.slow
def test_early_stopping_keeps_the_best_weights_of_each_seed(points, small):
    rest, aside = split_samples(points, 0.5, seed=1)
    recipe = TrainingOptions(epochs=200, rate=0.05, patience=5)
    found = train(small, rest, recipe, seeds=(1, 2, 3), validation=aside)
    losses = found.history.validation_loss
    assert (found.history.epochs < 200).any()
    for k, seed in enumerate(found.seeds):
        mine = losses.sel(seed=seed).dropna("epoch")
        assert int(found.history.best[k]) == int(mine.idxmin())
        assert int(found.history.epochs[k]) <= int(mine.idxmin()) + 5
        output = found.networks[k].predict(aside.input.values)
        logits = output - np.log(np.exp(output).sum(axis=1, keepdims=True))
        loss = -logits[np.arange(len(logits)), aside.target.values].mean()
        assert loss == pytest.approx(float(mine.min()), rel=1e-4)


def test_the_last_samples_of_an_epoch_count_as_much_as_the_others():
    """One epoch of batches of 3 over 4 samples is the two steps that one makes by hand."""
    network = LayeredNetwork(Dense([[0.0]], activation="linear"))
    data = make_samples([[1.0]] * 4, [[1.0]] * 4)
    recipe = TrainingOptions("sgd", 0.1, "mse", 1, 3, initialisation=None, precision="double")
    layer = train(network, data, recipe, seeds=(1,)).networks[0].layers[0]
    w = b = 0.0
    for _ in range(2):
        slope = 2 * (w + b - 1)
        w, b = w - 0.1 * slope, b - 0.1 * slope
    np.testing.assert_allclose([layer.W[0, 0], layer.bias[0]], [w, b], rtol=1e-12)


@pytest.mark.slow
def test_dropout_leaves_out_its_share_in_training_and_nothing_in_a_run():
    """With the weights fixed at one, the loss of a step shows how many outputs were kept."""
    n = 400
    network = LayeredNetwork((Dropout(0.25), Dense(np.eye(n), activation="linear")), shape=n)
    recipe = TrainingOptions("sgd", 1e-12, "mse", 1, initialisation=None)
    told = train(network, make_samples(np.ones((1, n)), np.zeros((1, n))), recipe, seeds=(1,))
    # Each kept output is 1 / 0.75; the mean of the squares is 0.75 / 0.75^2 = 4/3.
    spread = np.sqrt(0.75 * 0.25 / n) / 0.75**2
    assert float(told.history.loss[0, 0]) == pytest.approx(4 / 3, abs=4 * spread)
    np.testing.assert_array_equal(network.predict(np.ones((1, n))), np.ones((1, n)))


def test_a_mean_of_the_loss_over_weighted_moments():
    """Only moments with weight teach anything."""
    network = LayeredNetwork(Dense([[0.0]], activation="linear"))
    x, y = np.ones((2, 3, 1)), np.zeros((2, 3, 1))
    y[:, 0] = 5.0
    data = make_samples(x, y, dt=10 * ms, weight=[[0, 1, 1]] * 2)
    recipe = TrainingOptions("sgd", 0.1, "mse", 5, initialisation=None)
    found = train(network, data, recipe, seeds=(1,)).networks[0].layers[0]
    assert found.W[0, 0] == found.bias[0] == 0


class TestRefusing:
    """What cannot be trained is told before anything is computed."""

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"optimiser": "adamw"},
                "TrainingOptions, optimiser: wanted 'sgd' or 'momentum' or 'adam'",
            ),
            ({"rate": -1}, "TrainingOptions, rate: wanted a number above 0, got -1"),
            ({"epochs": 1.5}, "TrainingOptions, epochs: wanted a whole number"),
            ({"batch": 0}, "TrainingOptions, batch"),
            ({"momentum": 1}, "TrainingOptions, momentum: wanted 0 <= momentum < 1"),
            ({"constraint": "free"}, "TrainingOptions, constraint: .*Write constraint=NonNegative"),
            ({"decay": np.nan}, "TrainingOptions, decay"),
        ],
    )
    def test_a_recipe_that_means_nothing(self, change, message):
        with pytest.raises(DescriptionError, match=message):
            TrainingOptions(**change)

    def test_samples_that_do_not_fit(self, points, small):
        with pytest.raises(StimulusError, match=r"the network's shape \(2,\), got \(3,\)"):
            train(small, make_samples(np.ones((4, 3)), [0, 1, 0, 1]), SHORT, seeds=(1,))
        with pytest.raises(StimulusError, match=r"class numbers from 0 to 1, .*got 0 to 2"):
            train(small, make_samples(np.ones((3, 2)), [0, 1, 2]), SHORT, seeds=(1,))
        with pytest.raises(StimulusError, match=r"one class number .* for cross-entropy"):
            train(small, make_samples(np.ones((3, 2)), [0.5, 1, 2]), SHORT, seeds=(1,))
        mse = dataclasses.replace(SHORT, loss="mse")
        with pytest.raises(StimulusError, match=r"an output of shape \(2,\) for every sample"):
            train(small, points, mse, seeds=(1,))
        with pytest.raises(StimulusError, match="a variable 'target'"):
            train(small, points.drop_vars("target"), SHORT, seeds=(1,))

    def test_seeds_and_patience(self, points, small):
        with pytest.raises(DescriptionError, match=r"train, seeds: .*got 1\. Try seeds=\(1,\)"):
            train(small, points, SHORT, seeds=1)
        with pytest.raises(DescriptionError, match="patience: wanted a validation set"):
            train(small, points, dataclasses.replace(SHORT, patience=3), seeds=(1,))


@pytest.mark.slow
def test_without_the_extra_networks_run_and_training_says_what_to_install():
    code = """
import sys
sys.modules["jax"] = sys.modules["optax"] = None
import numpy as np, bioann as ba
network = ba.LayeredNetwork(ba.layers.Dense([[1.0]]))
assert network.predict([[2.0]]) == 2
try:
    ba.train(network, ba.tasks.make_samples([[1.0]], [0]), seeds=(1,))
except ba.BioannError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'bioann[train]'" in said.stdout


def test_a_given_initialisation_draws_what_training_begins_with(small, points):
    recipe = TrainingOptions(
        "sgd", 1e-12, epochs=1, initialisation=RandomNormal(0.5), precision="double"
    )
    found = train(small, points, recipe, seeds=(1,)).networks[0]
    begun = initialise_weights(small, RandomNormal(0.5), seed=1)
    for a, b in zip(arrays(found), arrays(begun), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)


@pytest.mark.slow
def test_what_signs_do_is_told_of_the_right_weights():
    """Ten layers, so that the alphabet has layer10 before layer2; each has its own sign."""
    signs = [-1, -1, -1, 1, 1, 1, 1, 1, 1, -1]
    network = LayeredNetwork(tuple(Dense([[0.5 * s]], activation="linear") for s in signs))
    recipe = TrainingOptions("sgd", 1e-9, "mse", 1, initialisation=None)
    found = train(network, make_samples([[1.0]], [[1.0]]), recipe, seeds=(1,)).signs
    assert found.weight.values.tolist() == [f"layer{k}.W" for k in range(1, 11)]
    np.testing.assert_array_equal(found.share_negative.isel(step=-1, seed=0), np.less(signs, 0))
    np.testing.assert_array_equal(found.balance.isel(step=-1, seed=0), signs)
    assert not found.crossings.any()


def test_crossings_are_counted_once_each_and_resting_at_zero_is_none():
    """One linear unit is drawn from 1 to -1 and passes zero once; a bound holds it at zero."""
    network = LayeredNetwork(Dense([[1.0]], activation="linear"))
    data = make_samples([[1.0], [-1.0]], [[-1.0], [1.0]])
    recipe = TrainingOptions("sgd", 0.1, "mse", 20, initialisation=None, record="step")
    free = train(network, data, recipe, seeds=(1,))
    assert int(free.signs.crossings.sum()) == 1
    quantiles = free.signs.quantiles.isel(seed=0, weight=0)
    at = int(free.signs.crossings.isel(seed=0, weight=0).argmax("step"))
    assert quantiles.isel(step=at - 1).min() > 0 > quantiles.isel(step=at).max()
    bound = train(network, data, dataclasses.replace(recipe, constraint=NonNegative()), seeds=(1,))
    assert int(bound.signs.crossings.sum()) == 0
    assert bound.networks[0].layers[0].W[0, 0] == 0


def test_the_spectrum_is_that_of_linear_algebra():
    rng = np.random.default_rng(1)
    U, W = rng.normal(size=(4, 4)), rng.normal(size=(4, 2))
    norm, radius = statistics.spectral_norm_and_radius(U)
    assert norm == pytest.approx(np.linalg.svd(U)[1][0])
    assert radius == pytest.approx(np.abs(np.linalg.eigvals(U)).max())
    norm, radius = statistics.spectral_norm_and_radius(W)
    assert norm == pytest.approx(np.linalg.svd(W)[1][0])
    assert np.isnan(radius)
    assert statistics.sign_balance(np.array([3.0, -1.0])) == 0.5
