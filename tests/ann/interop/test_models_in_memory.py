"""Models of PyTorch and scikit-learn in memory: each computes what its own library computes.

The libraries are not needed to use bioann: without them stand-ins of the same class names hold the
arrays, and the expected output is the formula of the documentation. ``make test-interop`` compares
models with the libraries themselves.
"""

import sys

import numpy as np
import pytest

import bioann as ba
from bioann.ann.interop.sklearn_estimators import from_sklearn
from bioann.ann.interop.torch_modules import from_torch
from bioann.base.errors import DescriptionError, ForeignFileError

RNG = np.random.default_rng(1)


@pytest.fixture(autouse=True)
def _without_torch(monkeypatch):
    """Let PyTorch not compute the outputs of the stand-ins, if another test has imported it."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)


class Tensor(np.ndarray):
    """An array with the methods of a tensor that are called."""

    def detach(self):
        return self

    def cpu(self):
        return self

    def double(self):
        return self

    def numpy(self):
        return np.asarray(self)


def draw_tensor(*shape):
    return RNG.normal(size=shape).view(Tensor)


def make_class(name, module, *bases, **members):
    return type(name, bases, {"__module__": module, **members})


MODULE_MEMBERS = {
    "_forward_hooks": {},
    "_forward_pre_hooks": {},
    "_modules": property(vars),
}
Module = make_class("Module", "torch.nn.modules.module", object, **MODULE_MEMBERS)


def make_module(name, package="torch.nn.modules.any", **fields):
    module = make_class(name, package, Module)()
    vars(module).update(fields)
    return module


def make_linear(n_outputs, n_inputs):
    fields = {"weight": draw_tensor(n_outputs, n_inputs), "bias": draw_tensor(n_outputs)}
    return make_module("Linear", in_features=n_inputs, **fields)


def make_sequence(*modules):
    return make_module("Sequential", **{str(k): m for k, m in enumerate(modules)})


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_sequence_of_linear_layers_is_its_weighted_sums():
    first, last = make_linear(4, 3), make_linear(2, 4)
    module = make_sequence(make_sequence(first, make_module("ReLU")), make_module("Dropout"), last)
    network = from_torch(module)
    x = RNG.normal(size=(5, 3))
    hidden = np.maximum(x @ first.weight.T + first.bias, 0)
    np.testing.assert_allclose(network.predict(x), hidden @ last.weight.T + last.bias)
    assert [type(layer).__name__ for layer in network.layers] == ["Dense", "Dense"]
    assert ba.interop.read_network(module).shape == (3,)


def test_a_module_that_stands_in_two_places_counts_twice():
    shared, first, last = make_module("ReLU"), make_linear(4, 3), make_linear(2, 4)
    network = from_torch(make_sequence(first, shared, last, shared))
    x = RNG.normal(size=(5, 3))
    hidden = np.maximum(x @ first.weight.T + first.bias, 0)
    np.testing.assert_allclose(
        network.predict(x), np.maximum(hidden @ last.weight.T + last.bias, 0)
    )


def test_batch_normalisation_uses_running_averages():
    linear = make_linear(2, 3)
    arrays = {name: draw_tensor(2) for name in ("running_mean", "weight", "bias")}
    norm = make_module(
        "BatchNorm1d", running_var=np.abs(draw_tensor(2)), eps=1e-5, affine=True, **arrays
    )
    x = RNG.normal(size=(5, 3))
    sums = x @ linear.weight.T + linear.bias
    expected = (sums - norm.running_mean) / np.sqrt(norm.running_var + 1e-5)
    network = from_torch(make_sequence(linear, norm))
    np.testing.assert_allclose(network.predict(x), expected * norm.weight + norm.bias)


def test_gates_of_a_recurrent_module_are_in_the_order_of_its_documentation():
    n, n_inputs = 2, 3
    arrays = {
        "weight_ih_l0": draw_tensor(3 * n, n_inputs),
        "weight_hh_l0": draw_tensor(3 * n, n),
        "bias_ih_l0": draw_tensor(3 * n),
        "bias_hh_l0": draw_tensor(3 * n),
    }
    options = {"bidirectional": False, "batch_first": True, "num_layers": 1, "input_size": n_inputs}
    gru = make_module("GRU", hidden_size=n, bias=True, **options, **arrays)
    x, h, expected = RNG.normal(size=(1, 4, n_inputs)), np.zeros(n), []
    W, U, b, c = arrays.values()
    for x_t in x[0]:
        (r_x, z_x, n_x), (r_h, z_h, n_h) = np.split(W @ x_t + b, 3), np.split(U @ h + c, 3)
        r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)
        h = (1 - z) * np.tanh(n_x + r * n_h) + z * h
        expected.append(h)
    np.testing.assert_allclose(from_torch(gru).predict(x)[0], expected)


HOOKED = make_linear(2, 2)
HOOKED._forward_hooks = {0: print}
CONVOLUTION = make_module("Conv2d", padding_mode="reflect", in_channels=1)
POOLING = {"kernel_size": 2, "stride": 2, "padding": 0, "ceil_mode": False}
BAD_MODULES = {
    "own class": (make_sequence(make_linear(2, 2), make_module("Net", "user")),
                  "module.1: .*user.Net, whose code is not read.*onnx"),
    "lazy": (make_sequence(make_linear(2, 2), make_module("LazyLinear")), "module.1.*Call the mod"),
    "unknown": (make_sequence(make_linear(2, 2), make_module("Bilinear")), "module.1.*Bilinear"),
    "hooks": (make_sequence(HOOKED), "module.0.*Linear with hooks"),
    "no shape": (make_sequence(CONVOLUTION), r"shape: .*Conv2d first. Pass shape="),
    "sizes": (make_sequence(make_linear(3, 4), make_linear(2, 4)), "module.1.*4 inputs.*with 3"),
    "no module": ({"weight": 1}, "a torch.nn.Module, got an object of type dict"),
    "empty": (make_sequence(make_module("Identity")), "the shape of one input"),
    "script": (make_module("ScriptModule", "torch.jit._script"), "before torch.jit.script"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MODULES)
def test_a_module_that_cannot_be_expressed_is_named_by_its_place(name):
    module, message = BAD_MODULES[name]
    with pytest.raises((ForeignFileError, DescriptionError), match=message):
        from_torch(module)


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("MaxPool2d", {"return_indices": True}, "MaxPool2d with two outputs. Return no"),
        ("AvgPool2d", {"divisor_override": 3}, "AvgPool2d with divisor_override. Leave it out"),
    ],
)
def test_options_without_a_layer_are_named(name, fields, message):
    with pytest.raises(ForeignFileError, match=message):
        from_torch(make_module(name, **POOLING, **fields), shape=(1, 4, 4))


Estimator = make_class("BaseEstimator", "sklearn.base", object)


def make_estimator(name, package="sklearn.any", **fields):
    estimator = make_class(name, package, Estimator)()
    vars(estimator).update(fields)
    return estimator


@pytest.mark.parametrize("with_mean", [True, False])
@pytest.mark.parametrize("with_std", [True, False])
def test_a_pipeline_is_a_scaling_and_weighted_sums(with_mean, with_std):
    mean, scale, weights = RNG.normal(size=3), RNG.uniform(1, 2, 3), RNG.normal(size=(1, 3))
    # Arrays as scikit-learn leaves them: the mean is there if either is used.
    arrays = {"mean_": mean if with_mean or with_std else None, "scale_": scale * with_std}
    options = {"with_mean": with_mean, "with_std": with_std}
    scaler = make_estimator("StandardScaler", n_features_in_=3, **arrays, **options)
    last = make_estimator("Ridge", n_features_in_=3, coef_=weights[0], intercept_=0.5)

    def predict(x):
        centred = x - mean if with_mean else x
        return (centred / scale if with_std else centred) @ weights[0] + 0.5

    pipeline = make_estimator("Pipeline", steps=[("a", scaler), ("b", last)], predict=predict)
    x = RNG.normal(size=(5, 3))
    np.testing.assert_allclose(from_sklearn(pipeline).predict(x)[:, 0], predict(x))


@pytest.mark.parametrize(
    ("predict", "difference"),
    [
        (lambda x: x.sum(1), "a difference of"),
        (lambda x: x * np.nan, "1 outputs instead of 3"),
        (lambda x: x[:, 0] * np.nan, "a difference of nan"),
    ],
)
def test_a_network_that_computes_otherwise_than_the_estimator_is_refused(predict, difference):
    fields = {"coef_": np.zeros(3), "intercept_": 0.0, "predict": predict}
    last = make_estimator("Ridge", n_features_in_=3, **fields)
    with pytest.raises(ForeignFileError, match=f"the estimator's own predict, got {difference}"):
        from_sklearn(last)


@pytest.mark.parametrize("name", ["MinMaxScaler", "MaxAbsScaler"])
def test_scalers_that_clip_are_refused(name):
    fields = {"scale_": np.ones(2), "min_": np.zeros(2)}
    scaler = make_estimator(name, n_features_in_=2, clip=True, **fields)
    with pytest.raises(ForeignFileError, match=f"{name}: wanted a scaling, got one that clips"):
        from_sklearn(scaler)


BAD_ESTIMATORS = {
    "unknown": (make_estimator("KMeans", n_features_in_=2), "estimator: .*got a KMeans"),
    "kernel": (make_estimator("SVC", n_features_in_=2, kernel="rbf"), "SVC: .*kernel 'rbf'"),
    "not fitted": (make_estimator("Ridge"), "a fitted estimator, got a Ridge without.*Fit it"),
    "own class": (make_estimator("Mine", "user"), "user.Mine, whose code is not read"),
    "no step": (make_estimator("Pipeline", steps=[("a", "passthrough")]), "a pipeline with steps"),
    "no estimator": (3, "an estimator of scikit-learn, got an object of type int"),
}


@pytest.mark.parametrize("name", BAD_ESTIMATORS)
def test_an_estimator_that_cannot_be_expressed_is_named(name):
    estimator, message = BAD_ESTIMATORS[name]
    with pytest.raises((ForeignFileError, DescriptionError), match=message):
        from_sklearn(estimator)


@pytest.mark.parametrize(
    ("ending", "remedy"),
    [
        (".pt", "torch.onnx.export"),
        (".PKL", "bioann.from_sklearn"),
        (".keras", "model.export"),
        (".nir", r"bioann.from_nir\(path\)"),
        (".npy", "Did you mean '.npz'"),
    ],
)
def test_a_file_of_other_software_gets_the_lines_that_export_it(ending, remedy, tmp_path):
    for read in (ba.interop.read_network, ba.interop.read_weights):
        with pytest.raises(ba.BioannError, match=remedy):
            read(tmp_path / f"model{ending}")
