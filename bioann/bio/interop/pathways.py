"""Makes projections and scheduled afferents from lists of synapses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np

from bioann.base.units import brian_quantity
from bioann.bio.connectivity import (
    AllToAll,
    Connectivity,
    ExplicitMatrix,
    ExplicitSynapses,
    OneToOne,
)
from bioann.bio.interop.code_reader import collapse_equal
from bioann.bio.interop.connections import Connection
from bioann.bio.interop.populations import NeuronBlock
from bioann.bio.interop.split_synapses import has_several_delays, split_by_delay
from bioann.bio.plasticity.code_rule import CodeRelease, CodeRule
from bioann.bio.projection import Projection
from bioann.bio.receptors.current_based import TRANSMITTER_SIGNS

#: Largest number of pairs of neurons whose synapses are written as a matrix.
LARGEST_MATRIX = 10_000


def make_connectivity(
    pre: np.ndarray, post: np.ndarray, sizes: tuple[int, int], weight: np.ndarray, recurrent: bool
) -> tuple[float, Connectivity]:
    """Return the weight in SI units and the connectivity of a list of synapses.

    Parameters
    ----------
    pre, post : numpy.ndarray of int, shape (synapse,)
        Neurons in their populations.
    sizes : tuple of int
        Number of presynaptic and of postsynaptic neurons.
    weight : numpy.ndarray, shape (synapse,)
        Weights in SI units; those of several synapses of a pair add up.
    recurrent : bool
        Whether both populations are the same.
    """
    n_pre, n_post = sizes
    pairs, number = np.unique(post * n_pre + pre, return_inverse=True)
    totals = np.bincount(number, weight)
    reference = float(totals.max())
    has_equal_weights = bool((totals == reference).all())
    is_itself = pairs // n_pre == pairs % n_pre
    if has_equal_weights and len(pairs) == n_pre * n_post:
        return reference, AllToAll(self_connections=recurrent)
    if has_equal_weights and n_pre == n_post and len(pairs) == n_pre and is_itself.all():
        return reference, OneToOne()
    has_all_others = len(pairs) == n_pre * (n_pre - 1) and not is_itself.any()
    if has_equal_weights and recurrent and has_all_others:
        return reference, AllToAll()
    strength = np.ones(len(pairs)) if has_equal_weights else totals / reference
    if n_pre * n_post <= LARGEST_MATRIX:
        matrix = np.zeros((n_post, n_pre))
        matrix[pairs // n_pre, pairs % n_pre] = strength
        return reference, ExplicitMatrix(matrix)
    present = strength > 0
    return reference, ExplicitSynapses(
        pairs[present] // n_pre, pairs[present] % n_pre,
        None if has_equal_weights else strength[present],
    )  # fmt: skip


def make_rule(
    connection: Connection, pre: np.ndarray, post: np.ndarray
) -> tuple[float, Connectivity, CodeRelease | CodeRule]:
    """Return nominal weight in SI units, connectivity and rule of synapses that change.

    Parameters
    ----------
    connection : Connection
        Synapses with code.
    pre, post : numpy.ndarray of int, shape (synapse,)
        Neurons in their populations.
    """
    code = connection.code
    assert code is not None
    order = np.lexsort((pre, post))
    values = {n: collapse_equal(x[order]) if np.ndim(x) else x for n, x in code.values.items()}
    rule: CodeRelease | CodeRule = CodeRelease(code.equations, code.pre_code, values)
    if code.post_code:
        rule = CodeRule(code.equations, code.pre_code, values, code.post_code)
    return float(connection.weight[0]), ExplicitSynapses(post[order], pre[order]), rule


def make_delay(connection: Connection, pairs: tuple[Any, Any], shape: tuple[int, int]) -> Any:
    """Return the delay of a projection: one quantity, or an array of shape ``(n_post, n_pre)``."""
    delay = collapse_equal(connection.delay)
    if not np.ndim(delay):
        return brian_quantity(delay, "ms")
    matrix = np.zeros(shape)
    matrix[pairs] = delay
    return matrix * b2.second


def make_projections(
    connections: Iterable[Connection], blocks: Mapping[str, list[NeuronBlock]], dt: float
) -> list[Projection]:
    """Make the projections between populations, one for each connection and pair of populations.

    Synapses that change, and several of one pair of neurons, have one for each of their delays.

    Parameters
    ----------
    connections : iterable of Connection
        Synapses between neuron groups.
    blocks : mapping of str to list of NeuronBlock
        Populations of each group, by name of the group.
    dt : float
        Time step in seconds.
    """
    projections: list[Projection] = []
    for connection in connections:
        for source in blocks[connection.source.name]:
            for target in blocks[connection.target.group.name]:
                from_source, _ = source.locate_neurons(connection.pre)
                to_target, _ = target.locate_neurons(connection.post)
                synapses = connection.select_synapses(from_source & to_target)
                if not len(synapses.pre):
                    continue
                sets = [synapses]
                if synapses.code is not None or has_several_delays(synapses):
                    sets = [one_delay for one_delay, _ in split_by_delay(synapses, dt)]
                for members in sets:
                    projections.append(_make_projection(members, source, target, projections))
    return projections


def _make_projection(
    synapses: Connection, source: NeuronBlock, target: NeuronBlock, others: list[Projection]
) -> Projection:
    """Return the projection of synapses that connect two populations."""
    pre, post = source.locate_neurons(synapses.pre)[1], target.locate_neurons(synapses.post)[1]
    sizes = len(source.index), len(target.index)
    is_recurrent = source.name == target.name
    plasticity: tuple[CodeRelease | CodeRule, ...] = ()
    if synapses.code is not None:
        weight, rule, learning = make_rule(synapses, pre, post)
        plasticity = (learning,)
    else:
        weight, rule = make_connectivity(pre, post, sizes, synapses.weight, is_recurrent)
    sign = int(TRANSMITTER_SIGNS[source.transmitter])
    receptor = synapses.target.make_receptor(synapses.variable, sign)
    return Projection(
        source.name,
        target.name,
        brian_quantity(weight, receptor.weight_unit),
        receptor,
        rule,
        make_delay(synapses, (post, pre), sizes[::-1]),
        plasticity=plasticity,
        name=make_unique(f"{source.name}_to_{target.name}", [p.name for p in others]),
    )


def make_unique(name: str, names: Iterable[str]) -> str:
    """Return a name with the smallest number that makes it differ from others."""
    existing, k, unique = set(names), 1, name
    while unique in existing:
        k += 1
        unique = f"{name}_{k}"
    return unique
