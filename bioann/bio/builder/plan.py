"""A network taken apart into code and numbers.

What a network *is* (equations, thresholds, what spikes do, the time step) is code, and decides
what has to be compiled. All else (how many neurons, who is connected to whom, every parameter,
weight and stimulus) is numbers that code reads when it runs. A plan keeps the two apart:
`NetworkPlan.describe_code` says all that a compiled program depends on, its values are handed to
the program.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_dimensions, get_unit

from bioann.base.errors import SimulationError
from bioann.bio.input_spikes.draw import InputSpikes

_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclasses.dataclass(frozen=True, eq=False)
class TimedArrayPlan:
    """Numbers over time and condition, which code asks for by ``name(t, lane)``.

    Or over time and another index; the columns are then something else.

    Parameters
    ----------
    name : str
        Of the Brian2 object.
    values : numpy.ndarray, shape (time, condition)
        In SI, one row per stimulus step; the last one holds on.
    unit : str
        Base unit, as Brian2 writes it; ``"1"`` for none.
    """

    name: str
    values: np.ndarray
    unit: str


@dataclasses.dataclass(frozen=True, eq=False)
class NeuronGroupPlan:
    """A group of neurons, all lanes side by side.

    Parameters
    ----------
    name : str
        Of the Brian2 object.
    size : int
        Neurons of all lanes.
    code : dict of str to str
        ``equations``, ``threshold``, ``reset``, ``refractory``, and in ``step`` what the method
        depends on besides.
    values : dict of str to float or numpy.ndarray
        Constants, and initial values of shape ``(size,)``.
    timed_arrays : dict of str to TimedArrayPlan
        By the name that the code calls them.
    method : Any
        What Brian2 takes as one.
    """

    name: str
    size: int
    code: Mapping[str, str]
    values: Mapping[str, Any]
    timed_arrays: Mapping[str, TimedArrayPlan]
    method: Any


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeGeneratorPlan:
    """Spikes that were drawn before the run.

    Parameters
    ----------
    name : str
        Of the Brian2 object.
    spikes : InputSpikes
        Whom each spike reaches: a neuron, or where synapses remember their own spikes, a fibre.
    """

    name: str
    spikes: InputSpikes


@dataclasses.dataclass(frozen=True, eq=False)
class SynapsesPlan:
    """Synapses: the same in every lane, none across lanes.

    Those of spikes that name the neurons they reach are not listed.

    Parameters
    ----------
    name, source, target : str
        Of the Brian2 objects.
    code : dict of str to str
        ``model``, ``pre``, ``post`` and ``tick`` (run at every stimulus step), all may be empty.
    values : dict of str to float or numpy.ndarray
        Constants, and values of shape ``(synapse,)``, alike in every lane, or ``(lanes, synapse)``.
    timed_arrays : dict of str to TimedArrayPlan
        By the name that the code calls them.
    delay : float
        In seconds, of presynaptic spikes.
    pre, post : numpy.ndarray of int, shape (synapse,), or None
        Neurons of one lane; None where each spike of the source names the neuron it reaches.
    n_lanes, n_pre, n_post : int
        Lanes, and what lies between a neuron and the same one in the next lane.
    """

    name: str
    source: str
    target: str
    code: Mapping[str, str]
    values: Mapping[str, Any]
    timed_arrays: Mapping[str, TimedArrayPlan]
    delay: float
    pre: np.ndarray | None
    post: np.ndarray | None
    n_lanes: int
    n_pre: int
    n_post: int

    def synapse_indices(self, n_sources: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the pre- and postsynaptic index of every synapse, of all lanes."""
        if self.pre is None or self.post is None:
            indices = np.arange(n_sources)
            return indices, indices % self.n_post
        lanes = np.arange(self.n_lanes)[:, None]
        pre, post = lanes * self.n_pre + self.pre, lanes * self.n_post + self.post
        return pre.ravel(), post.ravel()


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkPlan:
    """All parts of a network, and the steps of its clocks in seconds."""

    neuron_groups: tuple[NeuronGroupPlan, ...]
    spike_generators: tuple[SpikeGeneratorPlan, ...]
    synapses: tuple[SynapsesPlan, ...]
    dt: float
    stimulus_dt: float
    n_steps: int

    def describe_code(self) -> str:
        """Write all that a compiled program depends on, and nothing else."""
        descriptions: list[object] = [self.dt, self.stimulus_dt]
        for group in self.neuron_groups:
            arrays = _array_signatures(group.timed_arrays)
            descriptions.append(
                (group.name, sorted(group.code.items()), sorted(group.values), arrays)
            )
        descriptions += [generator.name for generator in self.spike_generators]
        for synapses in self.synapses:
            names = (synapses.name, synapses.source, synapses.target, synapses.pre is None)
            kinds, arrays = _value_kinds(synapses.values), _array_signatures(synapses.timed_arrays)
            descriptions.append((*names, sorted(synapses.code.items()), kinds, arrays))
        return "\n".join(map(repr, descriptions))

    def without_arrays(self) -> NetworkPlan:
        """Leave out the numbers that are arrays."""
        nothing: dict[str, Any] = {"values": {}, "timed_arrays": {}}
        groups = tuple(dataclasses.replace(g, **nothing) for g in self.neuron_groups)
        synapses = tuple(
            dataclasses.replace(s, pre=None, post=None, **nothing) for s in self.synapses
        )
        return dataclasses.replace(
            self, neuron_groups=groups, spike_generators=(), synapses=synapses
        )

    @property
    def timed_arrays(self) -> Iterator[TimedArrayPlan]:
        """All arrays over time."""
        for group in self.neuron_groups:
            yield from group.timed_arrays.values()
        for synapses in self.synapses:
            yield from synapses.timed_arrays.values()


def _array_signatures(timed_arrays: Mapping[str, TimedArrayPlan]) -> list[tuple[str, str, str]]:
    return sorted((name, array.name, array.unit) for name, array in timed_arrays.items())


def _value_kinds(values: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Tell a constant of all synapses from a value of each."""
    return sorted((name, np.ndim(value) > 0) for name, value in values.items())


def filter_namespace(namespace: Mapping[str, Any], *code: str) -> dict[str, Any]:
    """Keep of a namespace what some code asks for."""
    names_in_code = {word for text in code for word in _WORD.findall(text)}
    return {name: value for name, value in namespace.items() if name in names_in_code}


def declare_constants(namespace: Mapping[str, Any], obj: str) -> tuple[list[str], dict[str, float]]:
    """Turn the numbers of a namespace into variables that a whole group shares.

    Parameters
    ----------
    namespace : mapping of str to quantity or float
        By name.
    obj : str
        What it belongs to, for the error.

    Returns
    -------
    declarations : list of str
        Brian2 equations, one for each.
    values : dict of str to float
        In SI.

    Raises
    ------
    SimulationError
        For something that is no number.
    """
    declarations, values = [], {}
    for name, value in namespace.items():
        try:
            values[name] = float(np.asarray(value))
        except (TypeError, ValueError) as error:
            raise SimulationError(
                f"{obj}, {name}",
                "a number or a quantity, for equations can use no other",
                repr(value),
                "Write functions of the potential into the equations themselves.",
            ) from error
        declarations.append(f"{name} : {unit_of(value)} (shared, constant)")
    return declarations, values


def declare_synaptic_constants(
    code: Mapping[str, str], namespace: Mapping[str, Any], obj: str
) -> tuple[dict[str, str], dict[str, float]]:
    """Declare the constants of synapses.

    They get a suffix, for Brian2 does not let a synapse and its target have a name in common.

    Parameters
    ----------
    code : mapping of str to str
        With ``model``.
    namespace : mapping of str to quantity or float
        What the code may ask for.
    obj : str
        What it belongs to, for the error.

    Returns
    -------
    code : dict of str to str
        With the constants in its ``model``.
    values : dict of str to float
        In SI.
    """
    suffixed_names = {name: f"{name}_syn" for name in filter_namespace(namespace, *code.values())}
    declarations, values = declare_constants(
        {suffixed_names[n]: namespace[n] for n in suffixed_names}, obj
    )
    suffixed_code = {
        field: _WORD.sub(lambda word: suffixed_names.get(word[0], word[0]), text)
        for field, text in code.items()
    }
    suffixed_code["model"] = "\n".join([suffixed_code["model"], *declarations]).strip()
    return suffixed_code, values


def unit_of(value: Any) -> str:
    """Write the base unit of a quantity, as Brian2's equations want it."""
    dimensions = get_dimensions(value)
    return "1" if dimensions.is_dimensionless else repr(get_unit(dimensions))
