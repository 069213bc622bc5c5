"""Copies of models in which every spiking network is replaced: half the step, another cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from brian2 import second

from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.units import brian_quantity
from bioann.bio.cells.eif import EIF
from bioann.bio.cells.lif import LIF
from bioann.bio.network import SpikingNetwork
from bioann.pair import Pair


def replace_networks(model: Any, replace: Callable[[SpikingNetwork], SpikingNetwork]) -> Any:
    """Return a copy of a model in which every spiking network is replaced.

    Parameters
    ----------
    model : Model
        A spiking network, a description that contains some, or any other model.
    replace : callable
        ``replace(network)`` returns the network to put in its place.

    Returns
    -------
    Model
        The copy; a model without spiking networks as it is.
    """
    if isinstance(model, SpikingNetwork):
        return replace(model)
    if not isinstance(model, Description):
        return model
    fields = {f.name: getattr(model, f.name) for f in dataclasses.fields(model)}  # type: ignore[arg-type]
    changes = {
        name: replace_networks(value, replace)
        for name, value in fields.items()
        if any(list_networks(value))
    }
    return dataclasses.replace(model, **changes) if changes else model  # type: ignore[type-var]


def list_networks(model: Any) -> Iterator[SpikingNetwork]:
    """Yield the spiking networks in a model."""
    if isinstance(model, SpikingNetwork):
        yield model
    elif isinstance(model, Description):
        for f in dataclasses.fields(model):  # type: ignore[arg-type]
            yield from list_networks(getattr(model, f.name))


def halve_step(network: SpikingNetwork) -> SpikingNetwork:
    """Return a network with half its time step."""
    return dataclasses.replace(network, dt=network.default_step / 2 * second)


def make_exponential(network: SpikingNetwork) -> SpikingNetwork:
    """Return a network whose leaky integrate-and-fire cells are exponential ones.

    Parameters
    ----------
    network : SpikingNetwork
        The network; populations of other cells stay as they are.

    Raises
    ------
    DescriptionError
        If something in the network needs the cell that it has, such as a modulation of its
        threshold.
    """
    populations = tuple(
        dataclasses.replace(p, cell=match_exponential_cell(p.cell))
        if type(p.cell) is LIF and not p.cell.heterogeneous_fields
        else p
        for p in network.populations
    )
    return dataclasses.replace(network, populations=populations)


def match_exponential_cell(cell: LIF) -> EIF:
    r"""Return the exponential cell that a constant current brings to fire where it does a LIF cell.

    Capacitance, leak, reset and refractory period are the same. A constant current makes it fire
    above :math:`g_L (V_T - \Delta_T - E_L)`, so :math:`V_T = V_{th} + \Delta_T` has the rheobase of
    the LIF cell, :math:`g_L (V_{th} - E_L)`. Sharpness :math:`\Delta_T` and the distance from
    threshold to cut-off are those of `EIF` (Fourcaud-Trocme et al. 2003).

    Parameters
    ----------
    cell : LIF
        A cell with the same parameters for all neurons.
    """
    default = EIF()
    threshold = cell.V_th + default.Delta_T
    return EIF(
        C=cell.C,
        g_L=cell.g_L,
        E_L=cell.E_L,
        V_T=brian_quantity(threshold, "mV"),
        V_cut=brian_quantity(threshold + default.V_cut - default.V_T, "mV"),
        V_r=cell.V_r,
        t_ref=cell.t_ref,
    )


def explain_same_cell(pair: Pair) -> str:
    """Return why another cell model does not apply to a pair; empty if it does."""
    networks = [n for m in (pair.bio, *pair.controls.values()) for n in list_networks(m)]
    cells = [p.cell for network in networks for p in network.populations]
    kinds = sorted({type(cell).__name__ for cell in cells})
    if not cells:
        return "the spiking model is no bioann network, whose cells could be replaced"
    if len(kinds) > 1:
        return f"its cells differ ({', '.join(kinds)}), so it is about the cells"
    if kinds != ["LIF"]:
        return f"its cells are {kinds[0]}, not LIF"
    if any(cell.heterogeneous_fields for cell in cells):
        return "the parameters of its neurons differ"
    try:
        for network in networks:
            make_exponential(network)
    except DescriptionError as error:
        return f"something needs the LIF cell ({str(error).rstrip('.')})"
    return ""
