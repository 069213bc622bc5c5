"""Splits Brian2 neuron groups into populations whose neurons release the same transmitter."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.interop.connections import Connection, find_root
from bioann.bio.interop.neurons import NeuronReading
from bioann.bio.interop.refusal import refuse_object


@dataclasses.dataclass(frozen=True)
class NeuronBlock:
    """Neurons of a group that become one population.

    Parameters
    ----------
    name : str
        Name of the population.
    reading : NeuronReading
        The group.
    index : numpy.ndarray of int, shape (n,)
        Its neurons, in the group.
    transmitter : {'glutamate', 'GABA'}
        Transmitter that they release.
    has_synapses : bool
        Whether any of them has outgoing synapses, which decide the transmitter.
    """

    name: str
    reading: NeuronReading
    index: np.ndarray
    transmitter: str
    has_synapses: bool

    def locate_neurons(self, neurons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a mask of those neurons of the group that are in it, and the index of these."""
        position = np.full(len(self.reading.group), -1)
        position[self.index] = np.arange(len(self.index))
        mask = position[neurons] >= 0
        return mask, position[neurons[mask]]


def name_object(brian_object: Any, namespace: Mapping[str, Any]) -> str:
    """Return the name of the variable that holds an object, or else the name of the object."""
    names = (k for k, v in namespace.items() if v is brian_object and not k.startswith("_"))
    return str(next(names, brian_object.name))


def split_group(
    reading: NeuronReading,
    connections: Iterable[Connection],
    namespace: Mapping[str, Any],
    targets: Iterable[Any],
) -> list[NeuronBlock]:
    """Split a group at the limits of its subgroups, and by transmitter.

    Parameters
    ----------
    reading : NeuronReading
        The group.
    connections : iterable of Connection
        All synapses of the network.
    namespace : mapping of str to object
        Variables of the script; those that hold subgroups name populations.
    targets : iterable of brian2.Group
        Groups and subgroups that synapses and inputs name.

    Raises
    ------
    DescriptionError
        If a neuron excites and inhibits.
    """
    group = reading.group
    n, name = len(group), name_object(group, namespace)
    variables = [v for v in namespace.values() if isinstance(v, b2.Subgroup)]
    subgroups = {
        (s.start, s.stop): s
        for s in [*targets, *reversed(variables)]
        if isinstance(s, b2.Subgroup) and find_root(s)[0].name == group.name
    }
    signs = _find_signs(reading, connections)
    limits = sorted({0, n, *(x for bounds in subgroups for x in bounds)})
    blocks = []
    for start, stop in itertools.pairwise(limits):
        index = np.arange(start, stop)
        label = name if len(limits) == 2 else f"{name}_{start}_{stop}"
        subgroup = subgroups.get((start, stop))
        if subgroup is not None and any(subgroup is v for v in variables):
            label = name_object(subgroup, namespace)
        is_mixed = {1, -1} <= set(signs[index].tolist())
        if not is_mixed:
            blocks.append(_make_block(label, reading, index, signs))
            continue
        inhibitory = signs[index] < 0
        blocks.append(_make_block(f"{label}_glutamate", reading, index[~inhibitory], signs))
        blocks.append(_make_block(f"{label}_GABA", reading, index[inhibitory], signs))
    return blocks


def _make_block(
    name: str, reading: NeuronReading, index: np.ndarray, signs: np.ndarray
) -> NeuronBlock:
    values = signs[index]
    transmitter = "GABA" if (values < 0).any() else "glutamate"
    return NeuronBlock(name, reading, index, transmitter, bool(values.any()))


def _find_signs(reading: NeuronReading, connections: Iterable[Connection]) -> np.ndarray:
    """Return the sign of the synapses that each neuron makes, 0 for none, shape ``(n,)``."""
    n = len(reading.group)
    signs, synapses_of = {1: np.zeros(n, bool), -1: np.zeros(n, bool)}, {}
    for connection in connections:
        if connection.source.name != reading.group.name:
            continue
        for sign, releases in signs.items():
            neurons = connection.pre[connection.sign == sign]
            releases[neurons] = True
            if len(neurons):
                synapses_of[sign] = connection.synapses.name
    both = np.flatnonzero(signs[1] & signs[-1])
    if len(both):
        expected = "neurons whose synapses all excite or all inhibit (Dale)"
        got = f"{len(both)} that do both, neuron {both[0]} the first"
        names = " and ".join(repr(synapses_of[sign]) for sign in (1, -1))
        remedy = f"Give {names} different sources."
        raise refuse_object(reading.group, "outgoing synapses", expected, got, remedy)
    return signs[1].astype(int) - signs[-1].astype(int)
