"""Sum of the weights onto each neuron, for receptors whose pools all synapses share."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from bioann.bio.builder.context import BuildContext
from bioann.bio.builder.plan import NeuronGroupPlan
from bioann.bio.builder.receptors import receptor_code
from bioann.bio.builder.synapses import PlannedPathway
from bioann.bio.fibres import FibrePathway
from bioann.bio.neuron_parameters import values_of
from bioann.bio.receptors import Receptor


def add_total_weights(
    context: BuildContext,
    name: str,
    group: NeuronGroupPlan,
    pathways: Sequence[PlannedPathway],
) -> NeuronGroupPlan:
    """Set the variable ``total`` of a population's receptors: the sum of weights onto a neuron.

    Parameters
    ----------
    context : BuildContext
        Network, lanes and stimulus.
    name : str
        Name of the population.
    group : NeuronGroupPlan
        Neurons of the population.
    pathways : sequence of PlannedPathway
        All projections of the network, and the afferents whose fibres are simulated one by one.

    Returns
    -------
    NeuronGroupPlan
        The same group, with the sums in siemens for receptors that have a ``total``.
    """
    totals = {}
    for receptor in context.network.receptors_of(name):
        code = receptor_code(context.network, name, receptor)
        if "total" in code.state_names:
            totals[code.name_map()["total"]] = _sum_weights(context, name, receptor, pathways)
    return dataclasses.replace(group, values={**group.values, **totals})


def _sum_weights(
    context: BuildContext, name: str, receptor: Receptor, pathways: Sequence[PlannedPathway]
) -> np.ndarray:
    n = context.network.sizes[name]
    total = np.zeros((context.lanes.n, n))
    for planned in pathways:
        pathway, table = planned.pathway, planned.table
        if pathway.target != name or pathway.receptor != receptor:
            continue
        is_equal = table.weight.ndim == 1 and pathway.connectivity is None
        if isinstance(pathway, FibrePathway) and is_equal:  # the fibres of each neuron's own
            total += values_of(pathway, "weight") * pathway.fibres
            continue
        per_lane = np.broadcast_to(table.weight, (len(total), len(table.post)))
        for lane, weights in enumerate(per_lane):
            total[lane] += np.bincount(table.post, weights, minlength=n)
    # A neuron without such synapses receives no spike; any positive total avoids dividing by 0.
    return np.where(total > 0, total, 1e-9).ravel()
