"""Turn whatever a user calls a model into a layered network: the one place where formats meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bioann.ann.interop.dense_from_arrays import from_weights
from bioann.ann.interop.foreign_formats import foreign_ending_error
from bioann.ann.interop.keras_models import from_keras, is_keras_model
from bioann.ann.interop.read_onnx import from_onnx
from bioann.ann.interop.sklearn_estimators import from_sklearn, is_sklearn_estimator
from bioann.ann.interop.torch_classes import is_torch_module
from bioann.ann.interop.torch_modules import from_torch
from bioann.ann.layered import LayeredNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError

#: Endings of files that hold a trained network.
NETWORK_ENDINGS = (".onnx", ".npz", ".safetensors")


@name_argument_errors
def read_network(
    model: Any, *, output: str | None = None, activation: Any = None
) -> LayeredNetwork:
    """Return a trained network, whatever holds it.

    Parameters
    ----------
    model : LayeredNetwork, torch.nn.Module, keras.Model, BaseEstimator, str or pathlib.Path
        A network, which is returned as it is; a model in memory (`from_torch`, `from_keras`,
        `from_sklearn`); or a file: ONNX (`from_onnx`), or weights in ``.npz`` or
        ``.safetensors`` (`from_weights`).
    output : str, optional
        Name of the tensor of an ONNX file that becomes the network's output, as for `from_onnx`.
    activation : str or Activation, optional
        Activation function of the hidden layers of a file that holds weights only; ReLU unless
        given.

    Returns
    -------
    LayeredNetwork
        The network.

    Raises
    ------
    DescriptionError
        If `model` is of another type, or an option does not apply to it.
    ForeignFileError
        If a file is broken, or layers cannot express its network.
    UnknownNameError
        If the ending of a file is none of these.
    """
    ending = Path(model).suffix.lower() if isinstance(model, (str, Path)) else ""
    if ending != ".onnx" and output is not None:
        raise _option_error("output", output, "an ONNX file, whose tensors have names")
    if ending not in NETWORK_ENDINGS[1:] and activation is not None:
        raise _option_error("activation", activation, "a file that holds weights only")
    if isinstance(model, LayeredNetwork):
        return model
    if is_keras_model(model):  # with one of its backends also a module of PyTorch
        return from_keras(model)
    if is_torch_module(model):
        return from_torch(model)
    if is_sklearn_estimator(model):
        return from_sklearn(model)
    if not isinstance(model, (str, Path)):
        raise DescriptionError(
            "read_network, model",
            "a LayeredNetwork, a model of PyTorch, Keras or scikit-learn, or the path of a "
            "file .onnx, .npz or .safetensors",
            f"an object of type {type(model).__name__}",
            "Export it as ONNX, or write its weights as bioann.LayeredNetwork(layers).",
        )
    if ending == ".onnx":
        return from_onnx(model, output=output)
    if ending not in NETWORK_ENDINGS:
        raise foreign_ending_error(f"model {model}", ending, NETWORK_ENDINGS)
    return from_weights(model, activation="relu" if activation is None else activation)


def _option_error(option: str, value: object, condition: str) -> DescriptionError:
    return DescriptionError(
        f"read_network, {option}", f"{condition}", repr(value), f"Leave {option} out."
    )
