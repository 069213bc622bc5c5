"""One operator of an ONNX graph as plain data."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class OnnxNode:
    """One operator of a graph; attributes other than numbers, text and tensors are None.

    Attributes
    ----------
    op : str
        Type of the operator, with its domain unless that is ONNX's own.
    name : str
        Name in the file, or type and position.
    inputs, outputs : tuple of str
        Names of tensors; an optional input or output that is left out is an empty text.
    attributes : dict of str to Any
        Attributes of the operator by name.
    opset : int
        Version of ONNX's operators in the file.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    opset: int = 17
