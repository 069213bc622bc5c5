"""Plan and Brian2 network of a whole network description."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.builder.brian_objects import BrianObjects, make_brian_objects
from bioann.bio.builder.context import BuildContext, SynapseTable
from bioann.bio.builder.gap_junctions import plan_gap_junctions
from bioann.bio.builder.inputs import (
    is_delivered_directly,
    plan_afferent,
    plan_background,
    plan_fibres,
)
from bioann.bio.builder.neuron_groups import plan_neurons
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.builder.postsynaptic_sums import add_total_weights
from bioann.bio.builder.release import plan_releases
from bioann.bio.builder.synapses import PlannedPathway, plan_projection
from bioann.bio.description import NetworkDescription
from bioann.bio.input_spikes.draw import Lanes
from bioann.bio.scheduled_afferent import ScheduledAfferent


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
        Description of the network.
    stimulus : xarray.DataArray, dimensions (condition, time, channel)
        Checked stimulus in activation, with the conditions of `lanes`.
    lanes : Lanes
        Lanes that are simulated together, one per condition and trial.
    weights : mapping of str to SynapseTable, optional
        Synapses by name of the projection; they replace the drawn ones.

    Returns
    -------
    BrianObjects
        Network ready to run, with its monitors.
    """
    return make_brian_objects(plan_network(network, stimulus, lanes, weights)[0])


def plan_network(
    network: NetworkDescription,
    stimulus: xr.DataArray,
    lanes: Lanes,
    weights: Mapping[str, SynapseTable] | None = None,
) -> tuple[NetworkPlan, tuple[PlannedPathway, ...]]:
    """Split a description into code and numbers; parameters as in `build_network`.

    Returns
    -------
    plan : NetworkPlan
        Plan that any engine can execute.
    pathways : tuple of PlannedPathway
        Afferents whose fibres are simulated one by one, and projections, with their synapses.
    """
    context = BuildContext(network, lanes, stimulus, weights)
    groups = {p.name: plan_neurons(context, p) for p in network.populations}
    inputs = [
        plan_background(context, groups[population.name], population, k)
        for population in network.populations
        for k in range(len(population.background))
    ]
    pathways: list[PlannedPathway] = []
    for k, afferent in enumerate(network.afferents):
        if isinstance(afferent, Afferent) and is_delivered_directly(context, afferent):
            inputs.append(plan_afferent(context, groups[afferent.target], afferent, k))
        elif isinstance(afferent, (Afferent, ScheduledAfferent)):
            generator, fibres = plan_fibres(context, afferent, k)
            inputs.append((generator, fibres.synapses))
            pathways.append(fibres)
    projections = [plan_projection(context, projection) for projection in network.projections]
    pathways += projections
    plan = NetworkPlan(
        tuple(add_total_weights(context, name, group, pathways) for name, group in groups.items()),
        tuple(generator for generator, _ in inputs),
        (
            *(synapses for _, synapses in inputs),
            *(p.synapses for p in projections),
            *plan_releases(context),
        ),
        lanes.dt,
        float(stimulus.attrs["dt"]),
        round(context.duration / lanes.dt),
        plan_gap_junctions(context),
    )
    return plan, tuple(pathways)
