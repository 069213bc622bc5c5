"""Neuron-resolved names: ``left[3]`` is one neuron of a population, ``left[3:6]`` a block of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from bioann.base.errors import CorrespondenceError, unknown_name_error
from bioann.recordings.recording import RESPONSE_DIMS, bin_spikes

_NEURON_NAME = re.compile(r"(.+)\[(\d+)(?::(\d+))?\]")


def split_name(name: str) -> tuple[str, range | None]:
    """Split a name into population and neurons.

    Parameters
    ----------
    name : str
        Name of a population, of one neuron or of a block: ``"left"``, ``"left[3]"``,
        ``"left[3:6]"``.

    Returns
    -------
    population : str
        Name of the population, here ``"left"``.
    neurons : range or None
        Indices of the neurons; None for the whole population.
    """
    match = _NEURON_NAME.fullmatch(name)
    if match is None:
        return name, None
    start = int(match[2])
    return match[1], range(start, int(match[3]) if match[3] else start + 1)


def block_name(population: str, start: int, stop: int) -> str:
    """Return the name of neurons `start` to `stop` (exclusive) of a population."""
    return f"{population}[{start}]" if stop == start + 1 else f"{population}[{start}:{stop}]"


def find_unit(name: str, sizes: Mapping[str, int], obj: str) -> tuple[str, range]:
    """Return a unit as a block of one neuron; `UnknownNameError` if it does not exist."""
    if name not in sizes:
        raise unknown_name_error(obj, "unit", name, sizes)
    return name, range(1)


def find_neurons(name: str, sizes: Mapping[str, int], obj: str) -> tuple[str, range]:
    """Return the neurons of a name.

    Parameters
    ----------
    name : str
        Name of a population, of one of its neurons or of a block, as for `split_name`.
    sizes : mapping of str to int
        Number of neurons of every population.
    obj : str
        Object that contains the name, for errors.

    Returns
    -------
    population : str
        Name of the population.
    neurons : range
        Indices of the neurons.

    Raises
    ------
    UnknownNameError
        If the population does not exist.
    CorrespondenceError
        If the population has fewer neurons, or the block is empty.
    """
    population, neurons = (name, None) if name in sizes else split_name(name)
    if population not in sizes:
        raise unknown_name_error(obj, "population", population, sizes)
    n = sizes[population]
    if neurons is not None and not (neurons and neurons.stop <= n):
        raise CorrespondenceError(
            f"{obj}, {name!r}",
            f"neurons of {population!r}, which has {n}",
            name.removeprefix(population),
            f"Count from 0: {population}[0] to {population}[{n - 1}].",
        )
    return population, range(n) if neurons is None else neurons


def group_blocks(
    names: Iterable[str],
    sizes: Mapping[str, int],
    find_block: Callable[[str, Mapping[str, int], str], tuple[str, range]],
) -> dict[str, list[range]]:
    """Return the neurons of names by population, found by `find_neurons` or `find_unit`."""
    blocks: dict[str, list[range]] = {population: [] for population in sizes}
    for name in names:
        population, neurons = find_block(name, sizes, "Correspondence")
        blocks[population].append(neurons)
    return blocks


def find_coverage(
    matched: Iterable[range], unmatched: Iterable[range], n: int
) -> tuple[list[range], list[range]]:
    """Return the neurons of a population that are in no block, and those in blocks of both kinds.

    Time and memory grow with the number of blocks, not of neurons.

    Parameters
    ----------
    matched, unmatched : iterable of range
        Blocks of either kind, within `n`; blocks of one kind may overlap.
    n : int
        Number of neurons of the population.

    Returns
    -------
    missing, both : list of range
        The longest blocks, in order.
    """
    groups = [[block for block in blocks if block] for blocks in (matched, unmatched)]
    edges = np.unique([0, n, *(e for group in groups for b in group for e in (b.start, b.stop))])
    covered = []
    for group in groups:
        change = np.zeros(len(edges), dtype=int)
        np.add.at(change, np.searchsorted(edges, [block.start for block in group]), 1)
        np.add.at(change, np.searchsorted(edges, [block.stop for block in group]), -1)
        covered.append(np.cumsum(change)[:-1] > 0)
    is_matched, is_unmatched = covered
    return (
        _join_segments(edges, ~(is_matched | is_unmatched)),
        _join_segments(edges, is_matched & is_unmatched),
    )


def _join_segments(edges: np.ndarray, is_member: np.ndarray) -> list[range]:
    """Return the blocks that the members among the segments between edges form."""
    change = np.diff(np.concatenate([[0], is_member.astype(int), [0]]))
    starts, stops = edges[np.flatnonzero(change > 0)], edges[np.flatnonzero(change < 0)]
    return [range(int(i), int(k)) for i, k in zip(starts, stops, strict=True)]


def name_blocks(blocks: Mapping[str, Iterable[range]], sizes: Mapping[str, int]) -> list[str]:
    """Return the names of blocks of neurons by population: ``left``, ``left[3]``, ``left[3:6]``."""
    names = []
    for population, ranges in blocks.items():
        for block in ranges:
            is_whole = block == range(sizes[population])
            names.append(
                population if is_whole else block_name(population, block.start, block.stop)
            )
    return names


def neuron_rates(recording: xr.Dataset, names: Sequence[str]) -> np.ndarray:
    """Compute the rates of single neurons and of blocks from the spikes of a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        Recording of a spiking model, with its spikes.
    names : sequence of str
        Names of neurons, blocks or populations, as for `split_name`.

    Returns
    -------
    numpy.ndarray, shape (condition, trial, time, name)
        Mean rate per neuron in Hz, in the bins of the recording.

    Raises
    ------
    CorrespondenceError
        If the recording has no spikes.
    """
    if "spike_time" not in recording:
        raise CorrespondenceError(
            f"Correspondence, {names[0]!r}",
            "a model that records spikes",
            "one without",
            "Name whole populations.",
        )
    units = [str(u) for u in recording.unit.values]
    sizes = dict(zip(units, map(int, recording.n_neurons.values), strict=True))
    first_column = dict(zip(units, np.cumsum([0, *sizes.values()]), strict=False))
    blocks = [find_neurons(name, sizes, "Correspondence") for name in names]
    columns_of_names = [
        int(first_column[population]) + np.array(neurons) for population, neurons in blocks
    ]
    columns, column = np.unique(np.concatenate(columns_of_names), return_inverse=True)
    position = np.full(sum(sizes.values()), -1)
    position[columns] = np.arange(len(columns))
    offsets = np.array(list(first_column.values()))
    spikes = {
        f: recording[f"spike_{f}"].values for f in ("condition", "trial", "time", "unit", "neuron")
    }
    labels = position[offsets[spikes["unit"]] + spikes["neuron"]]
    centres = recording.time.values
    shape = tuple(recording.sizes[d] for d in RESPONSE_DIMS[:3])
    bin_width = 2 * float(centres[0])
    counts = bin_spikes(spikes, labels, (*shape, len(columns)), bin_width)
    lengths = [len(w) for w in columns_of_names]
    share = np.repeat(1 / np.array(lengths), lengths) / bin_width
    mean = csr_array(
        (share, (column, np.repeat(np.arange(len(names)), lengths))), (len(columns), len(names))
    )
    return np.asarray(counts.reshape(-1, len(columns)) @ mean).reshape(*shape, len(names))
