"""Levels of the stimulus channels, one for each condition."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.stimuli.stimulus import Levels


@name_argument_errors
def cross_levels(levels: Levels) -> dict[str, list[float]]:
    """Return the Cartesian product of the levels of all channels, one condition each.

    Parameters
    ----------
    levels : mapping of str to sequence of float
        Activations of each channel; the sequences may differ in length.

    Returns
    -------
    dict of str to list of float
        Levels for `steps` and the other waveforms; the last channel varies fastest.
    """
    rows = list(itertools.product(*levels.values()))
    return {name: [float(row[i]) for row in rows] for i, name in enumerate(levels)}


@name_argument_errors
def join_levels(*blocks: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the conditions of several blocks, one block after the other.

    ``join_levels({"a": [0, 1, 2]}, {"a": [1, 2], "b": 1})`` has five conditions: `a` alone at three
    levels, then at two of them together with `b`.

    Parameters
    ----------
    *blocks : mapping of str to float, or to sequence of float
        Level or levels of channels in each block, which are crossed as by `cross_levels`. Channels
        that a block does not name are zero in it.

    Returns
    -------
    dict of str to list of float
        Levels for `steps` and the other waveforms.
    """
    crossed = [
        cross_levels(
            {c: to_floats(x, f"levels of {c!r}", StimulusError).ravel() for c, x in block.items()}
        )
        for block in blocks
    ]
    lengths = [len(next(iter(levels.values()), [0.0])) for levels in crossed]
    return {
        name: [
            level
            for levels, n in zip(crossed, lengths, strict=True)
            for level in levels.get(name, [0.0] * n)
        ]
        for name in dict.fromkeys(itertools.chain.from_iterable(blocks))
    }


def stack_levels(levels: Levels) -> np.ndarray:
    """Return the levels as an array, shape ``(condition, channel)``."""
    lengths = {name: len(values) for name, values in levels.items()}
    if not lengths or len(set(lengths.values())) != 1:
        raise StimulusError(
            "stimulus levels",
            "at least one channel, and equally many levels for each",
            f"{lengths}",
            "Give one level per condition, or cross the channels with bioann.stimuli.cross_levels.",
        )
    columns = [to_floats(v, f"stimulus levels of {k!r}", StimulusError) for k, v in levels.items()]
    return np.stack(columns, axis=-1)
