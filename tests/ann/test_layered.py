"""A stack of layers: shapes, names, running, and the same network as a rate network."""

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from brian2 import ms
from hypothesis import given

from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.convolution import Conv2d
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.pooling import AveragePool, MaxPool
from bioann.base.errors import DescriptionError, SimulationError, UnknownNameError
from bioann.base.randomness import make_rng
from bioann.recordings.recording import check_recording
from bioann.stimuli.stimulus import make_stimulus
from bioann.stimuli.waveforms import steps


def draw_normal(*shape):
    return make_rng(1, "layered", shape).normal(size=shape)


def draw_stimulus(channels, conditions=3, time=4):
    return make_stimulus(draw_normal(conditions, time, channels), channels=input_names(channels))


def input_names(n):
    return tuple(f"input[{k}]" for k in range(n))


MLP = LayeredNetwork(
    (Dense(draw_normal(5, 3), draw_normal(5)), Dense(draw_normal(2, 5), draw_normal(2), "linear")),
    outputs=("no", "yes"),
)
IMAGES = LayeredNetwork(
    (
        Conv2d(draw_normal(3, 2, 3, 3), draw_normal(3), "leaky_relu", padding=1, stride=(1, 2)),
        AveragePool(2),
        Flatten(),
        Dense(draw_normal(4, 27), draw_normal(4), "sigmoid"),
    ),
    shape=(2, 6, 11),
)


class TestDescription:
    """What a stack needs, and what it says of itself."""

    def test_shapes_follow_the_layers(self):
        assert IMAGES.shapes == ((2, 6, 11), (3, 6, 6), (3, 3, 3), (27,), (4,))
        assert MLP.shapes == ((3,), (5,), (2,))

    def test_names_are_made_where_none_are_given(self):
        assert MLP.channels == input_names(3)
        assert MLP.units == ("no", "yes")
        assert LayeredNetwork(Dense([[1.0]])).units == ("layer1[0]",)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: LayeredNetwork(()), "LayeredNetwork, layers: wanted at least one layer"),
            (lambda: LayeredNetwork((np.tanh,)), "layers only"),
            (
                lambda: LayeredNetwork((Flatten(),)),
                "LayeredNetwork, shape: .*Flatten does not determine",
            ),
            (
                lambda: LayeredNetwork((Dense([[1.0]]), Dense([[1.0, 2.0]]))),
                r"layer2: Dense, input: wanted shape \(input,\) = \(2\), got shape \(1,\)",
            ),
            (
                lambda: LayeredNetwork((AveragePool(), Dense([[1.0] * 4])), shape=(1, 4, 4)),
                r"got shape \(1, 2, 2\)\. Put a Flatten before it",
            ),
            (
                lambda: LayeredNetwork(Dense([[1.0]]), channels=("a", "b")),
                r"channels: wanted 1 different name\(s\), got 2",
            ),
            (lambda: LayeredNetwork(AveragePool(5), shape=(1, 4, 9)), "an image of at least"),
            (lambda: Dense([1.0, 2.0]), r"Dense, W: .*\(unit, input\) = \(any, any\), got shape"),
            (lambda: Dense([[np.nan]]), "Dense, W: .*got NaN or infinite values"),
            (lambda: Dense([[1.0]], bias=[1, 2]), r"Dense, bias: .*= \(1\)"),
            (lambda: Conv2d(draw_normal(2, 2)), "Conv2d, kernel"),
            (
                lambda: Conv2d(draw_normal(1, 1, 2, 2), stride=0),
                "Conv2d, stride: wanted a whole number",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(self, make, message):
        with pytest.raises(DescriptionError, match=message):
            make()

    def test_every_layer_with_an_equation_tells_it(self):
        assert [e.caption for e in IMAGES.explain()] == [
            "layer1: Convolution",
            "layer2: Mean of patches",
            "layer4: Dense layer",
        ]

    def test_shuffling_keeps_magnitudes_and_biases(self):
        (one,) = IMAGES.shuffle_signs(1, seed=1)
        before, after = IMAGES.parameters, one.parameters
        np.testing.assert_array_equal(np.abs(after[0]["kernel"]), np.abs(before[0]["kernel"]))
        assert (after[0]["kernel"] != before[0]["kernel"]).any()
        np.testing.assert_array_equal(after[3]["bias"], before[3]["bias"])


class TestLayers:
    """Each layer against a second way of computing it."""

    def test_a_convolution_is_the_sum_over_its_window(self):
        x = draw_normal(2, 6, 11)
        layer = IMAGES.layers[0]
        outputs = layer.forward(layer.parameters, x[None, None])[0, 0]
        padded = np.pad(x, [(0, 0), (1, 1), (1, 1)])
        for o, r, c in np.ndindex(3, 6, 6):
            window = padded[:, r : r + 3, 2 * c : 2 * c + 3]
            total = (layer.kernel[o] * window).sum() + layer.bias[o]
            assert outputs[o, r, c] == pytest.approx(max(total, 0.01 * total), abs=1e-12)

    def test_pooling_takes_the_mean_and_the_maximum_of_each_patch(self):
        x = np.arange(16.0).reshape(1, 1, 1, 4, 4)
        mean, largest = (kind(2).forward({}, x)[0, 0, 0] for kind in (AveragePool, MaxPool))
        np.testing.assert_array_equal(mean, [[2.5, 4.5], [10.5, 12.5]])
        np.testing.assert_array_equal(largest, [[5, 7], [13, 15]])
        assert MaxPool(2, stride=1).output_shape((1, 4, 4)) == (1, 3, 3)

    def test_a_layer_with_a_time_constant_approaches_its_target_exponentially(self):
        network = LayeredNetwork(Dense([[2.0]], tau=20 * ms))
        run = network.run(
            steps({"input[0]": [0.5]}, duration=100 * ms), trials=1, seed=1, bin_width=1 * ms
        )
        t = np.arange(1, 101) * 1e-3  # the activation at the end of each step
        np.testing.assert_allclose(run.activation[0, 0, :, 0], 1 - np.exp(-t / 20e-3), atol=1e-12)

    def test_a_step_longer_than_the_time_constant_is_refused(self):
        network = LayeredNetwork(Dense([[2.0]], tau=0.5 * ms))
        with pytest.raises(SimulationError, match=r"at most 0\.5 ms, the time constant, got 1 ms"):
            network.run(draw_stimulus(1, time=10), trials=1, seed=1)


class TestRunning:
    """The answer is a model's answer."""

    def test_the_answer_is_labelled(self):
        stimulus = draw_stimulus(3, time=20)
        run = MLP.run(stimulus, trials=5, seed=1)
        check_recording(run, "network", MLP.units, stimulus)
        assert dict(run.sizes) == {"condition": 3, "trial": 1, "time": 2, "unit": 2}

    def test_a_repeated_frame_is_answered_as_every_other(self):
        stimulus = draw_stimulus(3, time=20)
        stimulus[:, 5:9] = stimulus[:, 5:6].values
        run = MLP.run(stimulus, trials=1, seed=1, bin_width=1 * ms)
        expected = np.maximum(stimulus.values @ MLP.layers[0].W.T + MLP.layers[0].bias, 0)
        expected = expected @ MLP.layers[1].W.T + MLP.layers[1].bias
        np.testing.assert_allclose(run.activation[:, 0], expected, atol=1e-12)

    def test_channels_are_found_by_name(self):
        network = LayeredNetwork(Dense([[10.0, 1.0]]), channels=("y", "x"))
        both = steps({"x": [1], "unused": [5], "y": [3]}, duration=20 * ms)
        assert (network.run(both, trials=1, seed=1).activation == 31).all()
        with pytest.raises(UnknownNameError, match="channel"):
            network.run(steps({"x": [1]}, duration=20 * ms), trials=1, seed=1)

    def test_a_silent_output_is_flagged(self):
        network = LayeredNetwork(Dense([[-1.0], [1.0]]), outputs=("off", "on"))
        run = network.run(steps({"input[0]": [0, 1]}, duration=20 * ms), trials=1, seed=1)
        assert network.flags(run) == ("Unit 'off' is silent in every condition.",)

    def test_many_silent_outputs_are_one_flag_with_their_number(self):
        outputs = tuple(f"u{k}" for k in range(9))
        network = LayeredNetwork(Dense(-np.ones((9, 1))), outputs=outputs)
        run = network.run(steps({"input[0]": [0, 1]}, duration=20 * ms), trials=1, seed=1)
        (flag,) = network.flags(run)
        assert flag.startswith("9 units are silent in every condition: 'u0', 'u1', ")
        assert flag.endswith("'u4' and 4 more.")


class TestFlattening:
    """Written out as units, the network answers alike."""

    @pytest.mark.parametrize("network", [MLP, IMAGES], ids=["dense", "convolution"])
    def test_the_flat_network_answers_alike(self, network):
        flat = network.to_rate_network()
        assert all(t is None for t in flat.tau)
        stimulus = draw_stimulus(len(network.channels))
        layered = network.run(stimulus, trials=1, seed=1, bin_width=1 * ms)
        units = flat.run(stimulus, trials=1, seed=1, bin_width=1 * ms)
        activation = units.activation.sel(unit=list(network.units))
        np.testing.assert_allclose(activation, layered.activation, atol=1e-12)

    def test_units_are_named_by_layer_and_output(self):
        assert MLP.to_rate_network().units == (*(f"layer1[{k}]" for k in range(5)), "no", "yes")
        assert {u.split("[")[0] for u in IMAGES.to_rate_network().units} == {
            "layer1",
            "layer2",
            "layer4",
        }

    def test_hidden_units_carry_the_hidden_activations(self):
        stimulus = draw_stimulus(3, time=1)
        run = MLP.to_rate_network().run(stimulus, trials=1, seed=1, bin_width=1 * ms)
        hidden = MLP.forward(MLP.parameters, stimulus.values)[0]
        np.testing.assert_allclose(run.activation[:, 0, :, :5], hidden, atol=1e-12)

    def test_time_constants_are_kept_and_agree_as_the_step_shrinks(self):
        network = LayeredNetwork(
            (Dense(draw_normal(4, 1), tau=20 * ms), Dense(draw_normal(1, 4), tau=10 * ms))
        )
        differences = []
        for dt in (1.0, 0.5):
            stimulus = steps({"input[0]": [1.0]}, duration=40 * ms, dt=dt * ms)
            runs = [
                n.run(stimulus, trials=1, seed=1, dt=dt * ms)
                for n in (network, network.to_rate_network())
            ]
            flat = runs[1].activation.sel(unit=list(network.units))
            differences.append(float(np.abs(flat - runs[0].activation).max()))
        # The flat network's second layer reads the first one's value of a step before.
        assert differences[1] == pytest.approx(differences[0] / 2, rel=0.1)

    def test_a_maximum_cannot_be_flattened(self):
        network = LayeredNetwork(MaxPool(2), shape=(1, 2, 2))
        with pytest.raises(DescriptionError, match=r"a maximum over patches\. Train the network"):
            network.to_rate_network()
        assert network.connections().empty

    def test_only_reshaping_has_no_units(self):
        with pytest.raises(DescriptionError, match="a layer with units"):
            LayeredNetwork(Flatten(), shape=(1, 2, 2)).to_rate_network()


class TestInversion:
    """An input turned upside down, its weights with it: the same network, to the last bit."""

    @given(
        w=npst.arrays(np.int64, (3, 4), elements=st.integers(-64, 64)),
        x=npst.arrays(np.int64, (5, 4), elements=st.integers(0, 64)),
        is_flipped=npst.arrays(np.bool_, 4),
    )
    def test_of_any_channels(self, w, x, is_flipped):
        weights, inputs = w / 64, x / 64  # sums of such numbers are exact
        bias = np.array([0.5, -0.25, 0.0])
        flipped_weights = np.where(is_flipped, -weights, weights)
        flipped_bias = bias + weights[:, is_flipped].sum(axis=1)
        one, other = Dense(weights, bias, "relu"), Dense(flipped_weights, flipped_bias, "relu")
        outputs = LayeredNetwork(one).predict(inputs)
        flipped_outputs = LayeredNetwork(other).predict(np.where(is_flipped, 1 - inputs, inputs))
        assert np.array_equal(flipped_outputs, outputs)
