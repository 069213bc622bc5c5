"""Graphs as exporters write them: weights that follow from constants, views, quantised weights."""

import numpy as np
import pytest

import bioann as ba
from bioann.ann.interop.onnx_graph import read_onnx_graph
from bioann.ann.interop.weights_from_file import weights_from_file
from bioann.ann.interop.weights_from_graph import read_graph_weights

from .oracle import assert_read_right, evaluate_graph, save_graph

RNG = np.random.default_rng(31)


def draw(*shape):
    return RNG.normal(size=shape)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.onnx"


def test_recurrent_weights_that_are_unsqueezed_first(path):
    """All 21 weights are found, and the network is read."""
    Wi, Wh, Wo = draw(3, 2), draw(3, 3), draw(3, 2)
    nodes = [
        ("Unsqueeze", "Wi axis0", {}),
        ("Unsqueeze", "Wh axis0", {}),
        ("RNN", "x t0 t1", {"hidden_size": 3}, "h last"),
        ("Squeeze", "h axis1", {}),
        ("MatMul", "t3 Wo", {}),
    ]
    constants = {
        "Wi": Wi, "Wh": Wh, "Wo": Wo, "axis0": np.array([0]), "axis1": np.array([1]),
    }  # fmt: skip
    save_graph(path, nodes, constants, [5, 1, 2])
    weights = weights_from_file(path)
    assert [w.values.shape for w in weights] == [(3, 2), (3, 3), (2, 3)]
    assert not read_graph_weights(read_onnx_graph(path)).unread
    x = draw(5, 1, 2)
    outputs = ba.from_onnx(path).predict(x.swapaxes(0, 1))
    np.testing.assert_allclose(outputs.swapaxes(0, 1), evaluate_graph(path, x), atol=1e-5)


def test_images_with_channels_last(path):
    nodes = [
        ("Transpose", "x", {"perm": [0, 3, 1, 2]}),
        ("Conv", "t0 K b", {"kernel_shape": [3, 3]}),
        ("Relu", "t1", {}),
        ("Transpose", "t2", {"perm": [0, 2, 3, 1]}),
        ("Reshape", "t3 flat", {}),
        ("MatMul", "t4 W", {}),
    ]
    constants = {"K": draw(2, 1, 3, 3), "b": draw(2), "flat": np.array([-1, 32]), "W": draw(32, 3)}
    save_graph(path, nodes, constants, ["N", 6, 6, 1])
    network = assert_read_right(path, draw(4, 6, 6, 1))
    # A single channel only has another axis; the rearrangement behind it is in the weights.
    assert [type(layer).__name__ for layer in network.layers] == [
        "Rearrange", "Conv2d", "Flatten", "Dense",
    ]  # fmt: skip


def test_a_view_whose_size_is_computed(path):
    nodes = [
        ("Conv", "x K b", {"kernel_shape": [3, 3]}),
        ("Relu", "t0", {}),
        ("Shape", "t1", {}),
        ("Gather", "t2 first", {"axis": 0}),
        ("Unsqueeze", "t3 axis", {}),
        ("Unsqueeze", "minus axis", {}),
        ("Concat", "t4 t5", {"axis": 0}),
        ("Reshape", "t1 t6", {}),
        ("Gemm", "t7 W c", {"transB": 1}),
    ]
    constants = {
        "K": draw(2, 1, 3, 3), "b": draw(2), "first": np.array(0), "minus": np.array(-1),
        "axis": np.array([0]), "W": draw(3, 32), "c": draw(3),
    }  # fmt: skip
    save_graph(path, nodes, constants, ["N", 1, 6, 6])
    network = assert_read_right(path, draw(4, 1, 6, 6))
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["Conv2d", "Flatten", "Dense"]


def test_log_probabilities_and_the_logits_before_them(path):
    nodes = [("Gemm", "x W b", {}), ("LogSoftmax", "t0", {"axis": 1})]
    save_graph(path, nodes, {"W": draw(4, 3), "b": draw(3)}, ["N", 4], opset=14)
    network = assert_read_right(path, draw(6, 4))
    with pytest.raises(ba.base.errors.DescriptionError, match="Leave it out"):
        network.to_rate_network()
    logits = ba.from_onnx(path, output="t0")
    assert [type(layer).__name__ for layer in logits.layers] == ["Dense"]


def test_signs_of_weights_in_whole_numbers(path):
    weights = np.array([[-128, 5, 7], [1, 2, -3], [4, -5, 6], [9, 8, -7]], dtype=np.int8)
    nodes = [("DequantizeLinear", "q scale zero", {}), ("Gemm", "x t0 b", {})]
    constants = {"q": weights, "scale": 0.05, "zero": np.int8(0), "b": draw(3)}
    save_graph(path, nodes, constants, ["N", 4])
    assert_read_right(path, draw(6, 4))
    (matrix,) = weights_from_file(path)
    np.testing.assert_allclose(matrix.values, 0.05 * weights.T, rtol=1e-6)
    layers = ba.signs.census_of((matrix,)).layers
    assert layers["n"].tolist() == [12]
    assert layers["negative"].tolist() == [4 / 12]


def test_a_recurrent_network_of_pytorch_with_states_from_shapes(path):
    """Initial states follow from the shape of the input; the last step is selected."""
    nodes = [
        ("Transpose", "x", {"perm": [1, 0, 2]}),
        ("Shape", "t0", {}),
        ("Gather", "t1 one", {"axis": 0}),
        ("Unsqueeze", "t2 axis0", {}),
        ("Concat", "first t3 size", {"axis": 0}),
        ("ConstantOfShape", "t4", {}),
        ("GRU", "t0 W R B - t5", {"hidden_size": 4, "linear_before_reset": 1}, "h last"),
        ("Squeeze", "h axis1", {}),
        ("Transpose", "t7", {"perm": [1, 0, 2]}),
        ("Gather", "t8 minus", {"axis": 1}),
        ("Gemm", "t9 V c", {}),
    ]
    constants = {
        "one": np.array(1), "axis0": np.array([0]), "axis1": np.array([1]), "first": np.array([1]),
        "size": np.array([4]), "minus": np.array(-1), "W": draw(1, 12, 3), "R": draw(1, 12, 4),
        "B": draw(1, 24), "V": draw(4, 2), "c": draw(2),
    }  # fmt: skip
    save_graph(path, nodes, constants, ["batch", "time", 3])
    x = draw(5, 6, 3)
    outputs = ba.from_onnx(path).predict(x)
    assert outputs.shape == (5, 6, 2)
    np.testing.assert_allclose(outputs[:, -1], evaluate_graph(path, x), atol=1e-5)


def test_a_series_of_single_numbers(path):
    nodes = [
        ("Unsqueeze", "x axis", {}),
        ("Transpose", "t0", {"perm": [1, 0, 2]}),
        ("RNN", "t1 W R", {"hidden_size": 2}, "h last"),
        ("Squeeze", "h axis1", {}),
    ]
    constants = {
        "axis": np.array([2]), "axis1": np.array([1]), "W": draw(1, 2, 1), "R": draw(1, 2, 2),
    }  # fmt: skip
    save_graph(path, nodes, constants, ["batch", "time"])
    network = ba.from_onnx(path)
    x = draw(4, 7)
    assert network.shape == (1,)
    outputs = network.predict(x[:, :, None]).swapaxes(0, 1)
    np.testing.assert_allclose(outputs, evaluate_graph(path, x), atol=1e-5)


def test_an_inverted_residual_block_of_whole_numbers(path):
    """Depthwise convolution, ReLU6 and a shortcut, with inputs and outputs rounded to steps."""
    nodes = [
        ("QuantizeLinear", "x s z", {}),
        ("DequantizeLinear", "t0 s z", {}),
        ("DequantizeLinear", "wide sw zw", {"axis": 0}),
        ("Conv", "t1 t2 b6", {}),
        ("Clip", "t3 zero six", {}),
        ("Conv", "t4 depthwise b6", {"group": 6, "pads": [1] * 4}),
        ("Clip", "t5 zero six", {}),
        ("Conv", "t6 narrow", {}),
        ("Add", "t7 t1", {}),
        ("QuantizeLinear", "t8 s2 z2", {}),
        ("DequantizeLinear", "t9 s2 z2", {}),
        ("GlobalAveragePool", "t10", {}),
        ("Flatten", "t11", {}),
    ]
    constants = {
        "s": 0.03, "z": np.uint8(128), "s2": 0.07, "z2": np.uint8(100),
        "wide": RNG.integers(-127, 128, (6, 3, 1, 1)).astype(np.int8), "sw": RNG.random(6) / 50,
        "zw": np.zeros(6, np.int8), "b6": draw(6), "depthwise": draw(6, 1, 3, 3),
        "narrow": draw(3, 6, 1, 1) / 3, "zero": np.array(0.0), "six": np.array(6.0),
    }  # fmt: skip
    save_graph(path, nodes, constants, ["N", 3, 5, 5])
    network = assert_read_right(path, draw(4, 3, 5, 5), atol=5e-3)  # a step of 0.07 among 25
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["Pointwise", "Branches", "Pointwise", "AveragePool", "Flatten"]


def dynamic_nodes(x, weights, name, k, op="MatMulInteger", attributes=None):
    """Return the operators of a product whose numbers are quantised while it runs."""
    return [
        ("DynamicQuantizeLinear", x, {}, f"q{k} s{k} z{k}"),
        ("Mul", f"s{k} {weights}_step", {}, f"f{k}"),
        (op, f"q{k} {weights} z{k} {weights}_zero", attributes or {}, f"i{k}"),
        ("Cast", f"i{k}", {"to": 1}, f"c{k}"),
        ("Mul", f"c{k} f{k}", {}, name),
    ]


def test_a_network_that_is_quantised_while_it_runs(path):
    """Each sample is rounded by itself, as by ONNX Runtime if it gets one sample at a time."""
    K = RNG.integers(-128, 128, (2, 1, 3, 3)).astype(np.int8)
    W = RNG.integers(0, 256, (32, 4)).astype(np.uint8)
    nodes = [
        *dynamic_nodes("x", "K", "sums", 0, "ConvInteger", {"kernel_shape": [3, 3]}),
        ("Relu", "sums", {}, "a"),
        ("Flatten", "a", {}, "flat"),
        *dynamic_nodes("flat", "W", "y", 1),
    ]
    constants = {
        "K": K, "K_zero": np.int8(0), "K_step": np.float32(0.01),
        "W": W, "W_zero": np.uint8(120), "W_step": np.float32(0.002),
    }  # fmt: skip
    save_graph(path, nodes, constants, ["N", 1, 6, 6])
    network = ba.from_onnx(path)
    x = draw(4, 1, 6, 6).astype(np.float32)
    expected = np.concatenate([evaluate_graph(path, sample[None]) for sample in x])
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-4, atol=1e-5)
    unrounded = ba.LayeredNetwork(
        tuple(y for y in network.layers if not isinstance(y, ba.layers.DynamicQuantize)), (1, 6, 6)
    )
    assert np.abs(unrounded.predict(x) - expected).max() > 1e-3


def test_a_step_that_is_used_otherwise_is_refused(path):
    nodes = [*dynamic_nodes("x", "W", "sums", 0), ("Add", "sums s0", {}, "y")]
    constants = {"W": np.ones((4, 3), np.int8), "W_zero": np.int8(0), "W_step": np.float32(0.1)}
    save_graph(path, nodes, constants, ["N", 4])
    with pytest.raises(ba.base.errors.ForeignFileError, match="sums are not multiplied by it"):
        ba.from_onnx(path)


def test_the_probabilities_of_a_classifier_of_scikit_learn(path):
    """Its outputs are a label and a dictionary; the network's are the numbers in the dictionary."""
    onnx = pytest.importorskip("onnx")
    nodes = [
        ("Gemm", "x W b", {}, "logits"),
        ("Softmax", "logits", {"axis": 1}, "p"),
        ("ArgMax", "p", {"axis": 1, "keepdims": 0}, "label"),
    ]
    W, b = draw(4, 3), draw(3)
    save_graph(path, nodes, {"W": W, "b": b}, ["N", 4], output="label")
    model = onnx.load(str(path))
    zip_map = onnx.helper.make_node(
        "ZipMap", ["p"], ["pairs"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2]
    )
    model.graph.node.append(zip_map)
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info("pairs"))
    path.write_bytes(model.SerializeToString())
    x = draw(5, 4)
    with pytest.warns(UserWarning, match="output is 'pairs'; the file also has 'label'"):
        network = ba.from_onnx(path)
    exponentials = np.exp(x @ W + b)
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-5)


def test_a_shape_that_does_not_fit_is_no_input(path):
    save_graph(path, [("Gemm", "x W", {})], {"W": draw(4, 3)}, ["N", 4])
    network = ba.from_onnx(path)
    with pytest.raises(ba.base.errors.StimulusError, match=r"\(sample, 4\) .* got shape \(4,\)"):
        network.predict(np.ones(4))


T, M, H = 5, 3, 4
SEQUENCES = {
    "backwards": ("RNN", {"direction": "reverse"}, 1, [("Squeeze", "h axis1", {}, "y")]),
    "both ways": ("GRU", {"direction": "bidirectional", "linear_before_reset": 1}, 2, None),
    "both ways, last outputs": (
        "LSTM",
        {"direction": "bidirectional"},
        2,
        [("Transpose", "last", {"perm": [1, 0, 2]}, "pair"), ("Flatten", "pair", {}, "y")],
    ),
    "all steps at once": (
        "LSTM",
        {},
        1,
        [
            ("Squeeze", "h axis1", {}, "steps"),
            ("Transpose", "steps", {"perm": [1, 0, 2]}, "rows"),
            ("Flatten", "rows", {}, "flat"),
            ("Gemm", "flat Wo", {}, "y"),
        ],
    ),
    "weighted steps": (
        "LSTM",
        {},
        1,
        [
            ("Squeeze", "h axis1", {}, "steps"),
            ("MatMul", "steps wa", {}, "scores"),
            ("Softmax", "scores", {"axis": 0}, "shares"),
            ("Mul", "shares steps", {}, "products"),
            ("ReduceSum", "products axis0", {"keepdims": 0}, "y"),
        ],
    ),
}


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("is_batch_first", [True, False])
def test_a_network_that_needs_a_whole_sequence_gets_it_as_one_input(path, name, is_batch_first):
    op, attributes, n_directions, nodes = SEQUENCES[name]
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[op]
    first = [("Transpose", "x", {"perm": [1, 0, 2]}, "s")] if is_batch_first else []
    both = [("Transpose", "h", {"perm": [2, 0, 1, 3]}, "y")]
    recurrent = (op, f"{'s' if first else 'x'} W R B", {"hidden_size": H, **attributes}, "h last")
    constants = {
        "W": draw(n_directions, gates * H, M), "R": draw(n_directions, gates * H, H),
        "B": draw(n_directions, 2 * gates * H), "axis0": np.array([0]), "axis1": np.array([1]),
        "Wo": draw(T * H, 2), "wa": draw(H, 1),
    }  # fmt: skip
    shape = ["N", T, M] if is_batch_first else [T, "N", M]
    save_graph(path, [*first, recurrent, *(nodes or both)], constants, shape)
    network = ba.from_onnx(path)
    assert network.shape == (T, M)
    x = draw(6, T, M)
    y = evaluate_graph(path, x if is_batch_first else x.swapaxes(0, 1))
    outputs = network.predict(x)
    y = y.swapaxes(0, 1) if name == "backwards" else y
    np.testing.assert_allclose(outputs.reshape(y.shape), y, atol=1e-5)


def test_a_reversed_recurrent_layer_is_one_that_gets_the_sequence_reversed():
    """Training sees the arrays of the inner layer, under their own names."""
    inner = ba.layers.Recurrent(draw(4, 3), draw(4, 4), draw(4), "tanh")
    layer = ba.layers.WholeSequence(inner, is_reversed=True)
    x = draw(2, 1, 5, 3)
    y = layer.forward(layer.parameters, x)
    expected = inner.forward(inner.parameters, x[:, 0, ::-1])[:, ::-1]
    np.testing.assert_array_equal(y[:, 0], expected)
    assert list(layer.parameters) == list(inner.parameters)
    changed = layer.with_parameters({name: 2 * a for name, a in layer.parameters.items()})
    np.testing.assert_array_equal(changed.layer.W, 2 * inner.W)
    assert layer.explain().caption == f"{inner.explain().caption}, from the last step to the first"
    with pytest.raises(ba.base.errors.DescriptionError, match=r"shape \(step, input\)"):
        layer.output_shape((3,))


def test_a_free_image_size_is_asked_for(path):
    nodes = [("Conv", "x K", {"pads": [1] * 4}), ("GlobalAveragePool", "t0", {})]
    save_graph(path, nodes, {"K": draw(2, 3, 3, 3)}, ["N", 3, "height", "width"])
    with pytest.raises(ba.base.errors.ForeignFileError, match="Pass input_shape="):
        ba.from_onnx(path)
    network = ba.from_onnx(path, input_shape=(3, 6, 5))
    x = draw(4, 3, 6, 5)
    np.testing.assert_allclose(
        network.predict(x).ravel(), evaluate_graph(path, x).ravel(), atol=1e-5
    )
    with pytest.raises(ba.base.errors.ForeignFileError, match=r"\(None, 3, None, None\), got \(4,"):
        ba.from_onnx(path, input_shape=(4, 6, 5))
