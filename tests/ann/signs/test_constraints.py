"""Sign constraints and initialisations."""

import numpy as np
import pytest

from bioann.ann.init import (
    DaleBalanced,
    Glorot,
    He,
    RandomNormal,
    RandomUniform,
    Zero,
    initialise_weights,
)
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.excitatory_inhibitory import ExcitatoryInhibitory
from bioann.ann.signs.constraints import (
    DaleColumns,
    Free,
    NonNegative,
    NonPositive,
    SignFrozen,
    WeightSources,
    impose_bounds,
)
from bioann.ann.signs.separate_units import SeparateUnits
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng

WEIGHTS = make_rng(1, "weights").normal(size=(30, 20))
SOURCES = WeightSources("layer1", 3)


def initial_weights(constraint, weights=WEIGHTS):
    return impose_bounds(weights, constraint.compute_bounds(weights, SOURCES))


class TestSignConstraints:
    """Where each constraint lets a network begin."""

    def test_magnitudes_are_kept_and_signs_are_what_the_constraint_says(self):
        for constraint in (Free(), NonNegative(), NonPositive(), DaleColumns(), SignFrozen()):
            np.testing.assert_array_equal(np.abs(initial_weights(constraint)), np.abs(WEIGHTS))
        assert (initial_weights(NonNegative()) > 0).all()
        assert (initial_weights(NonPositive()) < 0).all()
        np.testing.assert_array_equal(initial_weights(Free()), WEIGHTS)
        np.testing.assert_array_equal(initial_weights(SignFrozen()), WEIGHTS)

    def test_dale_columns_have_one_sign_each_and_the_share_that_was_asked_for(self):
        signs = np.sign(initial_weights(DaleColumns(0.2)))
        assert (signs == signs[0]).all()
        assert (signs[0] < 0).sum() == 4  # of 20
        kernel = WEIGHTS.reshape(6, 10, 5, 2)
        signs = np.sign(initial_weights(DaleColumns(0.3), kernel))
        assert (signs == signs[:1, :, :1, :1]).all()
        assert (signs[0, :, 0, 0] < 0).sum() == 3

    def test_dale_columns_that_are_there_are_kept(self):
        weights = np.abs(WEIGHTS) * np.where(np.arange(20) < 7, -1, 1)
        np.testing.assert_array_equal(initial_weights(DaleColumns(0.5), weights), weights)

    def test_a_frozen_zero_has_nowhere_to_go(self):
        low, high = SignFrozen().compute_bounds(np.array([[0.0, 2.0, -1.0]]), SOURCES)
        np.testing.assert_array_equal(low, [[0, 0, -np.inf]])
        np.testing.assert_array_equal(high, [[0, np.inf, 0]])

    def test_separate_units_replace_dense_layers_of_the_same_size(self):
        network = LayeredNetwork((Dense.of_size(6, 40), Dense.of_size(40, 3, "linear")))
        first, last = SeparateUnits(0.1).rebuild_network(network).layers
        assert (first.W_EE.shape, first.W_IE.shape) == ((40, 6), (4, 6))
        assert (last.W_EE.shape, last.W_IE.shape) == ((3, 40), (1, 40))
        assert last.activation == network.layers[1].activation

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: NonNegative(method="clipping"), "NonNegative, method: wanted 'projection' or"),
            (
                lambda: DaleColumns(1.2),
                "DaleColumns, inhibitory: wanted a fraction between 0 and 1",
            ),
            (lambda: SeparateUnits(-1), "SeparateUnits, inhibitory"),
            (
                lambda: SeparateUnits().rebuild_network(
                    LayeredNetwork(Conv2d.of_size(1, 2, 3), (1, 5, 5))
                ),
                "SeparateUnits, Conv2d: wanted static Dense layers",
            ),
            (lambda: RandomNormal(0), "RandomNormal, std: wanted a number above 0"),
            (lambda: He("cauchy"), "He, distribution: wanted 'normal' or 'uniform'"),
            (
                lambda: ExcitatoryInhibitory([[-1.0]], [[1.0]], [[1.0]]),
                r"ExcitatoryInhibitory, W_EE: wanted numbers of 0 or more.*1 below 0",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(self, make, message):
        with pytest.raises(DescriptionError, match=message):
            make()


class TestInitialisation:
    """Variances over depth, as their authors derived them."""

    WIDTH, DEPTH, BATCH = 400, 6, 100

    def mean_squares(self, initialisation, activation):
        """Mean square of the summed inputs of each layer."""
        layer = Dense.of_size(self.WIDTH, self.WIDTH, activation)
        network = initialise_weights(LayeredNetwork((layer,) * self.DEPTH), initialisation, seed=1)
        x = make_rng(2, "inputs").normal(size=(self.BATCH, self.WIDTH))
        mean_squares = []
        for layer in network.layers:
            summed_input = x @ layer.W.T
            mean_squares.append((summed_input**2).mean())
            x = layer.activation(summed_input)
        return np.array(mean_squares)

    @pytest.mark.parametrize("distribution", ["normal", "uniform"])
    @pytest.mark.parametrize(
        ("kind", "activation", "ratio"),
        [(He, "relu", 1.0), (Glorot, "relu", 0.5), (Glorot, "linear", 1.0)],
    )
    def test_he_keeps_and_glorot_halves_the_variance_of_each_relu_layer(
        self, kind, activation, ratio, distribution
    ):
        mean_squares = self.mean_squares(kind(distribution), activation)
        ratios = mean_squares[1:] / mean_squares[:-1]
        # A layer's ratio fluctuates by about sqrt(5 / width): one draw of weights serves the batch.
        assert np.exp(np.log(ratios).mean()) == pytest.approx(
            ratio, rel=3 * np.sqrt(5 / self.WIDTH / (self.DEPTH - 1))
        )

    def test_variances_are_the_published_ones(self):
        network = LayeredNetwork((Conv2d.of_size(20, 40, 3), Conv2d.of_size(40, 10, 3)), (20, 9, 9))
        for kind, variance in (
            (He(), 2 / (20 * 9)),
            (Glorot(), 2 / ((20 + 40) * 9)),
            (Glorot("normal"), 2 / ((20 + 40) * 9)),
            (RandomNormal(0.3), 0.09),
            (RandomUniform(0.3), 0.03),
        ):
            kernel = initialise_weights(network, kind, seed=1).layers[0].kernel
            # The variance of 7200 draws is known to sqrt(2 / 7200) = 1.7 % for normal ones.
            assert kernel.var() == pytest.approx(variance, rel=0.06)
            assert abs(kernel.mean()) < 4 * np.sqrt(variance / kernel.size)

    def test_zero_gives_zeros_and_biases_begin_at_zero(self):
        network = LayeredNetwork(Dense(WEIGHTS, 3.0))
        for kind in (Zero(), He()):
            assert not initialise_weights(network, kind, seed=1).layers[0].bias.any()
        assert not initialise_weights(network, Zero(), seed=1).layers[0].W.any()

    def test_balanced_columns_have_one_sign_and_cancel_on_average(self):
        network = LayeredNetwork(Dense.of_size(100, 2000))
        W = initialise_weights(network, DaleBalanced(0.2), seed=3).layers[0].W
        signs = np.sign(W)
        assert (signs == signs[0]).all()
        assert (signs[0] < 0).sum() == 20
        assert W.var(axis=0).sum() == pytest.approx(2, rel=0.05)
        # Each sum has variance 2; the mean of 2000 of them is known to sqrt(2 / 2000).
        assert abs(W.sum(axis=1).mean()) < 4 * np.sqrt(2 / 2000)
        sources = WeightSources("input", 3)
        _, high = DaleColumns(0.2).compute_bounds(WEIGHTS.repeat(5, axis=1), sources)
        np.testing.assert_array_equal(high[0] == 0, signs[0] < 0)

    def test_a_layer_draws_the_same_weights_whatever_stands_around_it(self):
        one, two = Dense.of_size(5, 5), Dense.of_size(5, 5)
        alone = initialise_weights(LayeredNetwork(one), He(), seed=1)
        both = initialise_weights(LayeredNetwork((one, two)), He(), seed=1)
        assert alone.layers[0] == both.layers[0]
        assert both.layers[0] != both.layers[1]
        assert initialise_weights(LayeredNetwork(one), He(), seed=2) != alone

    def test_separate_units_begin_normalised(self):
        """Subtraction centres the sums and division brings them to about one."""
        layer = ExcitatoryInhibitory.of_size(300, 400, 40, "linear")
        layer = initialise_weights(LayeredNetwork(layer), Zero(), seed=1).layers[0]
        x = make_rng(2, "rates").exponential(1.0, (50, 1, 300))
        z = (layer.forward(layer.parameters, x) - layer.bias)[:, 0]
        assert (layer.W_EE >= 0).all()
        # With weights of mean m and variance m^2 the difference has variance m^2 41/40 d E[x^2],
        # what divides it is sqrt((2 pi - 1) / d) m d E[x], and E[x^2] is 2 E[x]^2 here.
        assert (z**2).mean() == pytest.approx(2 * (1 + 1 / 40) / (2 * np.pi - 1), rel=0.1)
        np.testing.assert_allclose(
            layer.W_IE.mean(), layer.W_EE.mean(), rtol=4 / np.sqrt(layer.W_IE.size)
        )
