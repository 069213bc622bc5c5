"""Read the arrays of PyTorch modules in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.interop.model_tracer import ModelTracer


def read_array(graph: ModelTracer, tensor: Any) -> np.ndarray:
    """Return the numbers of a PyTorch tensor in double precision.

    Parameters
    ----------
    graph : ModelTracer
        The model that is being read, for errors.
    tensor : torch.Tensor
        Weights of any real type on any device; tensors without numbers are errors.
    """
    if getattr(tensor, "is_meta", False):
        remedy = "Load its weights first: module.to_empty(device='cpu'), then load_state_dict."
        raise graph.unsupported_error("weights on the device 'meta', which have no numbers", remedy)
    if getattr(tensor, "is_quantized", False):
        remedy = "Pass the module as it was before it was quantised, or dequantise its weights."
        raise graph.unsupported_error("quantised weights", remedy)
    if tensor.is_complex() if hasattr(tensor, "is_complex") else False:
        raise graph.unsupported_error("complex weights", "Use a module with real weights.")
    if getattr(tensor, "layout", None) is not None and "strided" not in str(tensor.layout):
        raise graph.unsupported_error("sparse weights", "Pass dense ones: tensor.to_dense().")
    array: np.ndarray = tensor.detach().cpu().double().numpy()
    if not np.isfinite(array).all():
        n = int((~np.isfinite(array)).sum())
        got = f"{n} of {array.size} weights NaN or infinite"
        raise graph.unsupported_error(got, "Train it again, or load other weights.")
    return array


def expand_sizes(value: Any, n_axes: int) -> tuple[int, ...]:
    """Return one whole number for each axis, of one number or a sequence of them."""
    return (int(value),) * n_axes if np.ndim(value) == 0 else tuple(int(n) for n in value)
