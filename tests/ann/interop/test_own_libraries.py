"""Networks of PyTorch, Keras and scikit-learn compute what their own libraries compute.

These tests need the libraries: ``make test-interop`` installs them in an environment of its own.
"""

import os

import numpy as np
import pytest
from brian2 import ms

import bioann as ba
from bioann.base.errors import BioannError, ForeignFileError

os.environ.setdefault("KERAS_BACKEND", "torch")
IMAGE, SEQUENCE, VECTOR = (4, 9, 10), (4, 12), (6,)


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="make test-interop installs PyTorch")
    module.manual_seed(0)
    return module


def list_torch_modules(nn):
    """Return modules of all kinds that are read, by name, with the shape of one input."""
    images = {
        **{f"padded by {m}": nn.Conv2d(4, 2, (3, 2), padding=(2, 1), padding_mode=m)
           for m in ("zeros", "reflect", "replicate", "circular")},
        "same": nn.Conv2d(4, 2, (4, 3), padding="same", groups=2, dilation=(1, 2)),
        "transposed": nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1),
        **{f"mean {s} {p} {c} {i}": nn.AvgPool2d((3, 2), s, p, c, i)
           for s in (1, 2, 3) for p in (0, 1) for c in (True, False) for i in (True, False)},
        **{f"maximum {s} {p} {c}": nn.MaxPool2d(3, s, p, ceil_mode=c)
           for s in (1, 2, 3) for p in (0, 1) for c in (True, False)},
        "adaptive": nn.AdaptiveMaxPool2d((3, None)), "shuffle": nn.PixelShuffle(2),
        "batch": nn.BatchNorm2d(4), "instance": nn.InstanceNorm2d(4, affine=True),
        "group": nn.GroupNorm(2, 4), "layer": nn.LayerNorm([9, 10]), "softmax": nn.Softmax2d(),
        "padding": nn.ConstantPad2d((1, 0, -1, 2), 3.5), "reflection": nn.ReflectionPad2d(2),
        "enlarged": nn.Upsample(scale_factor=2), "slopes": nn.PReLU(4), "gated": nn.GLU(1),
    }  # fmt: skip
    names = (
        *("ReLU6", "SELU", "CELU", "GELU", "SiLU", "Mish", "Softplus", "Softsign", "Hardtanh"),
        *("Hardsigmoid", "Hardswish", "LogSigmoid", "LeakyReLU", "RReLU", "Softshrink"),
        *("Tanhshrink", "ELU", "Sigmoid", "Tanh", "AlphaDropout"),
    )
    options = {"num_layers": 2, "dropout": 0.5}
    return {
        **{name: (module, IMAGE) for name, module in images.items()},
        **{name: (nn.Sequential(nn.Linear(6, 6), getattr(nn, name)()), None) for name in names},
        "sequence": (nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), SEQUENCE),
        "positions": (nn.Linear(12, 3), SEQUENCE),
        "mean square": (nn.RMSNorm(6, eps=1e-5), VECTOR),
        **{f"{k} {f}": (getattr(nn, k)(3, 4, batch_first=f, **options), None)
           for k in ("RNN", "LSTM", "GRU") for f in (True, False)},
        **{f"{k} both": (getattr(nn, k)(3, 4, bidirectional=True, batch_first=True), (7, 3))
           for k in ("RNN", "LSTM", "GRU")},
        "half": (nn.Linear(6, 3).half(), None),
        "weight norm": (nn.utils.parametrizations.weight_norm(nn.Linear(6, 3)), None),
        "parallel": (nn.DataParallel(nn.Linear(6, 3)), None),
    }  # fmt: skip


def assert_computes_the_same(torch, module, network):
    """Compare outputs in double precision, at small and large inputs."""
    module = getattr(module, "module", module).eval().double()
    is_time_first = any(not getattr(m, "batch_first", True) for m in module.modules())
    for scale in (1, 10):
        steps = (6,) if network.is_temporal else ()
        x = np.random.default_rng(1).normal(scale=scale, size=(4, *steps, *network.shape))
        output = module(torch.as_tensor(np.swapaxes(x, 0, 1) if is_time_first else x))
        y = (output[0] if isinstance(output, tuple) else output).detach().numpy()
        outputs = network.predict(x)
        if network.is_temporal and y.ndim < outputs.ndim:
            outputs = outputs[:, -1]
        elif is_time_first:
            y = np.swapaxes(y, 0, 1)
        np.testing.assert_allclose(outputs.reshape(y.shape), y, rtol=1e-10, atol=1e-10)


def test_modules_of_pytorch_compute_the_same_and_keep_their_mode(torch):
    for name, (module, shape) in list_torch_modules(torch.nn).items():
        for child in module.modules():
            if getattr(child, "running_mean", None) is not None:
                child.running_mean.normal_()
                child.running_var.uniform_(0.5, 2.0)
        network = ba.from_torch(module, shape=shape)
        assert module.training, f"{name}: the mode of the module is the user's"
        assert_computes_the_same(torch, module, network)


def make_own_modules(torch):
    """Return modules with code of their own that is followed, with the shape of one input."""
    nn, F = torch.nn, torch.nn.functional

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)
            self.last = nn.Linear(3, 4)

        def forward(self, x):
            y = F.relu(self.norm(self.conv(x)) + x).mean([2, 3])
            return F.log_softmax(self.last(F.dropout(y, training=self.training)), dim=1)

    class Joined(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(4, 3), nn.Linear(4, 2)
            self.scale = nn.Parameter(torch.randn(5))

        def forward(self, x):
            parts = [self.first(x).tanh(), torch.sigmoid(self.second(x))]
            return torch.cat(parts, dim=1) * self.scale + 1 - x.sum(1, keepdim=True)

    class Viewed(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.last = nn.Conv2d(3, 2, 3), nn.Linear(2 * 3 * 4, 5)

        def forward(self, x):
            x = F.max_pool2d(torch.tanh(self.conv(x)), 2)
            return self.last(x.view(x.size(0), -1))

    class Final(nn.Module):
        def __init__(self):
            super().__init__()
            self.units, self.last = nn.LSTM(3, 5, batch_first=True), nn.Linear(5, 2)

        def forward(self, x):
            return self.last(self.units(x)[0][:, -1])

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4)

        def forward(self, x):
            return F.linear(self.first(x).relu(), self.first.weight.t(), self.first.bias)

    return {
        "residual": (Residual(), (3, 9, 10)),
        "joined": (nn.Sequential(nn.Linear(4, 4), Joined()), None),
        "viewed": (Viewed(), (3, 9, 10)),
        "final": (Final(), None),
        "tied": (Tied(), None),
    }


def test_modules_with_code_of_their_own_compute_the_same(torch):
    for module, shape in make_own_modules(torch).values():
        assert_computes_the_same(torch, module, ba.from_torch(module, shape=shape))


@pytest.mark.filterwarnings("ignore")
def test_modules_that_are_not_read_are_named(torch):
    nn = torch.nn

    class Choosing(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    class Random(nn.Linear):
        def forward(self, x):
            return super().forward(x) + torch.randn(2)

    class Two(nn.Linear):
        def forward(self, x):
            return super().forward(x), x

    cases = {
        "cannot be followed": (Choosing(), (3,)),
        "PyTorch's own output, got a difference": (Random(3, 2), (3,)),
        "single output tensor": (Two(3, 2), (3,)),
        "a Conv3d": (nn.Conv3d(1, 1, 2), (1, 3, 3)),
        "a MultiheadAttention": (nn.MultiheadAttention(4, 2), (3, 4)),
        "an Embedding|a Embedding": (nn.Embedding(4, 2), (3,)),
        "proj_size": (nn.LSTM(3, 4, proj_size=2, batch_first=True), None),
        "length is not fixed. Pass": (nn.GRU(3, 4, batch_first=True, bidirectional=True), None),
        "complex weights": (nn.Linear(3, 2).to(torch.cfloat), None),
        "'meta'": (nn.Linear(3, 2, device="meta"), None),
        "Call the module once": (nn.LazyLinear(2), (3,)),
        "NaN or infinite": (nn.Linear(3, 2).requires_grad_(False).apply(_spoil), None),
        "unequal size": (nn.AdaptiveAvgPool2d(2), (1, 5, 5)),
        "module.1.*a Linear of 4 inputs": (nn.Sequential(nn.Linear(3, 5), nn.Linear(4, 2)), None),
    }  # fmt: skip
    for message, (module, shape) in cases.items():
        with pytest.raises(BioannError, match=message):
            ba.from_torch(module, shape=shape)


def _spoil(module):
    module.weight[0, 0] = float("nan")


def list_networks():
    """Return networks of all layers that PyTorch can express, and the time step."""
    rng = np.random.default_rng(0)
    layers, draw = ba.layers, lambda *shape: rng.normal(size=shape)
    dense = layers.Dense(draw(3, 3), draw(3), "softplus")
    conv = layers.Conv2d(draw(4, 2, 3, 3), draw(4), "relu", 2, ((1, 0), (2, 1)))
    return {
        "image": (ba.LayeredNetwork((conv, layers.MaxPool(2, 1, 1), layers.AveragePool(2),
                                     layers.Flatten(), layers.Softmax()), shape=(2, 9, 9)), None),
        "branches": (ba.LayeredNetwork((layers.Branches(((dense,), ()), "sum"),)), None),
        "units": (ba.LayeredNetwork((
            layers.Recurrent(draw(4, 3), draw(4, 4) / 4, 0, "relu", 20 * ms),
            layers.Dense(draw(2, 4), 0, "tanh", 10 * ms))), 1 * ms),
        "LSTM": (ba.LayeredNetwork((layers.LSTM(draw(16, 3), draw(16, 4)),)), None),
        "GRU": (ba.LayeredNetwork((layers.GRU(draw(12, 3), draw(12, 4), 0, draw(4)),)), None),
        "rates": (ba.RateNetwork(("a", "b", "c"), W=[[0, -0.5, 0.2], [0.4, 0, 0], [0.3, 0.2, 0]],
                                 W_in=draw(3, 2), channels=("x", "y"), tau=(10 * ms, None, 30 * ms),
                                 activation=("relu", "tanh", ba.activations.LIFRate(0.2)),
                                 gates={"a": "b"}), 1 * ms),
        "shunts": (ba.RateNetwork(("a", "b"), W_in=draw(2, 2), channels=("x", "y"), tau=10 * ms,
                                  divisive=[[0, 1], [0.5, 0]]), 2 * ms),
    }  # fmt: skip


def test_networks_written_as_modules_of_pytorch_compute_the_same(torch):
    for name, (network, dt) in list_networks().items():
        module = ba.to_torch(network, dt=dt).eval()
        seconds = None if dt is None else float(dt / ms) * 1e-3
        if isinstance(network, ba.RateNetwork):
            x = np.random.default_rng(1).normal(size=(3, 20, len(network.channels)))
            y = ba.ann.simulate.simulate_rates(network, x, seconds)
        else:
            steps = (7,) if network.is_temporal else ()
            x = np.random.default_rng(1).normal(size=(3, *steps, *network.shape))
            y = network.predict(x, seconds)
        output = module(torch.as_tensor(x))
        np.testing.assert_allclose(output.detach().numpy(), y, atol=1e-10, err_msg=name)
        output.sum().backward()
        assert any(p.grad is not None and p.grad.any() for p in module.parameters()) or not list(
            module.parameters()
        )


def test_a_layer_that_pytorch_cannot_express_is_named(torch):
    gru = ba.layers.GRU(np.ones((3, 2)), np.ones((3, 1)), reset_after=False)
    cases = {
        "LayeredNetwork, layer1: .*reset_after=False": ba.LayeredNetwork((gru,)),
        r"no loops of static units, got a loop of \['a', 'b'\]": ba.RateNetwork(
            ("a", "b"), W=[[0, 0.5], [0.5, 0]]
        ),
        "unit 'a': .*Tabulated": ba.RateNetwork(
            "a", activation=ba.activations.Tabulated((0, 1), (0, 1))
        ),
        "to_torch, dt": ba.RateNetwork("a", tau=5 * ms),
    }
    for message, network in cases.items():
        with pytest.raises(BioannError, match=message):
            ba.to_torch(network)


def list_keras_models(keras):
    """Return Keras models of all kinds of layers that are read."""
    layers = keras.layers

    def chain(shape, *more):
        return keras.Sequential([keras.Input(shape), *more])

    def graph(shape, function):
        x = keras.Input(shape)
        return keras.Model(x, function(x))

    image, sequence = (9, 10, 3), (7, 4)
    names = (
        *("relu", "sigmoid", "tanh", "softmax", "elu", "selu", "softplus", "softsign", "silu"),
        *("gelu", "leaky_relu", "exponential", "hard_sigmoid", "hard_silu", "relu6", "mish"),
        *("log_softmax", "celu", "hard_tanh", "log_sigmoid", "tanh_shrink"),
    )
    kinds = {"SimpleRNN": layers.SimpleRNN, "LSTM": layers.LSTM, "GRU": layers.GRU}
    return {
        **{name: chain((4,), layers.Dense(5, activation=name)) for name in names},
        **{f"{p} {s}": chain(image, layers.Conv2D(4, (3, 2), strides=s, padding=p),
                             layers.MaxPooling2D(2, padding=p), layers.Flatten(), layers.Dense(2))
           for p in ("valid", "same") for s in (1, 2, (2, 3))},
        "causal": chain(sequence, layers.Conv1D(6, 3, padding="causal", dilation_rate=2)),
        "depthwise": chain(image, layers.DepthwiseConv2D(3, depth_multiplier=2)),
        "normalised": chain(image, layers.BatchNormalization(axis=1), layers.LayerNormalization()),
        "slopes": chain(image, layers.PReLU(shared_axes=[1, 2]), layers.ReLU(2.0, 0.1)),
        "rearranged": chain(image, layers.ZeroPadding2D(((1, 2), (0, 3))), layers.Cropping2D(1),
                            layers.UpSampling2D((2, 3)), layers.Permute((3, 1, 2))),
        **{f"{k} {r}": chain(sequence, kind(5, return_sequences=r), layers.Dense(2))
           for k, kind in kinds.items() for r in (True, False)},
        **{f"{k} any length": chain((None, 4), kind(5), layers.Dense(2))
           for k, kind in kinds.items()},
        **{f"{k} {m}": chain(sequence, layers.Bidirectional(kind(3, return_sequences=True),
                                                            merge_mode=m), layers.Flatten())
           for k, kind in kinds.items() for m in ("concat", "sum", "mul", "ave")},
        "reset before": chain(sequence, layers.GRU(5, reset_after=False)),
        "residual": graph(image, lambda x: layers.GlobalAveragePooling2D()(
            layers.ReLU()(layers.Add()([layers.Conv2D(3, 3, padding="same")(x), x])))),
        "joined": graph((4,), lambda x: layers.Concatenate()([layers.Dense(3, "tanh")(x), x])),
        "functions": graph((4,), lambda x: keras.ops.relu(layers.Dense(4)(x) * 2 - 1) / 3 + x),
        "nested": chain((4,), graph((4,), lambda x: layers.Average()([layers.Dense(4)(x), x])),
                        chain((4,), layers.Dense(3))),
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_models_of_keras_compute_the_same():
    keras = pytest.importorskip("keras", reason="make test-interop installs Keras")
    keras.utils.set_random_seed(0)
    for name, model in list_keras_models(keras).items():
        for variable in model.weights:
            if variable.path.endswith(("bias", "beta", "alpha")):
                variable.assign(np.random.default_rng(2).normal(size=variable.shape))
        network = ba.from_keras(model)
        steps = (7,) if network.is_temporal else ()
        x = np.random.default_rng(3).normal(size=(3, *steps, *network.shape)).astype("float32")
        y = keras.ops.convert_to_numpy(model(x, training=False))
        outputs = network.predict(x)
        if network.is_temporal and y.ndim < outputs.ndim:
            outputs = outputs[:, -1]
        outputs = outputs.reshape(y.shape)
        np.testing.assert_allclose(outputs, y, atol=1e-5, rtol=1e-5, err_msg=name)
        assert ba.interop.read_network(model).shape == network.shape


@pytest.mark.filterwarnings("ignore")
def test_models_of_keras_that_are_not_read_are_named():
    keras = pytest.importorskip("keras", reason="make test-interop installs Keras")
    layers = keras.layers

    class Mine(layers.Layer):
        def call(self, x):
            return 2 * x

    x = keras.Input((4,))
    cases = {
        "model.odd: .*a Lambda": [layers.Lambda(lambda x: 2 * x, name="odd")],
        "model.odd: .*Mine, whose code is not read": [Mine(name="odd")],
        "model.odd: .*one-hot": [layers.Embedding(5, 2, name="odd")],
        "the activation '<lambda>'": [layers.Dense(2, activation=lambda x: 2 * x)],
    }
    models = {m: keras.Sequential([keras.Input((4,)), *more]) for m, more in cases.items()}
    models["one output, got 2"] = keras.Model(x, [layers.Dense(2)(x), layers.Dense(3)(x)])
    models["is not built"] = keras.Sequential([layers.Dense(2)])
    for message, model in models.items():
        with pytest.raises(BioannError, match=message):
            ba.from_keras(model)
    with pytest.raises(BioannError, match=r"bioann\.from_keras"):
        ba.from_torch(models["is not built"])


def list_estimators():
    """Return estimators of all kinds that are read, and the number of classes; 0: a regression."""
    pytest.importorskip("sklearn", reason="make test-interop installs scikit-learn")
    from sklearn import (
        decomposition,
        discriminant_analysis,
        feature_selection,
        linear_model,
        model_selection,
        neural_network,
        pipeline,
        preprocessing,
        svm,
    )

    make, perceptron = pipeline.make_pipeline, neural_network.MLPClassifier
    hidden = {"hidden_layer_sizes": (6,), "max_iter": 50}
    steps = (
        *(preprocessing.StandardScaler(), preprocessing.MinMaxScaler((-1, 1))),
        *(preprocessing.RobustScaler(), decomposition.PCA(3, whiten=True)),
        *(decomposition.FastICA(3), decomposition.TruncatedSVD(3)),
        *(feature_selection.SelectKBest(k=2), discriminant_analysis.LinearDiscriminantAnalysis()),
    )
    models = ("LinearRegression", "Ridge", "Lasso", "ElasticNet", "SGDRegressor", "HuberRegressor",
              "BayesianRidge", "Lars")  # fmt: skip
    classifiers = ("LogisticRegression", "SGDClassifier", "Perceptron", "RidgeClassifier")
    return {
        **{f"{a} of {n}": (perceptron(activation=a, **hidden), n)
           for a in ("identity", "logistic", "tanh", "relu") for n in (2, 3)},
        "regressor": (neural_network.MLPRegressor(**hidden), 0),
        **{name: (getattr(linear_model, name)(), 0) for name in models},
        **{f"{name} of {n}": (getattr(linear_model, name)(), n)
           for name in classifiers for n in (2, 3)},
        "SVM": (svm.LinearSVC(), 3), "kernel": (svm.SVC(kernel="linear"), 2),
        "discriminant": (discriminant_analysis.LinearDiscriminantAnalysis(), 3),
        **{f"step {k}": (make(step, perceptron(**hidden)), 3) for k, step in enumerate(steps)},
        "Boltzmann": (make(preprocessing.MinMaxScaler(), neural_network.BernoulliRBM(4),
                           linear_model.LogisticRegression()), 3),
        "search": (model_selection.GridSearchCV(linear_model.Ridge(), {"alpha": [1, 2]}), 0),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_estimators_of_scikit_learn_compute_the_same():
    x = np.random.default_rng(2).normal(size=(120, 4)) * [1, 2, 3, 0.5] + 1
    for name, (estimator, n_classes) in list_estimators().items():
        y = (
            ((x - 1)[:, :n_classes] / [1, 2, 3][:n_classes]).argmax(1)
            if n_classes
            else x @ [1, 2, -1, 0.5]
        )
        estimator.fit(x, y)
        output = ba.from_sklearn(estimator).predict(x)
        if n_classes == 2 and output.shape[1] == 1:
            decision = output[:, 0] > (0.5 if hasattr(estimator, "predict_proba") else 0.0)
            np.testing.assert_array_equal(decision, estimator.predict(x), err_msg=name)
        elif n_classes:
            np.testing.assert_array_equal(output.argmax(1), estimator.predict(x), err_msg=name)
        else:
            np.testing.assert_allclose(output[:, 0], estimator.predict(x), atol=1e-9, err_msg=name)


@pytest.mark.filterwarnings("ignore")
def test_estimators_that_are_not_read_are_named():
    pytest.importorskip("sklearn", reason="make test-interop installs scikit-learn")
    from sklearn import pipeline, preprocessing, svm, tree

    x = np.random.default_rng(2).normal(size=(60, 3))
    y = x.argmax(1)
    cases = {
        "a DecisionTreeClassifier": tree.DecisionTreeClassifier(),
        "kernel 'rbf'": svm.SVC(),
        "several classes": svm.SVC(kernel="linear"),
        "estimator.normalizer": pipeline.make_pipeline(preprocessing.Normalizer(), svm.LinearSVC()),
    }
    for message, estimator in cases.items():
        with pytest.raises(ForeignFileError, match=message):
            ba.from_sklearn(estimator.fit(x, y))
