"""Check that a network can be run on several wirings."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError
from bioann.bio.description import NetworkDescription
from bioann.recordings.wirings import WIRING


def check_network_wirings(
    network: NetworkDescription,
    wirings: int,
    weights: xr.Dataset | None,
    trial_numbers: range,
) -> None:
    """Check that a network has so many wirings, and that learned weights fit them.

    Parameters
    ----------
    network : NetworkDescription
        Network whose connections or parameters may be drawn.
    wirings : int
        Number of wirings, at least 1.
    weights : xarray.Dataset or None
        Recording from whose learned weights the run starts.
    trial_numbers : range
        Numbers of the trials of the run, which decide their wirings.

    Raises
    ------
    SimulationError
        If there are several wirings and the network draws nothing for them, or if a trial would
        start from weights that were learned in another wiring.
    """
    if wirings > 1 and not network.has_drawn_wiring:
        raise SimulationError(
            "SpikingNetwork.run, wirings",
            "1, because no synapses or parameters of this network are drawn",
            f"{wirings}",
            "Leave it out; connectivity=FixedProbability(p) draws synapses.",
        )
    if weights is None or not network.has_drawn_wiring:
        return
    learned_in = np.zeros(weights.sizes["trial"], dtype=int)
    if WIRING in weights.coords:
        learned_in = weights[WIRING].values[: len(trial_numbers)]
    run_wirings = np.array(trial_numbers) % wirings
    if len(learned_in) in (1, len(run_wirings)) and (learned_in == run_wirings).all():
        return
    if len(learned_in) not in (1, len(run_wirings)):
        return  # too few trials are an error of their own
    raise SimulationError(
        "SpikingNetwork.run, weights",
        f"a recording of {join_wirings(run_wirings)}, which this run has",
        f"one of {join_wirings(learned_in)}",
        "Run with as many wirings as the recording has, or select "
        "recording.isel(trial=recording.wiring == 0).",
    )


def join_wirings(wirings: np.ndarray) -> str:
    """Return the wirings of trials as text: "wiring 0" or "wirings 0, 1, 0"."""
    numbers = np.unique(wirings) if len(np.unique(wirings)) == 1 else wirings
    return f"wiring{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
