"""Start or end of a step: one for all channels, or for each channel and each condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.base.errors import StimulusError, unknown_name_error
from bioann.base.units import SI, to_si


def read_step_times(
    times: SI | Mapping[str, SI],
    channels: Sequence[str],
    n_conditions: int,
    default: float,
    obj: str,
) -> np.ndarray:
    """Return the time of each condition and channel in seconds.

    Parameters
    ----------
    times : quantity, or mapping of str to quantity
        One time, or an array with one for each condition; in a mapping, those of some channels.
    channels : sequence of str
        All channels of the stimulus.
    n_conditions : int
        Number of conditions of the stimulus, at least 1.
    default : float
        The time of channels that a mapping does not name, in seconds.
    obj : str
        What the times are, for errors.

    Returns
    -------
    numpy.ndarray, shape (condition, channel)
        The times.

    Raises
    ------
    UnknownNameError
        If there is no such channel.
    StimulusError
        If an array has another length.
    """
    if not isinstance(times, Mapping):
        times = dict.fromkeys(channels, times)
    for name in times:
        if name not in channels:
            raise unknown_name_error(obj, "channel", name, channels)
    seconds = np.full((n_conditions, len(channels)), default)
    for k, name in enumerate(channels):
        if name in times:
            seconds[:, k] = _read_times_of_channel(times[name], n_conditions, obj)
    return seconds


def _read_times_of_channel(times: Any, n_conditions: int, obj: str) -> np.ndarray | float:
    if np.ndim(times) == 0:
        return to_si(times, "ms", obj)
    if len(times) != n_conditions:
        raise StimulusError(
            obj,
            f"one time, or one for each of {n_conditions} conditions",
            f"{len(times)} times",
            "Write as many times as levels.",
        )
    return np.array([to_si(time, "ms", obj) for time in times])
