"""What is known about signs and initial weights comes out of training."""

import itertools

import numpy as np
import pytest

from bioann.ann.init import Glorot, Zero
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.network import RateNetwork
from bioann.ann.signs.constraints import (
    DaleColumns,
    Free,
    NonNegative,
    NonPositive,
    SignFrozen,
)
from bioann.ann.signs.separate_units import SeparateUnits
from bioann.ann.tasks.images import digits
from bioann.ann.tasks.logic import xor
from bioann.ann.tasks.samples import make_samples, split_samples
from bioann.ann.training.model import TrainableLayeredNetwork
from bioann.ann.training.options import TrainingOptions
from bioann.ann.training.rate_model import TrainableRateNetwork
from bioann.ann.training.train import train

pytestmark = pytest.mark.slow

XOR = xor()
POINTS = XOR.input.values
GRID = np.stack(np.meshgrid(*[np.linspace(0, 1, 21)] * 2, indexing="ij"), axis=-1)


def deep(hidden, activation="sigmoid"):
    """Two inputs, some hidden layers of eight units, one output between 0 and 1."""
    sizes = [2, *[8] * hidden]
    layers = [Dense.of_size(a, b, activation) for a, b in itertools.pairwise(sizes)]
    return LayeredNetwork((*layers, Dense.of_size(sizes[-1], 1, "sigmoid")))


def right(network):
    return ((network.predict(POINTS)[:, 0] > 0.5) == XOR.target.values).mean()


def learned(network, constraint, epochs, seeds):
    data = make_samples(POINTS, XOR.target.values[:, None])
    recipe = TrainingOptions(
        rate=0.03, loss="mse", epochs=epochs, constraint=constraint, initialisation=Glorot()
    )
    return train(network, data, recipe, seeds=seeds, progress=False)


class TestXor:
    """Wang et al. 2023 (arXiv 2208.03211): without negative weights a network is monotone."""

    @pytest.mark.parametrize(
        ("hidden", "activation", "by"),
        [
            (0, "sigmoid", "projection"),
            (1, "relu", "projection"),
            (1, "sigmoid", "reparametrisation"),
            (3, "sigmoid", "projection"),
        ],
    )
    def test_without_negative_weights_it_is_monotone_and_never_passes_75_percent(
        self, hidden, activation, by
    ):
        """At every moment that is looked at, the bound holds; the function never falls."""
        for epochs in (1, 5, 40):
            found = learned(deep(hidden, activation), NonNegative(method=by), epochs, range(1, 11))
            for network in found.networks:
                assert right(network) <= 0.75
                answers = network.predict(GRID.reshape(-1, 2)).reshape(21, 21)
                for axis in (0, 1):
                    assert (np.diff(answers, axis=axis) >= -1e-12).all()

    def test_all_non_positive_weights_of_two_layers_are_monotone_too(self):
        """Minus times minus is plus: two layers rise, one or three fall."""
        for hidden, sign in ((0, -1), (1, 1), (2, -1)):
            for network in learned(deep(hidden), NonPositive(), 20, range(1, 11)).networks:
                answers = network.predict(GRID.reshape(-1, 2)).reshape(21, 21)
                assert (sign * np.diff(answers, axis=0) >= -1e-12).all()
                assert right(network) <= 0.75

    def test_mixed_signs_reach_all_four(self):
        found = learned(deep(1, "tanh"), Free(), 300, range(1, 11))
        assert [right(network) for network in found.networks] == [1.0] * 10


class TestConstraintsWhileTraining:
    """The bounds hold at the end of training, and what was frozen has not crossed."""

    @pytest.mark.parametrize("method", ["projection", "reparametrisation"])
    def test_signs_are_those_of_the_constraint(self, method, points, small):
        recipe = {"epochs": 8, "rate": 0.05}
        for constraint in (
            NonNegative(method=method),
            NonPositive(method=method),
            SignFrozen(method=method),
        ):
            found = train(
                small, points, TrainingOptions(constraint=constraint, **recipe), seeds=(1, 2)
            )
            assert not found.signs.crossings.any()
            shares = found.signs.share_negative.isel(step=[0, -1])
            if isinstance(constraint, SignFrozen):
                assert ((shares > 0.1) & (shares < 0.9)).all()
            else:
                assert (shares == float(isinstance(constraint, NonPositive))).all()

    def test_columns_keep_one_sign_and_separate_units_their_magnitudes(self, points, small):
        dale = TrainingOptions(epochs=15, rate=0.05, constraint=DaleColumns(inhibitory=0.5))
        for network in train(small, points, dale, seeds=(1, 2)).networks:
            for layer in network.layers:
                assert ((layer.W >= 0).all(axis=0) | (layer.W <= 0).all(axis=0)).all()
        separate = TrainingOptions(epochs=15, rate=0.05, constraint=SeparateUnits())
        for network in train(small, points, separate, seeds=(1, 2)).networks:
            for layer in network.layers:
                assert all((getattr(layer, n) >= 0).all() for n in layer.non_negative_fields)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (Dense.of_size(3, 6), np.full((1, 1, 3), 0.3)),
        (Recurrent.of_size(3, 6, "relu"), np.full((1, 1, 3), 0.3)),
        (Conv2d.of_size(1, 6, 3), np.full((1, 1, 1, 5, 5), 0.3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rectified_units_that_are_only_inhibited_start_above_threshold(layer, x, seed):
    """Biases of zero would leave them silent for every non-negative input, and without gradient."""
    if isinstance(layer, Conv2d):
        layers = (layer, Flatten(), Dense.of_size(6 * 9, 1, "linear"))
        network = LayeredNetwork(layers, shape=(1, 5, 5))
    else:
        network = LayeredNetwork((layer, Dense.of_size(6, 1, "linear")))
    model = TrainableLayeredNetwork(network, None)
    start, _ = model.start_within_bounds(Glorot(), NonPositive(), seed)
    first = {f: start[f"{network.names[0]}.{f}"] for f in layer.trainable_fields}
    assert (layer.forward(first, x) > 0).all()
    assert (layer.forward(first, x + 0.6) == 0).all()  # and they can be silenced
    for constraint in (Free(), NonNegative(), SignFrozen()):
        start, _ = model.start_within_bounds(Glorot(), constraint, seed)
        assert not start[f"{network.names[0]}.bias"].any()
    own, _ = model.start_within_bounds(None, NonPositive(), seed)
    assert not own[f"{network.names[0]}.bias"].any()


def test_a_rate_network_that_is_only_inhibited_starts_above_threshold():
    network = RateNetwork(("a", "b"), W_in=[[1], [0]], W=[[0, 0], [1, 0]], channels="x")
    start, _ = TrainableRateNetwork(network, None).start_within_bounds(Glorot(), NonPositive(), 1)
    weights = np.abs(start["network.W_in"]).sum(1) + np.abs(start["network.W"]).sum(1)
    np.testing.assert_allclose(start["network.bias"], weights / 2)
    assert (weights > 0).all()


def test_from_zero_the_units_of_a_layer_stay_alike_to_the_last_bit(points, small):
    recipe = TrainingOptions(epochs=10, rate=0.05, initialisation=Zero())
    for network in train(small, points, recipe, seeds=(1, 2)).networks:
        hidden, last = network.layers
        assert last.bias.any() or last.W.any()  # it has learnt something
        assert (hidden.W[0] == hidden.W).all()
        assert (hidden.bias == hidden.bias[0]).all()
        assert (last.W[:, :1] == last.W).all()


def test_digits_are_learnt_and_separate_units_keep_up():
    """Five seeds, 360 images that were not shown; a point is the bar, 0.4 what 5 splits gave."""
    data = digits()
    flat = data.assign(
        input=(("sample", "feature"), data.input.values.reshape(len(data.sample), -1))
    )
    shown, aside = split_samples(flat, 0.2, seed=1)
    network = LayeredNetwork((Dense.of_size(64, 64), Dense.of_size(64, 10, "linear")))
    accuracy = {}
    for constraint in (Free(), SeparateUnits()):
        recipe = TrainingOptions(rate=3e-3, epochs=40, constraint=constraint)
        found = train(network, shown, recipe, seeds=range(1, 6))
        answers = [n.predict(aside.input.values).argmax(axis=1) for n in found.networks]
        accuracy[type(constraint)] = np.mean([a == aside.target.values for a in answers])
    assert accuracy[Free] >= 0.97
    assert accuracy[SeparateUnits] >= accuracy[Free] - 0.01
