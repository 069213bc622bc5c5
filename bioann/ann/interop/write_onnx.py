"""Write the artificial half as an ONNX file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bioann.ann.interop import limits
from bioann.ann.interop.expressions import Expressions, layer_nodes
from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.ann.plan import Group, Plan
from bioann.errors import DescriptionError
from bioann.extras import library
from bioann.files import writing


def to_onnx(
    network: LayeredNetwork | RateNetwork, path: str | Path, *, dtype: str = "float32"
) -> None:
    """Write a network as an ONNX file (operator set 17).

    Its input is called ``input`` and is ``(batch, *shape)``, or ``(time, batch, unit)`` for a
    network whose answer depends on earlier inputs; its output is called ``output``: the last
    layer's units, or all units of a rate network.

    Parameters
    ----------
    network : LayeredNetwork or RateNetwork
        Layers without a time constant; static units without loops.
    path : str or pathlib.Path
        The file.
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
    onnx = library("onnx", "interop", f"ONNX file {path}")
    if dtype not in ("float32", "float64"):
        raise DescriptionError(
            "to_onnx, dtype", "'float32' or 'float64'", repr(dtype), "Leave it out for float32."
        )
    made = Expressions(onnx, np.dtype(dtype))
    if isinstance(network, RateNetwork):
        axes, sizes = _rate_network(network, made), (len(network.channels or ()),)
    else:
        axes, sizes = _layered(network, made), network.shape
    last = [None] * (len(axes) + 1)
    element = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = onnx.helper.make_graph(
        made.nodes,
        "bioann",
        [onnx.helper.make_tensor_value_info("input", element, [*axes, *sizes])],
        [onnx.helper.make_tensor_value_info("output", element, last)],
        made.constants,
    )
    model = onnx.helper.make_model(
        graph,
        producer_name="bioann",
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=8,
    )
    limits.check_bytes(model.ByteSize(), f"ONNX file {path}")
    onnx.checker.check_model(model)
    with writing(path) as (temporary,):
        temporary.write_bytes(model.SerializeToString())


def _layered(network: LayeredNetwork, made: Expressions) -> list[str]:
    """Write layers one after the other; give the names of the free axes."""
    axes = ["time", "batch"] if network.temporal else ["batch"]
    now = "input"
    for name, layer in zip(network.names, network.layers, strict=True):
        now = layer_nodes(made, layer, name, now, timed=network.temporal)
    made.node("Identity", [now], "output")
    return axes


def _rate_network(network: RateNetwork, made: Expressions) -> list[str]:
    """Write a static network level by level; every level reads the input and all before it."""
    plan = Plan.of(network)
    where = "RateNetwork, to_onnx"
    do = "Give tau=None and no loops, or run it with bioann."
    if (network.taus() > 0).any():
        raise DescriptionError(where, "static units", "units with a time constant", do)
    known, done = "input", []
    for group in plan.groups:
        if group.loop:
            raise DescriptionError(where, "no loops", f"a loop of {list(group.names)}", do)
        level = [_part(made, plan, group, k, known) for k in range(len(group.parts))]
        done += level
        known = made.node("Concat", [known, *level], axis=1)
    everything = made.node("Concat", done, axis=1) if len(done) > 1 else done[0]
    places = made.constant(np.argsort(plan.places))
    made.node("Gather", [everything, places], "output", axis=1)
    return ["batch"]


def _part(made: Expressions, plan: Plan, group: Group, k: int, known: str) -> str:
    """Write the units of a level that share an activation."""
    part, phi = group.parts[k]
    at = slice(group.at.start + part.start, group.at.start + part.stop)
    W = np.concatenate([plan.w_in[:, at], group.weights[: group.at.start, part]])
    summed = made.node("Gemm", [known, made.number(W), made.number(plan.bias[at])])
    return made.activation(phi, summed, f"RateNetwork, unit {group.names[part.start]!r}")
