"""Follow a model in memory operator by operator, as if it were an ONNX graph.

Each layer of a framework is stated as ONNX operators, which `bioann.ann.interop.operators` reads as
layers. No ONNX library is needed, because the operators are plain data.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.input_axes import FREE_SIZES, InputAxes
from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.layer_tracer import LayerTracer
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.operators import read_operator
from bioann.ann.interop.simplify_layers import simplify_layers
from bioann.ann.layered import LayeredNetwork
from bioann.ann.layers.layer import Layer, Shape
from bioann.base.errors import BioannError, ForeignFileError

#: Version of the operators that are stated.
OPSET = 17


@dataclasses.dataclass
class ModelTracer(ABC):
    """The tensors of a model in memory, as outputs of layers; a subclass knows one framework.

    Attributes
    ----------
    reader : str
        The public function that reads the model, for errors: ``"from_torch"``.
    remedy : str
        What the user can do with a model that layers cannot express, as a sentence.
    axes : InputAxes
        Meaning of the axes of the model's input.
    location : str
        Place of the module or layer that is being read, for errors.
    """

    reader: str
    remedy: str
    axes: InputAxes
    location: str = ""

    def __post_init__(self) -> None:
        """Start a graph without operators, of which only the values are kept."""
        graph = OnnxGraph(Path(self.reader), {}, (), (), {})
        self._tracer = LayerTracer(graph, self.axes.sizes)
        self._count = 0

    @abstractmethod
    def convert_module(self, module: Any, x: Any) -> Any:
        """Return the output of a module or layer of the framework for a tensor."""

    def make_input(self) -> LayerTensor:
        """Return the input of the model."""
        size_limits.check_units(self.axes.unit_shape, f"{self.reader}, shape")
        return next(iter(self.axes.make_tensors().values()))

    def add(self, op: str, *inputs: Any, n_outputs: int = 1, **attributes: Any) -> Any:
        """Apply an ONNX operator.

        Parameters
        ----------
        op : str
            Type of the operator.
        *inputs : LayerTensor, array_like or None
            Tensors, constants, and None for an input that is left out.
        n_outputs : int, optional
            Number of outputs that are used.
        **attributes
            Attributes of the operator.

        Returns
        -------
        LayerTensor or numpy.ndarray, or a tuple of these
            The output; a tuple for several.

        Raises
        ------
        ForeignFileError
            If layers cannot express the operator; the message names the location in the model.
        """
        names = [self._add_value(value) for value in inputs]
        outputs = tuple(f"{op}{self._count}.{k}" for k in range(n_outputs))
        node = OnnxNode(op, self.location, tuple(names), outputs, attributes, OPSET)
        self._tracer.node = node
        obj = f"{self.reader}, {self.location}"
        try:
            with size_limits.wrap_library_errors(obj, "shapes that fit"):
                tensors = read_operator(self._tracer)
        except ForeignFileError as error:
            obj = error.obj if error.obj.startswith(self.reader) else obj
            raise ForeignFileError(obj, error.expected, error.got, self.remedy) from error
        except BioannError as error:
            obj = f"{obj}, {error.obj}"
            raise ForeignFileError(obj, error.expected, error.got, error.remedy) from error
        self._count += 1
        for name in names:  # the tensors themselves are the memory of the caller
            self._tracer.values.pop(name, None)
        return tensors[0] if n_outputs == 1 else tuple(tensors[:n_outputs])

    def _add_value(self, value: Any) -> str:
        """Return a name for a tensor or constant, and an empty text for None."""
        if value is None:
            return ""
        self._count += 1
        name = f"value{self._count}"
        is_tensor = isinstance(value, LayerTensor)
        self._tracer.values[name] = value if is_tensor else np.asarray(value)
        return name

    def unsupported_error(self, got: str, remedy: str = "") -> ForeignFileError:
        """Return the error for the current module or layer, which no layer expresses."""
        obj = f"{self.reader}, {self.location}"
        return ForeignFileError(obj, "a layer that bioann has", got, remedy or self.remedy)

    def finish(self, output: Any) -> LayeredNetwork:
        """Return the network from the input to a tensor.

        Raises
        ------
        ForeignFileError
            If no layer lies between them.
        """
        layers: tuple[Layer, ...] = ()
        try:
            if isinstance(output, LayerTensor):
                layers = self._tracer.align_samples(output).path.list_layers()
        except ForeignFileError as error:
            obj = f"{self.reader}, output"
            raise ForeignFileError(obj, error.expected, error.got, self.remedy) from error
        if not layers:
            expected, got = "at least one layer between input and output", "no layer"
            raise ForeignFileError(self.reader, expected, got, self.remedy)
        shape = self.axes.unit_shape
        return LayeredNetwork(simplify_layers(layers, shape), shape, channels=self.axes.channels)


def make_axes(shape: Sequence[int], lead: tuple[str, ...] = ("batch",)) -> InputAxes:
    """Return the axes of a single input of a model: samples, or samples and time steps.

    Parameters
    ----------
    shape : sequence of int
        Shape of one input, without samples and time steps.
    lead : tuple of str, optional
        Meaning of the axes before it: ``"batch"`` and ``"time"``, in the order of the model.
    """
    sizes = {"batch": 1} | {role: FREE_SIZES[role] for role in lead}
    sample_shape: Shape = tuple(int(n) for n in shape)
    return InputAxes(lead, sizes, {"input": sample_shape})


def list_paddings(pairs: Sequence[tuple[int, int]], rank: int) -> list[int]:
    """Return paddings of the last axes as ONNX has them: all before, then all after.

    Parameters
    ----------
    pairs : sequence of (int, int)
        Numbers added before and after each of the last axes.
    rank : int
        Number of axes of the tensor, the others of which are not padded.
    """
    others = [0] * (rank - len(pairs))
    befores, afters = ([int(pair[k]) for pair in pairs] for k in (0, 1))
    return [*others, *befores, *others, *afters]
