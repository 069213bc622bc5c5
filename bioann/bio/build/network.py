"""A whole description as one Brian2 network."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import brian2 as b2
import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.build.group import neurons
from bioann.bio.build.inputs import afferent_input, background_input
from bioann.bio.build.shop import Workshop
from bioann.bio.build.synapses import projected
from bioann.bio.draw import Lanes

if TYPE_CHECKING:
    from bioann.bio.network import SpikingNetwork


@dataclasses.dataclass(frozen=True)
class Built:
    """A network that is ready to run: Brian2's network, and the spike monitor of each unit."""

    network: b2.Network
    monitors: dict[str, b2.SpikeMonitor]


def build(described: SpikingNetwork, stimulus: xr.DataArray, lanes: Lanes) -> Built:
    """Make the Brian2 network of a description, for all lanes.

    Parameters
    ----------
    described : SpikingNetwork
        The description.
    stimulus : xarray.DataArray
        Checked; its conditions are those of `lanes`.
    lanes : Lanes
        What to tile.

    Returns
    -------
    Built
        Not yet run.
    """
    clock = b2.Clock(dt=lanes.dt * b2.second, name="bioann_clock")
    shop = Workshop(described, lanes, stimulus, clock)
    groups = {p.name: neurons(shop, p) for p in described.populations}
    network = b2.Network(name="bioann_network")
    network.add(*groups.values())
    for population in described.populations:
        for k in range(len(population.background)):
            network.add(*background_input(shop, groups[population.name], population, k))
    for k, afferent in enumerate(described.afferents):
        if isinstance(afferent, Afferent):
            network.add(*afferent_input(shop, groups[afferent.target], afferent, k))
    for projection in described.projections:
        network.add(projected(shop, groups, projection))
    monitors = {
        name: b2.SpikeMonitor(group, name=f"spikes_{name}") for name, group in groups.items()
    }
    network.add(*monitors.values())
    return Built(network, monitors)
