"""Dense networks from files of arrays, as three libraries write them."""

import warnings

import numpy as np
import pytest

import bioann as ba
from bioann.base.errors import ForeignFileError, UnknownNameError

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
    with pytest.raises(UnknownNameError, match=r"file ending, got '\.pkl'"):
        ba.interop.read_weights(tmp_path / "a.pkl")
