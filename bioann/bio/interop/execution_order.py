"""Checks that Brian2 would run the objects of a script as bioann runs a description."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import brian2 as b2
import numpy as np
from brian2.groups.neurongroup import Resetter, StateUpdater, Thresholder
from brian2.synapses.synapses import SynapticPathway

from bioann.base.derivation import Flag
from bioann.base.errors import DescriptionError
from bioann.bio.interop.refusal import refuse_object

#: Slots of a time step in their order, and the kinds of objects that act in each.
_SLOTS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("groups", (StateUpdater,)),
    ("thresholds", (Thresholder, b2.SpikeGeneratorGroup)),
    ("synapses", (SynapticPathway,)),
    ("resets", (Resetter,)),
)
#: Classes that record and do not act on the network.
MONITORS = (b2.StateMonitor, b2.EventMonitor, b2.PopulationRateMonitor)


def check_execution(network: Any, objects: Iterable[Any]) -> None:
    """Check that all objects act, in Brian2's usual order of a time step.

    Parameters
    ----------
    network : brian2.Network, iterable or None
        As for `bioann.from_brian2`.
    objects : iterable of brian2.BrianObject
        Objects of the network.

    Raises
    ------
    DescriptionError
        For an inactive object, a slot or an order that changes what spikes do, or a schedule.
    """
    members = [o for o in objects if not isinstance(o, MONITORS)]
    for member in members:
        for component in (member, *member.contained_objects):
            if not isinstance(component, MONITORS):
                _check_object(member, component)
        if isinstance(member, b2.Synapses):
            _check_pathway_order(member)
    schedule = b2.magic_network.schedule if network is None else getattr(network, "schedule", None)
    if schedule is not None:
        _check_schedule(schedule)


def _check_object(owner: Any, component: Any) -> None:
    """Raise `DescriptionError` for an object that does not act, or at another point of a step."""
    if getattr(component, "event", "spike") != "spike":  # refused as such
        return
    own_name = getattr(component, "objname", type(component).__name__.lower())
    location = "" if component is owner else own_name
    if not component.active:
        expected, got = "an object that acts", "active = False"
        raise refuse_object(owner, location, expected, got, "Set active = True, or leave it out.")
    slot = next((s for s, kinds in _SLOTS if isinstance(component, kinds)), component.when)
    if slot != component.when:
        remedy = "Leave 'when' out."
        raise refuse_object(owner, location, f"when={slot!r}", f"when={component.when!r}", remedy)


def _check_pathway_order(synapses: Any) -> None:
    """Raise `DescriptionError` if postsynaptic spikes act before presynaptic ones in a step."""
    orders = {p.prepost: p.order for p in synapses._pathways}
    if len(orders) == 2 and orders["pre"] >= orders["post"]:
        expected = "presynaptic spikes before postsynaptic ones in a time step"
        got = f"the orders {orders['pre']} and {orders['post']}"
        remedy = "Leave the order of the pathways as it is."
        raise refuse_object(synapses, "order", expected, got, remedy)


def _check_schedule(schedule: Sequence[str]) -> None:
    """Raise `DescriptionError` for slots in another order."""
    slots = [slot for slot, _ in _SLOTS]
    order = [slot for slot in schedule if slot in slots]
    if order != slots:
        remedy = "Leave the schedule of the network as it is."
        expected, got = f"the slots {', '.join(slots)} in this order", ", ".join(order)
        raise DescriptionError("from_brian2, schedule of the network", expected, got, remedy)


def flag_past(network: Any, objects: Iterable[Any]) -> list[Flag]:
    """Return the flags of what a script has done to its network before this point in time.

    Parameters
    ----------
    network : brian2.Network, iterable or None
        As for `bioann.from_brian2`.
    objects : iterable of brian2.BrianObject
        Objects of the network.
    """
    members = list(objects)
    if isinstance(network, b2.Network):
        time = float(network.t_)
    else:  # Brian2 notes the network that has run an object
        has_run = any(getattr(o, "_network", None) is not None for o in members)
        times = [o.clock.variables["t"].get_value().item() for o in members]
        time = max(times) if has_run else 0.0
    if time > 0:
        sentence = (
            "The network has run for {time:g} ms: the description starts from its present state, "
            "with spike times and time courses from their beginning, without the spikes that are "
            "under way and without neurons that are refractory"
        )
        return [Flag("elapsed time", sentence, values={"time": time * 1e3})]
    sentence = (
        "the script sets the last spike of neurons in {group!r}: they start without a refractory "
        "period"
    )
    return [
        Flag("initial state", sentence, values={"group": group.name})
        for group in members
        if isinstance(group, b2.NeuronGroup) and _has_earlier_spikes(group)
    ]


def _has_earlier_spikes(group: Any) -> bool:
    """Return whether neurons of a group have a last spike later than Brian2's first value."""
    if "lastspike" not in group.variables:
        return False
    return bool(np.any(np.asarray(group.variables["lastspike"].get_value()) > -1e3))
