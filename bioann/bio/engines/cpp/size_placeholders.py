"""A plan with a prime number in place of each size, which the code of a program looks up instead.

Brian2 compiles array sizes in: a number that stands for one must not occur otherwise.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping

import numpy as np

from bioann.bio.builder.brian_objects import Built, make_empty_objects
from bioann.bio.builder.plan import Plan, Table
from bioann.bio.input_spikes.events import Events


def make_placeholder_network(plan: Plan) -> tuple[Built, dict[int, str]]:
    """Make the Brian2 network of a plan without its numbers, for compilation.

    Returns
    -------
    built : Built
        Without monitors; each of its sizes is a prime number of its own.
    sizes : dict of int to str
        For each of these numbers, the C++ that looks the real one up (`list_sizes` has their
        order).
    """
    text = plan.code()
    free = (p for p in _iter_primes(10007) if str(p) not in text and str(p + 1) not in text)
    marks = [next(free) for _ in plan.neurons]
    small = (p for p in _iter_primes(503) if str(p) not in text)
    shapes = {table.name: (next(small), next(small)) for table in plan.tables}
    one = Events.of(np.zeros(1, dtype=np.uint16), np.ones(1, dtype=np.int32), 1)

    def tables(given: Mapping[str, Table]) -> dict[str, Table]:
        return {
            k: dataclasses.replace(t, values=np.zeros(shapes[t.name])) for k, t in given.items()
        }

    neurons = [
        dataclasses.replace(g, size=m, tables=tables(g.tables))
        for g, m in zip(plan.neurons, marks, strict=True)
    ]
    fibres = [dataclasses.replace(f, events=one) for f in plan.fibres]
    wires = [dataclasses.replace(w, tables=tables(w.tables)) for w in plan.wires]
    empty = dataclasses.replace(
        plan, neurons=tuple(neurons), fibres=tuple(fibres), wires=tuple(wires)
    )
    made = make_empty_objects(empty)
    for synapses in made.synapses.values():
        synapses.connect(i=[0], j=[0])
    found = {m: f"bioann::size({k})" for k, m in enumerate(marks)}
    found |= {m + 1: f"({size} + 1)" for m, size in found.items()}
    for k, (rows, columns) in enumerate(shapes.values()):
        t, c = (f"bioann::size({len(marks) + 2 * k + j})" for j in range(2))
        found |= {rows: t, columns: c, rows * columns: f"({t} * {c})"}
    return made, found


def list_sizes(plan: Plan) -> list[int]:
    """Give the sizes of a plan in the order in which a compiled program looks them up."""
    shapes = {table.name: table.values.shape for table in plan.tables}
    groups = [g.size for g in plan.neurons]
    return [*groups, *(n for shape in shapes.values() for n in shape)]


def _iter_primes(start: int) -> Iterator[int]:
    """Give the prime numbers from a number on."""
    for n in itertools.count(start):
        if all(n % k for k in range(2, int(n**0.5) + 1)):
            yield n
