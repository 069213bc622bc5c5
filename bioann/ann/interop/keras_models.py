"""Build layered networks from Keras models in memory, by their weights and their structure.

Keras is not imported: a model is recognised by its class. Definitions: https://keras.io/api/.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from bioann.ann.interop.input_axes import FREE_SIZES, InputAxes
from bioann.ann.interop.keras_functions import apply_operation
from bioann.ann.interop.keras_layers import LAYER_CONVERTERS, merge_tensors
from bioann.ann.interop.model_tracer import ModelTracer
from bioann.ann.interop.own_output import describe_difference, draw_inputs
from bioann.ann.layered import LayeredNetwork
from bioann.base.arguments import is_whole_number, name_argument_errors
from bioann.base.errors import DescriptionError, ForeignFileError
from bioann.base.text import join_names, shorten_repr

EXPORT = (
    "Export it, model.export('model.onnx', format='onnx'), and read it: "
    "bioann.from_onnx('model.onnx')."
)
WHOLE_SEQUENCES = "Pass shape=(step, input) for sequences of a fixed length. "
#: Largest difference from Keras' own output, relative to its largest number, in single precision.
TOLERANCE = 1e-4
#: The same for a model that computes in half precision.
HALF_TOLERANCE = 2e-2
#: Factors on the random inputs of the comparison: small ones, and large ones that saturate.
SCALES = (1.0, 10.0)
RECURRENT = ("SimpleRNN", "LSTM", "GRU", "Bidirectional")


@name_argument_errors
def from_keras(model: Any, *, shape: Sequence[int] | None = None) -> LayeredNetwork:
    """Build a network from a Keras 3 model: `Sequential`, functional, or a single layer.

    The network is that of inference: dropout and noise pass everything on, and batch normalisation
    uses its moving averages. The model is called on random inputs, and its output is compared with
    that of the network.

    Parameters
    ----------
    model : keras.Model or keras.layers.Layer
        The trained model, with any backend. ``docs/guides/trained_models.md`` lists what is read.
    shape : sequence of int, optional
        Shape of one input; by default that of the model's own input. With ``(input,)`` a recurrent
        model takes sequences of any length, with ``(step, input)`` sequences as a whole.

    Returns
    -------
    LayeredNetwork
        The network, which computes the same to single precision. A recurrent one has an output at
        every step, also where the model has only that of the last one. Several inputs become one
        vector, whose channels are called ``name[0]``, ... after the inputs.

    Raises
    ------
    ForeignFileError
        If the model has several outputs, layers of other classes, or options that no layer
        expresses; the message names the layer.
    DescriptionError
        If it is no model of Keras 3, or its shape is not known.

    Examples
    --------
    >>> import bioann as ba
    >>> network = ba.from_keras(model)  # doctest: +SKIP
    """
    _check_model(model)
    error: ForeignFileError | None = None
    for axes in _list_axes(model, shape):
        remedy = WHOLE_SEQUENCES + EXPORT if "time" in axes.lead else EXPORT
        graph = KerasTracer("from_keras", remedy, axes, "model")
        try:
            output = graph.convert_module(model, graph.make_inputs())
            network = graph.finish(output)
        except ForeignFileError as failure:
            error = error or failure
            continue
        _compare_with_keras(model, network, axes)
        return network
    assert error is not None
    raise error


def is_keras_model(model: Any) -> bool:
    """Return whether an object is a model or layer of Keras, without importing Keras."""
    return any(
        kind.__name__ == "Layer" and kind.__module__.split(".")[0] in ("keras", "tf_keras")
        for kind in type(model).__mro__
    )


def _check_model(model: Any) -> None:
    """Raise an error for an object that is no model of Keras 3, or has several outputs."""
    if not is_keras_model(model):
        raise DescriptionError(
            "from_keras, model",
            "a model of Keras",
            f"an object of type {type(model).__name__}",
            "Load a file first: keras.saving.load_model('model.keras').",
        )
    if not any(kind.__module__ == "keras.src.layers.layer" for kind in type(model).__mro__):
        expected, got = "a model of Keras 3", "one of an earlier version"
        raise ForeignFileError("from_keras, model", expected, got, EXPORT)
    if not model.built:
        raise DescriptionError(
            "from_keras, model",
            "a model that has weights",
            f"a {type(model).__name__} that is not built",
            "Start it with keras.Input(shape), or call it once on an example input.",
        )
    outputs = getattr(model, "outputs", None) or ()
    if len(outputs) > 1:
        raise ForeignFileError(
            "from_keras, model",
            "one output",
            f"{len(outputs)} outputs",
            "Pass keras.Model(model.inputs, model.outputs[0]).",
        )


def _list_axes(model: Any, shape: Sequence[int] | None) -> list[InputAxes]:
    """Return the possible meanings of the axes of the model's inputs, the most usual one first."""
    is_recurrent = any(type(layer).__name__ in RECURRENT for layer in _list_layers(model))
    shapes = _list_input_shapes(model, shape)
    if len(shapes) > 1:
        free = {name: sizes for name, sizes in shapes.items() if None in sizes}
        if free or is_recurrent:
            got = "recurrent layers" if is_recurrent else f"inputs of shape {free}"
            remedy = "Pass a model with one input."
            expected = "several inputs of fixed shape, without recurrent layers"
            raise ForeignFileError("from_keras, model", expected, got, remedy)
        return [InputAxes(("batch",), {"batch": FREE_SIZES["batch"]}, dict(shapes))]
    ((name, sizes),) = shapes.items()
    whole = [] if None in sizes else [InputAxes(("batch",), {"batch": 2}, {name: sizes})]
    lead = ("batch", "time")
    if is_recurrent and shape is not None and len(sizes) == 1:
        return [InputAxes(lead, dict(FREE_SIZES), {name: sizes})]
    if is_recurrent and shape is None and len(sizes) == 2 and sizes[1] is not None:
        return [InputAxes(lead, dict(FREE_SIZES), {name: sizes[1:]}), *whole]
    if whole:
        return whole
    raise DescriptionError(
        "from_keras, shape",
        "the shape of one input, without the number of samples",
        f"{sizes} with free sizes",
        "Pass shape=(height, width, channel), or shape=(step, input).",
    )


def _list_layers(model: Any) -> list[Any]:
    """Return a model and all layers in it."""
    inner = [layer for child in getattr(model, "layers", ()) for layer in _list_layers(child)]
    return [model, *inner]


def _list_input_shapes(model: Any, shape: Sequence[int] | None) -> dict[str, Any]:
    """Return the shape of one sample of each input by name."""
    if shape is not None:
        if shape and all(is_whole_number(n, 1) for n in shape):
            return {"input": tuple(int(n) for n in shape)}
        raise DescriptionError(
            "from_keras, shape",
            "whole numbers of 1 or more, without the number of samples",
            shorten_repr(shape),
            "Leave it out for the shape of the model's own input.",
        )
    inputs = getattr(model, "inputs", None)
    if inputs:
        names = [str(getattr(x, "name", k)) for k, x in enumerate(inputs)]
        return {name: tuple(x.shape[1:]) for name, x in zip(names, inputs, strict=True)}
    build_shape = (getattr(model, "_build_shapes_dict", None) or {}).get("input_shape")
    if build_shape is None or not all(n is None or is_whole_number(n, 1) for n in build_shape):
        raise DescriptionError(
            "from_keras, shape",
            "the shape of one input, which the model does not state",
            "none",
            "Pass shape=(input,), or shape=(height, width, channel).",
        )
    return {"input": tuple(build_shape[1:])}


@dataclasses.dataclass
class KerasTracer(ModelTracer):
    """The tensors of a Keras model."""

    def make_inputs(self) -> Any:
        """Return the input of the model, or a tuple of several."""
        tensors = tuple(self.axes.make_tensors().values())
        return tensors[0] if len(tensors) == 1 else tensors

    def convert_module(self, module: Any, x: Any) -> Any:
        """Return the output of a layer or model for a tensor or a tuple of tensors."""
        kind, location = type(module), self.location
        if not kind.__module__.startswith("keras.src."):
            got = f"a layer of the class {kind.__module__}.{kind.__name__}, whose code is not read"
            raise self.unsupported_error(got)
        if kind.__name__ == "Sequential":
            for layer in module.layers:
                self.location = f"{location}.{layer.name}"
                x = self.convert_module(layer, x)
            self.location = location
            return x
        if kind.__name__ == "Functional":
            return self._follow_graph(module, x)
        if isinstance(x, (tuple, list)):
            return merge_tensors(self, module, x)
        if kind.__name__ not in LAYER_CONVERTERS:
            remedy = ""
            if kind.__name__ == "Embedding":
                remedy = "Networks of bioann take activations: use Dense on one-hot vectors."
            raise self.unsupported_error(f"a {kind.__name__}", remedy)
        return LAYER_CONVERTERS[kind.__name__](self, module, x)

    def _follow_graph(self, model: Any, x: Any) -> Any:
        """Return the output of a functional model, operation by operation."""
        location = self.location
        tensors = x if isinstance(x, (tuple, list)) else (x,)
        values = {id(symbol): tensor for symbol, tensor in zip(model.inputs, tensors, strict=True)}
        for depth in sorted(model._nodes_by_depth, reverse=True):
            for node in model._nodes_by_depth[depth]:
                if not node.is_input:
                    self.location = f"{location}.{node.operation.name}"
                    args, kwargs = node.arguments.fill_in(values)
                    values[id(node.outputs[0])] = self._apply_node(node.operation, args, kwargs)
        self.location = location
        return values[id(model.outputs[0])]

    def _apply_node(self, operation: Any, args: Any, kwargs: Any) -> Any:
        """Return the output of a layer, or of a function of ``keras.ops``."""
        if not is_keras_model(operation):
            return apply_operation(self, operation, args, kwargs)
        options = [name for name, value in kwargs.items() if value not in (None, False)]
        if len(args) != 1 or options:
            got = f"a {type(operation).__name__} called with {join_names(options) or 'options'}"
            raise self.unsupported_error(got, "Call it on its input alone.")
        return self.convert_module(operation, args[0])


def _compare_with_keras(model: Any, network: LayeredNetwork, axes: InputAxes) -> None:
    """Raise `ForeignFileError` unless Keras computes the same for random inputs."""
    keras = sys.modules.get("keras")
    if keras is None:
        return
    stated_shape = getattr(model, "inputs", None) and model.inputs[0].shape
    n_steps = (stated_shape[1] if stated_shape and len(stated_shape) > 1 else None) or 5
    is_half = any("16" in str(getattr(layer, "compute_dtype", "")) for layer in _list_layers(model))
    for scale in SCALES:
        x = scale * draw_inputs(network, n_steps)
        inputs: Any = x.astype(np.float32)
        if len(axes.sample_shapes) > 1:
            edges = np.cumsum([math.prod(shape) for shape in axes.sample_shapes.values()])[:-1]
            columns = np.split(inputs, edges, axis=1)
            shapes = axes.sample_shapes.values()
            inputs = [c.reshape(len(c), *s) for c, s in zip(columns, shapes, strict=True)]
        try:
            output = keras.ops.convert_to_numpy(model(inputs, training=False))
        except Exception as error:
            raise ForeignFileError(
                "from_keras",
                f"a model that can be called with an input of shape {x.shape}",
                f"{type(error).__name__}: {shorten_repr(str(error))}",
                "Pass the shape of one input that the model takes.",
            ) from error
        expected, computed = np.asarray(output, dtype=float), network.predict(x)
        if network.is_temporal and expected.ndim < computed.ndim:
            computed = computed[:, -1]  # the model passes on the last step only
        difference = describe_difference(
            computed, expected, HALF_TOLERANCE if is_half else TOLERANCE
        )
        if difference:
            raise ForeignFileError("from_keras", "Keras' own output", difference, EXPORT)
