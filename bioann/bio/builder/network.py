"""A whole description as a plan, and as a Brian2 network."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.builder.brian_objects import BrianObjects, make_brian_objects
from bioann.bio.builder.context import BuildContext, SynapseTable
from bioann.bio.builder.inputs import plan_afferent, plan_background
from bioann.bio.builder.neuron_groups import plan_neurons
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.builder.postsynaptic_sums import add_total_weights
from bioann.bio.builder.synapses import PlannedProjection, plan_projection
from bioann.bio.description import NetworkDescription
from bioann.bio.input_spikes.draw import Lanes


def build_network(
    network: NetworkDescription,
    stimulus: xr.DataArray,
    lanes: Lanes,
    weights: Mapping[str, SynapseTable] | None = None,
) -> BrianObjects:
    """Make the Brian2 network of a description, for all lanes.

    Parameters
    ----------
    network : NetworkDescription
        The description.
    stimulus : xarray.DataArray
        Checked; its conditions are those of `lanes`.
    lanes : Lanes
        What to tile.
    weights : mapping of str to SynapseTable, optional
        Synapses that replace those of projections, by name.

    Returns
    -------
    BrianObjects
        Not yet run.
    """
    return make_brian_objects(plan_network(network, stimulus, lanes, weights)[0])


def plan_network(
    network: NetworkDescription,
    stimulus: xr.DataArray,
    lanes: Lanes,
    weights: Mapping[str, SynapseTable] | None = None,
) -> tuple[NetworkPlan, tuple[PlannedProjection, ...]]:
    """Take a description apart into code and numbers; parameters are those of `build_network`.

    Returns
    -------
    plan : NetworkPlan
        For any engine.
    projections : tuple of PlannedProjection
        Who is connected to whom in each projection.
    """
    context = BuildContext(network, lanes, stimulus, weights)
    groups = {p.name: plan_neurons(context, p) for p in network.populations}
    inputs = [
        plan_background(context, groups[population.name], population, k)
        for population in network.populations
        for k in range(len(population.background))
    ]
    inputs += [
        plan_afferent(context, groups[afferent.target], afferent, k)
        for k, afferent in enumerate(network.afferents)
        if isinstance(afferent, Afferent)
    ]
    projections = tuple(plan_projection(context, projection) for projection in network.projections)
    plan = NetworkPlan(
        tuple(
            add_total_weights(context, name, group, projections) for name, group in groups.items()
        ),
        tuple(generator for generator, _ in inputs),
        (*(synapses for _, synapses in inputs), *(p.synapses for p in projections)),
        lanes.dt,
        float(stimulus.attrs["dt"]),
        round(context.duration / lanes.dt),
    )
    return plan, projections
