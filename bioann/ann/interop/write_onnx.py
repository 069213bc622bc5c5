"""Write a rate network or a layered network as an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.rates_to_onnx import add_rate_network
from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.ann.onnx_builder import OnnxBuilder
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.base.files import write_atomically
from bioann.base.optional import import_optional
from bioann.base.units import to_si


@name_argument_errors
def to_onnx(
    network: LayeredNetwork | RateNetwork,
    path: str | Path,
    *,
    dt: Any = None,
    dtype: str = "float32",
) -> None:
    """Write a network as an ONNX file (operator set 17).

    The input tensor is called ``input``, with shape ``(batch, *shape)``, or ``(time, batch, unit)``
    for a network whose output depends on earlier inputs. The output tensor is called ``output`` and
    holds the units of the last layer, or all units of a rate network. Time constants, and recurrent
    units without an ONNX operator, are written as a ``Scan`` over time whose body is one step of
    `dt`, which every ONNX runtime supports; `dt` is also stored in the metadata of the file.

    Parameters
    ----------
    network : LayeredNetwork or RateNetwork
        The network to write. Static units of a rate network must not form loops.
    path : str or pathlib.Path
        Path of the file to write.
    dt : quantity, optional
        Time step of the input, above 0; required for a network with time constants.
    dtype : {'float32', 'float64'}, optional
        Precision of the numbers in the file.

    Raises
    ------
    DescriptionError
        If ONNX has no operator for a layer or an activation; the message names the layer or unit.
    OutputError
        If the file cannot be written.
    MissingExtraError
        Without the extra ``interop``.

    Examples
    --------
    >>> import bioann as ba
    >>> network = ba.RateNetwork(("unit",), channels=("x",), W_in=[[-1.0]], bias=1.0)
    >>> ba.to_onnx(network, "network.onnx")
    >>> ba.from_onnx("network.onnx").predict([[0.25]])
    array([[0.75]])
    """
    onnx = import_optional("onnx", "interop", f"ONNX file {path}")
    if dtype not in ("float32", "float64"):
        raise DescriptionError(
            "to_onnx, dtype", "'float32' or 'float64'", repr(dtype), "Leave it out for float32."
        )
    step = validate_time_step(network, dt, "to_onnx")
    if isinstance(network, RateNetwork):
        builder = OnnxBuilder(onnx, np.dtype(dtype), step, has_time=step is not None)
        network.require_additive("to_onnx", allow_gates=True)
        add_rate_network(builder, network)
        model = _make_model(builder, (len(network.channels or ()),))
    else:
        builder = OnnxBuilder(onnx, np.dtype(dtype), step, network.is_temporal)
        tensor = "input"
        for name, layer in zip(network.names, network.layers, strict=True):
            tensor = layer.to_onnx(builder, name, tensor)
        builder.add_node("Identity", [tensor], "output")
        model = _make_model(builder, network.shape)
    size_limits.check_bytes(model.ByteSize(), f"ONNX file {path}")
    onnx.checker.check_model(model)
    with write_atomically(path) as (temporary,):
        temporary.write_bytes(model.SerializeToString())


def _make_model(builder: OnnxBuilder, input_shape: tuple[int, ...]) -> Any:
    """Return the ONNX model of a graph from ``input`` to ``output``."""
    helper = builder.onnx.helper
    axes = ["time", "batch"] if builder.has_time else ["batch"]
    shapes = {"input": [*axes, *input_shape], "output": [None] * (len(axes) + 1)}
    inputs, outputs = (
        [helper.make_tensor_value_info(name, builder.element_type, shape)]
        for name, shape in shapes.items()
    )
    graph = helper.make_graph(builder.nodes, "bioann", inputs, outputs, builder.constants)
    model = helper.make_model(
        graph, producer_name="bioann", opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    if builder.dt is not None:
        helper.set_model_props(model, {"dt": f"{builder.dt:g} s"})
    return model


def validate_time_step(network: LayeredNetwork | RateNetwork, dt: Any, caller: str) -> float | None:
    """Return the time step in seconds; None for a network without time constants.

    Parameters
    ----------
    network : LayeredNetwork or RateNetwork
        The network that is written.
    dt : quantity or None
        The time step of its input.
    caller : str
        Name of the public function, for errors.

    Raises
    ------
    DescriptionError
        If a network with time constants comes without a time step, or it is not above 0.
    """
    if isinstance(network, RateNetwork):
        has_time_constants = bool((network.time_constants() > 0).any())
    else:
        has_time_constants = any(layer.has_time_constant for layer in network.layers)
    step = None if dt is None else to_si(dt, "ms", f"{caller}, dt")
    if step is not None and step <= 0:
        raise DescriptionError(f"{caller}, dt", "a time above 0", repr(dt), "Pass dt=1 * ms.")
    if not has_time_constants:
        return None
    if step is None:
        raise DescriptionError(
            f"{caller}, dt",
            "the time step of the input, for a network with time constants",
            "none",
            "Pass dt=1 * ms, for example.",
        )
    return step
