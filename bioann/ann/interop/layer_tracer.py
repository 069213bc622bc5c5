"""Follow the tensors of an ONNX graph through layers, operator by operator."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation
from bioann.ann.interop import size_limits
from bioann.ann.interop.layer_path import LayerPath, LayerTensor, join_paths
from bioann.ann.interop.onnx_graph import OnnxGraph
from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.layers.flatten import Flatten
from bioann.ann.layers.layer import Layer, Shape
from bioann.ann.layers.pointwise import Pointwise
from bioann.ann.layers.rearrange import Rearrange
from bioann.ann.layers.rescale import Rescale
from bioann.base.errors import ForeignFileError

#: Layers that a network may have, those in several branches counted in each.
MAX_LAYERS = 2000
#: Numbers that all operators together may rearrange, or compute from constants.
MAX_WORK = 2**26


@dataclasses.dataclass
class LayerTracer:
    """The tensors of a graph that have been traced, and operations on them.

    The axes in front of the units of a tensor are recognised by following the positions of all
    numbers, with a few samples and time steps where their number is free. No numbers of the
    network are computed.

    Attributes
    ----------
    graph : OnnxGraph
        The graph that is being read.
    sizes : dict of str to int
        Assumed number of samples (``"batch"``) and, in a recurrent network, time steps.
    values : dict of str to (LayerTensor or numpy.ndarray)
        Tensors by name; an array for one that does not depend on the input's numbers.
    node : OnnxNode or None
        The operator that is being read, for errors.
    budget : int
        Numbers that further operators may rearrange or compute.
    """

    graph: OnnxGraph
    sizes: dict[str, int]
    values: dict[str, LayerTensor | np.ndarray] = dataclasses.field(default_factory=dict)
    node: OnnxNode | None = None
    budget: int = dataclasses.field(default_factory=lambda: MAX_WORK)

    def spend(self, work: int) -> None:
        """Count numbers that are rearranged or computed, and raise if they are too many."""
        self.budget -= work
        if self.budget < 0:
            raise self.unsupported_error(f"more than {MAX_WORK:.1g} numbers to rearrange")

    def get_value(self, name: str) -> LayerTensor | np.ndarray | None:
        """Return a tensor or constant; None for an input that is left out."""
        if not name:
            return None
        if name not in self.values and name not in self.graph.constants:
            raise self.unsupported_error(f"{self.op} of {name!r}, which no layer computes")
        return self.values[name] if name in self.values else self.graph.constants[name]

    def get_data(self, position: int = 0) -> LayerTensor:
        """Return an input of the current operator that depends on the network's input."""
        value = self.get_value(self.node_inputs[position])
        if not isinstance(value, LayerTensor):
            raise self.unsupported_error(f"{self.op} of a constant")
        return value

    def get_constant(self, position: int) -> np.ndarray:
        """Return an input of the current operator as floats; raise if it is computed."""
        name = self.node_inputs[position] if position < len(self.node_inputs) else ""
        value = self.get_value(name)
        if not isinstance(value, np.ndarray):
            got = f"{self.op} whose input {position + 1} is computed, not constant"
            raise self.unsupported_error(got)
        return value.astype(float)

    def has_input(self, position: int) -> bool:
        """Return whether an optional input of the current operator is present."""
        return bool(self.node_inputs[position : position + 1] and self.node_inputs[position])

    @property
    def node_inputs(self) -> tuple[str, ...]:
        """Names of the inputs of the current operator."""
        return () if self.node is None else self.node.inputs

    @property
    def op(self) -> str:
        """Type of the current operator."""
        return "" if self.node is None else self.node.op

    def get_attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute of the current operator."""
        return default if self.node is None else self.node.attributes.get(name, default)

    def unsupported_error(self, got: str) -> ForeignFileError:
        """Return the error for the current operator; it names an earlier tensor to ask for."""
        name = "?" if self.node is None else self.node.name
        tensors = [
            (value.path.depth, tensor_name)
            for tensor_name in self.node_inputs
            if isinstance(value := self.values.get(tensor_name), LayerTensor) and value.path.depth
        ]
        earlier = (
            f"Read the network up to the tensor before it with output={max(tensors)[1]!r}; "
            if tensors
            else "Export the network without it; "
        )
        return ForeignFileError(
            f"ONNX file {self.graph.path}, node {name!r}",
            "a chain of operators that layers can express",
            got,
            f"{earlier}'bioann inspect' summarises the signs of the weights of any ONNX file.",
        )

    def append_layer(self, tensor: LayerTensor, layer: Layer) -> LayerTensor:
        """Return the output of a layer whose input is a tensor in the layout of `align_samples`."""
        unit_shape = layer.output_shape(tensor.unit_shape)
        size_limits.check_units(unit_shape, f"ONNX file {self.graph.path}, {layer.title()}")
        path = self._check_size(tensor.path.append(layer))
        lead_shape = tuple(self.sizes[role] for role in tensor.lead)
        return LayerTensor(path, tensor.lead, unit_shape, (*lead_shape, *unit_shape))

    def _check_size(self, path: LayerPath) -> LayerPath:
        self._check_count(path.size)
        return path

    def _check_count(self, n_layers: int) -> None:
        if n_layers > MAX_LAYERS:
            raise self.unsupported_error(f"more than {MAX_LAYERS} layers")

    def apply_activation(self, tensor: LayerTensor, activation: Activation) -> LayerTensor:
        """Return the activation of every number, wherever it stands."""
        with np.errstate(all="ignore"):  # a constant that does not occur may have no result
            fill = float(activation(np.array(tensor.fill)))
        path = self._check_size(tensor.path.append(Pointwise(activation)))
        return dataclasses.replace(tensor, path=path, fill=fill)

    def apply_affine(self, tensor: LayerTensor, scale: Any, shift: Any = 0.0) -> LayerTensor:
        """Return ``scale * x + shift`` with constants that are broadcast as in NumPy."""
        scale, shift = np.asarray(scale, dtype=float), np.asarray(shift, dtype=float)
        if scale.size == shift.size == 1 and max(scale.ndim, shift.ndim) <= len(tensor.shape):
            a, b = scale.item(), shift.item()
            path = self._check_size(tensor.path.append(Rescale(a, b)))
            return dataclasses.replace(tensor, path=path, fill=a * tensor.fill + b)
        shape = np.broadcast_shapes(tensor.shape, scale.shape, shift.shape)
        aligned = self.align_samples(tensor.broadcast(shape))
        rank, n_lead = len(shape), len(aligned.lead)
        constants = (self._drop_lead_axes(array, rank, n_lead) for array in (scale, shift))
        return self.append_layer(aligned, Rescale(*constants)).reshape(shape)

    def _drop_lead_axes(self, array: np.ndarray, rank: int, n_lead: int) -> np.ndarray:
        """Return a constant for one sample, which must be the same for all samples."""
        full_rank = array.reshape((1,) * (rank - array.ndim) + array.shape)
        first = full_rank[(0,) * n_lead]
        if (full_rank != first).any():
            raise self.unsupported_error(f"{self.op} by another constant for each sample")
        return first

    def combine_tensors(self, tensors: list[LayerTensor], combination: str) -> LayerTensor:
        """Return the elementwise combination of tensors, which are broadcast as in NumPy."""
        self._check_count(len(tensors))
        shape = np.broadcast_shapes(*(tensor.shape for tensor in tensors))
        aligned = [self.align_samples(tensor.broadcast(shape)) for tensor in tensors]
        if len({(tensor.lead, tensor.unit_shape) for tensor in aligned}) > 1:
            raise self.unsupported_error(f"{self.op} of tensors with different axes")
        path = self._check_size(join_paths([tensor.path for tensor in aligned], combination))
        return dataclasses.replace(aligned[0], path=path).reshape(shape)

    def concatenate_tensors(self, tensors: list[LayerTensor], axis: int) -> LayerTensor:
        """Return the concatenation of tensors along an axis of the samples."""
        self._check_count(len(tensors))
        fronts = [
            self.align_samples(tensor.move_axis(axis, len(self.align_samples(tensor).lead)))
            for tensor in tensors
        ]
        first = fronts[0]
        if len({(tensor.lead, tensor.unit_shape[1:]) for tensor in fronts}) > 1:
            raise self.unsupported_error(f"{self.op} of tensors with different axes")
        path = self._check_size(join_paths([tensor.path for tensor in fronts], "concatenation"))
        length = sum(tensor.unit_shape[0] for tensor in fronts)
        unit_shape = (length, *first.unit_shape[1:])
        size_limits.check_units(unit_shape, f"ONNX file {self.graph.path}, {self.op}")
        n_lead = len(first.lead)
        joined = LayerTensor(path, first.lead, unit_shape, (*first.shape[:n_lead], *unit_shape))
        return joined.move_axis(n_lead, axis)

    def align_samples(self, tensor: LayerTensor) -> LayerTensor:
        """Return the tensor with samples and time steps first and all units in their order.

        Raises
        ------
        ForeignFileError
            If the tensor mixes numbers of different samples or time steps.
        """
        n_lead = len(tensor.lead)
        lead_shape = tuple(self.sizes[role] for role in tensor.lead)
        if tensor.index is None and tensor.shape[:n_lead] == lead_shape:
            return self._copy_units(tensor, tensor.lead, tensor.shape[n_lead:], None)
        size_limits.check_units(tensor.shape, f"ONNX file {self.graph.path}, {self.op}")
        positions = tensor.list_positions()
        self.spend(positions.size)
        if positions.max(initial=-1) < 0:
            raise self.unsupported_error(f"{self.op} of a tensor that does not depend on the input")
        axes, offset = self._find_lead_axes(tensor, positions)
        lead = tuple(sorted(axes, key=axes.__getitem__))
        if sorted(axes.values()) != list(range(len(axes))):
            raise self.unsupported_error(f"{self.op} with samples along a later axis")
        pattern = positions[(0,) * len(lead)]
        offsets = np.zeros((), dtype=int)
        for role in lead:
            steps = np.arange(positions.shape[axes[role]]) * self._stride(tensor, role)
            offsets = offsets[..., None] + steps
        expected = offsets.reshape(*offsets.shape, *(1,) * pattern.ndim) + pattern
        is_unit = pattern >= 0
        n = math.prod(tensor.unit_shape)
        units = np.where(is_unit, pattern - offset, -1)
        is_mixed = (positions != np.where(is_unit, expected, -1)).any()
        if is_mixed or (units[is_unit] < 0).any() or (units >= n).any():
            raise self.unsupported_error(f"{self.op} that mixes different samples or time steps")
        return self._copy_units(tensor, lead, pattern.shape, units)

    def _stride(self, tensor: LayerTensor, role: str) -> int:
        """Return the distance of neighbouring samples or time steps in the positions."""
        later = tensor.lead[tensor.lead.index(role) + 1 :]
        return math.prod(self.sizes[r] for r in later) * math.prod(tensor.unit_shape)

    def _find_lead_axes(
        self, tensor: LayerTensor, positions: np.ndarray
    ) -> tuple[dict[str, int], int]:
        """Return the axis of samples and of time steps, and the position of the first unit."""
        axes: dict[str, int] = {}
        offset = 0
        for role in tensor.lead:
            size, stride = self.sizes[role], self._stride(tensor, role)
            matches = (
                axis
                for axis, length in enumerate(positions.shape)
                if size > 1 and length == size and _is_step(positions, axis, stride)
            )
            axis = next(matches, None)
            if axis is not None:
                axes[role] = axis
            elif size > 1 and role == "time":  # the last time step only
                offset += (size - 1) * stride
            elif size > 1:
                raise self.unsupported_error(f"{self.op} that mixes different samples")
        for role in tensor.lead:
            axis = next((k for k in range(positions.ndim) if k not in axes.values()), None)
            if self.sizes[role] == 1 and axis is not None and positions.shape[axis] == 1:
                axes[role] = axis
        return axes, offset

    def _copy_units(
        self, tensor: LayerTensor, lead: tuple[str, ...], shape: Shape, units: np.ndarray | None
    ) -> LayerTensor:
        """Append the layer that copies the units of a sample to their order in a tensor."""
        unit_shape = shape or (1,)
        path = tensor.path
        n = math.prod(tensor.unit_shape)
        in_order = units is None or (
            units.size == n and (units.ravel() == np.arange(units.size)).all()
        )
        if in_order and unit_shape != tensor.unit_shape:
            if len(unit_shape) == 1:
                path = path.append(Flatten())
            else:
                path = path.append(Rearrange(np.arange(n).reshape(unit_shape), tensor.unit_shape))
        elif not in_order and units is not None:
            index = units.reshape(unit_shape)
            fill = tensor.fill if (index < 0).any() else 0.0
            path = path.append(Rearrange(index, tensor.unit_shape, fill))
        lead_shape = tuple(self.sizes[role] for role in lead)
        path = self._check_size(path)
        return LayerTensor(path, lead, unit_shape, (*lead_shape, *shape))


def _is_step(positions: np.ndarray, axis: int, stride: int) -> bool:
    """Return whether the first two entries along an axis are a sample or time step apart."""
    first, second = positions.take(0, axis), positions.take(1, axis)
    is_unit = first >= 0
    return bool(is_unit.any() and (second == np.where(is_unit, first + stride, -1)).all())
