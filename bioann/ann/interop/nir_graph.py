"""The graph of a NIR file: nodes with their parameters, and edges; nested graphs are unfolded."""

from __future__ import annotations

import collections
import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.ann.interop import size_limits
from bioann.ann.interop.weight_files import check_numbers
from bioann.base.errors import ForeignFileError

#: Largest number of nodes, those of nested graphs included.
MAX_NODES = 10_000


@dataclasses.dataclass(frozen=True)
class NirNode:
    """A node: its name (``"outer.inner"`` in a nested graph), its type and its parameters."""

    name: str
    kind: str
    parameters: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The node as errors name it."""
        return f"NIR node {self.name!r} ({self.kind})"

    def error(self, expected: str, got: str, remedy: str) -> ForeignFileError:
        """Build an error that names the node."""
        return ForeignFileError(self.title, expected, got, remedy)

    def has_parameter(self, name: str) -> bool:
        """Return whether the node has a parameter that is not None."""
        return self.parameters.get(name) is not None

    def read_array(self, name: str, default: float | None = None) -> np.ndarray:
        """Return a parameter as finite floats of any shape.

        Raises
        ------
        ForeignFileError
            If it is missing and has no default, or holds anything but finite numbers.
        """
        value = self.parameters.get(name)
        if value is None:
            if default is None:
                got = f"{sorted(self.parameters)}"
                raise self.error(
                    f"a parameter {name!r}", got, "Write the graph with a current nir."
                )
            return np.asarray(default, dtype=float)
        array = np.asarray(value)
        check_numbers(array, f"{self.title}, {name}")
        return array.astype(float)

    def read_numbers(self, name: str, shape: tuple[int, ...], default: Any = None) -> np.ndarray:
        """Return a parameter with one number per neuron, shape ``(neuron,)``.

        Parameters
        ----------
        name : str
            Name of the parameter.
        shape : tuple of int
            Shape of the population; a parameter of another shape is repeated where NumPy's
            broadcasting allows it.
        default : float, optional
            Number of all neurons if the node does not have the parameter.
        """
        array = self.read_array(name, default)
        if array.size == np.prod(shape):
            return array.ravel()
        try:
            return np.broadcast_to(array, shape).ravel()
        except ValueError:
            raise self.error(
                f"{name} of shape {shape}, one number per neuron",
                f"shape {array.shape}",
                "Write one number per neuron.",
            ) from None


@dataclasses.dataclass(frozen=True)
class NirGraph:
    """Nodes by name, in the order in which signals reach them from the inputs, and edges."""

    nodes: dict[str, NirNode]
    edges: tuple[tuple[str, str], ...]

    @functools.cached_property
    def sources(self) -> dict[str, list[str]]:
        """Names of the nodes with an edge to each node, by its name."""
        sources: dict[str, list[str]] = {name: [] for name in self.nodes}
        for source, target in self.edges:
            sources[target].append(source)
        return sources


def make_graph(content: Mapping[str, Any], obj: str) -> NirGraph:
    """Return the graph of nested dictionaries, with nested graphs unfolded.

    Parameters
    ----------
    content : mapping
        ``nodes`` and ``edges`` as `nir.NIRGraph.to_dict` and `read_nir_file` return them.
    obj : str
        The file or object, for errors.

    Returns
    -------
    NirGraph
        Inputs and outputs of nested graphs are nodes of type ``"Identity"``.

    Raises
    ------
    ForeignFileError
        If nodes or edges are missing, an edge occurs twice or names no node, or there are more than
        `MAX_NODES` nodes.
    """
    unfolder = _Unfolder(obj, {}, [], {})
    unfolder.add_graph(content, "")
    edges = [
        (unfolder.find_port(source, 1), unfolder.find_port(target, 0))
        for source, target in unfolder.edges
    ]
    for edge, count in collections.Counter(edges).items():
        if count > 1:
            got, remedy = f"{count} edges", "Add their weights up."
            raise ForeignFileError(f"{obj}, edge {edge}", "one edge", got, remedy)
    nodes = unfolder.nodes
    return NirGraph({name: nodes[name] for name in _sort_from_inputs(nodes, edges)}, tuple(edges))


@dataclasses.dataclass
class _Unfolder:
    """Nodes and edges so far, and the inputs and outputs of each nested graph."""

    obj: str
    nodes: dict[str, NirNode]
    edges: list[tuple[str, str]]
    ports: dict[str, tuple[list[str], list[str]]]

    def add_graph(self, content: Mapping[str, Any], prefix: str) -> None:
        """Add nodes and edges of a graph whose names are to begin with `prefix`."""
        nodes, edges = content.get("nodes"), content.get("edges")
        if not isinstance(nodes, Mapping) or edges is None:
            got, remedy = f"{sorted(content)[:6]}", size_limits.BROKEN_FILE_REMEDY
            raise ForeignFileError(self.obj, "a graph with nodes and edges", got, remedy)
        ports: tuple[list[str], list[str]] = ([], [])
        for short_name, node in nodes.items():
            name = f"{prefix}{short_name}"
            kind = node.get("type") if isinstance(node, Mapping) else None
            if not isinstance(kind, str):
                raise ForeignFileError(
                    f"{self.obj}, node {name!r}", "a type", "none", size_limits.BROKEN_FILE_REMEDY
                )
            if kind == "NIRGraph":
                self.add_graph(node, f"{name}.")
                continue
            if prefix and kind in ("Input", "Output"):
                ports[kind == "Output"].append(name)
                kind = "Identity"
            self.nodes[name] = NirNode(name, kind, node)
        if len(self.nodes) > MAX_NODES:
            got, remedy = f"{len(self.nodes)}", size_limits.BROKEN_FILE_REMEDY
            raise ForeignFileError(self.obj, f"at most {MAX_NODES} nodes", got, remedy)
        self.ports[prefix.removesuffix(".")] = ports
        self.edges += [(f"{prefix}{source}", f"{prefix}{target}") for source, target in edges]

    def find_port(self, name: str, side: int) -> str:
        """Return the node at an end of an edge: of a nested graph its only input or output."""
        if name in self.nodes:
            return name
        names = self.ports.get(name, ([], []))[side] if name else []
        if len(names) != 1:
            raise ForeignFileError(
                f"{self.obj}, edge at {name!r}",
                f"a node, or a nested graph with one {'output' if side else 'input'}",
                f"{len(names)} of them" if name in self.ports else "no such node",
                "Connect the nodes inside of the nested graph by name: 'graph.node'.",
            )
        return names[0]


def _sort_from_inputs(nodes: Mapping[str, NirNode], edges: list[tuple[str, str]]) -> list[str]:
    """Return the names of the nodes by their distance from the inputs, then those without path."""
    targets: dict[str, list[str]] = collections.defaultdict(list)
    for source, target in edges:
        targets[source].append(target)
    order = dict.fromkeys(name for name, node in nodes.items() if node.kind == "Input")
    queue = collections.deque(order)
    while queue:
        for target in targets[queue.popleft()]:
            if target not in order:
                order[target] = None
                queue.append(target)
    return [*order, *(name for name in sorted(nodes) if name not in order)]
