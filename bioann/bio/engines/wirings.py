"""Check that a network can be run on several wirings."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError
from bioann.bio.description import NetworkDescription
from bioann.recordings.wirings import WIRING


def check_network_wirings(
    network: NetworkDescription, wirings: int, weights: xr.Dataset | None
) -> None:
    """Check that a network has so many wirings, and that learned weights fit them.

    Parameters
    ----------
    network : NetworkDescription
        Network to run.
    wirings : int
        Number of wirings, at least 1.
    weights : xarray.Dataset or None
        Recording from whose learned weights the run starts.

    Raises
    ------
    SimulationError
        If there are several wirings and the network draws nothing for them, starts from learned
        weights, or learns on synapses that are drawn; or if the weights were learned in another
        wiring.
    """
    drawn_pathways = [p for p in (*network.fibres, *network.projections) if p.is_drawn]
    learning = [p for p in drawn_pathways if p.long_term_rule is not None]
    learned_on = np.unique(weights[WIRING]) if weights is not None and WIRING in weights else [0]
    if network.has_drawn_wiring and any(learned_on):
        raise SimulationError(
            "SpikingNetwork.run, weights",
            "a recording of wiring 0, which this run has",
            f"one of wirings {', '.join(map(str, learned_on))}",
            "Record it with wirings=1, or select recording.isel(trial=recording.wiring == 0).",
        )
    if wirings == 1:
        return
    if not network.has_drawn_wiring:
        expected = "1, because no synapses or parameters of this network are drawn"
        remedy = "Leave it out; connectivity=FixedProbability(p) draws synapses."
    elif weights is not None:
        expected = "1, because learned weights belong to one wiring"
        remedy = "Leave out wirings, or weights."
    elif learning:
        expected = f"1, because {learning[0].name!r} learns on drawn synapses"
        remedy = "Pass wirings=1, and other seeds for other wirings."
    else:
        return
    raise SimulationError("SpikingNetwork.run, wirings", expected, f"{wirings}", remedy)
