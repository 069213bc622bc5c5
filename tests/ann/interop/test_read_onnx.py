"""Networks from ONNX files answer as the library that made them, or as onnx's own evaluator."""

import warnings

import numpy as np
import pytest

from bioann.ann.interop.read_onnx import from_onnx
from bioann.ann.layers.dense import Dense
from bioann.errors import ForeignFileError, UnknownNameError

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_classifier_of_scikit_learn_gives_its_probabilities(tmp_path, activation, scaled):
    datasets = pytest.importorskip("sklearn.datasets")
    from skl2onnx import to_onnx as sklearn_to_onnx
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = datasets.load_digits(return_X_y=True)
    x = x / 16
    model = MLPClassifier((20, 12), activation=activation, max_iter=4, random_state=1)
    model = make_pipeline(StandardScaler(), model) if scaled else model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # four rounds do not converge
        model.fit(x, y)
        written = sklearn_to_onnx(model, x[:1].astype(np.float32), options={"zipmap": False})
    path = tmp_path / "digits.onnx"
    path.write_bytes(written.SerializeToString())
    network = from_onnx(path)
    assert network.shape == (64,)
    np.testing.assert_allclose(network.answer(x), model.predict_proba(x), atol=1e-5)
    # The logits have the same winner, and can be had.
    last = [n.output[0] for n in written.graph.node if n.op_type == "Add"][-1]
    logits = from_onnx(path, output=last)
    assert all(isinstance(layer, Dense) for layer in logits.layers)
    np.testing.assert_array_equal(logits.answer(x).argmax(axis=1), model.predict(x))


K = RNG.normal(size=(3, 2, 3, 3))
K2 = RNG.normal(size=(4, 3, 2, 2))
V = RNG.normal(size=(5, 4 * 2 * 2))
BOTH = {"strides": [2, 2], "pads": [1, 1, 1, 1]}


def image_graph(pool, between, reshape):
    """Convolution, pooling, activation, convolution, vector, dense."""
    return [
        ("Conv", "x K kb", "a", BOTH),
        (*between[:1], "a", "b", between[1]),
        (pool, "b", "c", {"kernel_shape": [2, 2], "strides": [1, 1]}),
        ("Conv", "c K2", "d", {}),
        ("BatchNormalization", "d g s m v", "e", {"epsilon": 1e-3}),
        ("LeakyRelu", "e", "f", {"alpha": 0.25}),
        *reshape,
        ("Gemm", "h V vb", "i", {"transB": 1, "alpha": 0.5, "beta": 2.0}),
        ("Softplus", "i", "y", {}),
    ]


CONSTANTS = {
    "K": K, "kb": RNG.normal(size=3), "K2": K2, "V": V, "vb": RNG.normal(size=5),
    "g": RNG.normal(size=4), "s": RNG.normal(size=4), "m": RNG.normal(size=4),
    "v": RNG.random(4), "flat": np.array([-1, 16]),
}  # fmt: skip


@pytest.mark.parametrize("pool", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("between", [("Relu", {}), ("Tanh", {}), ("Sigmoid", {})])
@pytest.mark.parametrize("reshape", [[("Flatten", "f", "h", {})], [("Reshape", "f flat", "h", {})]])
def test_images_pass_as_in_the_reference(maker, pool, between, reshape):
    path = maker.save(image_graph(pool, between, reshape), CONSTANTS, [None, 2, 7, 7])
    x = RNG.normal(size=(6, 2, 7, 7))
    network = from_onnx(path)
    assert network.shape == (2, 7, 7)
    np.testing.assert_allclose(network.answer(x), maker.evaluate(x), atol=1e-9)


def test_an_activation_after_the_maximum_is_one_before_it(maker):
    nodes = [
        ("Conv", "x K kb", "a", {}),
        ("MaxPool", "a", "b", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Tanh", "b", "c", {}),
        ("GlobalAveragePool", "c", "d", {}),
        ("Flatten", "d", "y", {}),
    ]
    path = maker.save(nodes, CONSTANTS, [None, 2, 8, 8])
    x = RNG.normal(size=(4, 2, 8, 8))
    np.testing.assert_allclose(from_onnx(path).answer(x), maker.evaluate(x), atol=1e-12)


@pytest.mark.parametrize("auto", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_padding_that_follows_from_the_kernel(maker, auto):
    path = maker.save(
        [("Conv", "x K", "a", {"auto_pad": auto}), ("Relu", "a", "y", {})],
        CONSTANTS,
        ["n", 2, 6, 5],
    )
    x = RNG.normal(size=(3, 2, 6, 5))
    np.testing.assert_allclose(from_onnx(path).answer(x), maker.evaluate(x), atol=1e-12)


def test_what_is_done_to_the_input_goes_into_the_first_layer(maker):
    constants = {
        "mean": RNG.normal(size=4), "sd": RNG.random(4) + 0.5, "W": RNG.normal(size=(4, 3)),
        "b": RNG.normal(size=3), "c": np.array([2.0]), "u": RNG.normal(size=(1, 3)),
    }  # fmt: skip
    nodes = [
        ("Sub", "x mean", "a", {}),
        ("Div", "a sd", "b1", {}),
        ("MatMul", "b1 W", "d", {}),
        ("Add", "b d", "e", {}),
        ("Mul", "e c", "f", {}),
        ("Sub", "u f", "g", {}),
        ("Identity", "g", "y", {}),
    ]
    path = maker.save(nodes, constants, [None, 4])
    x = RNG.normal(size=(5, 4))
    network = from_onnx(path)
    assert len(network.layers) == 1
    np.testing.assert_allclose(network.answer(x), maker.evaluate(x), atol=1e-12)


def test_pixels_are_scaled_in_the_first_convolution(maker):
    constants = {**CONSTANTS, "mean": RNG.normal(size=(1, 2, 1, 1)), "sd": np.array(0.25)}
    nodes = [
        ("Sub", "x mean", "a", {}),
        ("Div", "a sd", "b", {}),
        ("Conv", "b K kb", "c", {}),
        ("Relu", "c", "y", {}),
    ]
    path = maker.save(nodes, constants, [None, 2, 6, 6])
    x = RNG.normal(size=(4, 2, 6, 6))
    np.testing.assert_allclose(from_onnx(path).answer(x), maker.evaluate(x), atol=1e-12)
    nodes[2] = ("Conv", "b K kb", "c", {"pads": [1, 1, 1, 1]})  # zeros are not shifted there
    path = maker.save(nodes, constants, [None, 2, 6, 6])
    with pytest.raises(ForeignFileError, match="before a convolution without padding"):
        from_onnx(path)


REFUSED = {
    "Erf": [("Erf", "x", "y", {})],
    "Conv in 2 groups": [("Conv", "x K3", "y", {"group": 2})],
    "uneven padding or dilation": [("Conv", "x K", "y", {"pads": [1, 0, 0, 0]})],
    "Add of 2 tensors that are computed": [
        ("Conv", "x K", "a", {}),
        ("Relu", "a", "b", {}),
        ("Add", "a b", "y", {}),
    ],
    "Relu that does not follow a weighted sum": [("Relu", "x", "y", {})],
    "Tanh that does not follow": [
        ("Conv", "x K", "a", {}),
        ("Relu", "a", "b", {}),
        ("Tanh", "b", "y", {}),
    ],
    "Gemm on axes": [("Gemm", "x V", "y", {})],
    "AveragePool with padding": [
        ("Conv", "x K", "a", {}),
        ("AveragePool", "a", "y", {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1]}),
    ],
}


@pytest.mark.parametrize("got", REFUSED)
def test_what_no_layer_can_do_is_named_with_its_node(maker, got):
    nodes = REFUSED[got]
    path = maker.save(nodes, {**CONSTANTS, "K3": RNG.normal(size=(4, 1, 3, 3))}, [1, 2, 7, 7])
    with pytest.raises(ForeignFileError) as caught:
        from_onnx(path)
    assert got in str(caught.value)
    assert f"node 'the_{nodes[-1][0]}_{len(nodes) - 1}'" in str(caught.value)
    assert "bioann inspect" in str(caught.value)


def test_a_tensor_that_is_not_there_is_told_with_the_nearest(maker):
    path = maker.save([("Gemm", "x V", "hidden", {"transB": 1})], CONSTANTS, [None, 16], ["hidden"])
    assert from_onnx(path, output="hidden").outputs[0] == "layer1[0]"
    with pytest.raises(UnknownNameError, match="Did you mean 'hidden'"):
        from_onnx(path, output="hiden")
