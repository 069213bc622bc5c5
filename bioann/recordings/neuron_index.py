"""Neuron-resolved names: ``left[3]`` is one neuron of a population, ``left[3:6]`` a block of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from bioann.base.errors import CorrespondenceError, unknown_name_error
from bioann.recordings.recording import RESPONSE_DIMS, bin_spikes

_NEURON_NAME = re.compile(r"(.+)\[(\d+)(?::(\d+))?\]")


def split_name(name: str) -> tuple[str, range | None]:
    """Take a name apart into population and neurons.

    Parameters
    ----------
    name : str
        ``"left"``, ``"left[3]"`` or ``"left[3:6]"``.

    Returns
    -------
    population : str
        ``"left"``.
    neurons : range or None
        Which neurons; None for the population as a whole.
    """
    found = _NEURON_NAME.fullmatch(name)
    if found is None:
        return name, None
    start = int(found[2])
    return found[1], range(start, int(found[3]) if found[3] else start + 1)


def block_name(population: str, start: int, stop: int) -> str:
    """Write the name of the neurons from `start` up to `stop` of a population."""
    return f"{population}[{start}]" if stop == start + 1 else f"{population}[{start}:{stop}]"


def list_neurons(name: str, sizes: Mapping[str, int], obj: str) -> set[tuple[str, int]]:
    """List the neurons that a name stands for.

    Parameters
    ----------
    name : str
        A population, or neurons of one.
    sizes : mapping of str to int
        Neurons of every population.
    obj : str
        Where the name stood, for the error.

    Returns
    -------
    set of (str, int)
        Population and index of each neuron.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    CorrespondenceError
        If it has fewer neurons, or the block is empty.
    """
    population, neurons = (name, None) if name in sizes else split_name(name)
    if population not in sizes:
        raise unknown_name_error(obj, "population", population, sizes)
    n = sizes[population]
    if neurons is not None and not (len(neurons) and neurons.stop <= n):
        raise CorrespondenceError(
            f"{obj}, {name!r}",
            f"neurons of {population!r}, which has {n}",
            name.removeprefix(population),
            f"Count from 0: {population}[0] to {population}[{n - 1}].",
        )
    return {(population, i) for i in (range(n) if neurons is None else neurons)}


def name_neurons(neurons: Iterable[tuple[str, int]], sizes: Mapping[str, int]) -> list[str]:
    """Write a set of neurons as populations and blocks, in the order of the populations."""
    found = []
    having = set(neurons)
    for population, n in sizes.items():
        inside = np.array([(population, i) in having for i in range(n)], dtype=int)
        edges = np.diff(np.concatenate([[0], inside, [0]]))
        for start, stop in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
            whole = stop - start == n
            found.append(population if whole else block_name(population, int(start), int(stop)))
    return found


def neuron_rates(recorded: xr.Dataset, names: Sequence[str]) -> np.ndarray:
    """Give the rates of single neurons and of blocks from the spikes of a recording.

    Parameters
    ----------
    recorded : xarray.Dataset
        Of a spiking half.
    names : sequence of str
        Neuron-resolved names.

    Returns
    -------
    numpy.ndarray, shape (condition, trial, time, name)
        In Hz per neuron, in the bins of the recording.

    Raises
    ------
    CorrespondenceError
        If the half has no spikes.
    """
    if "spike_time" not in recorded:
        raise CorrespondenceError(
            f"Correspondence, {names[0]!r}",
            "a half that records spikes, for neurons to be told apart",
            "one without",
            "Name whole populations.",
        )
    units = [str(u) for u in recorded.unit.values]
    sizes = dict(zip(units, map(int, recorded.n_neurons.values), strict=True))
    first = dict(zip(units, np.cumsum([0, *sizes.values()]), strict=False))
    wanted = [
        sorted(int(first[p]) + i for p, i in list_neurons(name, sizes, "Correspondence"))
        for name in names
    ]
    chosen, column = np.unique(np.concatenate(wanted), return_inverse=True)
    place = np.full(sum(sizes.values()), -1)
    place[chosen] = np.arange(len(chosen))
    offsets = np.array(list(first.values()))
    spikes = {
        f: recorded[f"spike_{f}"].values for f in ("condition", "trial", "time", "unit", "neuron")
    }
    label = place[offsets[spikes["unit"]] + spikes["neuron"]]
    centres = recorded.time.values
    shape = tuple(recorded.sizes[d] for d in RESPONSE_DIMS[:3])
    width = 2 * float(centres[0])
    counts = bin_spikes(spikes, label, (*shape, len(chosen)), width)
    lengths = [len(w) for w in wanted]
    share = np.repeat(1 / np.array(lengths), lengths) / width
    mean = csr_array(
        (share, (column, np.repeat(np.arange(len(names)), lengths))), (len(chosen), len(names))
    )
    return np.asarray(counts.reshape(-1, len(chosen)) @ mean).reshape(*shape, len(names))
