"""Reads a network that a Brian2 script has built as a description."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np
import pandas as pd
from brian2 import pF
from brian2.core.base import BrianObject

from bioann.base.decision import Decision, make_decision_table
from bioann.base.derivation import Flag
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, brian_quantity, to_si
from bioann.bio.interop.connections import Connection, check_endpoints, read_connections
from bioann.bio.interop.execution_order import MONITORS, check_execution, flag_past
from bioann.bio.interop.gated_connections import make_gated_connection
from bioann.bio.interop.gating import GatingReader
from bioann.bio.interop.groups import list_stepped_variables, read_group
from bioann.bio.interop.inputs import (
    ChannelNames,
    InputList,
    add_currents,
    add_fibres,
    add_poisson_input,
    flag_common_input,
)
from bioann.bio.interop.neurons import NeuronReading
from bioann.bio.interop.pathways import make_projections
from bioann.bio.interop.populations import NeuronBlock, split_group
from bioann.bio.interop.refusal import add_variable_name, refuse_object
from bioann.bio.interop.regular_rates import list_regular_code, sets_only_rates
from bioann.bio.interop.state import describe_block, describe_learning, make_initial_state
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population

_KINDS = (b2.NeuronGroup, b2.Synapses, b2.PoissonGroup, b2.SpikeGeneratorGroup, b2.PoissonInput)


@dataclasses.dataclass(frozen=True)
class BrianImport:
    """A description that was read from a Brian2 network, and what was decided on the way.

    Parameters
    ----------
    network : SpikingNetwork
        The description.
    decisions : tuple of Decision
        Every choice: cells, transmitters, capacitances that the script leaves open, channels.
    flags : tuple of Flag, optional
        Respects in which the description may differ from the script.
    """

    network: SpikingNetwork
    decisions: tuple[Decision, ...]
    flags: tuple[Flag, ...] = ()

    def decision_table(self) -> pd.DataFrame:
        """List the decisions, one row each: what, value, unit, why."""
        return make_decision_table(self.decisions)


def from_brian2(
    network: b2.Network | Iterable[Any] | None = None,
    *,
    channels: Mapping[str, Any] | None = None,
    namespace: Mapping[str, Any] | None = None,
    capacitance: SI = 200 * pF,
) -> BrianImport:
    """Read a Brian2 network as a `SpikingNetwork`, where bioann knows its equations.

    Equations are matched by their coefficients, whatever their names and arrangement: leaky,
    exponential and adaptive exponential integrate-and-fire cells with exponential conductances,
    exponential currents and steps of the potential. Each group becomes one population, or one for
    each subgroup and transmitter. The cells spike on the grid of time steps and use the method of
    the script (`bioann.cells.GridLIF`), so that the same input gives the same spikes.

    Parameters
    ----------
    network : brian2.Network or iterable of Brian2 objects, optional
        The network, with its synapses connected and its variables set; it need not have run. By
        default all objects that variables of the caller hold, as for Brian2's ``run``.
    channels : mapping of str to object, optional
        Stimulus channels by name: the ``PoissonGroup``, ``PoissonInput`` or ``TimedArray`` whose
        rate or current the stimulus scales; activation 1 is the rate of the script, or the peak of
        the array. A PoissonGroup or TimedArray that is not named is a channel of its own name.
    namespace : mapping of str to object, optional
        Variables in which names of equations are looked up; those of the caller by default. A
        variable that holds a group or subgroup names a population.
    capacitance : quantity, optional
        Membrane capacitance of cells whose equations state only time constants. It scales all
        conductances and currents of these cells and does not change their spikes.

    Returns
    -------
    BrianImport
        The description, with decisions and flags.

    Raises
    ------
    DescriptionError
        If an object, equation or statement has no counterpart; the message names it.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import Network, NeuronGroup, ms, mV
    >>> network = Network(NeuronGroup(
    ...     5, "dv/dt = -(v + 65*mV)/(20*ms) : volt", threshold="v > -50*mV", reset="v = -60*mV",
    ...     method="exact", name="cells",
    ... ))
    >>> read = ba.from_brian2(network)
    >>> read.network.sizes
    {'cells': 5}
    """
    if namespace is None:
        frame = sys._getframe(1)
        namespace = {**frame.f_globals, **frame.f_locals}
    size = to_si(capacitance, "pF", "from_brian2, capacitance")
    try:
        objects = list_objects(network, namespace)
        check_execution(network, objects)
        result = _read_objects(objects, ChannelNames(dict(channels or {}), namespace), size)
    except DescriptionError as error:
        add_variable_name(error, namespace)
        raise
    return dataclasses.replace(result, flags=(*flag_past(network, objects), *result.flags))


def _read_objects(objects: list[Any], names: ChannelNames, capacitance: float) -> BrianImport:
    """Read the objects of a network."""
    _check_objects(objects, names)
    namespace = names.namespace
    gating = GatingReader(objects, namespace).read_gating()
    stepped = list_stepped_variables(objects)
    readings = {
        o.name: read_group(
            o, namespace, capacitance, stepped.get(o.name, set()), gating.list_variables(o.name)
        )
        for o in objects
        if isinstance(o, b2.NeuronGroup) and o.name not in gating.relays
    }
    check_endpoints(objects)
    connections = [
        connection
        for o in objects
        if isinstance(o, b2.Synapses)
        for connection in read_connections(o, namespace, readings, gating.consumed.get(o.name))
    ]
    connections += [make_gated_connection(p, readings[p.target]) for p in gating.pathways]
    blocks = _split_groups(objects, readings, connections, namespace)
    result = _assemble_network(objects, connections, blocks, names)
    decisions, flags = describe_learning(connections)
    return BrianImport(result.network, (*result.decisions, *decisions), (*result.flags, *flags))


def list_objects(network: Any, namespace: Mapping[str, Any]) -> list[Any]:
    """Return the objects of a network in the order of the variables that hold them.

    Parameters
    ----------
    network : brian2.Network, iterable or None
        As for `from_brian2`.
    namespace : mapping of str to object
        Variables of the script.
    """
    variables = [v for v in namespace.values() if isinstance(v, BrianObject)]
    if network is None:
        members = [v for v in variables if v.add_to_magic_network]
    elif isinstance(network, b2.Network):
        members = list(network.objects)
    else:
        members = list(network)
    rank = {id(v): k for k, v in reversed(list(enumerate(variables)))}
    unique = {id(m): m for m in members if not isinstance(m, b2.Subgroup)}
    return sorted(unique.values(), key=lambda o: (rank.get(id(o), len(rank)), o.name))


def _check_objects(objects: Iterable[Any], names: ChannelNames) -> None:
    """Raise `DescriptionError` for objects of other kinds, or channels that are no inputs."""
    members = list(objects)
    contained = {id(c) for o in members for c in o.contained_objects}
    subgroups = [v for v in names.namespace.values() if isinstance(v, b2.Subgroup)]
    for member in [*members, *subgroups]:
        _check_regular_code(member)
    for member in members:
        is_monitor = isinstance(member, MONITORS) or id(member) in contained
        if not is_monitor and type(member) not in _KINDS:
            expected = ", ".join(kind.__name__ for kind in _KINDS)
            got, remedy = type(member).__name__, "Leave the object out."
            raise refuse_object(member, "", expected, got, remedy)
    if not any(isinstance(o, b2.NeuronGroup) for o in members):
        remedy = "Pass the network, or call from_brian2() where the variables of the script are."
        raise DescriptionError("from_brian2, network", "a NeuronGroup", "none", remedy)
    inputs = (b2.PoissonGroup, b2.PoissonInput)
    for name, member in names.channels.items():
        is_input = isinstance(member, inputs) and any(o is member for o in members)
        if not is_input and not isinstance(member, b2.TimedArray):
            expected = "a PoissonGroup or PoissonInput of the network, or a TimedArray"
            remedy = "Replace the input of that channel by one of these."
            got = type(member).__name__
            raise DescriptionError(f"from_brian2, channel {name!r}", expected, got, remedy)


def _check_regular_code(member: Any) -> None:
    """Raise `DescriptionError` for code that runs regularly, of a group, subgroup or synapses."""
    runners = list_regular_code(member)
    if isinstance(member, b2.PoissonGroup) and len(runners) == 1 and sets_only_rates(runners[0]):
        return
    for runner in runners:
        location = f"run_regularly({runner.abstract_code.strip()!r})"
        expected, remedy = "equations and spikes only", "Put time courses into a TimedArray."
        raise refuse_object(member, location, expected, "code that runs regularly", remedy)


def _split_groups(
    objects: Iterable[Any],
    readings: Mapping[str, NeuronReading],
    connections: Iterable[Connection],
    namespace: Mapping[str, Any],
) -> dict[str, list[NeuronBlock]]:
    """Return the populations of each neuron group, by name of the Brian2 object."""
    targets: list[Any] = []
    for member in objects:
        if isinstance(member, b2.Synapses):
            targets += [member.source, member.target]
        elif isinstance(member, b2.PoissonInput):
            targets.append(member._group)
    return {
        name: split_group(reading, connections, namespace, targets)
        for name, reading in readings.items()
    }


def _assemble_network(
    objects: Iterable[Any],
    connections: Iterable[Connection],
    blocks: Mapping[str, list[NeuronBlock]],
    names: ChannelNames,
) -> BrianImport:
    """Make the description of populations, projections and inputs."""
    members, inputs, step = list(objects), InputList(), _find_step(blocks)
    between = [c for c in connections if c.source.name in blocks]
    for connection in connections:
        if connection.source.name not in blocks:
            add_fibres(inputs, connection, blocks, names, step)
    flag_common_input(inputs, members, names)
    for member in members:
        if isinstance(member, b2.PoissonInput):
            add_poisson_input(inputs, member, blocks, names)
    populations, decisions, flags = [], list[Decision](), list(inputs.flags)
    for block in (b for group in blocks.values() for b in group):
        add_currents(inputs, block, names)
        state, state_flags = make_initial_state(block)
        populations.append(
            Population(
                block.name,
                len(block.index),
                block.transmitter,
                block.reading.make_cell(block.index),
                tuple(inputs.backgrounds.get(block.name, ())),
                **state,
            )
        )
        block_decisions, block_flags = describe_block(block)
        decisions += block_decisions
        flags += [*state_flags, *block_flags]
    description = SpikingNetwork(
        tuple(populations),
        tuple(inputs.afferents),
        tuple(make_projections(between, blocks, step)),
        tuple(inputs.injections),
        dt=brian_quantity(step, "ms"),
    )
    return BrianImport(description, (*decisions, *inputs.decisions), tuple(flags))


def _find_step(blocks: Mapping[str, list[NeuronBlock]]) -> float:
    """Return the time step in seconds; `DescriptionError` for groups with different steps."""
    groups = [group[0].reading.group for group in blocks.values()]
    steps = [float(group.clock.dt_) for group in groups]
    for group, step in zip(groups, steps, strict=True):
        if not np.isclose(step, steps[0], rtol=1e-9):
            expected, got = f"{steps[0] * 1e3:g} ms, as other groups", f"{step * 1e3:g} ms"
            raise refuse_object(group, "dt", expected, got, "Use one time step for all groups.")
    return steps[0]
