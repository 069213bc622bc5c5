"""Build layered networks from fitted scikit-learn estimators, by their fitted arrays.

scikit-learn is not imported: an estimator is recognised by its class. Definitions:
https://scikit-learn.org/stable/modules/classes.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.activations.foreign import UnlimitedExponential
from bioann.ann.interop.own_output import describe_difference, draw_inputs
from bioann.ann.interop.simplify_layers import simplify_layers
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.dense import Dense
from bioann.ann.layers.layer import Layer
from bioann.ann.layers.pointwise import Pointwise
from bioann.ann.layers.rescale import Rescale
from bioann.ann.layers.softmax import Softmax
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError, ForeignFileError

PACKAGE = "sklearn."
#: Activations of `MLPClassifier` and `MLPRegressor`, by the names of bioann.
ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}
#: Largest difference from the estimator's own output.
TOLERANCE = 1e-6
#: Factors on the random inputs of the comparison: small ones, and large ones that saturate.
SCALES = (1.0, 10.0)
REMEDY = "Write its weights as bioann.LayeredNetwork(layers)."


@name_argument_errors
def from_sklearn(estimator: Any) -> LayeredNetwork:
    """Build a network from a fitted scikit-learn estimator.

    Its output is that of `predict_proba` for multilayer perceptrons and logistic regression (of two
    classes, the probability of the second), otherwise that of `decision_function` or `predict`, and
    that of `transform` for scalers alone. The outputs of both for three random inputs are compared.

    Parameters
    ----------
    estimator : sklearn.base.BaseEstimator
        A fitted multilayer perceptron, restricted Boltzmann machine, linear or logistic regression
        (also ridge, lasso and other linear models), a linear classifier (`SGDClassifier`,
        `LinearSVC`, `LinearDiscriminantAnalysis`, ...), a scaler, a linear projection (`PCA`, ...),
        a selection of features, or a `Pipeline` of these. Of a search for parameters, the best
        estimator is read.

    Returns
    -------
    LayeredNetwork
        The network, which computes the same up to rounding.

    Raises
    ------
    ForeignFileError
        If the estimator is not fitted, or is of a class that no layers express.
    DescriptionError
        If it is no estimator of scikit-learn.

    Examples
    --------
    >>> import bioann as ba
    >>> from sklearn.linear_model import LogisticRegression
    >>> estimator = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    >>> network = ba.from_sklearn(estimator)
    >>> network.channels
    ('input[0]',)
    """
    steps = _list_steps(estimator, "estimator")
    if not steps:
        raise ForeignFileError("from_sklearn, estimator", "a pipeline with steps", "none", REMEDY)
    layers: list[Layer] = []
    for k, (path, step) in enumerate(steps):
        # What follows a step receives what it transforms, not what it predicts.
        is_transformer = k < len(steps) - 1 and type(step).__name__ in PREDICTING_TRANSFORMERS
        layers += _project(step) if is_transformer else _convert_step(step, path)
    shape = (int(steps[0][1].n_features_in_),)
    network = LayeredNetwork(simplify_layers(layers, shape), shape)
    _compare_with_sklearn(estimator, steps[-1][1], network)
    return network


def is_sklearn_estimator(model: Any) -> bool:
    """Return whether an object is an estimator of scikit-learn, without importing it."""
    names = (f"{kind.__module__}.{kind.__name__}" for kind in type(model).__mro__)
    return "sklearn.base.BaseEstimator" in names


def _list_steps(estimator: Any, path: str) -> list[tuple[str, Any]]:
    """Return the estimators of a pipeline with their places, or the estimator itself."""
    kind = type(estimator)
    if not is_sklearn_estimator(estimator):
        raise DescriptionError(
            f"from_sklearn, {path}",
            "an estimator of scikit-learn",
            f"an object of type {kind.__name__}",
            REMEDY,
        )
    if not kind.__module__.startswith(PACKAGE):
        raise ForeignFileError(
            f"from_sklearn, {path}",
            "a class of scikit-learn",
            f"{kind.__module__}.{kind.__name__}, whose code is not read",
            REMEDY,
        )
    if hasattr(estimator, "best_estimator_"):  # a search for parameters
        return _list_steps(estimator.best_estimator_, f"{path}.best_estimator_")
    if kind.__name__ != "Pipeline":
        return [(path, estimator)]
    named = ((name, step) for name, step in estimator.steps if step not in (None, "passthrough"))
    return [item for name, step in named for item in _list_steps(step, f"{path}.{name}")]


def _convert_step(step: Any, path: str) -> tuple[Layer, ...]:
    name = type(step).__name__
    convert = CONVERTERS.get(name)
    if convert is None:
        raise ForeignFileError(
            f"from_sklearn, {path}",
            "an estimator that layers of bioann can express",
            f"a {name}, which is none of the {len(CONVERTERS)} classes that are read",
            f"See bioann.interop.from_sklearn for these. {REMEDY}",
        )
    if not hasattr(step, "n_features_in_"):
        raise ForeignFileError(
            f"from_sklearn, {path}", "a fitted estimator", f"a {name} without weights", "Fit it."
        )
    return convert(step)


def _convert_perceptron(step: Any) -> tuple[Layer, ...]:
    """Return the layers of a multilayer perceptron; its weights have sources in their rows."""
    arrays = list(zip(step.coefs_, step.intercepts_, strict=True))
    hidden = ACTIVATIONS[step.activation]
    layers = [Dense(w.T, b, hidden) for w, b in arrays[:-1]]
    last = Dense(arrays[-1][0].T, arrays[-1][1], "linear")
    if step.out_activation_ == "softmax":
        return (*layers, last, Softmax())
    return (*layers, last, Pointwise(ACTIVATIONS[step.out_activation_]))


def _convert_linear(step: Any) -> tuple[Layer, ...]:
    """Return the weighted sums of a linear estimator."""
    weights = np.atleast_2d(step.coef_)
    return (Dense(weights, np.broadcast_to(step.intercept_, (len(weights),)), "linear"),)


def _convert_logistic(step: Any) -> tuple[Layer, ...]:
    """Return weighted sums and the probabilities of the classes; of two, that of the second."""
    (sums,) = _convert_linear(step)
    return (sums, Softmax()) if len(step.coef_) > 1 else (sums, Pointwise("sigmoid"))


def _convert_log_linear(step: Any) -> tuple[Layer, ...]:
    """Return weighted sums and their exponential, the inverse of a logarithmic link."""
    link = type(getattr(getattr(step, "_base_loss", None), "link", None)).__name__
    if link not in ("LogLink", "NoneType"):
        obj = f"from_sklearn, {type(step).__name__}"
        raise ForeignFileError(obj, "a logarithmic link", link, "Pass link='log'.")
    return (*_convert_linear(step), Pointwise(UnlimitedExponential()))


def _convert_linear_kernel(step: Any) -> tuple[Layer, ...]:
    """Return the weighted sum of a support vector machine with a linear kernel."""
    name = type(step).__name__
    if step.kernel != "linear" or len(step.coef_) > 1:
        got = f"kernel {step.kernel!r}" if step.kernel != "linear" else "several classes"
        remedy = "Use LinearSVC, or write the network as bioann.LayeredNetwork(layers)."
        raise ForeignFileError(f"from_sklearn, {name}", "one linear kernel", got, remedy)
    return _convert_linear(step)


def _convert_boltzmann_machine(step: Any) -> tuple[Layer, ...]:
    """Return the probabilities of the hidden units."""
    return (Dense(step.components_, step.intercept_hidden_, "sigmoid"),)


def _project(step: Any) -> tuple[Layer, ...]:
    """Return the weighted sums of a linear transformation, from its output for unit vectors."""
    n = int(step.n_features_in_)
    outputs = step.transform(np.vstack([np.zeros(n), np.eye(n)]))
    if hasattr(outputs, "toarray"):
        outputs = outputs.toarray()
    offset, *rows = np.asarray(outputs, dtype=float)
    return (Dense((np.array(rows) - offset).T, offset, "linear"),)


def _convert_identity(step: Any) -> tuple[Layer, ...]:
    if step.func is not None:
        obj = "from_sklearn, FunctionTransformer"
        raise ForeignFileError(obj, "the identity", "a function of its own", REMEDY)
    return (_rescale(step, 1.0, 0.0),)


def _convert_standard_scaler(step: Any) -> tuple[Layer, ...]:
    # Not by the arrays alone: without `with_mean` there is a `mean_` that is not subtracted.
    scale = 1 / step.scale_ if step.with_std else 1.0
    mean = step.mean_ if step.with_mean else 0.0
    return (_rescale(step, scale, -mean * scale),)


def _convert_range_scaler(step: Any) -> tuple[Layer, ...]:
    _refuse_clipping(step)
    return (_rescale(step, step.scale_, step.min_),)


def _convert_max_scaler(step: Any) -> tuple[Layer, ...]:
    _refuse_clipping(step)
    return (_rescale(step, 1 / step.scale_, 0.0),)


def _refuse_clipping(step: Any) -> None:
    """Raise `ForeignFileError` for a scaler with ``clip``, which only some versions have."""
    if getattr(step, "clip", False):
        obj = f"from_sklearn, {type(step).__name__}"
        raise ForeignFileError(obj, "a scaling", "one that clips", "Pass clip=False.")


def _rescale(step: Any, scale: Any, shift: Any) -> Rescale:
    n = step.n_features_in_
    return Rescale(np.broadcast_to(scale, n), np.broadcast_to(shift, n))


#: Classifiers that also transform, as a step before others.
PREDICTING_TRANSFORMERS = ("LinearDiscriminantAnalysis", "PLSRegression")
#: Linear transformations, whose weights are their outputs for unit vectors.
PROJECTIONS = (
    *("PCA", "IncrementalPCA", "TruncatedSVD", "FastICA", "FactorAnalysis", "SparsePCA"),
    *("MiniBatchSparsePCA", "GaussianRandomProjection", "SparseRandomProjection", "RobustScaler"),
    *("SelectKBest", "SelectPercentile", "SelectFromModel", "VarianceThreshold", "RFE", "RFECV"),
    *("SelectFpr", "SelectFdr", "SelectFwe", "SequentialFeatureSelector"),
)
#: Linear models with coefficients and an intercept.
LINEAR_MODELS = (
    *("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV"),
    *("MultiTaskLasso", "MultiTaskLassoCV", "MultiTaskElasticNet", "MultiTaskElasticNetCV"),
    *("Lars", "LarsCV", "LassoLars", "LassoLarsCV", "LassoLarsIC", "OrthogonalMatchingPursuit"),
    *("OrthogonalMatchingPursuitCV", "BayesianRidge", "ARDRegression", "HuberRegressor"),
    *("TheilSenRegressor", "QuantileRegressor", "SGDRegressor", "PassiveAggressiveRegressor"),
    *("LinearSVR", "LinearSVC", "RidgeClassifier", "RidgeClassifierCV", "SGDClassifier"),
    *("Perceptron", "PassiveAggressiveClassifier", "LinearDiscriminantAnalysis"),
)
CONVERTERS: dict[str, Callable[[Any], tuple[Layer, ...]]] = {
    **dict.fromkeys(("MLPClassifier", "MLPRegressor"), _convert_perceptron),
    **dict.fromkeys(("LogisticRegression", "LogisticRegressionCV"), _convert_logistic),
    **dict.fromkeys(LINEAR_MODELS, _convert_linear),
    **dict.fromkeys(("PoissonRegressor", "GammaRegressor"), _convert_log_linear),
    **dict.fromkeys(("SVC", "NuSVC", "SVR", "NuSVR"), _convert_linear_kernel),
    **dict.fromkeys(PROJECTIONS, _project),
    "BernoulliRBM": _convert_boltzmann_machine,
    "FunctionTransformer": _convert_identity,
    "StandardScaler": _convert_standard_scaler,
    "MinMaxScaler": _convert_range_scaler,
    "MaxAbsScaler": _convert_max_scaler,
}


def _compare_with_sklearn(estimator: Any, last: Any, network: LayeredNetwork) -> None:
    """Raise `ForeignFileError` unless the estimator computes the same for random inputs."""
    has_probabilities = type(last).__name__ in (
        "MLPClassifier",
        "LogisticRegression",
        "LogisticRegressionCV",
    )
    methods = ("predict_proba",) if has_probabilities else ("decision_function", "predict")
    method = next((name for name in methods if hasattr(estimator, name)), "transform")
    for scale in SCALES:
        x = scale * draw_inputs(network)
        own_output = getattr(estimator, method)(x)
        if hasattr(own_output, "toarray"):
            own_output = own_output.toarray()
        expected = np.asarray(own_output, dtype=float).reshape(len(x), -1)
        computed = network.predict(x).reshape(len(x), -1)
        if has_probabilities and expected.shape[1] == computed.shape[1] + 1:
            expected = expected[:, 1:]
        difference = describe_difference(computed, expected, TOLERANCE)
        if difference:
            own_method = f"the estimator's own {method}"
            raise ForeignFileError("from_sklearn", own_method, difference, REMEDY)
