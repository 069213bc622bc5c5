"""A whole description as a plan, and as a Brian2 network."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.builder.brian_objects import Built, realize
from bioann.bio.builder.context import Wiring, Workshop
from bioann.bio.builder.inputs import afferent_input, background_input
from bioann.bio.builder.neuron_groups import neurons
from bioann.bio.builder.plan import Plan
from bioann.bio.builder.postsynaptic_sums import pooled
from bioann.bio.builder.synapses import Projected, projected
from bioann.bio.description import NetworkDescription
from bioann.bio.input_spikes.draw import Lanes


def build(
    described: NetworkDescription,
    stimulus: xr.DataArray,
    lanes: Lanes,
    weights: Mapping[str, Wiring] | None = None,
) -> Built:
    """Make the Brian2 network of a description, for all lanes.

    Parameters
    ----------
    described : NetworkDescription
        The description.
    stimulus : xarray.DataArray
        Checked; its conditions are those of `lanes`.
    lanes : Lanes
        What to tile.
    weights : mapping of str to Wiring, optional
        Synapses that replace those of projections, by name.

    Returns
    -------
    Built
        Not yet run.
    """
    return realize(plan(described, stimulus, lanes, weights)[0])


def plan(
    described: NetworkDescription,
    stimulus: xr.DataArray,
    lanes: Lanes,
    weights: Mapping[str, Wiring] | None = None,
) -> tuple[Plan, tuple[Projected, ...]]:
    """Take a description apart into code and numbers; parameters are those of `build`.

    Returns
    -------
    plan : Plan
        For any engine.
    projected : tuple of Projected
        Who is connected to whom in each projection.
    """
    shop = Workshop(described, lanes, stimulus, weights)
    groups = {p.name: neurons(shop, p) for p in described.populations}
    inputs = [
        background_input(shop, groups[population.name], population, k)
        for population in described.populations
        for k in range(len(population.background))
    ]
    inputs += [
        afferent_input(shop, groups[afferent.target], afferent, k)
        for k, afferent in enumerate(described.afferents)
        if isinstance(afferent, Afferent)
    ]
    wired = tuple(projected(shop, projection) for projection in described.projections)
    made = Plan(
        tuple(pooled(shop, name, group, wired) for name, group in groups.items()),
        tuple(fibres for fibres, _ in inputs),
        (*(wires for _, wires in inputs), *(w.wires for w in wired)),
        lanes.dt,
        float(stimulus.attrs["dt"]),
        round(shop.duration / lanes.dt),
    )
    return made, wired
