"""Operators of ONNX under names: activations, and steps along time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bioann.ann.activations.activation import (
    Activation,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softplus,
    Tanh,
    Threshold,
)
from bioann.ann.activations.transfer_functions import Exponential, PowerLaw
from bioann.base.errors import DescriptionError


@dataclasses.dataclass
class OnnxBuilder:
    """Nodes and constants of a graph that is being written.

    Attributes
    ----------
    onnx : module
        The library.
    dtype : numpy.dtype
        Of all its numbers.
    nodes, constants : list
        What there is so far.
    prefix : str
        What all names begin with, inside a step along time.
    weights : dict of str to str
        Constants of weights, by what these are called.
    """

    onnx: Any
    dtype: np.dtype[Any]
    nodes: list[Any] = dataclasses.field(default_factory=list)
    constants: list[Any] = dataclasses.field(default_factory=list)
    prefix: str = ""
    weights: dict[str, str] = dataclasses.field(default_factory=dict)

    def add_node(
        self, op: str, inputs: list[str], output: str = "", node_name: str = "", **attributes: Any
    ) -> str:
        """Add an operator with one output, and give the output's name."""
        tensor = output or f"{self.prefix}{op.lower()}_{len(self.nodes)}"
        name = node_name or tensor
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [tensor], name=name, **attributes))
        return tensor

    def add_constant(self, values: Any) -> str:
        """Add a constant as it is, and give its name."""
        name = f"{self.prefix}constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def add_number(self, values: Any) -> str:
        """Add a constant in the precision of the file, and give its name."""
        return self.add_constant(np.ascontiguousarray(values, dtype=self.dtype))

    def add_weighted_sum(self, x: str, weights: np.ndarray, weight_name: str) -> str:
        """Multiply with weights ``(target, source)``, and give the name of the sums.

        The operator is called as the weights are, for whoever looks for them in the file; what is
        multiplied with twice is kept once.
        """
        if weight_name in self.weights:
            return self.add_node("MatMul", [x, self.weights[weight_name]])
        self.weights[weight_name] = self.add_number(weights.T)
        return self.add_node("MatMul", [x, self.weights[weight_name]], node_name=weight_name)

    def add_split(self, x: str, sizes: Sequence[int]) -> list[str]:
        """Cut the last axis into pieces, and give their names."""
        if len(sizes) == 1:
            return [x]
        name = f"{self.prefix}split_{len(self.nodes)}"
        pieces = [f"{name}_{k}" for k in range(len(sizes))]
        inputs = [x, self.add_constant(np.array(sizes, dtype=np.int64))]
        self.nodes.append(self.onnx.helper.make_node("Split", inputs, pieces, name=name, axis=-1))
        return pieces

    def add_concat(self, tensors: Sequence[str]) -> str:
        """Put tensors beside each other along the last axis."""
        return self.add_node("Concat", list(tensors), axis=-1) if len(tensors) > 1 else tensors[0]

    def add_scan(
        self,
        step: Callable[[OnnxBuilder, list[str], str], tuple[list[str], str]],
        sizes: Sequence[int],
        x: str,
    ) -> str:
        """Apply a step along time, as `bioann.ann.layers.unroll` does; states begin at zero.

        Parameters
        ----------
        step : callable
            ``step(body, states, x_t)`` adds its operators to the builder `body_graph` and gives the
            names of the next states and of the answer.
        sizes : sequence of int
            Numbers in each state.
        x : str
            The tensor to follow, ``(time, batch, unit)``.

        Returns
        -------
        str
            All answers, ``(time, batch, unit)``.
        """
        name = f"scan_{len(self.nodes)}"
        body = OnnxBuilder(self.onnx, self.dtype, prefix=f"{name}_")
        states = [f"{name}_state_{k}" for k in range(len(sizes))]
        next_states, answer = step(body, states, f"{name}_x")
        # An output is a name of its own, also where a state is the answer.
        next_states = [body.add_node("Identity", [state]) for state in next_states]
        answer = body.add_node("Identity", [answer])
        h, kind = self.onnx.helper, self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)

        def describe_tensors(names: Sequence[str]) -> list[Any]:
            return [h.make_tensor_value_info(n, kind, None) for n in names]

        body_graph = h.make_graph(
            body.nodes,
            name,
            describe_tensors([*states, f"{name}_x"]),
            describe_tensors([*next_states, answer]),
            body.constants,
        )
        # The size of the batch is known when the file is run.
        batch = self.add_node(
            "Slice", [self.add_node("Shape", [x]), *map(self.add_constant, ([1], [2]))]
        )
        zero = self.onnx.numpy_helper.from_array(np.zeros(1, self.dtype))
        initial_states = []
        for size in sizes:
            shape = self.add_node("Concat", [batch, self.add_constant(np.array([size]))], axis=0)
            initial_states.append(self.add_node("ConstantOfShape", [shape], value=zero))
        final_states = [f"{name}_end_{k}" for k in range(len(sizes))]
        self.nodes.append(
            h.make_node(
                "Scan",
                [*initial_states, x],
                [*final_states, name],
                name=name,
                body=body_graph,
                num_scan_inputs=1,
            )
        )
        return name

    def add_activation(self, phi: Activation, x: str, obj: str) -> str:
        """Apply an activation, and give the name of the result."""
        if isinstance(phi, Linear):
            return x
        if isinstance(phi, (Relu, Tanh, Sigmoid)) or phi == Softplus(1.0):
            return self.add_node(type(phi).__name__, [x])
        if isinstance(phi, LeakyRelu):
            return self.add_node("LeakyRelu", [x], alpha=phi.slope)
        if isinstance(phi, Softplus):
            width = self.add_number(phi.width)
            return self.add_node(
                "Mul", [self.add_node("Softplus", [self.add_node("Div", [x, width])]), width]
            )
        if isinstance(phi, Threshold):
            above = self.add_node("Greater", [x, self.add_number(0.0)])
            element_type = self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)
            return self.add_node("Cast", [above], to=element_type)
        if isinstance(phi, PowerLaw):
            return self.add_node("Pow", [self.add_node("Relu", [x]), self.add_number(phi.exponent)])
        if isinstance(phi, Exponential):
            return self.add_node("Exp", [self.add_node("Min", [x, self.add_number(50.0)])])
        raise DescriptionError(
            obj,
            "an activation that ONNX has",
            type(phi).__name__,
            "Choose another activation, or run the network with bioann.",
        )
