"""A plan as Brian2 objects, with its numbers filled in or with room for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import brian2 as b2
import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity

from bioann.bio.builder.plan import Neurons, Plan, Table, Wires
from bioann.bio.integration.spike_timing import written
from bioann.bio.integration.step_constants import Factor, worth


@dataclasses.dataclass(frozen=True)
class Built:
    """A Brian2 network that is ready to run.

    Attributes
    ----------
    network : brian2.Network
        All of it.
    monitors : dict of str to brian2.SpikeMonitor
        By population.
    clocks : tuple of brian2.Clock
        That of the simulation, and that of the stimulus.
    synapses : dict of str to brian2.Synapses
        By name.
    factors : dict of str to dict of str to Factor
        By group, the constant factors that its step needs.
    """

    network: b2.Network
    monitors: dict[str, b2.SpikeMonitor]
    clocks: tuple[b2.Clock, b2.Clock]
    synapses: dict[str, b2.Synapses]
    factors: dict[str, dict[str, Factor]]


def realize(plan: Plan) -> Built:
    """Make the Brian2 network of a plan, with its numbers.

    Every object is named from the description: Brian2 orders objects by name, and names that it
    makes itself depend on garbage collection.
    """
    made = make_empty_objects(plan)
    groups = {n.name: n for n in plan.neurons}
    for name, group in groups.items():
        fill(made.network[name], {**group.values, **worth(made.factors[name], group.values)})
    for wires in plan.wires:
        synapses = made.synapses[wires.name]
        pre, post = wires.ends(len(synapses.source))
        if not len(pre):
            synapses.active = False
            continue
        synapses.connect(i=pre, j=post)
        fill(synapses, wires.values, wires.lanes)
    for fibres in plan.fibres:
        _widen_time_bins(made.network[fibres.name])
    for name in groups:
        short = name.removeprefix("population_")
        made.monitors[short] = b2.SpikeMonitor(made.network[name], name=f"spikes_{short}")
    made.network.add(*made.monitors.values())
    return made


def make_empty_objects(plan: Plan) -> Built:
    """Make all objects, with nothing connected and nothing filled in."""
    clock = b2.Clock(dt=plan.dt * b2.second, name="bioann_clock")
    slow = b2.Clock(dt=plan.slow_dt * b2.second, name="bioann_slow_clock")
    sources: dict[str, Any] = {}
    factors = {}
    for neurons in plan.neurons:
        sources[neurons.name], factors[neurons.name] = _group(neurons, plan, clock)
    for fibres in plan.fibres:
        events = fibres.events
        sources[fibres.name] = b2.SpikeGeneratorGroup(
            events.total * events.slots,
            events.port,
            events.step * plan.dt * b2.second,
            sorted=True,
            clock=clock,
            name=fibres.name,
        )
    synapses = {w.name: _joined(w, sources, plan, (clock, slow)) for w in plan.wires}
    network = b2.Network(*sources.values(), *synapses.values(), name="bioann_network")
    return Built(network, {}, (clock, slow), synapses, factors)


def _group(
    neurons: Neurons, plan: Plan, clock: b2.Clock
) -> tuple[b2.NeuronGroup, dict[str, Factor]]:
    """Make the neurons of a population, and give the factors of their step."""
    code = neurons.code
    method, factors = written(neurons.method, code["equations"])
    lines = [code["equations"], *(f"{name} : 1 (shared, constant)" for name in factors)]
    made = b2.NeuronGroup(
        neurons.size,
        "\n".join(lines),
        threshold=code["threshold"],
        reset=code["reset"],
        refractory=code["refractory"],
        method=method,
        namespace=namespace(neurons.tables, plan),
        clock=clock,
        name=neurons.name,
    )
    return made, factors


def namespace(tables: Mapping[str, Table], plan: Plan) -> dict[str, b2.TimedArray]:
    """Make the tables that some code asks for."""
    found = {}
    for called, table in tables.items():
        dimensions = DIMENSIONLESS if table.unit == "1" else getattr(b2, table.unit).dim
        values = Quantity(table.values, dim=dimensions)
        found[called] = b2.TimedArray(values, dt=plan.slow_dt * b2.second, name=table.name)
    return found


def fill(made: Any, values: Mapping[str, Any], lanes: int = 1) -> None:
    """Set the variables of a group; a value of one lane serves all."""
    for name, given in values.items():
        variable = made.variables[name]
        array = np.asarray(given)
        if array.ndim == 1 and lanes > 1:
            array = np.tile(array, lanes)
        variable.get_value()[:] = array.ravel()


def _joined(
    wires: Wires, sources: Mapping[str, Any], plan: Plan, clocks: tuple[b2.Clock, b2.Clock]
) -> b2.Synapses:
    """Make synapses that nothing is connected by yet."""
    after = wires.code["post"]
    made = b2.Synapses(
        sources[wires.source],
        sources[wires.target],
        wires.code["model"],
        on_pre=wires.code["pre"],
        on_post=after or None,
        delay={"pre": wires.delay * b2.second} | ({"post": 0 * b2.second} if after else {}),
        namespace=namespace(wires.tables, plan),
        clock=clocks[0],
        method="exact",
        name=wires.name,
    )
    if wires.code["tick"]:
        made.run_regularly(
            wires.code["tick"], clock=clocks[1], when="before_synapses", name=f"{wires.name}_tick"
        )
    return made


def _widen_time_bins(source: b2.SpikeGeneratorGroup) -> None:
    """Keep a generator's time bins as 64-bit integers, like the clock's.

    Brian2 keeps them as 32-bit ones, and numpy then converts all that are left in every time step
    to look one up: 14 of 18 s for 8 million spikes (brian2 2.9; the lookup itself is known to be
    slow from its pull request 1044). The values do not change.
    """
    size = source.variables["_timebins"].size
    del source.variables._variables["_timebins"]
    source.variables.add_dynamic_array(
        "_timebins",
        size=size,
        index="spike_number",
        read_only=True,
        constant=True,
        dtype=np.int64,
    )
