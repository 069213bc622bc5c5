"""Networks from ONNX files answer as the library that made them, or as onnx's own evaluator."""

import warnings

import numpy as np
import pytest

from bioann.ann.interop.read_onnx import from_onnx
from bioann.ann.layers.dense import Dense
from bioann.base.errors import ForeignFileError, UnknownNameError

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
    with pytest.warns(UserWarning, match="output is 'probabilities'; the file also has 'label'"):
        network = from_onnx(path)
    assert network.shape == (64,)
    np.testing.assert_allclose(network.predict(x), model.predict_proba(x), atol=1e-5)
    # The logits have the same winner, and can be had.
    last = [n.output[0] for n in written.graph.node if n.op_type == "Add"][-1]
    logits = from_onnx(path, output=last)
    assert all(isinstance(layer, Dense) for layer in logits.layers)
    np.testing.assert_array_equal(logits.predict(x).argmax(axis=1), model.predict(x))


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
    np.testing.assert_allclose(network.predict(x), maker.evaluate(x), atol=1e-9)


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
    np.testing.assert_allclose(from_onnx(path).predict(x), maker.evaluate(x), atol=1e-12)


@pytest.mark.parametrize("auto", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_padding_that_follows_from_the_kernel(maker, auto):
    path = maker.save(
        [("Conv", "x K", "a", {"auto_pad": auto}), ("Relu", "a", "y", {})],
        CONSTANTS,
        ["n", 2, 6, 5],
    )
    x = RNG.normal(size=(3, 2, 6, 5))
    np.testing.assert_allclose(from_onnx(path).predict(x), maker.evaluate(x), atol=1e-12)


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
    np.testing.assert_allclose(network.predict(x), maker.evaluate(x), atol=1e-12)


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
    np.testing.assert_allclose(from_onnx(path).predict(x), maker.evaluate(x), atol=1e-12)
    assert len(from_onnx(path).layers) == 1
    nodes[2] = ("Conv", "b K kb", "c", {"pads": [1, 1, 1, 1]})  # zeros are not shifted there
    path = maker.save(nodes, constants, [None, 2, 6, 6])
    np.testing.assert_allclose(from_onnx(path).predict(x), maker.evaluate(x), atol=1e-12)


REFUSED = {
    "Sin": [("Sin", "x", "y", {})],
    "Gemm on axes": [("Gemm", "x V", "y", {})],
    "Conv whose input 2 is computed": [("Relu", "x", "k", {}), ("Conv", "x k", "y", {})],
    "ConvTranspose in groups": [("ConvTranspose", "x K", "y", {"group": 2})],
    "the positions as a second output": [("MaxPool", "x", "y z", {"kernel_shape": [2, 2]})],
    "mixes different samples": [
        ("Reshape", "x two", "a", {}),
        ("Conv", "a K kb", "y", {}),
    ],
    "Resize that is not fixed, larger than the limit, or interpolates": [
        ("Resize", "x - scales", "y", {"mode": "linear"}),
    ],
    "QuantizeLinear with a step for each channel": [
        ("QuantizeLinear", "x steps zeros", "y", {}),
    ],
}


@pytest.mark.parametrize("got", REFUSED)
def test_what_no_layer_can_do_is_named_with_its_node(maker, got):
    nodes = REFUSED[got]
    constants = {
        **CONSTANTS, "two": np.array([16, 1, 7, 7]), "samples": RNG.normal(size=(8, 2, 7, 7)),
        "scales": np.array([1, 1, 2, 2], np.float32), "steps": np.ones(2),
        "zeros": np.zeros(2, np.int8),
    }  # fmt: skip
    path = maker.save(nodes, constants, [8, 2, 7, 7])
    with pytest.raises(ForeignFileError) as caught:
        from_onnx(path)
    assert got in str(caught.value)
    assert f"node 'the_{nodes[-1][0]}_{len(nodes) - 1}'" in str(caught.value)
    assert "bioann inspect" in str(caught.value)


def test_the_tensor_before_what_no_layer_can_do_is_named_and_can_be_read(maker):
    nodes = [("Gemm", "x V", "logits", {"transB": 1}), ("Sin", "logits", "y", {})]
    path = maker.save(nodes, CONSTANTS, [None, 16])
    with pytest.raises(ForeignFileError, match="before it with output='logits'"):
        from_onnx(path)
    x = RNG.normal(size=(3, 16))
    np.testing.assert_allclose(from_onnx(path, output="logits").predict(x), x @ V.T)


def test_of_several_outputs_the_first_that_can_be_read_is_named(maker):
    nodes = [("Sin", "x", "a", {}), ("Relu", "x", "b", {}), ("Tanh", "x", "c", {})]
    path = maker.save(nodes, {}, [None, 16], ["a", "b", "c"])
    with pytest.warns(UserWarning, match="output is 'b'; the file also has 'a', 'c'"):
        network = from_onnx(path)
    assert (network.predict(-np.ones((1, 16))) == 0).all()
    from_onnx(path, output="b")  # without a warning


def test_a_constant_for_each_sample_makes_all_samples_one_input(maker):
    constant = RNG.normal(size=(4, 3))
    network = from_onnx(maker.save([("Add", "x c", "y", {})], {"c": constant}, [4, 3]))
    x = RNG.normal(size=(4, 3))
    assert network.shape == (4, 3)
    np.testing.assert_allclose(network.predict(x[None])[0], x + constant)


def save_two_inputs(maker, shape, nodes=(("Sub", "x x2", "y", {}),)):
    onnx = pytest.importorskip("onnx")
    path = maker.save(nodes, {"V": V}, [None, 3])
    model = onnx.load(str(path))
    second = onnx.helper.make_tensor_value_info("x2", onnx.TensorProto.DOUBLE, shape)
    model.graph.input.append(second)
    path.write_bytes(model.SerializeToString())
    return path


def test_several_inputs_become_one_vector_with_their_names(maker):
    nodes = [("Flatten", "x2", "flat", {}), ("Concat", "flat x", "both", {"axis": 1})]
    path = save_two_inputs(maker, [None, 2, 2], [*nodes, ("Tanh", "both", "y", {})])
    network = from_onnx(path)
    assert network.channels[2:5] == ("x[2]", "x2[0]", "x2[1]")
    x, x2 = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2, 2))
    outputs = network.predict(np.hstack([x, x2.reshape(5, 4)]))
    np.testing.assert_allclose(outputs, np.tanh(np.hstack([x2.reshape(5, 4), x])))


def test_inputs_without_samples_in_common_are_named(maker):
    with pytest.raises(ForeignFileError, match=r"2 inputs: 'x' \(None, 3\), 'x2' \(3,\)"):
        from_onnx(save_two_inputs(maker, [3]))


def test_a_tensor_that_is_not_there_is_told_with_the_nearest(maker):
    path = maker.save([("Gemm", "x V", "hidden", {"transB": 1})], CONSTANTS, [None, 16], ["hidden"])
    assert from_onnx(path, output="hidden").outputs[0] == "layer1[0]"
    with pytest.raises(UnknownNameError, match="Did you mean 'hidden'"):
        from_onnx(path, output="hiden")


N, M = 5, 3
RECURRENT = {
    "W": RNG.normal(size=(1, N, M)), "R": RNG.normal(size=(1, N, N)) / 3,
    "B": RNG.normal(size=(1, 2 * N)),
    "W3": RNG.normal(size=(1, 3 * N, M)), "R3": RNG.normal(size=(1, 3 * N, N)),
    "B3": RNG.normal(size=(1, 6 * N)),
    "W4": RNG.normal(size=(1, 4 * N, M)), "R4": RNG.normal(size=(1, 4 * N, N)),
    "B4": RNG.normal(size=(1, 8 * N)), "V": RNG.normal(size=(N, 2)), "b": RNG.normal(size=2),
    "zero": np.array([0]), "one": np.array([1]), "two": np.array([2]), "last": np.array(-1),
    "none": np.zeros((1, 4, N)),
}  # fmt: skip
OPERATOR = {
    "RNN": ("RNN", "x W R B", {"hidden_size": N}),
    "RNN without bias": ("RNN", "x W R", {"hidden_size": N}),
    "linear RNN": (
        "RNN", "x W R B",
        {"activations": ["Affine"], "activation_alpha": [1.0], "activation_beta": [0.0]},
    ),
    "LSTM": ("LSTM", "x W4 R4 B4", {"hidden_size": N}),
    "GRU": ("GRU", "x W3 R3 B3", {"hidden_size": N}),
    "GRU, reset after": ("GRU", "x W3 R3 B3", {"hidden_size": N, "linear_before_reset": 1}),
}  # fmt: skip
READOUT = [("MatMul", "s V", "m", {}), ("Add", "m b", "y", {})]
TIMES = RNG.normal(size=(9, 4, M))  # time, batch, unit


@pytest.mark.parametrize("name", OPERATOR)
def test_recurrent_operators_answer_at_every_moment(maker, name):
    op, inputs, attributes = OPERATOR[name]
    nodes = [(op, inputs, "h", {"hidden_size": N, **attributes}), ("Squeeze", "h one", "s", {})]
    path = maker.save([*nodes, *READOUT], RECURRENT, [None, None, M])
    answer = from_onnx(path).predict(TIMES.swapaxes(0, 1))
    np.testing.assert_allclose(answer.swapaxes(0, 1), maker.evaluate(TIMES), atol=1e-12)


@pytest.mark.parametrize("name", OPERATOR)
def test_a_file_that_keeps_the_last_moment_answers_as_the_last_moment(maker, name):
    op, inputs, attributes = OPERATOR[name]
    operator = (op, inputs, "h l", {"hidden_size": N, **attributes})
    for nodes in (
        [operator, ("Squeeze", "l zero", "s", {})],
        [operator, ("Squeeze", "h one", "a", {}), ("Gather", "a last", "s", {"axis": 0})],
    ):
        path = maker.save([*nodes, *READOUT], RECURRENT, [None, None, M])
        answer = from_onnx(path).predict(TIMES.swapaxes(0, 1))
        np.testing.assert_allclose(answer[:, -1], maker.evaluate(TIMES), atol=1e-12)


@pytest.mark.parametrize("op", ["RNN", "LSTM", "GRU"])
def test_batch_first_by_transposition_and_by_layout(maker, op):
    _, inputs, attributes = OPERATOR[op]
    x = TIMES.swapaxes(0, 1)
    moved = [
        ("Transpose", "x", "t", {"perm": [1, 0, 2]}),
        (op, inputs.replace("x", "t"), "h", attributes),
        ("Squeeze", "h one", "q", {}),
        ("Transpose", "q", "s", {"perm": [1, 0, 2]}),
    ]
    laid = [(op, inputs, "h", {**attributes, "layout": 1}), ("Squeeze", "h two", "s", {})]
    for nodes in (moved, laid):
        path = maker.save([*nodes, *READOUT], RECURRENT, [None, None, M])
        np.testing.assert_allclose(from_onnx(path).predict(x), maker.evaluate(x), atol=1e-12)


def test_two_recurrent_layers_on_each_other(maker):
    constants = {**RECURRENT, "W2": RNG.normal(size=(1, N, N))}
    nodes = [
        ("LSTM", "x W4 R4 B4", "h", {"hidden_size": N}),
        ("Squeeze", "h one", "a", {}),
        ("RNN", "a W2 R B", "k", {"hidden_size": N}),
        ("Squeeze", "k one", "s", {}),
    ]
    path = maker.save(
        [*nodes, *READOUT, ("Softmax", "y", "z", {})], constants, [None, None, M], ["z"]
    )
    answer = from_onnx(path).predict(TIMES.swapaxes(0, 1))
    np.testing.assert_allclose(answer.swapaxes(0, 1), maker.evaluate(TIMES), atol=1e-12)


def test_rectified_recurrent_units_by_hand(maker):
    """onnx's own evaluator has tanh alone."""
    attributes = {"hidden_size": N, "activations": ["Relu"]}
    nodes = [("RNN", "x W R B", "h", attributes), ("Squeeze", "h one", "y", {})]
    path = maker.save(nodes, RECURRENT, [None, None, M])
    h, bias = np.zeros((4, N)), RECURRENT["B"][0].reshape(2, N).sum(axis=0)
    for now in TIMES:
        h = np.maximum(now @ RECURRENT["W"][0].T + h @ RECURRENT["R"][0].T + bias, 0)
    np.testing.assert_allclose(from_onnx(path).predict(TIMES.swapaxes(0, 1))[:, -1], h, atol=1e-12)


def test_states_that_begin_at_zero_are_let_pass_and_others_are_not(maker):
    constants = {**RECURRENT, "size": np.array([1, 4, N]), "ones": np.ones((1, 4, N))}
    made = ("ConstantOfShape", "size", "made", {})
    for state in ("none", "made", "ones"):
        rnn = ("RNN", f"x W R B - {state}", "h", {"hidden_size": N})
        nodes = [made, rnn, ("Squeeze", "h one", "y", {})]
        path = maker.save(nodes, constants, [None, None, M])
        if state != "ones":
            answer = from_onnx(path).predict(TIMES.swapaxes(0, 1)).swapaxes(0, 1)
            np.testing.assert_allclose(answer, maker.evaluate(TIMES), atol=1e-12)
        else:
            with pytest.raises(ForeignFileError, match="RNN that does not start at zero"):
                from_onnx(path)


@pytest.mark.parametrize(
    ("op", "attributes", "said"),
    [
        ("RNN", {"direction": "reverse"}, "the end of a sequence whose length is not fixed"),
        ("RNN", {"clip": 1.0}, "RNN with clipped sums"),
        ("RNN", {"activations": ["Elu"]}, "RNN with activation Elu"),
        (
            "LSTM",
            {"activations": ["Sigmoid", "Relu", "Tanh"]},
            "LSTM with activations Sigmoid, Relu",
        ),
        ("LSTM", {"input_forget": 1}, "coupled input and forget gates"),
        ("GRU", {"activations": ["Tanh", "Tanh"]}, "GRU with activations Tanh, Tanh"),
    ],
)
def test_variants_that_no_layer_has_are_named(maker, op, attributes, said):
    inputs = OPERATOR[op][1]
    nodes = [(op, inputs, "h", {"hidden_size": N, **attributes}), ("Squeeze", "h one", "y", {})]
    with pytest.raises(ForeignFileError, match=said):
        from_onnx(maker.save(nodes, RECURRENT, [None, None, M]))
