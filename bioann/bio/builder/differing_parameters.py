"""Constants of a neuron group that differ between the neurons of a population."""

from __future__ import annotations

import numpy as np

from bioann.base.heterogeneity import HeterogeneousQuantity
from bioann.bio.afferent import Afferent
from bioann.bio.builder.context import BuildContext
from bioann.bio.builder.inputs import afferent_name, is_delivered_directly, own_weight_name
from bioann.bio.cells.heterogeneous import make_array_cell
from bioann.bio.description import NetworkDescription
from bioann.bio.neuron_parameters import values_of
from bioann.bio.population import Population


def list_differing_parameters(
    network: NetworkDescription, population: Population
) -> dict[str, np.ndarray]:
    """Return the constants of the equations of a population that differ between its neurons.

    Parameters
    ----------
    network : NetworkDescription
        Network whose distributions have been drawn.
    population : Population
        A population of it.

    Returns
    -------
    dict of str to numpy.ndarray, shape (n,)
        Values in SI units by the name in the code: parameters of the cell, the refractory period,
        and injected currents and conductances.
    """
    fields = population.cell.heterogeneous_fields
    arrays = {name: np.asarray(field.values) for name, field in fields.items()}
    refractory_period = make_array_cell(population.cell).refractory_period
    if np.ndim(refractory_period):
        arrays["hold_time"] = np.asarray(refractory_period)
    injections = (i for i in network.injections if i.target == population.name)
    for k, injection in enumerate(injections):
        for name, field in (("I_injected", "current"), ("g_injected", "conductance")):
            if field in injection.heterogeneous_fields:
                arrays[f"{name}_{k}"] = values_of(injection, field)
    return arrays


def list_own_weights(
    context: BuildContext, population: Population
) -> dict[str, HeterogeneousQuantity]:
    """Return the weights that neurons hold because they differ, by name of their variable.

    They are those of afferents whose spikes go straight to the neurons; others have synapses.
    """
    weights = {}
    for k, afferent in enumerate(context.network.afferents):
        if not isinstance(afferent, Afferent) or afferent.target != population.name:
            continue
        fields = afferent.heterogeneous_fields
        if "weight" in fields and is_delivered_directly(context, afferent):
            weights[own_weight_name(afferent_name(afferent, k))] = fields["weight"]
    return weights
