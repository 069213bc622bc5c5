"""Dense networks from files of arrays, as three libraries write them."""

import itertools
import warnings

import numpy as np
import pytest

import bioann as ba
from bioann.ann.interop.weights_from_file import read_file_weights
from bioann.base.errors import DescriptionError, ForeignFileError, UnknownNameError

RNG = np.random.default_rng(6)
W = [RNG.normal(size=(5, 4)), RNG.normal(size=(3, 5)), RNG.normal(size=(2, 3))]
B = [RNG.normal(size=len(w)) for w in W]


def by_hand(x):
    h = np.maximum(x @ W[0].T + B[0], 0)
    h = np.maximum(h @ W[1].T + B[1], 0)
    return h @ W[2].T + B[2]


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_torch_names_in_any_order(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    # Sorted as text, fc10 would come before fc2.
    arrays = {f"fc{n}.weight": w for n, w in zip((1, 2, 10), W, strict=True)}
    arrays |= {f"fc{n}.bias": b for n, b in zip((1, 2, 10), B, strict=True)}
    if kind == "npz":
        np.savez(path, **dict(reversed(arrays.items())))
    else:
        pytest.importorskip("safetensors.numpy").save_file(arrays, path)
    for name, values in ba.interop.read_weights(path).items():
        np.testing.assert_array_equal(values, arrays[name])
    x = RNG.normal(size=(6, 4))
    np.testing.assert_allclose(ba.from_weights(path).predict(x), by_hand(x), atol=1e-12)


def test_weights_of_scikit_learn_have_sources_in_rows(tmp_path):
    network = pytest.importorskip("sklearn.neural_network")
    x = RNG.normal(size=(30, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = network.MLPRegressor(
            hidden_layer_sizes=(6, 3), activation="tanh", max_iter=3, random_state=1
        )
        model.fit(x, x[:, :2] ** 2)
    path = tmp_path / "a.npz"
    arrays = {f"coefs_{k}": w for k, w in enumerate(model.coefs_)}
    np.savez(path, **arrays, **{f"intercepts_{k}": b for k, b in enumerate(model.intercepts_)})
    made = ba.from_weights(path, activation="tanh", rows="sources")
    np.testing.assert_allclose(made.predict(x), model.predict(x), atol=1e-12)


def test_arrays_can_be_named(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, one=W[0], two=W[1], other=W[1] * 2, shift=B[0])
    made = ba.from_weights(path, layers=(("one", "shift"), ("two", None)), last="relu")
    x = RNG.normal(size=(6, 4))
    wanted = np.maximum(np.maximum(x @ W[0].T + B[0], 0) @ W[1].T, 0)
    np.testing.assert_allclose(made.predict(x), wanted, atol=1e-12)
    with pytest.raises(UnknownNameError, match="Did you mean 'one'"):
        ba.from_weights(path, layers=(("ones", None),))
    with pytest.raises(ForeignFileError, match=r"of arrays \{'one': \(5, 4\).*Pass layers="):
        ba.from_weights(path)  # two arrays read the first


def test_another_ending_is_told(tmp_path):
    with pytest.raises(UnknownNameError, match=r"file ending, got '\.mat'"):
        ba.interop.read_weights(tmp_path / "a.mat")


#: How people name weights and biases, and whether names or shapes tell them apart.
SCHEMES = (
    ("W{}", "b{}"), ("w{}", "b{}"), ("weights{}", "biases{}"), ("theta{}", "beta{}"),
    ("coef{}", "intercept{}"), ("coefs_{}", "intercepts_{}"), ("fc{}.weight", "fc{}.bias"),
    ("dense_{}/kernel:0", "dense_{}/bias:0"), ("Dense_{}.kernel", "Dense_{}.bias"),
    ("layer{}_W", "layer{}_b"), ("l{}w", "l{}b"), ("W{}h", "b{}h"), ("hidden{}", "hidden{}_b"),
)  # fmt: skip


def make_layers(sizes):
    matrices = [RNG.normal(size=(o, i)) for i, o in itertools.pairwise(sizes)]
    biases = [RNG.normal(size=len(w)) for w in matrices]
    x = response = RNG.normal(size=(6, sizes[0]))
    for k, (w, b) in enumerate(zip(matrices, biases, strict=True), 1):
        response = response @ w.T + b
        response = response if k == len(matrices) else np.maximum(response, 0)
    return matrices, biases, x, response


@pytest.mark.parametrize("sizes", [(4, 5, 3, 2), (4, 5, 1), (3, 1), (1, 4, 2)])
@pytest.mark.parametrize("rows", ["targets", "sources"])
def test_every_naming_scheme_keeps_every_layer_and_bias(tmp_path, sizes, rows):
    matrices, biases, x, response = make_layers(sizes)
    if rows == "sources":
        matrices = [w.T for w in matrices]
    path = tmp_path / "a.npz"
    for n, (weights, bias) in enumerate(SCHEMES):
        shape = [(-1,), (1, -1), (-1, 1)][n % 3]
        arrays = {weights.format(k): w for k, w in enumerate(matrices, 9)}
        arrays |= {bias.format(k): b.reshape(shape) for k, b in enumerate(biases, 9)}
        np.savez(path, **dict(sorted(arrays.items())))
        np.testing.assert_allclose(
            ba.from_weights(path).predict(x), response, atol=1e-12, err_msg=weights
        )


@pytest.mark.parametrize("rows", ["targets", "sources"])
def test_arrays_without_names_are_told_apart_by_position_and_shape(tmp_path, rows):
    matrices, biases, x, response = make_layers((4, 5, 3, 1))
    if rows == "sources":
        matrices = [w.T for w in matrices]
    in_turn = [a for layer in zip(matrices, [b[None] for b in biases], strict=True) for a in layer]
    for arrays in (in_turn, matrices + biases):
        np.savez(tmp_path / "a.npz", *arrays)
        made = ba.from_weights(tmp_path / "a.npz")
        np.testing.assert_allclose(made.predict(x), response, atol=1e-12)


@pytest.mark.parametrize(
    "names", ["input hidden output", "hidden1 hidden2 out", "encoder.0 encoder.2 head", "c b_x a"]
)
def test_layers_are_ordered_by_words_or_by_shapes(tmp_path, names):
    matrices, biases, x, response = make_layers((4, 5, 3, 2))
    layers = list(zip(names.split(), matrices, biases, strict=True))
    arrays = {f"{n}.weight": w for n, w, _ in layers[::-1]} | {f"{n}.bias": b for n, _, b in layers}
    np.savez(tmp_path / "a.npz", **arrays)
    np.testing.assert_allclose(ba.from_weights(tmp_path / "a.npz").predict(x), response, atol=1e-12)


def test_biases_can_be_named_by_their_units(tmp_path):
    matrices, biases, x, response = make_layers((4, 5, 2))
    names = (("weights_input_hidden", "bias_hidden"), ("weights_hidden_output", "bias_output"))
    arrays = {w: a for (w, _), a in zip(names, matrices, strict=True)}
    arrays |= {b: a for (_, b), a in zip(names, biases, strict=True)}
    np.savez(tmp_path / "a.npz", **arrays)
    np.testing.assert_allclose(ba.from_weights(tmp_path / "a.npz").predict(x), response, atol=1e-12)


LINE = {"fc1.weight": W[0], "fc1.bias": B[0], "fc2.weight": W[1], "fc2.bias": B[1]}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (LINE | {"epoch": np.array(3)}, r"got 'epoch' \(\), which fit none"),
        (LINE | {"conv.weight": np.ones((4, 1, 3, 3))}, r"got 'conv.weight' \(4, 1, 3, 3\), which"),
        (
            LINE | {"bn.weight": np.ones(5), "bn.bias": np.ones(5)},
            r"got 'bn.weight' \(5,\) and 'bn",
        ),
        (LINE | {"fc2.bias": np.ones(4)}, r"got 'fc2.bias' \(4,\), which fit none"),
        ({"U": np.eye(5), "W": W[0], "b": B[0]}, r"got 'U' \(5, 5\), which fit none"),
        ({"rnn.weight_hh_l0": np.eye(3), "rnn.weight_ih_l0": W[1]}, "weight_hh_l0"),
        ({"W1": np.eye(3), "W2": np.eye(3)}, "whether rows are targets or sources"),
        ({"W": W[0]}, "whether rows are targets or sources"),
        ({"arr_0": np.ones((1, 4)), "arr_1": np.ones((1, 1))}, "got more than one way to do so"),
        (
            {"x.weight": np.eye(3), "y.weight": W[1], "y.bias": B[1], "z.weight": np.eye(3)},
            "tell the order of the layers",
        ),
        (LINE | {"fc3.weight": np.ones((2, 7))}, "of arrays"),
    ],
)
def test_an_array_is_used_or_named_in_an_error(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ForeignFileError, match=message):
        ba.from_weights(tmp_path / "a.npz")


def test_layers_that_are_no_pairs_of_names_are_told(tmp_path):
    np.savez(tmp_path / "a.npz", **LINE)
    for layers in ((), 3, ("fc1.weight",), [("a", "b", "c")]):
        with pytest.raises(DescriptionError, match=r"wanted (pairs of names|a sequence)"):
            ba.from_weights(tmp_path / "a.npz", layers=layers)
    made = ba.from_weights(tmp_path / "a.npz", layers=[("fc2.weight", "fc2.bias")])
    x = RNG.normal(size=(2, 5))
    np.testing.assert_allclose(made.predict(x), x @ W[1].T + B[1], atol=1e-12)


def test_one_part_of_several_is_refused(tmp_path):
    path = tmp_path / "model-00001-of-00002.npz"
    np.savez(path, **LINE)
    with pytest.raises(
        ForeignFileError, match="wanted a whole network, got part 1 of 2 of a network"
    ):
        ba.from_weights(path)
    assert len(ba.from_weights(path, layers=[("fc1.weight", "fc1.bias")]).layers) == 1
    assert "The file is part 1 of 2 of a network." in read_file_weights(path).notes
