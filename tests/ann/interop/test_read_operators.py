"""Every operator that layers express answers as in ONNX Runtime; each has a graph of its own."""

import sys

import numpy as np
import pytest

import bioann as ba
from bioann.ann.interop import layer_tracer
from bioann.ann.interop.operators import OPERATORS
from bioann.ann.interop.rearranging_operators import REARRANGING
from bioann.ann.signs.weight_matrices import weight_matrices_of
from bioann.base.errors import ForeignFileError

from .oracle import assert_read_right, evaluate_graph, save_graph

RNG = np.random.default_rng(21)


def draw(*shape):
    return RNG.normal(size=shape)


K1, K2 = draw(4, 3, 3), draw(4, 3, 3, 2)
BYTES = np.array([[-128, 5, 7], [1, 2, -3], [4, -5, 6], [9, 8, -7]], dtype=np.int8)
CONSTANTS = {
    "K1": K1, "K2": K2, "Kt": draw(3, 4, 3, 2), "K1t": draw(3, 4, 3), "b": draw(4),
    "depthwise": draw(6, 1, 3, 3), "groups": draw(4, 2, 3, 3), "b6": draw(6), "W": draw(4, 5),
    "V": draw(5, 4), "c": draw(5), "w": draw(4), "row": draw(1, 4), "channels": draw(3, 1, 1),
    "sd": RNG.random((3, 1, 1)) + 0.5, "slopes": draw(3, 1, 1), "slope": np.array([0.25]),
    "steep": np.array([-1.5]), "low": np.array(-0.5), "six": np.array(6.0), "half": np.array(0.5),
    "m": draw(3), "v": RNG.random(3), "g": draw(3), "s": draw(3), "four": np.array([4, 1]),
    "minus": np.array([0, -1]), "minus1": np.array([-1]), "zero": np.array(0), "one": np.array(1),
    "axis0": np.array([0]), "axis1": np.array([1]), "axes": np.array([2, 3]),
    "pads": np.array([0, 0, 1, 0, 0, 0, 0, 2]), "value": np.array(1.5), "two": np.array([2]),
    "start": np.array([1]), "stop": np.array([3]), "pick": np.array([2, 0, 0]),
    "scales": np.array([1, 1, 2, 2], np.float32), "reps": np.array([1, 2, 1, 1]),
    "wide": np.array([1, 3, 6, 5]), "swap": np.array([-1, 5, 6, 3]), "map": np.array([0, 3, -1]),
    "q": BYTES, "step": np.array(0.05), "z8": np.array(0, np.int8), "zu": np.array(7, np.uint8),
    "steps": np.array([0.05, 0.1, 0.2]), "zs": np.array([0, 1, -2], np.int8), "c3": draw(3),
    "rows": np.array([1, 1, 6]),
}  # fmt: skip
IMAGE, SEQUENCE, VECTOR, WIDE = [None, 3, 6, 5], [None, 3, 7], [None, 4], [None, 6, 6, 5]
SAME = {"auto_pad": "SAME_UPPER", "strides": [2, 2], "kernel_shape": [3, 2]}
LOWER = {**SAME, "auto_pad": "SAME_LOWER"}
POOL = {"kernel_shape": [3, 2], "strides": [2, 1]}
PADDED = {**POOL, "pads": [1, 0, 2, 1]}
#: Shape of the input, nodes, and perhaps the version of the operators.
GRAPHS = {
    "Conv": (IMAGE, [("Conv", "x K2 b", {"pads": [1, 0, 0, 1], "strides": [2, 1]})]),
    "Conv, dilated": (IMAGE, [("Conv", "x K2", {"dilations": [2, 3]})]),
    "Conv, depthwise": (WIDE, [("Conv", "x depthwise b6", {"group": 6})]),
    "Conv, groups": ([None, 4, 6, 5], [("Conv", "x groups b", {"group": 2})]),
    "Conv, same": (IMAGE, [("Conv", "x K2 b", SAME)]),
    "Conv, same, lower": (IMAGE, [("Conv", "x K2 b", LOWER)]),
    "Conv, one axis": (SEQUENCE, [("Conv", "x K1 b", {"pads": [1, 2], "strides": [2]})]),
    "Conv, one axis, twice": (
        SEQUENCE,
        [("Conv", "x K1 b", {}), ("Relu", "t0", {}), ("MaxPool", "t1", {"kernel_shape": [2]})],
    ),
    "Conv, channels last": (
        [None, 6, 5, 3],
        [
            ("Transpose", "x", {"perm": [0, 3, 1, 2]}),
            ("Conv", "t0 K2 b", {}),
            ("Relu", "t1", {}),
            ("Transpose", "t2", {"perm": [0, 2, 3, 1]}),
            ("Reshape", "t3 minus_", {}),
        ],
    ),
    "Conv, padded by zeros": (IMAGE, [("Pad", "x pads", {}), ("Conv", "t0 K2", {})]),
    "Conv, padded by a number": (IMAGE, [("Pad", "x pads value", {}), ("Conv", "t0 K2", {})]),
    "Conv, scaled": (
        IMAGE,
        [("Sub", "x channels", {}), ("Div", "t0 sd", {}), ("Conv", "t1 K2 b", {"pads": [1] * 4})],
    ),
    "ConvTranspose": (
        IMAGE,
        [
            (
                "ConvTranspose",
                "x Kt b",
                {"strides": [2, 3], "pads": [1, 0, 0, 1], "output_padding": [1, 0]},
            )
        ],
    ),
    "ConvTranspose, one axis": (SEQUENCE, [("ConvTranspose", "x K1t", {"strides": [2]})]),
    "MaxPool": (IMAGE, [("MaxPool", "x", PADDED)]),
    "MaxPool, ceil": (
        IMAGE,
        [("MaxPool", "x", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1})],
    ),
    "MaxPool, dilated": (IMAGE, [("MaxPool", "x", {**POOL, "dilations": [2, 1]})]),
    "MaxPool, same": (IMAGE, [("MaxPool", "x", SAME)]),
    "MaxPool, one axis": (SEQUENCE, [("MaxPool", "x", {"kernel_shape": [3], "pads": [1, 1]})]),
    "AveragePool": (IMAGE, [("AveragePool", "x", PADDED)]),
    "AveragePool, padding counts": (
        IMAGE,
        [("AveragePool", "x", {**PADDED, "count_include_pad": 1})],
    ),
    "AveragePool, padding counts, ceil": (
        [None, 3, 7, 6],
        [
            (
                "AveragePool",
                "x",
                {**PADDED, "strides": [3, 2], "count_include_pad": 1, "ceil_mode": 1},
            )
        ],
    ),
    "AveragePool, same, padding counts": (
        IMAGE,
        [("AveragePool", "x", {**SAME, "count_include_pad": 1})],
    ),
    "AveragePool, ceil": (
        [None, 3, 7, 6],
        [("AveragePool", "x", {**PADDED, "strides": [3, 2], "ceil_mode": 1})],
    ),
    "AveragePool, same": (IMAGE, [("AveragePool", "x", SAME)]),
    "GlobalAveragePool": (IMAGE, [("GlobalAveragePool", "x", {}), ("Flatten", "t0", {})]),
    "GlobalMaxPool": (IMAGE, [("GlobalMaxPool", "x", {})]),
    "GlobalMaxPool, one axis": (SEQUENCE, [("GlobalMaxPool", "x", {})]),
    "ReduceMean": (IMAGE, [("ReduceMean", "x", {"axes": [2, 3], "keepdims": 0})]),
    "ReduceMean, channels last": ([None, 6, 5, 3], [("ReduceMean", "x", {"axes": [1, 2]})]),
    "ReduceMean, last axis": (IMAGE, [("ReduceMean", "x", {"axes": [-1]})]),
    "ReduceSum": (IMAGE, [("ReduceSum", "x axes", {"keepdims": 0})]),
    "ReduceMin": (IMAGE, [("ReduceMin", "x", {"axes": [1, 3]})]),
    "ReduceL2": (VECTOR, [("ReduceL2", "x", {"axes": [1]}), ("Div", "x t0", {})]),
    "LayerNormalization": (VECTOR, [("LayerNormalization", "x w b", {"epsilon": 0.01})], 17),
    "LayerNormalization, images": (IMAGE, [("LayerNormalization", "x image", {"axis": 1})], 17),
    "LayerNormalization, operator by operator": (
        VECTOR,
        [
            ("ReduceMean", "x", {"axes": [-1]}),
            ("Sub", "x t0", {}),
            ("Pow", "t1 square", {}),
            ("ReduceMean", "t2", {"axes": [-1]}),
            ("Add", "t3 half", {}),
            ("Sqrt", "t4", {}),
            ("Div", "t1 t5", {}),
        ],
    ),
    "InstanceNormalization": (IMAGE, [("InstanceNormalization", "x g s", {})]),
    "InstanceNormalization, one axis": (SEQUENCE, [("InstanceNormalization", "x g s", {})]),
    "ReduceMax": (IMAGE, [("ReduceMax", "x", {"axes": [1]})]),
    "BatchNormalization": (IMAGE, [("Relu", "x", {}), ("BatchNormalization", "t0 g s m v", {})]),
    "BatchNormalization, one axis": (SEQUENCE, [("BatchNormalization", "x g s m v", {})]),
    "Gemm": (VECTOR, [("Gemm", "x W c", {"alpha": 0.5, "beta": 2.0})]),
    "MatMul": (VECTOR, [("MatMul", "x W", {}), ("Add", "t0 c", {})]),
    "MatMul, vector": (VECTOR, [("MatMul", "x w", {})]),
    "MatMul, with axes of length 1": (IMAGE, [("MatMul", "x W1154", {})]),
    "MatMul, each position": ([None, 3, 4], [("MatMul", "x W", {}), ("Relu", "t0", {})]),
    "MatMul, one number of a sample": ([4], [("MatMul", "x W", {}), ("Add", "t0 c", {})]),
    "MatMul, one number": ([1], [("MatMul", "V1 x", {}), ("Relu", "t0", {})]),
    "MatMul, column": ([4, 1], [("MatMul", "V x", {})]),
    "Add, residual": (
        VECTOR,
        [
            ("Gemm", "x W c", {}),
            ("Relu", "t0", {}),
            ("MatMul", "t1 V", {}),
            ("Add", "x t2", {}),
            ("Relu", "t3", {}),
        ],
    ),
    "Add, nested": (
        VECTOR,
        [
            ("MatMul", "x W", {}),
            ("MatMul", "t0 V", {}),
            ("Add", "t1 x", {}),
            ("Relu", "t2", {}),
            ("MatMul", "t3 W", {}),
            ("MatMul", "t4 V", {}),
            ("Add", "t5 t3", {}),
            ("Add", "t6 x", {}),
        ],
    ),
    "Add, residual of images": (
        [None, 3, 5, 5],
        [
            ("Conv", "x K33", {"pads": [1] * 4}),
            ("Relu", "t0", {}),
            ("Conv", "t1 K33", {"pads": [1] * 4}),
            ("Add", "t2 x", {}),
            ("Relu", "t3", {}),
            ("Flatten", "t4", {}),
        ],
    ),
    "Sum": (VECTOR, [("Relu", "x", {}), ("Neg", "x", {}), ("Sum", "t0 t1 x row", {})]),
    "Sub": (VECTOR, [("Relu", "x", {}), ("Sub", "x t0", {})]),
    "Sub, from a constant": (VECTOR, [("Sub", "row x", {})]),
    "Mul": (IMAGE, [("GlobalAveragePool", "x", {}), ("Sigmoid", "t0", {}), ("Mul", "x t1", {})]),
    "Mul, a constant": (IMAGE, [("Mul", "channels x", {})]),
    "Div": (IMAGE, [("Div", "x sd", {})]),
    "Div, computed": (
        VECTOR,
        [("Exp", "x", {}), ("ReduceSum", "t0 axis1", {}), ("Div", "t0 t1", {})],
    ),
    "Div, from a constant": (VECTOR, [("Exp", "x", {}), ("Div", "row t0", {})]),
    "Pow": (VECTOR, [("Pow", "x three", {})]),
    "Sqrt": (VECTOR, [("Abs", "x", {}), ("Sqrt", "t0", {})]),
    "Log": (VECTOR, [("Exp", "x", {}), ("Add", "t0 half", {}), ("Log", "t1", {})]),
    "Reciprocal": (VECTOR, [("Exp", "x", {}), ("Reciprocal", "t0", {})]),
    "Erf": (VECTOR, [("Erf", "x", {})]),
    "Gelu": (VECTOR, [("Gelu", "x", {})], 20),
    "Gelu, tanh": (VECTOR, [("Gelu", "x", {"approximate": "tanh"})], 20),
    "Max": (VECTOR, [("Neg", "x", {}), ("Max", "x t0", {})]),
    "Max, a constant": (VECTOR, [("Max", "x row", {})]),
    "Min": (VECTOR, [("Min", "x row half", {})]),
    "Concat": (
        IMAGE,
        [
            ("Relu", "x", {}),
            ("Conv", "x K2", {"auto_pad": "SAME_UPPER"}),
            ("Concat", "t0 t1 x", {"axis": 1}),
        ],
    ),
    "Concat, constants": (
        [1, 4],
        [("Relu", "x", {}), ("Concat", "row x row t0", {"axis": -1}), ("Tanh", "t1", {})],
    ),
    "Concat, last axis": (IMAGE, [("Neg", "x", {}), ("Concat", "t0 x", {"axis": -1})]),
    "Neg": (VECTOR, [("Neg", "x", {})]),
    "Abs": (VECTOR, [("Abs", "x", {})]),
    "Relu": (IMAGE, [("Relu", "x", {})]),
    "Sigmoid": (VECTOR, [("Sigmoid", "x", {})]),
    "Tanh": (VECTOR, [("Tanh", "x", {})]),
    "Softplus": (VECTOR, [("Softplus", "x", {})]),
    "Softsign": (VECTOR, [("Softsign", "x", {})]),
    "Elu": (VECTOR, [("Elu", "x", {"alpha": 0.75})]),
    "Selu": (VECTOR, [("Selu", "x", {})]),
    "Celu": (VECTOR, [("Celu", "x", {"alpha": 1.5})]),
    "LeakyRelu": (VECTOR, [("LeakyRelu", "x", {"alpha": 0.25})]),
    "LeakyRelu, steep": (VECTOR, [("LeakyRelu", "x", {"alpha": -2.0})]),
    "PRelu": (VECTOR, [("PRelu", "x slope", {})]),
    "PRelu, steep": (VECTOR, [("PRelu", "x steep", {})]),
    "PRelu, channels": (IMAGE, [("PRelu", "x slopes", {})]),
    "HardSigmoid": (VECTOR, [("HardSigmoid", "x", {"alpha": 0.3})]),
    "HardSwish": (VECTOR, [("HardSwish", "x", {})], 14),
    "Clip": (VECTOR, [("Clip", "x low six", {})]),
    "Clip, below": (VECTOR, [("Clip", "x low", {})]),
    "Clip, attributes": (VECTOR, [("Clip", "x", {"min": 0.0, "max": 0.5})], 6),
    "Softmax": (VECTOR, [("MatMul", "x W", {}), ("Softmax", "t0", {})]),
    "Softmax, channels": (IMAGE, [("Softmax", "x", {"axis": 1})]),
    "Softmax, old": (IMAGE, [("Softmax", "x", {})], 11),
    "LogSoftmax": (VECTOR, [("Gemm", "x W c", {}), ("LogSoftmax", "t0", {"axis": 1})]),
    "Cast": (VECTOR, [("Cast", "x", {"to": 11}), ("Cast", "t0", {"to": 1}), ("Relu", "t1", {})]),
    "Flatten": ([None, 3, 4], [("Flatten", "x", {}), ("Relu", "t0", {})]),
    "Reshape, computed": (
        IMAGE,
        [
            ("Conv", "x K2 b", {}),
            ("Shape", "t0", {}),
            ("Gather", "t1 zero", {"axis": 0}),
            ("Unsqueeze", "t2 axis0", {}),
            ("Concat", "t3 minus1", {"axis": 0}),
            ("Reshape", "t0 t4", {}),
        ],
    ),
    "Reshape, by part of a shape": (
        IMAGE,
        [
            ("Shape", "x", {"start": 0, "end": 1}),
            ("Concat", "t0 ninety", {"axis": 0}),
            ("Reshape", "x t1", {}),
            ("MatMul", "t2 W90", {}),
        ],
        15,
    ),
    "Reshape, without samples": ([3, 4], [("Reshape", "x rows12", {}), ("MatMul", "t0 W12", {})]),
    "Squeeze": ([None, 1, 4], [("Squeeze", "x axis1", {}), ("MatMul", "t0 W", {})]),
    "Unsqueeze": ([None, 6, 5], [("Unsqueeze", "x axis1", {}), ("Relu", "t0", {})]),
    "Transpose": (
        IMAGE,
        [
            ("Transpose", "x", {"perm": [0, 2, 3, 1]}),
            ("Flatten", "t0", {}),
            ("MatMul", "t1 W90", {}),
        ],
    ),
    "Slice": (IMAGE, [("Slice", "x start stop two", {}), ("Relu", "t0", {})]),
    "Gather": (IMAGE, [("Gather", "x pick", {"axis": 1})]),
    "Split": (
        IMAGE,
        [("Split", "x", {"axis": 2}, "a b_"), ("Sigmoid", "b_", {}), ("Mul", "a t1", {})],
    ),
    "Pad": (IMAGE, [("Pad", "x pads", {"mode": "reflect"})]),
    "Pad, twice": (IMAGE, [("Pad", "x pads value", {}), ("Pad", "t0 pads half", {})]),
    "Expand": ([None, 3, 1, 5], [("Expand", "x wide", {})]),
    "Tile": (IMAGE, [("Tile", "x reps", {})]),
    "DepthToSpace": ([None, 4, 2, 3], [("DepthToSpace", "x", {"blocksize": 2})]),
    "SpaceToDepth": ([None, 3, 4, 6], [("SpaceToDepth", "x", {"blocksize": 2})]),
    "Resize": (
        IMAGE,
        [
            (
                "Resize",
                "x - scales",
                {
                    "mode": "nearest",
                    "nearest_mode": "floor",
                    "coordinate_transformation_mode": "asymmetric",
                },
            )
        ],
    ),
    "Resize to sizes": (
        [5, 3, 6, 5],
        [("Resize", "x - - sizes", {"coordinate_transformation_mode": "align_corners"})],
    ),
    "Resize by three": (
        IMAGE,
        [("Resize", "x - by_three", {"coordinate_transformation_mode": "asymmetric"})],
    ),
    "Resize, as PyTorch": (IMAGE, [("Resize", "x - by_three", {"nearest_mode": "ceil"})]),
    "Upsample": (IMAGE, [("Upsample", "x scales", {})], 9),
    "Identity": (VECTOR, [("Identity", "x", {}), ("Relu", "t0", {})]),
    "Dropout": (VECTOR, [("Dropout", "x", {}), ("Relu", "t0", {})]),
    "DequantizeLinear, weights": (
        VECTOR,
        [("DequantizeLinear", "q step z8", {}), ("Gemm", "x t0 c3", {})],
    ),
    "QuantizeLinear, weights in training": (
        VECTOR,
        [
            ("QuantizeLinear", "W step z8", {}),
            ("DequantizeLinear", "t0 step z8", {}),
            ("Gemm", "x t1 c", {}),
        ],
    ),
    "DequantizeLinear, weights by unit": (
        VECTOR,
        [("DequantizeLinear", "q steps zs", {"axis": 1}), ("Gemm", "x t0 c3", {})],
    ),
    "QLinearConv": (
        IMAGE,
        [
            ("QuantizeLinear", "x step zu", {}),
            ("QLinearConv", "t0 step zu qK sK zK half z8u b32", {"pads": [1, 0, 0, 1]}),
            ("MaxPool", "t1", {"kernel_shape": [2, 2], "strides": [2, 2]}),
            ("Flatten", "t2", {}),
            ("QLinearMatMul", "t3 half z8u qW step z8 step zu", {}),
            ("DequantizeLinear", "t4 step zu", {}),
        ],
    ),
    "QuantizeLinear": (
        VECTOR,
        [
            ("Gemm", "x W c", {}),
            ("Relu", "t0", {}),
            ("QuantizeLinear", "t1 step zu", {}),
            ("DequantizeLinear", "t2 step zu", {}),
            ("MatMul", "t3 V", {}),
        ],
    ),
}
CONSTANTS |= {
    "qK": RNG.integers(-9, 9, (4, 3, 3, 2)).astype(np.int8), "zK": np.zeros(4, np.int8),
    "sK": RNG.random(4) + 0.5, "z8u": np.array(120, np.uint8),
    "b32": RNG.integers(-99, 99, 4).astype(np.int32),
    "qW": RNG.integers(-3, 3, (16, 2)).astype(np.int8),
    "sizes": np.array([5, 3, 9, 4]), "by_three": np.array([1, 1, 3, 1.5], np.float32),
    "minus_": np.array([-1, 4 * 4 * 4]), "K33": draw(3, 3, 3, 3), "W90": draw(90, 2),
    "W1154": draw(1, 1, 5, 4), "V1": draw(5, 1), "ninety": np.array([90]),
    "three": np.array(3.0), "square": np.array(2.0), "image": draw(3, 6, 5),
    "rows12": np.array([1, 12]), "W12": draw(12, 2),
}  # fmt: skip
#: Graphs whose input has no axis of samples.
SINGLE = ("one number", "one number of a sample", "column", "without samples")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.onnx"


@pytest.mark.parametrize("name", GRAPHS)
def test_every_operator_answers_as_in_onnx_runtime(path, name):
    shape, nodes, *opset = GRAPHS[name]
    save_graph(path, nodes, CONSTANTS, shape, *opset)
    is_single = name.endswith(SINGLE)
    x = draw(*shape) if is_single else draw(shape[0] or 5, *shape[1:])
    if not is_single:
        assert_read_right(path, x)
        return
    network = ba.from_onnx(path)
    assert network.shape == tuple(shape)
    outputs = network.predict(x[None])[0]
    np.testing.assert_allclose(outputs.ravel(), evaluate_graph(path, x).ravel(), atol=1e-5)


def test_no_operator_is_without_a_graph():
    covered = {node[0] for _, nodes, *_ in GRAPHS.values() for node in nodes}
    elsewhere = {"RNN", "LSTM", "GRU", "ai.onnx.ml.Scaler"}  # test_read_onnx
    elsewhere |= {"ConvInteger", "DynamicQuantizeLinear", "MatMulInteger", "ai.onnx.ml.ZipMap"}
    assert covered >= (OPERATORS.keys() | REARRANGING.keys()) - elsewhere


def test_channels_last_images_are_a_renaming_of_the_inputs(path):
    """The network takes the input of the file; its weights are those of a plain convolution."""
    shape, nodes = GRAPHS["Conv, channels last"]
    network = ba.from_onnx(save_graph(path, nodes, CONSTANTS, shape))
    assert network.shape == (6, 5, 3)
    kinds = [type(layer).__name__ for layer in network.layers]
    assert kinds == ["Rearrange", "Conv2d", "Rearrange"]
    np.testing.assert_allclose(network.layers[1].kernel, K2, rtol=1e-6)


def test_rows_of_an_image_are_no_time(path):
    nodes = [("Flatten", "x", {}), ("Gemm", "t0 W c", {})]
    constants = {"W": draw(12, 3), "c": draw(3)}
    network = assert_read_right(save_graph(path, nodes, constants, ["N", 3, 4]), draw(2, 3, 4))
    assert network.shape == (3, 4)
    assert not network.is_temporal


def test_a_copy_before_dense_weights_goes_into_their_columns(path):
    shape, nodes = GRAPHS["Transpose"]
    network = ba.from_onnx(save_graph(path, nodes, CONSTANTS, shape))
    assert [type(layer).__name__ for layer in network.layers] == ["Flatten", "Dense"]


@pytest.mark.parametrize(
    "name", ["Add, residual", "Add, nested", "Mul", "Concat", "PRelu, channels"]
)
def test_branches_are_written_as_they_were_read(path, name):
    shape, nodes = GRAPHS[name]
    network = ba.from_onnx(save_graph(path, nodes, CONSTANTS, shape))
    x = draw(4, *shape[1:])
    copy = path.with_name("copy.onnx")
    ba.to_onnx(network, copy)
    np.testing.assert_allclose(ba.from_onnx(copy).predict(x), network.predict(x), atol=1e-5)
    np.testing.assert_allclose(network.predict(x), evaluate_graph(path, x), atol=1e-5)


def test_shared_layers_of_branches_are_read_once(path):
    shape, nodes = GRAPHS["Add, nested"]
    network = ba.from_onnx(save_graph(path, nodes, CONSTANTS, shape))
    matrices = weight_matrices_of(network)
    assert len(matrices) == 4  # as many as there are MatMul nodes
    assert matrices[1].sources != matrices[0].sources


@pytest.mark.parametrize(
    ("nodes", "got"),
    [
        ([("Pad", "x away", {}), ("Relu", "t0", {})], "does not depend on the input"),
        (
            [("Concat", f"t{k - 1} t{k - 1}" if k else "x x", {}) for k in range(40)],
            "at most 1e.07",
        ),
        ([("Expand", "x wide", {})], "larger than the limit"),
        (
            [("Transpose", f"t{k - 1}" if k else "x", {"perm": [0, 2, 1]}) for k in range(30)],
            "numbers to rearrange",
        ),
        ([("Pool", "x", {})], "Pool"),
    ],
)
def test_the_work_of_reading_is_bounded(path, nodes, got, monkeypatch):
    monkeypatch.setattr(layer_tracer, "MAX_WORK", 5000)
    constants = {"away": np.array([0, -20, 0, 0, 30, 0]), "wide": np.array([2, 10**9, 20])}
    save_graph(path, nodes, constants, [2, 20, 20], opset=13)
    with pytest.raises(ForeignFileError, match=got):
        ba.from_onnx(path)


def test_the_work_of_reading_grows_with_the_number_of_operators(path):
    """Twice as many take twice the calls of functions; a quadratic reader takes four times."""

    def count_calls(n):
        nodes = [("Identity", f"t{k - 1}" if k else "x", {}) for k in range(n)]
        save_graph(path, [*nodes, ("Relu", f"t{n - 1}", {})], {}, [None, 3])
        calls = 0

        def count(frame, event, argument):
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            ba.from_onnx(path)
        finally:
            sys.setprofile(None)
        return calls

    count_calls(10)  # imports
    assert count_calls(400) < 2.2 * count_calls(200)


def test_what_has_too_many_layers_is_refused(path, monkeypatch):
    monkeypatch.setattr(layer_tracer, "MAX_LAYERS", 30)
    nodes = [("Relu", f"t{k - 1}" if k else "x", {}) for k in range(40)]
    with pytest.raises(ForeignFileError, match="got more than 30 layers"):
        ba.from_onnx(save_graph(path, nodes, {}, [None, 3]))
