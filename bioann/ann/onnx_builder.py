"""An ONNX graph under construction: single operators, weighted sums, and iteration over time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

#: ``step(body, states, x_t)`` adds one time step to a graph and returns next states and output.
ScanStep: TypeAlias = "Callable[[OnnxBuilder, list[str], str], tuple[list[str], str]]"


@dataclasses.dataclass
class OnnxBuilder:
    """Nodes and constants of a graph; every method that adds something returns its tensor's name.

    Attributes
    ----------
    onnx : module
        The `onnx` library, imported by whoever writes the file.
    dtype : numpy.dtype
        Precision of all numbers in the file.
    dt : float or None
        Time step of the input in seconds; None for a network without time constants.
    has_time : bool
        Whether tensors are ``(time, batch, unit)`` rather than ``(batch, *shape)``.
    nodes, constants : list
        Operators and initialisers so far, as protocol buffers.
    prefix : str
        Prefix of all names, which keeps those inside a Scan distinct.
    weights : dict of str to str
        Tensor of each array of weights, by the name of the array.
    """

    onnx: Any
    dtype: np.dtype[Any]
    dt: float | None = None
    has_time: bool = False
    nodes: list[Any] = dataclasses.field(default_factory=list)
    constants: list[Any] = dataclasses.field(default_factory=list)
    prefix: str = ""
    weights: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def element_type(self) -> int:
        """The ONNX code of `dtype`."""
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype))

    def add_node(
        self, op: str, inputs: list[str], output: str = "", node_name: str = "", **attributes: Any
    ) -> str:
        """Add an operator with one output."""
        tensor = output or f"{self.prefix}{op.lower()}_{len(self.nodes)}"
        name = node_name or tensor
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [tensor], name=name, **attributes))
        return tensor

    def add_constant(self, values: Any) -> str:
        """Add a constant in its own data type."""
        name = f"{self.prefix}constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def add_number(self, values: Any) -> str:
        """Add a constant in the precision of the file."""
        return self.add_constant(np.ascontiguousarray(values, dtype=self.dtype))

    def add_weighted_sum(self, x: str, weights: np.ndarray, weight_name: str) -> str:
        """Multiply a tensor with weights ``(target, source)``.

        The operator is named after the weights, so that they can be identified in the file; weights
        that are used several times are stored once.
        """
        if weight_name in self.weights:
            return self.add_node("MatMul", [x, self.weights[weight_name]])
        self.weights[weight_name] = self.add_number(weights.T)
        return self.add_node("MatMul", [x, self.weights[weight_name]], node_name=weight_name)

    def add_affine(self, x: str, weights: np.ndarray, bias: np.ndarray, weight_name: str) -> str:
        """Add ``weights @ x + bias`` with weights ``(target, source)``."""
        sums = self.add_weighted_sum(x, weights, weight_name)
        return self.add_node("Add", [sums, self.add_number(bias)])

    def add_relaxation(self, y: str, target: str, factor: Any) -> str:
        """Add ``y + factor * (target - y)``, one step of a leaky integrator."""
        difference = self.add_node("Sub", [target, y])
        return self.add_node(
            "Add", [y, self.add_node("Mul", [difference, self.add_number(factor)])]
        )

    def add_squared_distances(self, x: str, centres: np.ndarray) -> str:
        """Add the squared Euclidean distances of the input from centres ``(unit, input)``."""
        expanded_x = self.add_node("Unsqueeze", [x, self.add_constant(np.array([-2]))])
        difference = self.add_node("Sub", [expanded_x, self.add_number(centres)])
        square = self.add_node("Mul", [difference, difference])
        return self.add_node("ReduceSum", [square, self.add_constant(np.array([-1]))], keepdims=0)

    def add_split(self, x: str, sizes: Sequence[int]) -> list[str]:
        """Split a tensor along its last axis into parts of these sizes."""
        if len(sizes) == 1:
            return [x]
        name = f"{self.prefix}split_{len(self.nodes)}"
        pieces = [f"{name}_{k}" for k in range(len(sizes))]
        inputs = [x, self.add_constant(np.array(sizes, dtype=np.int64))]
        self.nodes.append(self.onnx.helper.make_node("Split", inputs, pieces, name=name, axis=-1))
        return pieces

    def add_concat(self, tensors: Sequence[str]) -> str:
        """Concatenate tensors along the last axis."""
        return self.add_node("Concat", list(tensors), axis=-1) if len(tensors) > 1 else tensors[0]

    def add_recurrent_operator(
        self,
        op: str,
        name: str,
        x: str,
        W: np.ndarray,
        U: np.ndarray,
        bias: np.ndarray,
        recurrent_bias: np.ndarray | None = None,
        **attributes: Any,
    ) -> str:
        """Add a recurrent operator over ``(time, batch, unit)`` and drop its direction axis."""
        # ONNX has a bias for W and another for U.
        second = np.zeros_like(bias) if recurrent_bias is None else recurrent_bias
        both_biases = np.concatenate([bias, second])
        inputs = [x, *(self.add_number(array[None]) for array in (W, U, both_biases))]
        response = self.add_node(op, inputs, node_name=name, hidden_size=U.shape[1], **attributes)
        return self.add_node("Squeeze", [response, self.add_constant(np.array([1]))])

    def add_scan(self, step: ScanStep, sizes: Sequence[int], x: str) -> str:
        """Apply a step function along time with states that start at zero, as `unroll` does.

        Parameters
        ----------
        step : callable
            ``step(body, states, x_t)`` adds the operators of one time step to the builder `body`
            and returns the names of the next states and of the output.
        sizes : sequence of int
            Number of units in each state.
        x : str
            Input tensor, ``(time, batch, unit)``.

        Returns
        -------
        str
            Tensor of the outputs, ``(time, batch, unit)``.
        """
        name = f"scan_{len(self.nodes)}"
        body = self._make_scan_body(name, step, len(sizes))
        initial_states = self._add_zero_states(sizes, x)
        outputs = [*(f"{name}_end_{k}" for k in range(len(sizes))), name]
        self.nodes.append(
            self.onnx.helper.make_node(
                "Scan", [*initial_states, x], outputs, name=name, body=body, num_scan_inputs=1
            )
        )
        return name

    def _make_scan_body(self, name: str, step: ScanStep, n_states: int) -> Any:
        body = OnnxBuilder(self.onnx, self.dtype, self.dt, self.has_time, prefix=f"{name}_")
        inputs = [*(f"{name}_state_{k}" for k in range(n_states)), f"{name}_x"]
        next_states, output = step(body, inputs[:-1], inputs[-1])
        # Outputs of a graph need names of their own, even where the output is one of the states.
        outputs = [body.add_node("Identity", [tensor]) for tensor in (*next_states, output)]
        value_info = self.onnx.helper.make_tensor_value_info
        return self.onnx.helper.make_graph(
            body.nodes,
            name,
            *(
                [value_info(n, self.element_type, None) for n in names]
                for names in (inputs, outputs)
            ),
            body.constants,
        )

    def _add_zero_states(self, sizes: Sequence[int], x: str) -> list[str]:
        """Add zeros ``(batch, size)`` for each size; the batch size is known only at run time."""
        batch = self.add_node(
            "Slice", [self.add_node("Shape", [x]), *map(self.add_constant, ([1], [2]))]
        )
        zero = self.onnx.numpy_helper.from_array(np.zeros(1, self.dtype))
        states = []
        for size in sizes:
            shape = self.add_node("Concat", [batch, self.add_constant(np.array([size]))], axis=0)
            states.append(self.add_node("ConstantOfShape", [shape], value=zero))
        return states
