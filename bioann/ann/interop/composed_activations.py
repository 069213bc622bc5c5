"""States activations that several libraries have and that are several operators."""

from __future__ import annotations

from typing import Any

from bioann.ann.interop.layer_path import LayerTensor
from bioann.ann.interop.model_tracer import ModelTracer

#: Depth and scale of SELU in double precision (Klambauer et al. 2017).
SELU: dict[str, Any] = {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805}


def add_silu(graph: ModelTracer, x: LayerTensor) -> Any:
    r"""Add :math:`x \sigma(x)`."""
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def add_mish(graph: ModelTracer, x: LayerTensor) -> Any:
    r"""Add :math:`x \tanh(\ln(1 + e^x))`."""
    return graph.add("Mul", x, graph.add("Tanh", graph.add("Softplus", x)))


def add_log_sigmoid(graph: ModelTracer, x: LayerTensor) -> Any:
    r"""Add :math:`\ln \sigma(x) = -\ln(1 + e^{-x})`."""
    return graph.add("Neg", graph.add("Softplus", graph.add("Neg", x)))


def add_tanh_shrink(graph: ModelTracer, x: LayerTensor) -> Any:
    r"""Add :math:`x - \tanh(x)`."""
    return graph.add("Sub", x, graph.add("Tanh", x))
