"""Recurrent and gated layers, and layers that measure distances."""

import dataclasses

import numpy as np
import pytest
from brian2 import ms

from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.excitatory_inhibitory import ExcitatoryInhibitory
from bioann.ann.layers.lstm import LSTM
from bioann.ann.layers.radial_basis import RadialBasis
from bioann.ann.layers.recurrent import Recurrent
from bioann.ann.layers.self_organising_map import SelfOrganisingMap
from bioann.ann.layers.sub_lstm import SubLSTM
from bioann.ann.training.self_organising_map import quantisation_error, topographic_error, train_som
from bioann.base.errors import DescriptionError
from bioann.base.randomness import make_rng
from bioann.stimuli.waveforms import steps


def draw_normal(*shape, scale=1.0):
    return scale * make_rng(1, "layers", shape).normal(size=shape)


def run_layer(layer, x):
    return layer.forward(layer.parameters, x)


def sigma(x):
    return 1 / (1 + np.exp(-x))


class TestRecurrent:
    """A vanilla recurrent layer, discrete and continuous."""

    def test_it_repeats_its_equation(self):
        layer = Recurrent(draw_normal(3, 2), draw_normal(3, 3), draw_normal(3))
        x = draw_normal(4, 6, 2)
        outputs, y = run_layer(layer, x), np.zeros((4, 3))
        for t in range(6):
            y = np.tanh(x[:, t] @ layer.W.T + y @ layer.U.T + layer.bias)
            np.testing.assert_allclose(outputs[:, t], y, atol=1e-14)

    def test_without_weights_between_units_it_is_a_dense_layer(self):
        for tau in (None, 20 * ms):
            layer = Recurrent(draw_normal(3, 2), np.zeros((3, 3)), draw_normal(3), "tanh", tau)
            dense = Dense(layer.W, layer.bias, "tanh", tau)
            x = draw_normal(4, 6, 2)
            np.testing.assert_allclose(
                layer.forward(layer.parameters, x, dt=1e-3),
                dense.forward(dense.parameters, x, dt=1e-3),
                atol=1e-14,
            )

    def test_in_continuous_time_it_is_a_rate_network(self):
        layer = Recurrent(
            draw_normal(3, 1), draw_normal(3, 3, scale=0.5), draw_normal(3), "relu", 20 * ms
        )
        network = LayeredNetwork(layer)
        stimulus = steps({"input[0]": [0.5, 1.0]}, duration=100 * ms)
        runs = [
            n.run(stimulus, trials=1, seed=1, dt=1 * ms)
            for n in (network, network.to_rate_network())
        ]
        np.testing.assert_allclose(runs[0].activation, runs[1].activation, atol=1e-12)

    def test_a_linear_one_forgets_with_the_time_constant_of_its_loop(self):
        """One unit with a loop of weight w relaxes with tau / (1 - w)."""
        layer = Recurrent([[1.0]], [[0.8]], 0.0, "linear", 20 * ms)
        x = np.ones((1, 4000, 1))
        y = layer.forward(layer.parameters, x, dt=1e-4)[0, :, 0]
        t = np.arange(1, 4001) * 1e-4
        # Exponential Euler is of first order: dt / tau / 2 of the way.
        np.testing.assert_allclose(y, 5 * (1 - np.exp(-t / 0.1)), atol=5 * 1e-4 / 0.02)

    def test_discrete_time_cannot_be_flattened(self):
        network = LayeredNetwork(Recurrent([[1.0]], [[1.0]]))
        with pytest.raises(DescriptionError, match="wanted a time constant"):
            network.to_rate_network()


class TestGated:
    """LSTM and its subtractive variant."""

    @pytest.mark.parametrize("kind", [LSTM, SubLSTM])
    def test_it_repeats_its_equations(self, kind):
        n, layer = 3, kind(draw_normal(12, 2), draw_normal(12, 3), draw_normal(12))
        x = draw_normal(4, 6, 2)
        outputs = run_layer(layer, x)
        c = y = np.zeros((4, n))
        for t in range(6):
            i, f, z, o = np.split(x[:, t] @ layer.W.T + y @ layer.U.T + layer.bias, 4, axis=1)
            if kind is LSTM:
                c = sigma(f) * c + sigma(i) * np.tanh(z)
                y = sigma(o) * np.tanh(c)
            else:
                c = sigma(f) * c + sigma(z) - sigma(i)
                y = sigma(c) - sigma(o)
            np.testing.assert_allclose(outputs[:, t], y, atol=1e-13)

    def test_an_open_forget_gate_and_closed_others_hold_a_memory(self):
        """An input gate that only the input opens, and a forget gate that stays open."""
        W, bias = np.zeros((4, 2)), np.array([-40.0, 40.0, 0.0, 40.0])
        W[0, 0], W[2, 1] = 80.0, 1.0
        x = np.zeros((1, 100, 2))
        x[0, 0] = 1.0, 0.7
        x[0, 50, 1] = -3.0  # while the gate is closed
        y = run_layer(LSTM(W, np.zeros((4, 1)), bias), x)[0, :, 0]
        np.testing.assert_allclose(y, np.tanh(np.tanh(0.7)), atol=1e-9)

    def test_equal_gates_of_the_subtractive_variant_cancel(self):
        """Input that excites the cell as much as it inhibits it leaves it as it was."""
        W = np.zeros((4, 1))
        W[0] = W[2] = 3.0
        layer = SubLSTM(W, np.zeros((4, 1)), 0.0)
        np.testing.assert_allclose(run_layer(layer, draw_normal(2, 5, 1)), 0.0, atol=1e-15)

    def test_the_rows_have_to_be_four_gates(self):
        with pytest.raises(DescriptionError, match="LSTM, W: wanted four rows for each unit"):
            LSTM(np.ones((6, 2)), np.ones((6, 2)))
        with pytest.raises(DescriptionError, match=r"SubLSTM, U: .*\(4 \* unit, unit\) = \(8, 2\)"):
            SubLSTM(np.ones((8, 2)), np.ones((8, 3)))


class TestInhibition:
    """Excitatory units with inhibitory units of their own."""

    LAYER = ExcitatoryInhibitory(
        np.abs(draw_normal(5, 4)),
        np.abs(draw_normal(2, 4)),
        np.abs(draw_normal(5, 2)),
        draw_normal(2),
        np.abs(draw_normal(5)),
    )
    X = np.abs(draw_normal(7, 1, 4))

    def test_without_shunting_it_is_a_dense_layer_of_signed_weights(self):
        layer = dataclasses.replace(self.LAYER, shunting=False)
        flat = LayeredNetwork(layer).to_rate_network()
        dense = LayeredNetwork(Dense(layer.W_EE - layer.W_EI @ layer.W_IE, layer.bias))
        np.testing.assert_allclose(flat.W_in, dense.layers[0].W)
        np.testing.assert_allclose(
            run_layer(layer, self.X), dense.predict(self.X[:, 0])[:, None], atol=1e-13
        )

    def test_shunting_makes_it_blind_to_the_scale_of_its_input(self):
        np.testing.assert_allclose(
            run_layer(self.LAYER, 10 * self.X), run_layer(self.LAYER, self.X), rtol=1e-6
        )
        with pytest.raises(DescriptionError, match="weighted sums and activations"):
            LayeredNetwork(self.LAYER).to_rate_network()

    def test_more_divisive_interneurons_divide(self):
        layer = dataclasses.replace(self.LAYER, activation="linear", bias=0.0)
        stronger = dataclasses.replace(layer, alpha=layer.alpha + np.log(3))
        np.testing.assert_allclose(
            run_layer(stronger, self.X), run_layer(layer, self.X) / 3, rtol=1e-6
        )

    def test_nothing_in_is_only_the_bias_out(self):
        layer = dataclasses.replace(self.LAYER, bias=0.25)
        np.testing.assert_array_equal(run_layer(layer, np.zeros((1, 1, 4))), 0.25)


class TestDistances:
    """Radial basis units and self-organising maps."""

    def test_a_radial_unit_answers_most_at_its_centre_and_alike_all_around(self):
        layer = RadialBasis([[0.5, 0.5], [0.0, 1.0]], [2.0, 0.0])
        angle = np.linspace(0, 2 * np.pi, 9)
        circle = 0.5 + 0.3 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        y = run_layer(layer, circle[:, None])[:, 0]
        np.testing.assert_allclose(y[:, 0], np.exp(-2 * 0.09))
        np.testing.assert_array_equal(y[:, 1], 1.0)  # no sharpness, no place
        assert run_layer(layer, np.full((1, 1, 2), 0.5))[0, 0, 0] == 1

    def test_exactly_the_nearest_unit_of_a_map_answers(self):
        sheet = SelfOrganisingMap(draw_normal(3, 4, 2))
        x = draw_normal(50, 2)
        y = LayeredNetwork(sheet).predict(x)
        assert y.shape == (50, 3, 4)
        assert (y.sum(axis=(1, 2)) == 1).all()
        distances = np.linalg.norm(x[:, None, None] - sheet.W, axis=-1)
        np.testing.assert_array_equal(y.argmax(axis=None), distances[0].argmin())
        np.testing.assert_array_equal((distances * y).sum(axis=(1, 2)), distances.min(axis=(1, 2)))

    def test_a_trained_map_is_ordered_and_close_to_its_inputs(self):
        x = make_rng(1, "square").random((500, 2))
        sheet = SelfOrganisingMap.of_size(2, 6, 6)
        untrained = train_som(sheet, x, seed=1, epochs=1, rate=(1e-9, 1e-9))
        trained = train_som(sheet, x, seed=1)
        # A square cut into 36 squares: the mean distance from the middle is 0.3826 of the side.
        assert quantisation_error(trained, x) < 1.25 * 0.3826 / 6 < quantisation_error(untrained, x)
        assert topographic_error(trained, x) < 0.1 < 0.5 < topographic_error(untrained, x)

    def test_an_ordered_line_of_units_has_no_topographic_error_and_a_torn_one_has(self):
        x = np.linspace(0, 1, 50)[:, None]
        ordered = SelfOrganisingMap(np.linspace(0, 1, 6).reshape(1, 6, 1))
        torn = SelfOrganisingMap(ordered.W[:, [0, 3, 1, 4, 2, 5]])
        assert topographic_error(ordered, x) == 0
        assert topographic_error(torn, x) > 0.5

    def test_inputs_of_another_size_are_refused(self):
        with pytest.raises(DescriptionError, match=r"of shape \(sample, 2\), got shape \(5, 3\)"):
            train_som(SelfOrganisingMap.of_size(2, 3, 3), np.ones((5, 3)), seed=1)
        with pytest.raises(DescriptionError, match=r"RadialBasis, sharpness: .*0 or more"):
            RadialBasis([[0.0]], -1.0)
