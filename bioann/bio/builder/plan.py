"""A network taken apart into code and numbers.

What a network *is* (equations, thresholds, what spikes do, the time step) is code, and decides
what has to be compiled. All else (how many neurons, who is connected to whom, every parameter,
weight and stimulus) is numbers that code reads when it runs. A plan keeps the two apart: its
`Plan.code` says all that a compiled program depends on, its values are handed to the program.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_dimensions, get_unit

from bioann.base.errors import SimulationError
from bioann.bio.input_spikes.draw import Events

_WORDS = re.compile(r"[A-Za-z_]\w*")


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
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
class Neurons:
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
    tables : dict of str to Table
        By the name that the code calls them.
    method : Any
        What Brian2 takes as one.
    """

    name: str
    size: int
    code: Mapping[str, str]
    values: Mapping[str, Any]
    tables: Mapping[str, Table]
    method: Any


@dataclasses.dataclass(frozen=True, eq=False)
class Fibres:
    """Spikes that were drawn before the run.

    Parameters
    ----------
    name : str
        Of the Brian2 object.
    events : Events
        Whom each spike reaches: a neuron, or where synapses remember their own spikes, a fibre.
    """

    name: str
    events: Events


@dataclasses.dataclass(frozen=True, eq=False)
class Wires:
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
    tables : dict of str to Table
        By the name that the code calls them.
    delay : float
        In seconds, of presynaptic spikes.
    pre, post : numpy.ndarray of int, shape (synapse,), or None
        Neurons of one lane; None where each spike of the source names the neuron it reaches.
    lanes, n_pre, n_post : int
        Lanes, and what lies between a neuron and the same one in the next lane.
    """

    name: str
    source: str
    target: str
    code: Mapping[str, str]
    values: Mapping[str, Any]
    tables: Mapping[str, Table]
    delay: float
    pre: np.ndarray | None
    post: np.ndarray | None
    lanes: int
    n_pre: int
    n_post: int

    def ends(self, sources: int) -> tuple[np.ndarray, np.ndarray]:
        """Give both ends of the synapses of all lanes, of so many sources."""
        if self.pre is None or self.post is None:
            every = np.arange(sources)
            return every, every % self.n_post
        lanes = np.arange(self.lanes)[:, None]
        pre, post = lanes * self.n_pre + self.pre, lanes * self.n_post + self.post
        return pre.ravel(), post.ravel()


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """All parts of a network, and the steps of its clocks in seconds."""

    neurons: tuple[Neurons, ...]
    fibres: tuple[Fibres, ...]
    wires: tuple[Wires, ...]
    dt: float
    slow_dt: float
    steps: int

    def code(self) -> str:
        """Write all that a compiled program depends on, and nothing else."""
        parts: list[object] = [self.dt, self.slow_dt]
        for n in self.neurons:
            parts.append((n.name, sorted(n.code.items()), sorted(n.values), _called(n.tables)))
        parts += [f.name for f in self.fibres]
        for w in self.wires:
            ends = (w.name, w.source, w.target, w.pre is None)
            parts.append((*ends, sorted(w.code.items()), _kinds(w.values), _called(w.tables)))
        return "\n".join(map(repr, parts))

    def bare(self) -> Plan:
        """Leave out the numbers that are arrays."""
        none: dict[str, Any] = {"values": {}, "tables": {}}
        neurons = tuple(dataclasses.replace(n, **none) for n in self.neurons)
        wires = tuple(dataclasses.replace(w, pre=None, post=None, **none) for w in self.wires)
        return dataclasses.replace(self, neurons=neurons, fibres=(), wires=wires)

    @property
    def tables(self) -> Iterator[Table]:
        """All tables."""
        for group in self.neurons:
            yield from group.tables.values()
        for wires in self.wires:
            yield from wires.tables.values()


def _called(tables: Mapping[str, Table]) -> list[tuple[str, str, str]]:
    return sorted((called, table.name, table.unit) for called, table in tables.items())


def _kinds(values: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Tell a constant of all synapses from a value of each."""
    return sorted((name, np.ndim(value) > 0) for name, value in values.items())


def used(namespace: Mapping[str, Any], *code: str) -> dict[str, Any]:
    """Keep of a namespace what some code asks for."""
    words = {word for text in code for word in _WORDS.findall(text)}
    return {name: value for name, value in namespace.items() if name in words}


def constants(namespace: Mapping[str, Any], obj: str) -> tuple[list[str], dict[str, float]]:
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
    lines, values = [], {}
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
        lines.append(f"{name} : {unit_of(value)} (shared, constant)")
    return lines, values


def synaptic_constants(
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
    names = {name: f"{name}_syn" for name in used(namespace, *code.values())}
    declared, values = constants({names[n]: namespace[n] for n in names}, obj)
    own = {part: _WORDS.sub(lambda m: names.get(m[0], m[0]), text) for part, text in code.items()}
    own["model"] = "\n".join([own["model"], *declared]).strip()
    return own, values


def unit_of(value: Any) -> str:
    """Write the base unit of a quantity, as Brian2's equations want it."""
    dimensions = get_dimensions(value)
    return "1" if dimensions.is_dimensionless else repr(get_unit(dimensions))
