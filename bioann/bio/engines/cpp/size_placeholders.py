"""Prime numbers as placeholders for array sizes.

Brian2 writes array sizes into its code as constants; a program looks them up instead. A number that
stands for a size must not occur in the code for any other reason.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping

import numpy as np

from bioann.bio.builder.brian_objects import BrianObjects, make_empty_objects
from bioann.bio.builder.plan import NetworkPlan, TimedArrayPlan
from bioann.bio.input_spikes.spikes import InputSpikes


def make_placeholder_network(plan: NetworkPlan) -> tuple[BrianObjects, dict[int, str]]:
    """Make the Brian2 network of a plan with placeholders for its sizes, for compilation.

    Returns
    -------
    objects : BrianObjects
        Brian2 objects without monitors; each array size is a different prime number.
    lookups : dict of int to str
        For each placeholder, the C++ expression for the actual size, in the order of `list_sizes`.
    """
    code = plan.describe_code()
    large = (p for p in _iter_primes(10007) if str(p) not in code and str(p + 1) not in code)
    group_sizes = [next(large) for _ in plan.neuron_groups]
    small = (p for p in _iter_primes(503) if str(p) not in code)
    shapes = {array.name: (next(small), next(small)) for array in plan.timed_arrays}
    one_spike = InputSpikes.from_sorted(np.zeros(1, dtype=np.uint16), np.ones(1, dtype=np.int32), 1)

    def resize(arrays: Mapping[str, TimedArrayPlan]) -> dict[str, TimedArrayPlan]:
        return {
            name: dataclasses.replace(array, values=np.zeros(shapes[array.name]))
            for name, array in arrays.items()
        }

    groups = [
        dataclasses.replace(group, size=size, timed_arrays=resize(group.timed_arrays))
        for group, size in zip(plan.neuron_groups, group_sizes, strict=True)
    ]
    generators = [dataclasses.replace(g, spikes=one_spike) for g in plan.spike_generators]
    synapses = [dataclasses.replace(s, timed_arrays=resize(s.timed_arrays)) for s in plan.synapses]
    objects = make_empty_objects(
        dataclasses.replace(
            plan,
            neuron_groups=tuple(groups),
            spike_generators=tuple(generators),
            synapses=tuple(synapses),
        )
    )
    for brian_synapses in (*objects.synapses.values(), *objects.gap_junctions.values()):
        brian_synapses.connect(i=[0], j=[0])
    lookups = {size: f"bioann::size({k})" for k, size in enumerate(group_sizes)}
    lookups |= {size + 1: f"({lookup} + 1)" for size, lookup in lookups.items()}
    for k, (rows, columns) in enumerate(shapes.values()):
        t, c = (f"bioann::size({len(group_sizes) + 2 * k + j})" for j in range(2))
        lookups |= {rows: t, columns: c, rows * columns: f"({t} * {c})"}
    return objects, lookups


def list_sizes(plan: NetworkPlan) -> list[int]:
    """Return the array sizes of a plan in the order in which a program looks them up."""
    shapes = {array.name: array.values.shape for array in plan.timed_arrays}
    groups = [group.size for group in plan.neuron_groups]
    return [*groups, *(n for shape in shapes.values() for n in shape)]


def _iter_primes(start: int) -> Iterator[int]:
    """Yield the prime numbers from `start` on, in ascending order."""
    for n in itertools.count(start):
        if all(n % k for k in range(2, int(n**0.5) + 1)):
            yield n
