"""Networks of PyTorch and scikit-learn compute what their own libraries compute.

These tests need the libraries: ``make test-interop`` installs them in an environment of its own.
"""

import numpy as np
import pytest

import bioann as ba

SHAPES = {"image": (1, 8, 8), "pooled": (3, 11, 12)}


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="make test-interop installs PyTorch")
    module.manual_seed(0)
    return module


def make_modules(nn):
    """Return modules of all kinds that are read, by name."""
    image = (
        *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 6, 3, padding="same", groups=2), nn.SiLU(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(6 * 2 * 2, 10), nn.LogSoftmax(-1)),
    )
    pooled = (
        *(nn.Conv2d(3, 4, (3, 2), stride=2, dilation=2), nn.LeakyReLU(0.2)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2), nn.Tanh()),
    )
    activations = (
        *(nn.ELU(0.7), nn.Linear(5, 5), nn.Softplus(2.0), nn.Linear(5, 5), nn.Hardtanh(-0.5, 0.8)),
        *(nn.ReLU6(), nn.Linear(5, 5), nn.Softsign(), nn.Identity(), nn.Sigmoid()),
    )
    normalised = (nn.Linear(5, 7, bias=False), nn.BatchNorm1d(7), nn.GELU(), nn.Dropout())
    options = {"num_layers": 2, "batch_first": True}
    return {
        "linear": nn.Linear(4, 2),
        "normalised": nn.Sequential(nn.Sequential(*normalised), nn.Linear(7, 3), nn.Softmax(1)),
        "image": nn.Sequential(*image),
        "pooled": nn.Sequential(*pooled),
        "activations": nn.Sequential(nn.Linear(5, 5), *activations),
        "double": nn.Sequential(nn.Linear(5, 7), nn.Tanh()).double(),
        "RNN": nn.RNN(3, 4, nonlinearity="relu", **options),
        "LSTM": nn.LSTM(3, 4, **options),
        "GRU": nn.GRU(3, 4, **options),
    }


NAMES = ("linear", "normalised", "image", "pooled", "activations", "double", "RNN", "LSTM", "GRU")


@pytest.mark.parametrize("name", NAMES)
def test_a_module_of_pytorch_computes_the_same(name, torch):
    module = make_modules(torch.nn)[name]
    for part in module.modules():
        if hasattr(part, "running_mean"):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2.0)
    network = ba.from_torch(module, shape=SHAPES.get(name))
    assert module.training, "the mode of the module is the user's"
    steps = (6,) if network.is_temporal else ()
    x = np.random.default_rng(1).normal(size=(4, *steps, *network.shape))
    module.eval()
    output = module(torch.as_tensor(x, dtype=next(module.parameters()).dtype))
    expected = (output[0] if isinstance(output, tuple) else output).detach().numpy()
    # Single precision of the weights is exact in double precision; that of the sums is not.
    np.testing.assert_allclose(network.predict(x).reshape(expected.shape), expected, atol=2e-6)


def make_estimators():
    """Return estimators of all kinds that are read, and the number of classes; 0: a regression."""
    pytest.importorskip("sklearn", reason="make test-interop installs scikit-learn")
    from sklearn import linear_model, neural_network, pipeline, preprocessing, svm

    networks = neural_network
    scalers = (preprocessing.StandardScaler(), preprocessing.MinMaxScaler())
    return {
        "MLP of 3": (networks.MLPClassifier((8, 5)), 3),
        "MLP of 2": (networks.MLPClassifier((8,), activation="tanh"), 2),
        "MLP regressor": (networks.MLPRegressor(hidden_layer_sizes=(6,), activation="logistic"), 0),
        "logistic of 3": (linear_model.LogisticRegression(), 3),
        "logistic of 2": (linear_model.LogisticRegression(), 2),
        "ridge": (linear_model.Ridge(), 0),
        "perceptron": (linear_model.Perceptron(), 3),
        "SGD": (linear_model.SGDClassifier(), 2),
        "SVM": (svm.LinearSVC(), 3),
        "pipeline": (pipeline.make_pipeline(*scalers, networks.MLPClassifier((5,))), 3),
    }


ESTIMATORS = ("MLP of 3", "MLP of 2", "MLP regressor", "logistic of 3", "logistic of 2", "ridge",
              "perceptron", "SGD", "SVM", "pipeline")  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_of_scikit_learn_computes_the_same(name):
    estimator, n_classes = make_estimators()[name]
    x = np.random.default_rng(2).normal(size=(120, 4))
    y = x[:, :n_classes].argmax(1) if n_classes else x @ np.arange(4.0)
    estimator.fit(x, y)
    output = ba.from_sklearn(estimator).predict(x)
    if n_classes == 2 and output.shape[1] == 1:
        decision = output[:, 0] > (0.5 if hasattr(estimator, "predict_proba") else 0.0)
        np.testing.assert_array_equal(decision, estimator.predict(x))
    elif n_classes:
        np.testing.assert_array_equal(output.argmax(1), estimator.predict(x))
    else:
        np.testing.assert_allclose(output[:, 0], estimator.predict(x), atol=1e-9)
