"""Reads Brian2 synapses as lists of synapses with weight, sign and delay."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import brian2 as b2
import numpy as np
from brian2.parsing.statements import parse_statement

from bioann.bio.interop.code_reader import CodeReader
from bioann.bio.interop.firing import split_statements
from bioann.bio.interop.learning import LearningReader, SynapseCode, is_changing
from bioann.bio.interop.neurons import NeuronReading
from bioann.bio.interop.refusal import refuse_object


@dataclasses.dataclass(frozen=True)
class Connection:
    """The effect of a ``brian2.Synapses`` on one variable of its target.

    Parameters
    ----------
    synapses : brian2.Synapses
        The object that is read.
    source : object
        Group whose spikes it carries, not a subgroup.
    target : NeuronReading
        Group that it reaches, not a subgroup.
    pre, post : numpy.ndarray of int, shape (synapse,)
        Neurons, counted in these groups.
    variable : str
        Variable of the target that a spike increases.
    weight : numpy.ndarray, shape (synapse,)
        Magnitude in siemens, ampere or volt, >= 0.
    sign : numpy.ndarray of int, shape (synapse,)
        1 for glutamate, -1 for GABA, 0 for a weight of 0 whose sign nothing decides.
    delay : numpy.ndarray, shape (synapse,)
        Delay in seconds.
    code : SynapseCode or None, optional
        Code of synapses that change, whose weight is its nominal step; None for constant ones.
    """

    synapses: Any
    source: Any
    target: NeuronReading
    pre: np.ndarray
    post: np.ndarray
    variable: str
    weight: np.ndarray
    sign: np.ndarray
    delay: np.ndarray
    code: SynapseCode | None = None

    def select_synapses(self, mask: np.ndarray) -> Connection:
        """Return the connection with those synapses only that a mask selects."""
        names = ("pre", "post", "weight", "sign", "delay")
        code = self.code
        if code is not None:
            values = {n: x[mask] if np.ndim(x) else x for n, x in code.values.items()}
            code = dataclasses.replace(code, values=values)
        selected = {n: getattr(self, n)[mask] for n in names}
        return dataclasses.replace(self, **selected, code=code)


def find_root(group: Any) -> tuple[Any, int]:
    """Return the group that a subgroup belongs to, and its first neuron; a group itself and 0."""
    if isinstance(group, b2.Subgroup):
        return group.source, group.start  # a proxy of the group: compare names, not identity
    return group, 0


def check_endpoints(objects: Iterable[Any]) -> None:
    """Raise `DescriptionError` for synapses with neurons that are not in the network.

    The Poisson group or spike generator of synapses may be left out: it belongs to its synapses.
    """
    members = list(objects)
    names = {o.name for o in members}
    for synapses in (o for o in members if isinstance(o, b2.Synapses)):
        for location in ("source", "target"):
            group = find_root(getattr(synapses, location))[0]
            if isinstance(group, b2.NeuronGroup) and group.name not in names:
                expected, got = "a group of the network", f"{group.name!r}, which is not in it"
                remedy = "Add the group to the network, or leave the synapses out."
                raise refuse_object(synapses, location, expected, got, remedy)


def read_connections(
    synapses: Any, namespace: Mapping[str, Any], readings: Mapping[str, NeuronReading],
    skipped: set[str] | None = None,
) -> Iterator[Connection]:  # fmt: skip
    """Yield the connections of a ``brian2.Synapses``, one for each statement of its spikes.

    Parameters
    ----------
    synapses : brian2.Synapses
        Synapses that are connected.
    namespace : mapping of str to object
        Variables of the script.
    readings : mapping of str to NeuronReading
        The neuron groups, by name of the Brian2 object.
    skipped : set of str or None, optional
        For synapses whose gating variables are read elsewhere: the variables whose steps to skip.

    Raises
    ------
    DescriptionError
        For effects of spikes that bioann does not know.
    """
    _check_synapses(synapses)
    (source, pre_offset), (target, post_offset) = map(find_root, (synapses.source, synapses.target))
    if skipped is not None and target.name not in readings:
        return
    if target.name not in readings:
        expected, got = "a neuron group as target", type(target).__name__
        raise refuse_object(synapses, "target", expected, got, "Connect spikes to neurons.")
    pre = np.asarray(synapses.i[:], dtype=np.int64) + pre_offset
    post = np.asarray(synapses.j[:], dtype=np.int64) + post_offset
    if skipped is None and is_changing(synapses):
        reading = readings[target.name]
        yield _read_learning(synapses, namespace, (source, reading), (pre, post))
        return
    for pathway in synapses._pathways:
        delay = np.broadcast_to(pathway.variables["delay"].get_value(), len(pre))
        for statement in split_statements(pathway.code):
            if parse_statement(statement)[0] in (skipped or ()):
                continue
            reading = readings[target.name]
            variable, weight = _read_increment(synapses, namespace, reading, statement)
            values = weight * reading.scale_of(variable)[post]
            sign, location = reading.sign_of(variable), f"on_pre {statement!r}"
            if sign and (values < 0).any():
                expected, got = "conductances >= 0", f"{values.min() * 1e9:g} nS"
                remedy = "The reversal potential decides the sign; write a positive weight."
                raise refuse_object(synapses, location, expected, got, remedy)
            signs = np.full(len(pre), sign) if sign else np.sign(values).astype(int)
            yield Connection(
                synapses, source, reading, pre, post, variable, np.abs(values), signs, delay
            )


def _read_learning(
    synapses: Any, namespace: Mapping[str, Any], groups: tuple[Any, NeuronReading],
    indices: tuple[np.ndarray, np.ndarray],
) -> Connection:  # fmt: skip
    """Return the connection of synapses that change."""
    (source, reading), (pre, post) = groups, indices
    code = LearningReader(synapses, namespace, reading).read_code()
    values = code.nominal * reading.scale_of(code.variable)[post]
    sign = reading.sign_of(code.variable)
    if (sign and (values < 0).any()) or len(set(values.tolist())) > 1:
        expected, got = "one unit of weight, >= 0 on a conductance", f"{values.min():g}"
        remedy = "The reversal potential decides the sign; write a positive weight."
        raise refuse_object(synapses, "on_pre", expected, got, remedy)
    signs = np.full(len(pre), sign) if sign else np.sign(values).astype(int)
    pathway = next(p for p in synapses._pathways if p.prepost == "pre")
    delay = np.broadcast_to(pathway.variables["delay"].get_value(), len(pre))
    return Connection(
        synapses, source, reading, pre, post, code.variable, np.abs(values), signs, delay, code
    )


def _check_synapses(synapses: Any) -> None:
    """Raise `DescriptionError` for synapses that learn, or act continuously or backwards."""
    for pathway in synapses._pathways:
        if pathway.event != "spike":
            location = f"{pathway.objname} {pathway.code.strip()!r}"
            expected, got = "effects of spikes", f"of the event {pathway.event!r}"
            raise refuse_object(synapses, location, expected, got, "Use on_event='spike'.")
    if not len(synapses.variables["_synaptic_pre"].get_value()):
        expected, got = "synapses", "none"
        remedy = "Call connect(...) before from_brian2(), or leave the object out."
        raise refuse_object(synapses, "", expected, got, remedy)


def _read_increment(
    synapses: Any, namespace: Mapping[str, Any], reading: NeuronReading, statement: str
) -> tuple[str, np.ndarray]:
    """Return variable and increment, shape ``(synapse,)``, of a statement at a spike."""
    location = f"on_pre {statement!r}"
    name, operator, code, _ = parse_statement(statement)
    name = name.removesuffix("_post")
    if operator not in ("+=", "-="):
        expected = "increments such as 'g += w'"
        remedy = "Plasticity and saturating receptors cannot be read."
        raise refuse_object(synapses, location, expected, f"{name} {operator} ...", remedy)
    reading.check_target(synapses, location, name)
    reader = CodeReader(synapses, namespace)
    expression = reader.read_expression(code, location)
    foreign = [
        s.name
        for s in expression.free_symbols
        if s.name in synapses.variables and s.name not in synapses.equations.names
    ]
    if foreign or reader.timed_arrays:
        expected = "a weight of constants and parameters of the synapses"
        got = ", ".join([*foreign, *reader.timed_arrays])
        raise refuse_object(synapses, location, expected, got, "Store the weight in the synapses.")
    value = np.asarray(reader.evaluate_expression(expression))
    count = len(synapses.variables["_synaptic_pre"].get_value())
    return name, np.broadcast_to(value if operator == "+=" else -value, count)
