"""The spiking groups of a hand-written Brian2 network, by the names that its author uses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np
from brian2.core.spikesource import SpikeSource

from bioann.base.errors import SimulationError, UnknownNameError, unknown_name_error


def make_spike_monitor(
    network: b2.Network, namespace: Mapping[str, Any], name: str, size: int
) -> b2.EventMonitor:
    """Return a monitor of the spikes of a group or subgroup.

    Parameters
    ----------
    network : brian2.Network
        The network, to which the caller adds the monitor.
    namespace : mapping of str to object
        Variables of the function that made the network.
    name : str
        Name of the group, or of a variable that holds it.
    size : int
        Number of neurons that the group must have.

    Returns
    -------
    brian2.EventMonitor
        Monitor of its spikes; of a group without threshold, of its only event.

    Raises
    ------
    UnknownNameError
        If the network has no such group.
    SimulationError
        If the group does not spike, or has another number of neurons.
    """
    monitor_name = f"bioann_spikes_{name}"
    if monitor_name in network:
        raise SimulationError(
            "BrianNetwork, build",
            "a network that is made anew in each call, one for each condition and trial",
            "one that has been recorded before",
            "Make the network and all its objects in build().",
        )
    source = _find_source(network, namespace, name)
    if len(source) != size:
        raise SimulationError(
            f"BrianNetwork, population {name!r}",
            f"{size} neurons",
            f"{len(source)}",
            "Change populations={...} or build(), so that the sizes agree.",
        )
    events = list(source.events)
    if "spike" in events:
        return b2.SpikeMonitor(source, name=monitor_name)
    if len(events) == 1:
        return b2.EventMonitor(source, events[0], name=monitor_name)
    event_text = f" but has the events {', '.join(events)}" if events else ""
    raise SimulationError(
        f"BrianNetwork, population {name!r}",
        "a group with a threshold",
        f"a {type(source).__name__} without, which never spikes{event_text}",
        "Give it threshold=..., or record a group that has one; bioann compares rates of spikes.",
    )


def has_automatic_names(network: b2.Network) -> bool:
    """Return whether Brian2 made up the name of an object of a network."""
    return any(_parse_automatic_name(o) is not None for o in network.objects)


def check_states(network: b2.Network) -> None:
    """Raise `SimulationError` if a variable of a differential equation is not a number.

    A neuron whose potential is NaN never spikes, which would pass for a rate of 0 Hz.
    """
    for group in network.objects:
        if not isinstance(group, b2.NeuronGroup):
            continue
        for name in group.equations.diff_eq_names:
            if np.isnan(group.variables[name].get_value()).any():
                raise SimulationError(
                    f"BrianNetwork, group {group.name!r}",
                    f"numbers in {name} at the end of the run",
                    "NaN",
                    "Shorten the time step, or look for a division by zero and for runaway "
                    "excitation.",
                )


def _find_source(network: b2.Network, namespace: Mapping[str, Any], name: str) -> Any:
    """Return the spiking group of a name: first of objects of the network, then of variables."""
    members = {o.id for o in network.objects}
    variables = {k: v for k, v in namespace.items() if isinstance(v, SpikeSource)}
    # A subgroup is no object of the network; only a variable or a synapse refers to it.
    subgroups = (ref() for ref in b2.Subgroup.__instances__())
    sources = {k: v for k, v in variables.items() if _parent_id(v) in members}
    sources |= _name_objects(s for s in subgroups if s is not None and _parent_id(s) in members)
    sources |= _name_objects(o for o in network.objects if isinstance(o, SpikeSource))
    if name in sources:
        return sources[name]
    obj, choice = f"BrianNetwork, population {name!r}", ", ".join(map(repr, sorted(sources)))
    objects = {k: v for k, v in namespace.items() if isinstance(v, b2.BrianObject)}
    namesake = ({o.name: o for o in network.objects} | objects).get(name)
    if namesake is not None:
        raise SimulationError(
            obj,
            "a group in the network that build() returns",
            f"a {type(namesake).__name__}{' that is not in it' if name in variables else ''}",
            f"Return Network(collect()), or Network(...) with every group; it has {choice}.",
        )
    if "[" in name:
        raise UnknownNameError(
            obj,
            "the name of a group, or of a variable of build() that holds a group or a subgroup",
            repr(name),
            f"Write 'part = {name}' in build() and record 'part', or record the whole group and "
            f"match a block of it, Match({name!r}, ...).",
        )
    kind = "PoissonGroup, SpikeGeneratorGroup or NeuronGroup in the network"
    raise unknown_name_error("BrianNetwork, populations", kind, name, sorted(sources))


def _parent_id(source: Any) -> object:
    """Return the id of a group, or of the group of a subgroup; None if that no longer exists."""
    try:
        return source.source.id if isinstance(source, b2.Subgroup) else source.id
    except ReferenceError:
        return None


def _name_objects(objects: Iterable[Any]) -> dict[str, Any]:
    """Return objects by name; those that Brian2 named are numbered as if there were no others."""
    names, numbered_objects = {}, defaultdict(list)
    for brian_object in objects:
        stem_and_number = _parse_automatic_name(brian_object)
        if stem_and_number is None:
            names[brian_object.name] = brian_object
        else:
            stem, number = stem_and_number
            numbered_objects[stem].append((number, brian_object))
    for stem, pairs in numbered_objects.items():
        pairs.sort(key=lambda pair: pair[0])
        names |= {f"{stem}_{k}" if k else stem: member for k, (_, member) in enumerate(pairs)}
    return names


def _parse_automatic_name(brian_object: Any) -> tuple[str, int] | None:
    """Return stem and number of a name that Brian2 made up; None if the user gave the name."""
    if isinstance(brian_object, b2.Subgroup):
        stem = f"{brian_object.source.name}_subgroup"
    else:
        stem = type(brian_object).__name__.lower()
    match = re.fullmatch(rf"{stem}(?:_(\d+))?", brian_object.name)
    return None if match is None else (stem, int(match[1] or 0))
