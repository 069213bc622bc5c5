"""Weights are found in any file, with the right ones as sources."""

import numpy as np
import pytest

import bioann as ba
from bioann.ann.interop.weights_from_file import read_file_weights
from bioann.base.errors import ForeignFileError

RNG = np.random.default_rng(4)


def found(path, **more):
    return {(w.layer, w.name): w for w in ba.interop.weights_from_file(path, **more)}


def test_dense_operators_in_every_way_of_writing_them(maker):
    W = RNG.normal(size=(4, 3))  # target, source
    constants = {"W": W, "V": W.T, "b": np.ones(4), "U": RNG.normal(size=(2, 4))}
    nodes = [
        ("Gemm", "x W b", "a", {"transB": 1}),
        ("Gemm", "x V b", "b1", {}),
        ("MatMul", "x V", "c", {}),
        ("Transpose", "W", "Wt", {"perm": [1, 0]}),
        ("MatMul", "x Wt", "d", {}),
        ("Add", "a b1", "e", {}),
        ("Erf", "e", "f", {}),  # what no layer can do is no obstacle
        ("Gemm", "f U", "y", {"transB": 1}),
    ]
    weights = ba.interop.weights_from_file(maker.save(nodes, constants, [None, 3]))
    assert [w.layer for w in weights] == [
        "the_Gemm_0", "the_Gemm_1", "the_MatMul_2", "the_MatMul_4", "the_Gemm_7",
    ]  # fmt: skip
    for w in weights[:4]:
        np.testing.assert_array_equal(w.values, W)
        assert w.sources == "x"


def test_units_are_followed_through_activations_and_biases(maker):
    nodes = [
        ("MatMul", "x A", "a", {}),
        ("Add", "a b", "c", {}),
        ("Relu", "c", "d", {}),
        ("MatMul", "d B", "e", {}),
        ("MatMul", "d B", "f", {}),
        ("Add", "e f", "y", {}),
    ]
    constants = {"A": RNG.normal(size=(2, 3)), "B": RNG.normal(size=(3, 4)), "b": np.ones(3)}
    weights = ba.interop.weights_from_file(maker.save(nodes, constants, [None, 2]))
    assert [w.sources for w in weights] == ["x", "the_MatMul_0", "the_MatMul_0"]
    units = ba.signs.census_of(weights).units
    assert units["positive"].tolist()[2:] == (2 * (constants["B"] > 0).sum(axis=1)).tolist()


def test_groups_of_a_convolution_are_written_out(maker):
    K = RNG.normal(size=(4, 1, 3, 3))
    path = maker.save([("Conv", "x K", "y", {"group": 2})], {"K": K}, [1, 2, 5, 5])
    (w,) = ba.interop.weights_from_file(path)
    assert w.values.shape == (4, 2, 3, 3)
    np.testing.assert_array_equal(w.values[:2, 0], K[:2, 0])
    np.testing.assert_array_equal(w.values[2:, 1], K[2:, 0])
    assert not w.values[:2, 1].any()
    # The answer to a pixel is the kernel, turned by half a turn.
    x = np.zeros((1, 2, 5, 5))
    x[0, 1, 2, 2] = 1
    np.testing.assert_array_equal(maker.evaluate(x)[0], w.values[:, 1, ::-1, ::-1])


@pytest.mark.parametrize(("op", "gates"), [("RNN", ""), ("LSTM", "iofc"), ("GRU", "zrh")])
def test_gates_are_taken_apart(maker, op, gates):
    n = max(len(gates), 1)
    W, R = RNG.normal(size=(1, n * 5, 3)), RNG.normal(size=(1, n * 5, 5))
    nodes = [
        (op, "x W R", "a", {"hidden_size": 5}),
        ("Squeeze", "a one", "b", {}),
        ("MatMul", "b V", "y", {}),
    ]
    constants = {"W": W, "R": R, "one": np.array([1]), "V": RNG.normal(size=(5, 2))}
    weights = found(maker.save(nodes, constants, [None, None, 3]))
    assert len(weights) == 2 * n + 1
    for k, gate in enumerate(gates or [""]):
        suffix = gate and f"_{gate}"
        w, r = weights[f"the_{op}_0", f"W{suffix}"], weights[f"the_{op}_0", f"R{suffix}"]
        np.testing.assert_array_equal(w.values, W[0, 5 * k : 5 * k + 5])
        np.testing.assert_array_equal(r.values, R[0, 5 * k : 5 * k + 5])
        assert (w.recurrent, r.recurrent, r.sources) == (False, True, f"the_{op}_0")
    assert weights["the_MatMul_2", "W"].sources == f"the_{op}_0"


def test_arrays_by_name(tmp_path):
    arrays = {
        "fc.weight": RNG.normal(size=(4, 3)), "fc.bias": np.ones(4),
        "rnn.weight_hh_l0": RNG.normal(size=(3, 3)), "square.weight": RNG.normal(size=(3, 3)),
    }  # fmt: skip
    np.savez(tmp_path / "a.npz", **arrays)
    weights = found(tmp_path / "a.npz")
    assert list(weights) == [("fc", "weight"), ("rnn", "weight_hh_l0"), ("square", "weight")]
    assert [w.recurrent for w in weights.values()] == [False, True, False]
    np.testing.assert_array_equal(weights["fc", "weight"].values, arrays["fc.weight"])
    turned = found(tmp_path / "a.npz", rows="sources")
    np.testing.assert_array_equal(turned["fc", "weight"].values, arrays["fc.weight"].T)


def test_a_file_without_weights_is_told(tmp_path, maker):
    np.savez(tmp_path / "a.npz", bias=np.ones(4))
    path = maker.save([("Erf", "x", "y", {})], {}, [1, 3])
    for file in (tmp_path / "a.npz", path):
        with pytest.raises(ForeignFileError, match="wanted arrays of weights, got none"):
            ba.interop.weights_from_file(file)


def test_what_is_no_weights_is_named(tmp_path):
    path = tmp_path / "a.npz"
    arrays = {
        "conv.weight": RNG.normal(size=(8, 3, 2, 2)), "conv.bias": np.ones(8),
        "norm.weight": np.ones(8), "norm.running_mean": np.ones(8),
        "position_ids": np.arange(6).reshape(1, 6), "fc.weight": RNG.normal(size=(1, 8)),
        "fc.bias": np.ones(1), "spare.weight": np.zeros((2, 1)),
    }  # fmt: skip
    np.savez(path, **arrays)
    weights = read_file_weights(path)
    assert [(w.layer, w.values.shape) for w in weights.matrices] == [
        ("conv", (8, 3, 2, 2)),
        ("fc", (1, 8)),
    ]
    assert weights.notes == (
        "2 bias arrays not counted: 'conv.bias' and 'fc.bias'.",
        "Neither weights nor the bias of any, and not counted: 'norm.weight' (8,), "
        "'norm.running_mean' (8,) and 'position_ids' (1, 6).",
        "Rows are targets, according to the lengths of the biases.",
        "All weights are zero, and not counted: 'spare'.",
    )


def test_kernels_of_keras_are_turned_as_their_biases_tell(tmp_path):
    kernel = RNG.normal(size=(3, 2, 4, 8))
    dense = RNG.normal(size=(5, 7))
    arrays = {"conv/kernel": kernel, "conv/bias": np.ones(8), "dense/kernel": dense}
    np.savez(tmp_path / "a.npz", **arrays)
    values = [w.values for w in ba.interop.weights_from_file(tmp_path / "a.npz")]
    np.testing.assert_array_equal(values[0], kernel.transpose(3, 2, 0, 1))
    np.testing.assert_array_equal(values[1], dense.T)


@pytest.mark.parametrize(
    ("names", "recurrent"),
    [("W W_in", "W"), ("U W", "U"), ("weight_hh weight_ih", "weight_hh"), ("W1 W2", ""), ("W", "")],
)
def test_square_weights_are_recurrent_only_if_their_name_says_so(tmp_path, names, recurrent):
    shapes = ((5, 5), (5, 3))
    arrays = {n: RNG.normal(size=s) for n, s in zip(names.split(), shapes, strict=False)}
    np.savez(tmp_path / "a.npz", **arrays)
    weights = ba.interop.weights_from_file(tmp_path / "a.npz")
    assert [w.layer for w in weights if w.recurrent] == recurrent.split()


def test_shapes_that_fit_both_ways_are_said_to(tmp_path):
    np.savez(tmp_path / "a.npz", first=RNG.normal(size=(3, 3)), second=RNG.normal(size=(3, 3)))
    (note,) = read_file_weights(tmp_path / "a.npz").notes
    assert note.startswith("The file does not tell whether rows are targets or sources")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_of_a_graph_must_be_finite(maker, value):
    W = np.eye(3)
    W[1, 2] = value
    path = maker.save([("MatMul", "x W", "a", {}), ("Relu", "a", "y", {})], {"W": W}, [None, 3])
    with pytest.raises(ForeignFileError, match="tensor 'W': wanted finite numbers, got 1 of 9 NaN"):
        ba.interop.weights_from_file(path)
    with pytest.raises(ForeignFileError, match="finite"):
        ba.from_onnx(path)
