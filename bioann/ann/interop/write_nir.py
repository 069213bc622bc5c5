"""Write a rate network as a graph of NIR, the Neuromorphic Intermediate Representation."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Set
from pathlib import Path
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Activation, Linear, Relu, Threshold
from bioann.ann.activations.transfer_functions import LIFRate, Scaled
from bioann.ann.evaluation_order import EvaluationOrder
from bioann.ann.interop.nir_files import write_nir_file
from bioann.ann.interop.read_nir import NAMES_KEY
from bioann.ann.layered import LayeredNetwork
from bioann.ann.network import RateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError


@name_argument_errors
def to_nir(
    network: RateNetwork | LayeredNetwork, path: str | Path, *, spiking: bool = False
) -> None:
    r"""Write a network as a NIR file (HDF5), with weights in double precision.

    Linear units with a time constant become LI nodes, linear static units sums (Scale by 1), and
    units with the activation ``"threshold"`` Threshold nodes. Units named ``"layer[i]"`` form one
    node ``layer``, others a node ``units``. Weights become Linear and Affine nodes between them.
    The names of units and channels are in the metadata of their nodes, where `from_nir` finds them.

    Parameters
    ----------
    network : RateNetwork or LayeredNetwork
        The network to write, without divisive weights or gates; layers are converted to rate units.
    path : str or pathlib.Path
        Path of the file to write.
    spiking : bool, optional
        Whether units with the rate of a spiking neuron become that neuron, whose activation is its
        rate in hertz: static rectified lines (``"relu"``) become IF, and units
        ``Scaled(LIFRate(0), 1/tau, ...)`` with their time constant LIF, as `from_nir` makes them.
        False (the default) refuses such units, because a reader of the file would simulate spikes.

    Raises
    ------
    DescriptionError
        If NIR has no node for the activation of a unit, or static units form a loop; the message
        names the unit.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import ms
    >>> network = ba.RateNetwork(("unit",), channels=("x",), tau=10 * ms, activation="linear")
    >>> ba.to_nir(network, "network.nir")
    >>> ba.from_nir("network.nir").units
    ('unit',)
    """
    if not isinstance(network, (RateNetwork, LayeredNetwork)):
        raise DescriptionError(
            "to_nir, network",
            "a RateNetwork or a LayeredNetwork",
            f"an object of type {type(network).__name__}",
            "Pass pair.ann if that is one.",
        )
    rates = network.to_rate_network() if isinstance(network, LayeredNetwork) else network
    rates.require_additive("to_nir")
    outputs = network.outputs if isinstance(network, LayeredNetwork) else rates.units
    write_nir_file(_make_graph(rates, _list_populations(rates, spiking), set(outputs)), path)


@dataclasses.dataclass
class _Population:
    """Units that become one node: its name and type, and what tells the units apart."""

    name: str
    kind: str
    units: list[int] = dataclasses.field(default_factory=list)
    parameters: list[dict[str, float]] = dataclasses.field(default_factory=list)


def _list_populations(network: RateNetwork, spiking: bool) -> list[_Population]:
    """Return the units by node, in the order in which they are evaluated."""
    order = EvaluationOrder.of_network(network)
    taus = network.time_constants()
    populations: dict[tuple[str, str, int], _Population] = {}
    names = {"input", "output"}
    for level, group in enumerate(order.groups):
        members = sorted(order.unit_order[group.columns].tolist())
        if group.has_loop and not taus[members].any():
            raise DescriptionError(
                f"to_nir, static units {list(group.names)}",
                "no loops of static units",
                "a loop",
                "Give the units a time constant.",
            )
        for unit in members:
            label, phi = network.units[unit], network.activation[unit]
            kind, parameters = _convert_activation(phi, taus[unit], label, spiking)
            stem = re.sub(r"[^\w.-]", "_", label.rpartition("[")[0]) if label[-1] == "]" else ""
            key = (stem or "units", kind, level)
            if key not in populations:
                populations[key] = _Population(_choose_name(key[0], names), kind)
            populations[key].units.append(unit)
            populations[key].parameters.append(parameters)
    return list(populations.values())


def _choose_name(stem: str, names: set[str]) -> str:
    """Return a name that is not taken yet, and add it to the names."""
    name, number = stem, 2
    while name in names:
        name, number = f"{stem}_{number}", number + 1
    names.add(name)
    return name


def _convert_activation(
    phi: Activation, tau: float, unit: str, spiking: bool
) -> tuple[str, dict[str, float]]:
    """Return the type of the node of a unit, and its parameters."""
    if phi == Linear():
        return ("LI", {"tau": tau, "r": 1.0, "v_leak": 0.0}) if tau else ("Scale", {"scale": 1.0})
    if phi == Threshold() and not tau:
        return "Threshold", {"threshold": 0.0}
    scaled = phi if isinstance(phi, Scaled) else Scaled(phi)
    is_rectifier = scaled.inner == Relu() and not tau and scaled.threshold == 0
    is_lif = scaled.inner == LIFRate(refractory=0.0) and np.isclose(scaled.height * tau, 1)
    if spiking and is_rectifier:
        resistance = scaled.height * scaled.gain
        return "IF", {"r": resistance, "v_threshold": 1.0, "v_reset": 0.0}
    if spiking and is_lif:
        reset = scaled.threshold - 1 / scaled.gain
        voltages = {"v_leak": 0.0, "v_threshold": scaled.threshold, "v_reset": reset}
        return "LIF", {"tau": tau, "r": 1.0, **voltages}
    remedy = "Use linear units, or read the network with bioann."
    if is_rectifier or is_lif:
        remedy = "With spiking=True it is written as the spiking neuron whose rate it is."
    raise DescriptionError(
        f"to_nir, unit {unit!r}",
        "a unit for which NIR has a node: linear, or a static threshold",
        f"{phi!r} {'with a time constant' if tau else 'without a time constant'}",
        remedy,
    )


def _make_graph(
    network: RateNetwork, populations: list[_Population], outputs: Set[str]
) -> dict[str, Any]:
    """Return the graph of `nir.NIRGraph.to_dict`: nodes for units, and for weights between them."""
    assert network.channels is not None
    shape = np.array([len(network.channels)])
    nodes: dict[str, Any] = {"input": _make_node("Input", network.channels, shape=shape)}
    edges: list[tuple[str, str]] = []
    names = {"input", "output", *(population.name for population in populations)}

    def connect(source: str, target: str, stem: str, node: dict[str, Any]) -> None:
        name = _choose_name(stem, names)
        nodes[name] = node
        edges.extend([(source, name), (name, target)])

    for target in populations:
        rows, units = target.units, tuple(network.units[i] for i in target.units)
        parameters = {
            key: np.array([p[key] for p in target.parameters]) for key in target.parameters[0]
        }
        nodes[target.name] = _make_node(target.kind, units, **parameters)
        weights, bias = network.W_in[rows], network.bias[rows]
        if weights.any() or bias.any():
            affine = _make_node("Affine", weight=weights, bias=bias)
            connect("input", target.name, f"{target.name}_input", affine)
        for source in populations:
            weights = network.W[np.ix_(rows, source.units)]
            if weights.any():
                linear = _make_node("Linear", weight=weights)
                connect(source.name, target.name, f"{target.name}_from_{source.name}", linear)
        if not outputs.isdisjoint(units):
            name = "output" if "output" not in nodes else _choose_name("output", names)
            nodes[name] = _make_node("Output", units, shape=np.array([len(units)]))
            edges.append((target.name, name))
    return {"type": "NIRGraph", "nodes": nodes, "edges": [list(edge) for edge in edges]}


def _make_node(kind: str, names: tuple[str, ...] = (), **parameters: np.ndarray) -> dict[str, Any]:
    """Return a node as a dictionary, with the names of its units as metadata."""
    metadata = {"metadata": {NAMES_KEY: "\n".join(names)}} if names else {}
    return {"type": kind, **parameters, **metadata}
