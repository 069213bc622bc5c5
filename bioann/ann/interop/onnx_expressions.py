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
class Expressions:
    """Nodes and constants of a graph that is being written.

    Attributes
    ----------
    onnx : module
        The library.
    dtype : numpy.dtype
        Of all its numbers.
    nodes, constants : list
        What there is so far.
    within : str
        What all names begin with, inside a step along time.
    weights : dict of str to str
        Constants of weights, by what these are called.
    """

    onnx: Any
    dtype: np.dtype[Any]
    nodes: list[Any] = dataclasses.field(default_factory=list)
    constants: list[Any] = dataclasses.field(default_factory=list)
    within: str = ""
    weights: dict[str, str] = dataclasses.field(default_factory=dict)

    def node(
        self, op: str, inputs: list[str], output: str = "", called: str = "", **attributes: Any
    ) -> str:
        """Add an operator with one output, and give the output's name."""
        made = output or f"{self.within}{op.lower()}_{len(self.nodes)}"
        name = called or made
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [made], name=name, **attributes))
        return made

    def constant(self, values: Any) -> str:
        """Add a constant as it is, and give its name."""
        name = f"{self.within}constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def number(self, values: Any) -> str:
        """Add a constant in the precision of the file, and give its name."""
        return self.constant(np.ascontiguousarray(values, dtype=self.dtype))

    def weighted(self, x: str, weights: np.ndarray, called: str) -> str:
        """Multiply with weights ``(target, source)``, and give the name of the sums.

        The operator is called as the weights are, for whoever looks for them in the file; what is
        multiplied with twice is kept once.
        """
        if called in self.weights:
            return self.node("MatMul", [x, self.weights[called]])
        self.weights[called] = self.number(weights.T)
        return self.node("MatMul", [x, self.weights[called]], called=called)

    def split(self, x: str, sizes: Sequence[int]) -> list[str]:
        """Cut the last axis into pieces, and give their names."""
        if len(sizes) == 1:
            return [x]
        name = f"{self.within}split_{len(self.nodes)}"
        pieces = [f"{name}_{k}" for k in range(len(sizes))]
        given = [x, self.constant(np.array(sizes, dtype=np.int64))]
        self.nodes.append(self.onnx.helper.make_node("Split", given, pieces, name=name, axis=-1))
        return pieces

    def joined(self, pieces: Sequence[str]) -> str:
        """Put tensors beside each other along the last axis."""
        return self.node("Concat", list(pieces), axis=-1) if len(pieces) > 1 else pieces[0]

    def scan(
        self,
        step: Callable[[Expressions, list[str], str], tuple[list[str], str]],
        sizes: Sequence[int],
        x: str,
    ) -> str:
        """Apply a step along time, as `bioann.ann.layers.unroll` does; states begin at zero.

        Parameters
        ----------
        step : callable
            ``step(inside, states, x_t)`` adds its operators to `inside` and gives the names of the
            next states and of the answer.
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
        inside = Expressions(self.onnx, self.dtype, within=f"{name}_")
        states = [f"{name}_state_{k}" for k in range(len(sizes))]
        following, answer = step(inside, states, f"{name}_x")
        # An output is a name of its own, also where a state is the answer.
        following = [inside.node("Identity", [state]) for state in following]
        answer = inside.node("Identity", [answer])
        h, kind = self.onnx.helper, self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)

        def told(names: Sequence[str]) -> list[Any]:
            return [h.make_tensor_value_info(n, kind, None) for n in names]

        body = h.make_graph(
            inside.nodes,
            name,
            told([*states, f"{name}_x"]),
            told([*following, answer]),
            inside.constants,
        )
        # The size of the batch is known when the file is run.
        batch = self.node("Slice", [self.node("Shape", [x]), *map(self.constant, ([1], [2]))])
        zero = self.onnx.numpy_helper.from_array(np.zeros(1, self.dtype))
        begun = []
        for size in sizes:
            shape = self.node("Concat", [batch, self.constant(np.array([size]))], axis=0)
            begun.append(self.node("ConstantOfShape", [shape], value=zero))
        ends = [f"{name}_end_{k}" for k in range(len(sizes))]
        self.nodes.append(
            h.make_node("Scan", [*begun, x], [*ends, name], name=name, body=body, num_scan_inputs=1)
        )
        return name

    def activation(self, phi: Activation, x: str, obj: str) -> str:
        """Apply an activation, and give the name of the result."""
        if isinstance(phi, Linear):
            return x
        if isinstance(phi, (Relu, Tanh, Sigmoid)) or phi == Softplus(1.0):
            return self.node(type(phi).__name__, [x])
        if isinstance(phi, LeakyRelu):
            return self.node("LeakyRelu", [x], alpha=phi.slope)
        if isinstance(phi, Softplus):
            width = self.number(phi.width)
            return self.node("Mul", [self.node("Softplus", [self.node("Div", [x, width])]), width])
        if isinstance(phi, Threshold):
            above = self.node("Greater", [x, self.number(0.0)])
            to = self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)
            return self.node("Cast", [above], to=to)
        if isinstance(phi, PowerLaw):
            return self.node("Pow", [self.node("Relu", [x]), self.number(phi.exponent)])
        if isinstance(phi, Exponential):
            return self.node("Exp", [self.node("Min", [x, self.number(50.0)])])
        raise DescriptionError(
            obj,
            "an activation that ONNX has",
            type(phi).__name__,
            "Choose another activation, or run the network with bioann.",
        )
