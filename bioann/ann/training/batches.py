"""Batches: the order of the samples in an epoch, and the logs of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bioann.base.randomness import make_rng


def count_batches(n_samples: int, batch: int) -> int:
    """Return the number of batches of an epoch; the last one may be smaller."""
    return -(-n_samples // min(batch, n_samples))


def draw_batches(
    n_samples: int, batch: int, seeds: Sequence[int], epoch: int, dtype: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the order of the samples in an epoch.

    Parameters
    ----------
    n_samples : int
        Number of samples, at least 1.
    batch : int
        Number of samples in a batch, at least 1.
    seeds : sequence of int
        Seeds of the trainings.
    epoch : int
        Number of epochs before this one.
    dtype : type
        Floating-point type of `valid`.

    Returns
    -------
    index : numpy.ndarray of int, shape (seed, step, batch)
        Indices of the samples, padded with 0 in the last step.
    valid : numpy.ndarray, shape (seed, step, batch)
        1 for samples, 0 for padding.
    """
    steps = count_batches(n_samples, batch)
    shape = (len(seeds), steps, min(batch, n_samples))
    index = np.zeros((len(seeds), steps * shape[2]), dtype=np.int32)
    index[:, :n_samples] = [make_rng(s, "batches", epoch).permutation(n_samples) for s in seeds]
    valid = np.broadcast_to(np.arange(steps * shape[2]) < n_samples, index.shape).astype(dtype)
    return index.reshape(shape), valid.reshape(shape)


def select_steps(step_log: Any, span: tuple[int, int]) -> dict[str, Any]:
    """Return the log ``(seed, step)`` of a span of steps as NumPy arrays.

    Parameters
    ----------
    step_log : mapping of str to array, or to a mapping
        The log of all batches of an epoch.
    span : (int, int)
        First step, and the one after the last.
    """
    return {
        name: select_steps(value, span)
        if isinstance(value, dict)
        else np.asarray(value)[:, slice(*span)]
        for name, value in step_log.items()
    }
