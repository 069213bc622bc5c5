"""Compute what the operators of an ONNX graph compute from constants alone."""

from __future__ import annotations

import dataclasses
from collections import ChainMap
from collections.abc import Sequence

import numpy as np

from bioann.ann.interop.onnx_node import OnnxNode
from bioann.ann.interop.tensor_operators import (
    TENSOR_OPERATORS,
    compute_tensors,
    estimate_work,
)

#: Numbers that the computed constants of a file may have in total, beside those for its own size.
MAX_FOLDED = 2**25
#: Numbers in computed constants that each number of an initialiser allows.
FOLDED_PER_NUMBER = 8


@dataclasses.dataclass
class ConstantFolder:
    """Compute the outputs of all operators whose inputs are constant.

    An operator is left as it is if bioann cannot compute it, or if its output would be too large:
    a few bytes of a file can stand for gigabytes.

    Attributes
    ----------
    budget : int
        Numbers that further constants may have, over all graphs of the file.
    """

    budget: int = MAX_FOLDED

    def fold_graph(
        self, nodes: Sequence[OnnxNode], constants: ChainMap[str, np.ndarray], inputs: set[str]
    ) -> tuple[tuple[OnnxNode, ...], dict[str, tuple[str, ...]]]:
        """Add the constants that operators compute from constants.

        Parameters
        ----------
        nodes : sequence of OnnxNode
            Operators of the graph in the order of computation.
        constants : ChainMap of str to numpy.ndarray
            Constants of the graph, then those of the graphs around it; the new ones are added.
        inputs : set of str
            Names of the graph's inputs, which hide constants of the graphs around it.

        Returns
        -------
        nodes : tuple of OnnxNode
            The operators that remain.
        origins : dict of str to tuple of str
            For every new constant, the constants that it was computed from.
        """
        self.budget += FOLDED_PER_NUMBER * sum(array.size for array in constants.maps[0].values())
        remaining, origins, computed = [], {}, set(inputs)
        for node in nodes:
            names = tuple(name for name in node.inputs if name)
            is_constant = all(name in constants and name not in computed for name in names)
            tensors = None
            if is_constant and node.op in TENSOR_OPERATORS:
                arrays = [constants[name] if name else None for name in node.inputs]
                tensors = compute_tensors(node, arrays, self.budget)
            if tensors is None:
                remaining.append(node)
                computed.update(node.outputs)
                continue
            size = sum(array.size for array in tensors)
            self.budget -= max(size, estimate_work(node, arrays))
            for name, array in zip(node.outputs, tensors, strict=False):
                constants[name] = array
                origins[name] = names
        return tuple(remaining), origins
