"""Equal, independent synapses that stand for unequal or correlated ones in theories of the rate."""

from __future__ import annotations

import numpy as np

from bioann.bio.afferent import Afferent
from bioann.bio.network import SpikingNetwork
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor
from bioann.bio.theory.synaptic_input import SynapticInput


def pool_fibres(afferent: Afferent, index: int, n: int, seed: int | None) -> tuple[float, float]:
    r"""Return weight and number of the independent fibres equivalent to those of an afferent.

    Of `N` fibres whose counts have the correlation `c`, the summed weights per unit of time have
    the variance :math:`\nu ((1 - c) \sum_k w_k^2 + c (\sum_k w_k)^2)`.

    Parameters
    ----------
    afferent : Afferent
        Fibres of each neuron's own, or a pool.
    index : int
        Position in the network's list of afferents.
    n : int
        Number of neurons of the target population.
    seed : int or None
        Seed of the run whose random connectivity is used; None for the expected number.
    """
    correlation = afferent.correlation or 0.0
    if afferent.connectivity is None or (seed is None and afferent.is_drawn):
        n_fibres = afferent.expected_synapse_count(n) / n
        widening = 1 + (n_fibres - 1) * correlation
        return afferent.weight * widening, n_fibres / widening
    post, _, strength = afferent.draw_fibre_synapses(index, n, seed or 0)
    weights = strength * afferent.weight
    sums = np.bincount(post, weights, n)
    total = float(sums.mean())
    if not total:
        return 0.0, 1.0
    independent = (1 - correlation) * np.bincount(post, weights**2, n).mean()
    squares = float(independent + correlation * (sums**2).mean())
    return squares / total, total**2 / squares


def list_recurrent_input(
    network: SpikingNetwork, projection: Projection, seed: int | None, per_neuron: bool
) -> list[SynapticInput]:
    """List the synapses of a projection onto a neuron: one entry, none without a conductance.

    Parameters
    ----------
    network : SpikingNetwork
        The network that the projection belongs to.
    projection : Projection
        Projection whose synapses are summed into one input.
    seed : int or None
        Seed of the run whose random connectivity is used; None for the expected number.
    per_neuron : bool
        Whether to keep the synapses of single neurons.
    """
    assert isinstance(projection.receptor, Receptor)
    kind = (projection.source, "unit", projection.receptor)
    if seed is None and projection.is_drawn and projection.connectivity.has_equal_strengths:
        n_post = network.sizes[projection.target]
        n_synapses = network.expected_synapse_count(projection) / n_post
        return [SynapticInput(*kind, float(projection.weight), n_synapses, projection)]
    strengths = network.draw_conductances(projection, seed or 0)
    total, squares = strengths.sum(axis=1).mean(), (strengths**2).sum(axis=1).mean()
    if not total > 0:
        return []
    n_synapses = total**2 / squares
    relative_strengths = strengths / total if per_neuron else None
    return [SynapticInput(*kind, total / n_synapses, n_synapses, projection, relative_strengths)]
