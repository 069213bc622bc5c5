"""Build layered networks from fitted scikit-learn estimators, by their fitted arrays.

scikit-learn is not imported: an estimator is recognised by its class. Definitions:
https://scikit-learn.org/stable/modules/classes.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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
        A fitted multilayer perceptron, linear or logistic regression (also ridge, lasso, elastic
        net), a linear classifier (`SGDClassifier`, `Perceptron`, `RidgeClassifier`, `LinearSVC`),
        or a `Pipeline` of scalers and one of these.

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
    """
    steps = _list_steps(estimator, "estimator")
    if not steps:
        raise ForeignFileError("from_sklearn, estimator", "a pipeline with steps", "none", REMEDY)
    layers: list[Layer] = []
    for path, step in steps:
        layers += _convert_step(step, path)
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
    if kind.__name__ != "Pipeline":
        return [(path, estimator)]
    named = ((name, step) for name, step in estimator.steps if step not in (None, "passthrough"))
    return [item for name, step in named for item in _list_steps(step, f"{path}.{name}")]


def _convert_step(step: Any, path: str) -> tuple[Layer, ...]:
    name = type(step).__name__
    convert = CONVERTERS.get(name)
    if convert is None:
        raise ForeignFileError(
            f"from_sklearn, {path}", f"one of {', '.join(CONVERTERS)}", f"a {name}", REMEDY
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


CONVERTERS: dict[str, Callable[[Any], tuple[Layer, ...]]] = {
    **dict.fromkeys(("MLPClassifier", "MLPRegressor"), _convert_perceptron),
    **dict.fromkeys(("LogisticRegression", "LogisticRegressionCV"), _convert_logistic),
    **dict.fromkeys(
        (
            *("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet"),
            *("ElasticNetCV", "SGDRegressor", "LinearSVR", "LinearSVC", "RidgeClassifier"),
            *("RidgeClassifierCV", "SGDClassifier", "Perceptron"),
        ),
        _convert_linear,
    ),
    "StandardScaler": _convert_standard_scaler,
    "MinMaxScaler": _convert_range_scaler,
    "MaxAbsScaler": _convert_max_scaler,
}


def _compare_with_sklearn(estimator: Any, last: Any, network: LayeredNetwork) -> None:
    """Raise `ForeignFileError` unless the estimator computes the same for random inputs."""
    x = draw_inputs(network)
    has_probabilities = type(last).__name__ in (
        "MLPClassifier",
        "LogisticRegression",
        "LogisticRegressionCV",
    )
    methods = ("predict_proba",) if has_probabilities else ("decision_function", "predict")
    method = next((name for name in methods if hasattr(estimator, name)), "transform")
    expected = np.asarray(getattr(estimator, method)(x), dtype=float).reshape(len(x), -1)
    computed = network.predict(x).reshape(len(x), -1)
    if has_probabilities and expected.shape[1] == computed.shape[1] + 1:
        expected = expected[:, 1:]
    difference = describe_difference(computed, expected, TOLERANCE)
    if difference:
        raise ForeignFileError("from_sklearn", f"the estimator's own {method}", difference, REMEDY)
