"""Write the rate model as an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.layers_to_onnx import add_layer
from bioann.ann.interop.onnx_expressions import OnnxBuilder
from bioann.ann.interop.rates_to_onnx import add_rate_network
from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.base.errors import DescriptionError
from bioann.base.files import write_atomically
from bioann.base.optional import import_optional
from bioann.base.units import to_si


def to_onnx(
    network: LayeredNetwork | RateNetwork,
    path: str | Path,
    *,
    dt: Any = None,
    dtype: str = "float32",
) -> None:
    """Write a network as an ONNX file (operator set 17).

    Its input is called ``input`` and is ``(batch, *shape)``, or ``(time, batch, unit)`` for a
    network whose answer depends on earlier inputs; its output is called ``output``: the last
    layer's units, or all units of a rate network. What has a time constant, and recurrent units
    that ONNX has no operator for, become a ``Scan`` over time whose body is one step of `dt`,
    which any runtime of ONNX follows; `dt` also stands among the file's properties.

    Parameters
    ----------
    network : LayeredNetwork or RateNetwork
        Static units of a rate network may not form loops.
    path : str or pathlib.Path
        The file.
    dt : quantity, optional
        Time between two inputs, for a network with time constants.
    dtype : {'float32', 'float64'}, optional
        Precision of the numbers in the file.

    Raises
    ------
    DescriptionError
        If the network does what no operator of ONNX does; the layer or unit is named.
    OutputError
        If the file cannot be written.
    MissingExtraError
        Without the extra ``interop``.
    """
    onnx = import_optional("onnx", "interop", f"ONNX file {path}")
    if dtype not in ("float32", "float64"):
        raise DescriptionError(
            "to_onnx, dtype", "'float32' or 'float64'", repr(dtype), "Leave it out for float32."
        )
    builder = OnnxBuilder(onnx, np.dtype(dtype))
    step = _validate_time_step(network, dt)
    has_time, sizes = _add_network(network, builder, step)
    axes = ["time", "batch"] if has_time else ["batch"]
    output_shape = [None] * (len(axes) + 1)
    element = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = onnx.helper.make_graph(
        builder.nodes,
        "bioann",
        [onnx.helper.make_tensor_value_info("input", element, [*axes, *sizes])],
        [onnx.helper.make_tensor_value_info("output", element, output_shape)],
        builder.constants,
    )
    model = onnx.helper.make_model(
        graph,
        producer_name="bioann",
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=8,
    )
    if step is not None:
        onnx.helper.set_model_props(model, {"dt": f"{step:g} s"})
    size_limits.check_bytes(model.ByteSize(), f"ONNX file {path}")
    onnx.checker.check_model(model)
    with write_atomically(path) as (temporary,):
        temporary.write_bytes(model.SerializeToString())


def _validate_time_step(network: LayeredNetwork | RateNetwork, dt: Any) -> float | None:
    """Give the time step in seconds, where the network needs one."""
    layers = [] if isinstance(network, RateNetwork) else network.layers
    slow_layers = [layer for layer in layers if getattr(layer, "tau", None) is not None]
    if not slow_layers and not (
        isinstance(network, RateNetwork) and (network.time_constants() > 0).any()
    ):
        return None
    if dt is None:
        raise DescriptionError(
            "to_onnx, dt",
            "the time between two inputs, for a network with time constants",
            "none",
            "Pass dt=1 * ms, for example.",
        )
    step = to_si(dt, "ms", "to_onnx, dt")
    if step <= 0:
        raise DescriptionError("to_onnx, dt", "a time above 0", repr(dt), "Pass dt=1 * ms.")
    return step


def _add_network(
    network: LayeredNetwork | RateNetwork, builder: OnnxBuilder, step: float | None
) -> tuple[bool, tuple[int, ...]]:
    """Write all operators; say whether there is an axis of time, and the shape of one input."""
    if isinstance(network, RateNetwork):
        network.require_additive("to_onnx")
        add_rate_network(builder, network, step)
        return step is not None, (len(network.channels or ()),)
    tensor = "input"
    for name, layer in zip(network.names, network.layers, strict=True):
        tensor = add_layer(builder, layer, name, tensor, step, network.is_temporal)
    builder.add_node("Identity", [tensor], "output")
    return network.is_temporal, network.shape
