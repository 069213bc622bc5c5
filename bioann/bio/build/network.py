"""A whole description as one Brian2 network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import brian2 as b2
import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.build.group import neurons
from bioann.bio.build.inputs import afferent_input, background_input
from bioann.bio.build.pools import fill_pools
from bioann.bio.build.shop import Wiring, Workshop
from bioann.bio.build.synapses import Projected, projected
from bioann.bio.draw import Lanes

if TYPE_CHECKING:
    from bioann.bio.network import SpikingNetwork


@dataclasses.dataclass(frozen=True)
class Built:
    """A network that is ready to run, the spike monitor of each unit, and the projections."""

    network: b2.Network
    monitors: dict[str, b2.SpikeMonitor]
    projected: tuple[Projected, ...]


def build(
    described: SpikingNetwork,
    stimulus: xr.DataArray,
    lanes: Lanes,
    weights: Mapping[str, Wiring] | None = None,
) -> Built:
    """Make the Brian2 network of a description, for all lanes.

    Parameters
    ----------
    described : SpikingNetwork
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
    clock = b2.Clock(dt=lanes.dt * b2.second, name="bioann_clock")
    slow = b2.Clock(dt=stimulus.attrs["dt"] * b2.second, name="bioann_slow_clock")
    shop = Workshop(described, lanes, stimulus, clock, slow, weights)
    groups = {p.name: neurons(shop, p) for p in described.populations}
    network = b2.Network(name="bioann_network")
    network.add(*groups.values())
    for population in described.populations:
        for k in range(len(population.background)):
            network.add(*background_input(shop, groups[population.name], population, k))
    for k, afferent in enumerate(described.afferents):
        if isinstance(afferent, Afferent):
            network.add(*afferent_input(shop, groups[afferent.target], afferent, k))
    wired = tuple(projected(shop, groups, projection) for projection in described.projections)
    network.add(*(w.synapses for w in wired))
    fill_pools(shop, groups, wired)
    monitors = {
        name: b2.SpikeMonitor(group, name=f"spikes_{name}") for name, group in groups.items()
    }
    network.add(*monitors.values())
    return Built(network, monitors, wired)
