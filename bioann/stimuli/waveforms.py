"""Stimulus waveforms: steps, pulses, ramps, sines, noise and spike trains.

Each function returns a stimulus with the layout of `bioann.stimuli.stimulus.make_stimulus`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_minimum, check_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, to_si
from bioann.base.user_code import name_user_errors
from bioann.stimuli.levels import stack_levels
from bioann.stimuli.step_times import read_step_times
from bioann.stimuli.stimulus import (
    Levels,
    check_within,
    count_steps,
    label_conditions,
    make_stimulus,
)


@name_argument_errors
def steps(
    levels: Levels,
    *,
    duration: SI,
    onset: SI | Mapping[str, SI] = 0 * ms,
    offset: SI | Mapping[str, SI] | None = None,
    dt: SI = 1 * ms,
    coords: Levels | None = None,
) -> xr.DataArray:
    """Build steps: each channel is at its level from `onset` to `offset`, and at zero otherwise.

    Parameters
    ----------
    levels : mapping of str to sequence of float
        Activation of each channel in each condition; all sequences have one length.
    duration : quantity
        Duration of every condition, in ms.
    onset, offset : quantity, or mapping of str to quantity, optional
        Start and end of the step, in ms: one for all conditions, or an array with one for each. A
        mapping has those of some channels. The others, and all without it, start at zero and end
        with the condition.
    dt : quantity, optional
        Time step of the stimulus, in ms.
    coords : mapping of str to sequence of float, optional
        Numbers that label the conditions, one per condition; by default the levels.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``.

    Raises
    ------
    StimulusError
        If a step does not lie inside the stimulus, or there is another number of times.
    UnknownNameError
        If a mapping names another channel.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import ms
    >>> stimulus = ba.steps({"x": [0.0, 1.0]}, duration=500 * ms, onset=100 * ms)
    >>> stimulus.condition.values.tolist(), stimulus.sizes["time"]
    (['x=0', 'x=1'], 500)
    """
    rows, channels = stack_levels(levels), list(levels)
    n, step = count_steps(duration, dt, "stimulus", rows.size)
    end = to_si(duration, "ms", "stimulus, duration")
    starts = read_step_times(onset, channels, len(rows), 0.0, "steps, onset")
    stops = read_step_times(
        {} if offset is None else offset, channels, len(rows), end, "steps, offset"
    )
    for start, stop in np.unique(np.stack([starts, stops], axis=-1).reshape(-1, 2), axis=0):
        check_within(start, stop, end, "steps, onset and offset")
    is_on = _is_within(np.arange(n)[:, None] * step, starts[:, None], stops[:, None])
    values = rows[:, None] * is_on
    return make_stimulus(values, channels=channels, dt=dt, coords=coords or levels)


@name_argument_errors
def pulses(
    levels: Levels, *, at: Sequence[SI], width: SI, duration: SI, dt: SI = 1 * ms
) -> xr.DataArray:
    """Build rectangular pulses of `width` that start at the times in `at`.

    Raises
    ------
    StimulusError
        If a pulse does not lie inside the stimulus.
    """
    starts = [to_si(a, "ms", "pulses, at") for a in at]
    pulse_width, end, step = (
        to_si(time, "ms", obj)
        for obj, time in (
            ("pulses, width", width),
            ("stimulus, duration", duration),
            ("stimulus, dt", dt),
        )
    )
    if pulse_width < step * (1 - 1e-9):  # it could fall between two steps
        got = f"{pulse_width * 1e3:g} ms"
        raise StimulusError("pulses, width", f"at least dt, {step * 1e3:g} ms", got, "Widen it.")
    for start in starts:
        check_within(start, start + pulse_width, end, "pulses, at")

    def shape(t: np.ndarray) -> np.ndarray:
        return np.any([_is_within(t, a, a + pulse_width) for a in starts], axis=0)

    return shaped_steps(levels, shape, duration, dt)


@name_argument_errors
def ramps(levels: Levels, *, duration: SI, dt: SI = 1 * ms) -> xr.DataArray:
    """Build ramps that rise linearly from zero at the start to each level at the end."""
    end = to_si(duration, "ms", "ramps, duration")
    return shaped_steps(levels, lambda t: t / end, duration, dt)


@name_argument_errors
def sines(
    levels: Levels, *, frequency: SI, mean: float = 0.0, duration: SI, dt: SI = 1 * ms
) -> xr.DataArray:
    """Build sines about `mean` with the levels as amplitudes and phase zero at time zero."""
    hertz = to_si(frequency, "Hz", "sines, frequency")
    stimulus = shaped_steps(levels, lambda t: np.sin(2 * np.pi * hertz * t), duration, dt)
    return (stimulus + mean).assign_attrs(stimulus.attrs)


@name_argument_errors
def shaped_steps(
    levels: Levels,
    shape: Callable[[np.ndarray], np.ndarray],
    duration: SI,
    dt: SI = 1 * ms,
    coords: Levels | None = None,
) -> xr.DataArray:
    """Build a stimulus from one time course: ``level * shape(t)`` for each condition."""
    rows = stack_levels(levels)
    n, step = count_steps(duration, dt, "stimulus", rows.size)
    with name_user_errors("stimulus shape", "a function of time in seconds"):
        course = to_floats(shape(np.arange(n) * step), "stimulus shape", StimulusError)
    if course.shape != (n,):
        raise StimulusError(
            "stimulus shape",
            f"one value for each of {n} time steps",
            f"shape {course.shape}",
            "Return an array with the shape of the times.",
        )
    values = rows[:, None, :] * course[None, :, None]
    return make_stimulus(values, channels=list(levels), dt=dt, coords=coords or levels)


@name_argument_errors
def noise(
    means: Levels,
    *,
    std: float,
    tau: SI = 20 * ms,
    samples: int,
    seed: int,
    duration: SI,
    onset: SI = 0 * ms,
    dt: SI = 1 * ms,
    minimum: float | None = None,
    coords: Levels | None = None,
) -> xr.DataArray:
    r"""Draw frozen Ornstein-Uhlenbeck noise about each mean, independently for each channel.

    .. math:: x_{k+1} = \mu + (x_k - \mu) e^{-dt/\tau} + \sigma \sqrt{1 - e^{-2 dt/\tau}} \xi_k

    Parameters
    ----------
    means : mapping of str to sequence of float
        Mean activation of each channel in each condition; all sequences have one length.
    std : float
        Standard deviation :math:`\sigma`, in activation.
    tau : quantity, optional
        Correlation time :math:`\tau`, in ms.
    samples : int
        Number of independent samples of each condition; each becomes a condition.
    seed : int
        Seed of the noise; a sample does not depend on the number of samples.
    duration, dt : quantity
        Duration of every condition, and time step, in ms.
    onset : quantity, optional
        Time before which all channels are zero, in ms; the noise after it does not depend on it.
    minimum : float, optional
        Activation to which lower values are clipped (0.0 for afferents that carry rates).
    coords : mapping of str to sequence of float, optional
        Numbers that label the conditions, in addition to ``sample``; by default the means.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)`` with `samples` times as many conditions as
        `means` has, and a coordinate ``sample``.
    """
    samples = check_whole_number(samples, "noise, samples")
    check_minimum("noise", 0, std=std)
    n, step = count_steps(duration, dt, "noise", samples * stack_levels(means).size)
    start = to_si(onset, "ms", "noise, onset")
    check_within(start, n * step, n * step, "noise, onset")
    decay = float(np.exp(-step / to_si(tau, "ms", "noise, tau")))
    coordinates = {
        k: np.repeat(to_floats(v, f"noise, {k!r}", StimulusError), samples)
        for k, v in (coords or means).items()
    }
    coordinates["sample"] = np.tile(np.arange(samples, dtype=float), len(stack_levels(means)))
    conditions = label_conditions(coordinates)
    rows = np.repeat(stack_levels(means), samples, axis=0)
    draws = np.stack([make_rng(seed, "noise", t).normal(size=(n, len(means))) for t in conditions])
    x = draws[:, 0]
    course = np.empty_like(draws)
    for k in range(n):
        x = x * decay + np.sqrt(1 - decay**2) * draws[:, k] if k else x
        course[:, k] = x
    lowest = -np.inf if minimum is None else minimum
    values = np.maximum(rows[:, None, :] + std * course, lowest)
    values[:, np.arange(n) * step < start - 1e-9] = 0.0
    return make_stimulus(
        values, channels=list(means), dt=dt, conditions=conditions, coords=coordinates
    )


@name_argument_errors
def spike_trains(
    trains: Mapping[str, Sequence[SI]], *, duration: SI, rate: SI, dt: SI = 1 * ms
) -> xr.DataArray:
    """Convert one spike train per channel to activations, ``count / (dt * rate)`` per step.

    Parameters
    ----------
    trains : mapping of str to sequence of quantity
        Spike times of each channel, in ms from the start.
    duration, dt : quantity
        Duration of the stimulus, and time step, in ms.
    rate : quantity
        Firing rate that activation 1.0 stands for, in Hz.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)`` with a single condition, ``"recorded"``.

    Raises
    ------
    StimulusError
        If a spike does not lie inside the stimulus.
    """
    n, step = count_steps(duration, dt, "spike_trains", len(trains))
    hertz = to_si(rate, "Hz", "spike_trains, rate")
    values = np.zeros((1, n, len(trains)))
    for k, times in enumerate(trains.values()):
        bins = np.array([to_si(t, "ms", "spike_trains, time") for t in times]) / step + 1e-9
        for time in step * bins[(bins < 0) | (bins >= n)][:1]:
            check_within(time, time + step, n * step, "spike_trains, time")
        values[0, :, k] = np.bincount(bins.astype(int), minlength=n) / (step * hertz)
    return make_stimulus(values, channels=list(trains), dt=dt, conditions=["recorded"])


def _is_within(t: np.ndarray, start: Any, stop: Any) -> np.ndarray:
    """Check start <= t < stop elementwise, with a tolerance for the rounding of time steps."""
    inside: np.ndarray = (t >= start - 1e-9) & (t < stop - 1e-9)
    return inside
