"""Build PyTorch modules from rate networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.ann.activations.transfer_functions import Tabulated
from bioann.ann.evaluation_order import list_dependencies, sort_into_levels
from bioann.ann.network import RateNetwork
from bioann.ann.simulate import choose_integration_step
from bioann.base.errors import DescriptionError


def build_rate_units(units: Any, network: RateNetwork, dt: float | None) -> Any:
    """Return the module of a rate network.

    Parameters
    ----------
    units : module
        `bioann.ann.interop.torch_units`, which needs PyTorch.
    network : RateNetwork
        The network.
    dt : float or None
        Time step of the input in seconds; None for a static network.

    Raises
    ------
    DescriptionError
        If static units form a loop, or PyTorch does not have an activation.
    """
    levels = sort_into_levels(network)
    depends_on = list_dependencies(network)
    for level in levels:
        if depends_on[np.ix_(level, level)].any():
            names = [network.units[k] for k in level if depends_on[k, level].any()]
            raise DescriptionError(
                "to_torch, RateNetwork",
                "no loops of static units",
                f"a loop of {names}",
                "Add a time constant to them, or run the network with bioann.",
            )
    for name, phi in zip(network.units, network.activation, strict=True):
        check_torch_activation(phi, f"RateNetwork, unit {name!r}")
    taus = network.time_constants()
    dynamic = np.flatnonzero(taus > 0)
    substeps, factors = 1, np.zeros(0)
    if dt is not None and len(dynamic):
        shortest = float(taus[dynamic].min())
        substeps = int(np.ceil(dt / choose_integration_step(shortest, dt, None) - 1e-9))
        factors = 1 - np.exp(-dt / substeps / taus[dynamic])
    fields = ("W", "W_in", "bias", "divisive", "divisive_in")
    arrays = {name: getattr(network, name) for name in fields}
    gates = network.gate_indices()
    options = (levels, dynamic, factors, substeps, gates, network.activation)
    return units.RateNetworkUnits(arrays, *options).double()


def check_torch_activation(activation: Any, obj: str) -> None:
    """Raise `DescriptionError` for an activation that PyTorch does not have."""
    inner = getattr(activation, "inner", activation)
    if isinstance(inner, Tabulated):
        raise DescriptionError(
            obj, "an activation that PyTorch has", type(inner).__name__, "Choose another one."
        )
