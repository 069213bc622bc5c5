"""Read the arrays of Keras layers in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.interop.model_tracer import ModelTracer


def to_float_array(tensor: Any) -> np.ndarray:
    """Return a tensor of any backend in double precision."""
    if hasattr(tensor, "detach"):  # of PyTorch, maybe in half precision
        tensor = tensor.detach().cpu().double().numpy()
    return np.asarray(tensor).astype(float)


def read_weights_of(graph: ModelTracer, variable: Any) -> np.ndarray:
    """Return a variable of Keras in double precision.

    Raises
    ------
    ForeignFileError
        For NaN or infinite numbers.
    """
    array = to_float_array(getattr(variable, "value", variable))
    if not np.isfinite(array).all():
        n = int((~np.isfinite(array)).sum())
        got = f"{n} of {array.size} weights NaN or infinite"
        raise graph.unsupported_error(got, "Train it again, or load other weights.")
    return array
