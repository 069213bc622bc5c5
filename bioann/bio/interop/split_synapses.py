"""Splits synapses into sets that one afferent or one projection that learns can describe."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from bioann.bio.interop.connections import Connection
from bioann.bio.interop.refusal import refuse_object

#: Largest number of sets that the synapses of one Brian2 object are split into.
LARGEST_SPLIT = 200


def split_by_delay(
    connection: Connection, dt: float, rates: np.ndarray | None = None
) -> Iterator[tuple[Connection, float]]:
    """Yield the synapses of each delay, and of each firing rate of their sources.

    Parameters
    ----------
    connection : Connection
        Synapses, at least one.
    dt : float
        Time step in seconds, to which Brian2 rounds delays.
    rates : numpy.ndarray, shape (source,), optional
        Firing rate in Hz of each neuron of the source. Synapses of silent ones are left out.

    Yields
    ------
    synapses : Connection
        Synapses with one delay.
    rate : float
        Firing rate of their sources; 0 without rates.

    Raises
    ------
    DescriptionError
        If there are more than `LARGEST_SPLIT` sets.
    """
    rate = np.zeros(len(connection.pre)) if rates is None else rates[connection.pre]
    steps = np.floor(connection.delay / dt + 0.5)
    if len(connection.delay) and (connection.delay == connection.delay[0]).all():
        steps = np.zeros(len(steps))
    is_active = np.ones(len(rate), bool) if rates is None else rate > 0
    keys = np.column_stack([rate, steps])
    sets, number = np.unique(keys[is_active], axis=0, return_inverse=True)
    if len(sets) > LARGEST_SPLIT:
        kinds = "delays" if rates is None else "rates and delays"
        expected, got = f"at most {LARGEST_SPLIT} {kinds} of synapses", str(len(sets))
        remedy = "Round them to fewer values, such as delays of whole milliseconds."
        raise refuse_object(connection.synapses, "delay", expected, got, remedy)
    members = np.flatnonzero(is_active)
    for k, (value, step) in enumerate(sets):
        mask = np.zeros(len(rate), bool)
        mask[members[np.ravel(number) == k]] = True
        synapses = connection.select_synapses(mask)
        if not (synapses.delay == synapses.delay[0]).all():
            synapses = dataclasses.replace(synapses, delay=np.full(mask.sum(), step * dt))
        yield synapses, float(value)


def has_several_delays(connection: Connection) -> bool:
    """Return whether synapses of the same two neurons differ in their delays."""
    pairs = np.column_stack([connection.pre, connection.post])
    n_pairs = len(np.unique(pairs, axis=0))
    return n_pairs < len(np.unique(np.column_stack([pairs, connection.delay]), axis=0))
