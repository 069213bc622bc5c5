"""The weight matrices of a NIR graph, whatever its neurons are."""

from __future__ import annotations

from bioann.ann.interop.nir_graph import NirGraph
from bioann.ann.interop.nir_signals import COPYING_KINDS
from bioann.ann.signs.weight_matrices import WeightMatrix


def list_weight_matrices(graph: NirGraph) -> list[WeightMatrix]:
    """Return the weights of all nodes that have some, as the file holds them.

    Parameters
    ----------
    graph : NirGraph
        The graph. Its neurons can be of any type, because their equations do not matter here.

    Returns
    -------
    list of WeightMatrix
        One for each Linear, Affine or convolution node, in the order from the inputs. Nodes that
        copy their input, Flatten for one, do not count as sources.
    """
    targets: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in graph.edges:
        targets[source].append(target)
    matrices = []
    for name, node in graph.nodes.items():
        if not node.has_parameter("weight"):
            continue
        values = node.read_array("weight")
        if values.ndim < 2:
            remedy = "Write a matrix of weights."
            raise node.error("weights of shape (output, input, ...)", f"{values.shape}", remedy)
        origins = {_skip_copies(graph, source, graph.sources) for source in graph.sources[name]}
        receivers = {_skip_copies(graph, target, targets) for target in targets[name]}
        is_recurrent = origins == receivers and values.shape[0] == values.shape[1]
        sources = " + ".join(sorted(origins)) or "input"
        matrices.append(WeightMatrix(name, "weight", values, sources, is_recurrent))
    return matrices


def _skip_copies(graph: NirGraph, name: str, neighbours: dict[str, list[str]]) -> str:
    """Return the first node in one direction that does more than copy its input."""
    visited = set()
    while (
        name not in visited
        and graph.nodes[name].kind in COPYING_KINDS
        and len(neighbours[name]) == 1
    ):
        visited.add(name)
        name = neighbours[name][0]
    return name
