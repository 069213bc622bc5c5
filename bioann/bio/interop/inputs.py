"""Makes afferents, background and injections from the inputs of a Brian2 network."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np

from bioann.base.decision import Decision
from bioann.base.derivation import Flag
from bioann.base.units import brian_quantity
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.background import Background
from bioann.bio.injection import Injection
from bioann.bio.interop.code_reader import CodeReader, collapse_equal
from bioann.bio.interop.connections import Connection, find_root
from bioann.bio.interop.neurons import TRANSMITTERS, take_values
from bioann.bio.interop.pathways import make_connectivity, make_rule, make_unique
from bioann.bio.interop.populations import NeuronBlock, name_object
from bioann.bio.interop.refusal import refuse_object
from bioann.bio.interop.regular_rates import list_regular_code
from bioann.bio.interop.source_spikes import list_spike_times, read_poisson_rates
from bioann.bio.interop.split_synapses import split_by_delay
from bioann.bio.scheduled_afferent import ScheduledAfferent

Blocks = Mapping[str, list[NeuronBlock]]


@dataclasses.dataclass(frozen=True)
class ChannelNames:
    """Names of the stimulus channels of the inputs of a script.

    Parameters
    ----------
    channels : mapping of str to object
        Inputs that the user named.
    namespace : mapping of str to object
        Variables of the script, which name the others.
    """

    channels: Mapping[str, Any]
    namespace: Mapping[str, Any]

    def is_named(self, brian_object: Any) -> bool:
        """Return whether the user named the channel of an input."""
        return any(v is brian_object for v in self.channels.values())

    def name_channel(self, brian_object: Any) -> str:
        """Return the channel of an input: the user's name, or that of the script."""
        names = (k for k, v in self.channels.items() if v is brian_object)
        return next(names, None) or name_object(brian_object, self.namespace)


@dataclasses.dataclass
class InputList:
    """Inputs of a network, with the decisions and flags of their translation."""

    afferents: list[Any] = dataclasses.field(default_factory=list)
    injections: list[Injection] = dataclasses.field(default_factory=list)
    backgrounds: dict[str, list[Background]] = dataclasses.field(default_factory=dict)
    decisions: list[Decision] = dataclasses.field(default_factory=list)
    flags: list[Flag] = dataclasses.field(default_factory=list)
    #: Neurons of each Poisson group or spike generator that an afferent stands for, by its name.
    fibres: dict[str, list[np.ndarray]] = dataclasses.field(default_factory=dict)

    def decide_channel(self, channel: str, value: float, unit: str, origin: str) -> None:
        """Record once what activation 1 of a channel stands for."""
        why = f"activation 1 of channel {channel!r} is that of {origin}"
        decision = Decision("input at activation 1", value, unit, why, channel)
        if decision not in self.decisions:
            self.decisions.append(decision)


def add_fibres(
    inputs: InputList, connection: Connection, blocks: Blocks, names: ChannelNames, dt: float
) -> None:
    """Add the afferents of a connection from a Poisson group or spike generator.

    Each set of synapses with one delay, and for a Poisson group one rate, has an afferent.
    """
    source = connection.source
    rates = None
    if isinstance(source, b2.PoissonGroup):
        rates = read_poisson_rates(source, names.namespace)
    if rates is not None and list_regular_code(source):
        sentence = (
            "code sets the rates of {name!r} at regular times: its largest mean rate is activation "
            "1; its time course and random numbers belong in the stimulus"
        )
        inputs.flags.append(Flag("regular rates", sentence, names.name_channel(source)))
    for block in blocks[connection.target.group.name]:
        for sign in TRANSMITTERS:
            mask = block.locate_neurons(connection.post)[0] & (connection.sign == sign)
            if not mask.any():
                continue
            for synapses, rate in split_by_delay(connection.select_synapses(mask), dt, rates):
                fibres = np.unique(synapses.pre)
                inputs.fibres.setdefault(source.name, []).append(fibres)
                arguments = _describe_fibres(synapses, block, fibres, sign, inputs)
                if rates is None:
                    times = list_spike_times(source, fibres)
                    inputs.afferents.append(ScheduledAfferent(times, block.name, **arguments))
                    continue
                arguments |= {"fibres": len(fibres), "rate": rate * b2.Hz}
                channel = names.name_channel(source)
                inputs.afferents.append(Afferent(channel, block.name, **arguments))
    if rates is not None:
        _decide_rates(inputs, names.name_channel(source), source, rates)


def _decide_rates(inputs: InputList, channel: str, source: Any, rates: np.ndarray) -> None:
    """Record the rate at activation 1, and flag rates that differ."""
    origin = f"PoissonGroup {source.name!r}"
    inputs.decide_channel(channel, float(rates.max()), "Hz", origin)
    if (rates == rates[0]).all():
        return
    sentence = (
        "the neurons of {name!r} differ in their rates, {low:g} to {high:g} Hz: activation scales "
        "them all"
    )
    values = {"low": float(rates.min()), "high": float(rates.max())}
    flag = Flag("rates", sentence, channel, values)
    if str(flag) not in map(str, inputs.flags):
        inputs.flags.append(flag)


def flag_common_input(inputs: InputList, objects: Iterable[Any], names: ChannelNames) -> None:
    """Flag the Poisson groups with neurons that several afferents stand for, with other spikes."""
    for source in objects:
        fibre_sets = inputs.fibres.get(source.name)
        if not isinstance(source, b2.PoissonGroup) or not fibre_sets:
            continue
        shared = sum(map(len, fibre_sets)) - len(np.unique(np.concatenate(fibre_sets)))
        if not shared:
            continue
        sentence = (
            "{shared} fibres of {name!r} reach several populations, or one by several kinds of "
            "synapses or with several delays; each of these has fibres of its own here, so that "
            "their common input is lost"
        )
        name = names.name_channel(source)
        inputs.flags.append(Flag("common input", sentence, name, {"shared": shared}))


def _describe_fibres(
    synapses: Connection, block: NeuronBlock, fibres: np.ndarray, sign: int, inputs: InputList
) -> dict[str, Any]:
    """Return the arguments that afferents of both kinds share."""
    receptor = synapses.target.make_receptor(synapses.variable, sign)
    pre, post = np.searchsorted(fibres, synapses.pre), block.locate_neurons(synapses.post)[1]
    sizes = len(fibres), len(block.index)
    plasticity: tuple[Any, ...] = ()
    if synapses.code is not None:
        weight, rule, learning = make_rule(synapses, pre, post)
        plasticity = (learning,)
    else:
        weight, rule = make_connectivity(pre, post, sizes, synapses.weight, False)
    name = f"{synapses.source.name}_to_{block.name}"
    return {
        "plasticity": plasticity,
        "weight": brian_quantity(weight, receptor.weight_unit),
        "transmitter": TRANSMITTERS[sign],
        "receptor": receptor,
        "connectivity": rule,
        "delay": brian_quantity(collapse_equal(synapses.delay), "ms"),
        "name": make_unique(name, [getattr(a, "name", "") for a in inputs.afferents]),
    }


def add_poisson_input(inputs: InputList, source: Any, blocks: Blocks, names: ChannelNames) -> None:
    """Add a ``brian2.PoissonInput``: background, or an afferent if it is current-based or named."""
    root, start = find_root(source._group)
    if root.name not in blocks:
        expected, got = "a neuron group as target", type(root).__name__
        raise refuse_object(source, "target", expected, got, "Give it a neuron group.")
    reading, stop = blocks[root.name][0].reading, start + len(source._group)
    reading.check_target(source, f"target_var {source.target_var!r}", source.target_var)
    weight = source._weight
    if isinstance(weight, str):
        weight = _read_weight(reading.group, source, names)
    weights = np.broadcast_to(np.asarray(weight, dtype=float), len(reading.group))
    for block in blocks[root.name]:
        # Limits of subgroups that inputs name are limits of populations.
        if start <= block.index[0] < stop:
            _add_poisson_fibres(inputs, source, block, weights[block.index], names)


def _read_weight(group: Any, source: Any, names: ChannelNames) -> Any:
    """Return the weight of a ``brian2.PoissonInput`` whose weight is code.

    That of a timed array of zeros and one other value is this value: the array switches the input,
    which then is a channel.
    """
    reader = CodeReader(group, names.namespace)
    location = f"weight {source._weight!r}"
    expression = reader.read_expression(source._weight, location)
    if not reader.timed_arrays:
        return reader.read_value(source._weight, location)
    values = np.unique(next(iter(reader.timed_arrays.values())).values)
    steps = values[values != 0]
    if len(reader.timed_arrays) > 1 or not expression.is_Symbol or len(steps) != 1:
        expected = "a constant weight, or a TimedArray that switches between 0 and one value"
        got, remedy = str(source._weight), "Let the rate change in time, by a PoissonGroup."
        raise refuse_object(source, location, expected, got, remedy)
    return float(steps[0])


def _is_switched(source: Any) -> bool:
    """Return whether a ``brian2.PoissonInput`` has a weight that is a call, of a timed array."""
    return isinstance(source._weight, str) and "(t)" in source._weight.replace(" ", "")


def _add_poisson_fibres(
    inputs: InputList, source: Any, block: NeuronBlock, weights: np.ndarray, names: ChannelNames
) -> None:
    """Add the part of a ``brian2.PoissonInput`` that reaches one population, weights ``(n,)``."""
    reading, variable = block.reading, source.target_var
    size = collapse_equal(weights * reading.scale_of(variable)[block.index])
    decided_sign = reading.sign_of(variable)
    if np.ndim(size) or (decided_sign and size < 0):
        expected, got = "one weight, and a magnitude on a conductance", str(source._weight)
        remedy = "Change the weight: the reversal potential decides the sign."
        raise refuse_object(source, "weight", expected, got, remedy)
    sign = decided_sign or (-1 if size < 0 else 1)
    receptor = reading.make_receptor(variable, sign)
    count, rate = int(source.N), float(source.rate)
    quantum = brian_quantity(abs(size), receptor.weight_unit)
    if (
        receptor.weight_unit == "nS"
        and size
        and not (names.is_named(source) or _is_switched(source))
    ):
        mean = brian_quantity(count * rate * size * receptor.time_integral(), "nS")
        backgrounds = inputs.backgrounds.setdefault(block.name, [])
        backgrounds.append(Background(mean, receptor, quantum))
        return
    channel = names.name_channel(source)
    name = f"{channel}_to_{block.name}"
    arguments: dict[str, Any] = {"fibres": count, "rate": rate * b2.Hz, "name": name}
    inputs.afferents.append(
        Afferent(channel, block.name, quantum, TRANSMITTERS[sign], receptor, **arguments)
    )
    inputs.decide_channel(channel, rate, "Hz", f"PoissonInput {source.name!r}")


def add_currents(inputs: InputList, block: NeuronBlock, names: ChannelNames) -> None:
    """Add the constant currents of a population, and those that follow a timed array."""
    membrane, group = block.reading.membrane, block.reading.group
    current = take_values(membrane.current, block.index)
    if np.any(current):
        inputs.injections.append(Injection(block.name, brian_quantity(current, "pA")))
    for name, factor in membrane.driven_currents.items():
        array = group.resolve_all([name], names.namespace)[name]
        peak = float(np.abs(array.values).max())
        channel = names.name_channel(array) if names.is_named(array) else name
        if np.ndim(factor):
            expected, got = "one current for all neurons", "several"
            raise refuse_object(group, name, expected, got, "Split the group.")
        size = float(factor) * peak
        inputs.afferents.append(CurrentAfferent(channel, block.name, brian_quantity(size, "pA")))
        inputs.decide_channel(channel, size * 1e12, "pA", f"the peak of TimedArray {name!r}")
