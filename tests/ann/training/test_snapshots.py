"""Snapshots of a training: closed forms of updates, their factors, and what is refused."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.dropout import Dropout
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.signs.constraints import NonPositive
from bioann.ann.tasks.samples import make_samples
from bioann.ann.training.model import TrainableLayeredNetwork
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.silent_start import require_active_layers
from bioann.ann.training.snapshots import Snapshots
from bioann.ann.training.train import train
from bioann.base.errors import DescriptionError

SGD = TrainingOptions("sgd", 0.05, epochs=2, batch=40, precision="double")


@pytest.fixture(scope="module")
def network():
    layers = (Dense.of_size(2, 8), Dropout(0.2), Dense.of_size(8, 2, "linear"))
    return LayeredNetwork(layers, names=("hidden", "dropout", "output"))


@pytest.fixture(scope="module")
def recorded(network, points):
    snapshots = Snapshots(range(6), updates=True, gradients=True)
    return train(network, points, SGD, seeds=(1, 2), progress=False, snapshots=snapshots)


@pytest.mark.slow
def test_an_update_is_minus_the_rate_times_error_times_input(recorded):
    snapshots = recorded.snapshots
    for name in ("hidden.W", "output.W"):
        update, gradient = snapshots.updates[name], snapshots.gradient(name)
        xr.testing.assert_allclose(update, -0.05 * gradient, rtol=1e-9, atol=1e-12)
        assert (np.abs(update).max(("target", "source")) > 1e-4).all()
        np.testing.assert_array_equal(update.step, range(6))


def test_a_snapshot_and_its_update_give_the_next_one_and_the_last_the_trained_network(recorded):
    weights, update = (getattr(recorded.snapshots, k)["hidden.W"] for k in ("weights", "updates"))
    np.testing.assert_allclose(weights[1:], (weights + update)[:-1], atol=1e-15)
    for k, network in enumerate(recorded.networks):
        np.testing.assert_allclose(network.layers[0].W, (weights + update)[-1, k], atol=1e-15)


def test_with_inputs_of_0_or_more_the_updates_of_a_unit_have_one_sign_in_a_sample(recorded):
    """Digits and firing rates are such inputs: sign(dw) = -sign(delta) wherever x > 0."""
    inputs, errors = (getattr(recorded.snapshots, k)["output.W"] for k in ("inputs", "errors"))
    assert (inputs >= 0).all()  # those of the output layer are rectified
    signs = np.sign(errors * inputs)
    assert (np.abs(signs.sum("source")) == np.abs(signs).sum("source")).all()
    # The error of softmax and cross-entropy is p - onehot: it sums to 0 over the outputs.
    np.testing.assert_allclose(errors.sum("target"), 0, atol=1e-15)


def test_recording_changes_no_bit_of_the_results(network, points, recorded):
    plain = train(network, points, SGD, seeds=(1, 2), progress=False)
    assert not plain.snapshots.weights
    assert recorded.networks == plain.networks
    xr.testing.assert_identical(recorded.history, plain.history)
    xr.testing.assert_identical(recorded.signs, plain.signs)


def test_decay_alone_scales_all_weights_and_changes_no_sign():
    """w <- (1 - rate * decay) w; a target that the output meets leaves no other force."""
    layer = Dense([[0.5, -0.25], [-1.0, 2.0]], activation="linear")
    data = make_samples([[0.0, 0.0]], [[0.0, 0.0]])
    options = TrainingOptions(
        "sgd", 0.1, "mse", epochs=30, decay=0.5, initialisation=None, precision="double"
    )
    snapshots = train(
        LayeredNetwork(layer), data, options, seeds=(1,), progress=False,
        snapshots=Snapshots(range(0, 31, 5)),
    ).snapshots  # fmt: skip
    (name,) = snapshots.weights
    for step, weights in zip(range(0, 31, 5), snapshots.weights[name], strict=True):
        np.testing.assert_allclose(weights[0], layer.W * 0.95**step, rtol=1e-12)
    # Eigenvalues of the start, by hand: trace 2.5, determinant 0.75, so (2.5 + sqrt(3.25)) / 2.
    radius = snapshots.spectral_radius(name)
    np.testing.assert_allclose(radius[:, 0], (2.5 + 3.25**0.5) / 2 * 0.95**radius.step)


def test_more_than_the_limit_is_refused_with_its_size(network, points):
    """8 x 2 + 2 x 8 weights and updates; factors of 40 samples: 2 + 8 and 8 + 2; 2 seeds."""
    n_bytes = 2 * 8 * (2 * 32 + 40 * 20)
    snapshots = Snapshots((0, 3), updates=True, gradients=True, max_bytes=2 * n_bytes)
    train(network, points, SGD, seeds=(1, 2), progress=False, snapshots=snapshots)
    small = dataclasses.replace(snapshots, max_bytes=2 * n_bytes - 1)
    with pytest.raises(
        DescriptionError, match=r"memory: wanted at most 28 kB, got 28 kB for 2 snapshots"
    ):
        train(network, points, SGD, seeds=(1, 2), progress=False, snapshots=small)


@pytest.mark.parametrize("steps", [(), (1, 1), (3, 2), (-1,), (0.5,), "12"])
def test_steps_that_are_no_increasing_counts_are_refused(steps):
    with pytest.raises(DescriptionError, match="Snapshots, steps: wanted"):
        Snapshots(steps)


def test_steps_after_the_end_are_refused(network, points):
    """120 samples in batches of 40, twice: 6 steps, of which the last begins after 5."""
    train(network, points, SGD, seeds=(1, 2), progress=False, snapshots=Snapshots((6,)))
    for snapshots in (Snapshots((7,)), Snapshots((6,), updates=True)):
        with pytest.raises(DescriptionError, match=r"steps up to . in a training of 6 steps"):
            train(network, points, SGD, seeds=(1,), progress=False, snapshots=snapshots)
    with pytest.raises(DescriptionError, match="wanted a training that starts at step 0"):
        train(network, points, SGD, seeds=(1,), snapshots=Snapshots((0,)), resume=True)


@pytest.mark.parametrize(
    ("layers", "shape", "name"),
    [
        ((Conv2d.of_size(1, 2, 2),), (1, 3, 3), "Conv2d"),
        ((Recurrent.of_size(2, 3), Dense.of_size(3, 2, "linear")), (2,), "Recurrent"),
    ],
)
def test_gradients_of_other_layers_have_not_two_factors(layers, shape, name):
    network = LayeredNetwork(layers, shape=shape)
    data = make_samples(np.zeros((4, *shape)), np.zeros((4, *network.shapes[-1])))
    options = dataclasses.replace(SGD, loss="mse")
    with pytest.raises(DescriptionError, match=f"wanted static Dense layers, .*got {name}"):
        train(network, data, options, seeds=(1,), snapshots=Snapshots((0,), gradients=True))


def test_a_layer_that_its_start_silences_for_all_samples_is_refused(points):
    """All weights <= 0, inputs >= 0, biases 0: the gradient is 0 for ever."""
    weights = -np.ones((3, 2))
    options = dataclasses.replace(SGD, epochs=1, constraint=NonPositive(), initialisation=None)
    positive = points.assign(input=abs(points.input))

    silent, active = (
        LayeredNetwork((Dense(weights, bias), Dense.of_size(3, 2, "linear"))) for bias in (0.0, 2.0)
    )
    with pytest.raises(DescriptionError, match=r"units that some sample excites.*positive biases"):
        train(silent, positive, options, seeds=(1,), progress=False)
    x = positive.input.values[:, None]
    require_active_layers(TrainableLayeredNetwork(active, None), NonPositive(), x, None)
