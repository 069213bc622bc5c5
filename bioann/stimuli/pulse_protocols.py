"""Stimuli of pulses whose times differ between conditions: volleys with jitter, delayed probes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, to_si
from bioann.stimuli.stimulus import check_within, count_steps, make_stimulus


@name_argument_errors
def jittered_volleys(
    channels: Sequence[str],
    *,
    jitters: Sequence[SI],
    samples: int,
    seed: int,
    period: SI,
    duration: SI,
    dt: SI = 1 * ms,
) -> xr.DataArray:
    """Draw volleys of one pulse per channel, and move every pulse by a random time of its own.

    Parameters
    ----------
    channels : sequence of str
        The channels, which pulse together where the jitter is zero.
    jitters : sequence of quantity
        Standard deviations of the normal distribution of the random times, in ms.
    samples : int
        Number of independent samples of each jitter; each becomes a condition.
    seed : int
        Seed of the random times.
    period : quantity
        Time from volley to volley, in ms; the first comes after half of it.
    duration, dt : quantity
        Duration of every condition, and time step, in ms. A pulse lasts one step.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``, coordinates ``jitter`` in ms and ``sample``.
        Every channel has as many pulses in all conditions: one that is moved beyond an end comes in
        at the other, and where two fall together the activation is 2.
    """
    stds = [to_si(jitter, "ms", "jittered_volleys, jitters") for jitter in jitters]
    samples = check_whole_number(samples, "jittered_volleys, samples")
    n_values = len(stds) * samples * len(channels)
    n_steps, step = count_steps(duration, dt, "jittered_volleys", n_values)
    n_period, _ = count_steps(period, dt, "jittered_volleys, period", n_values)
    volleys = np.arange(n_period // 2, n_steps, n_period)
    values = np.zeros((len(stds) * samples, n_steps, len(channels)))
    for row, (std, pulses_of_row) in enumerate(zip(np.repeat(stds, samples), values, strict=True)):
        shifts = (
            std / step * make_rng(seed, "jitter", row).normal(size=(len(volleys), len(channels)))
        )
        times = np.round(volleys[:, None] + shifts).astype(int) % n_steps
        np.add.at(pulses_of_row, (times, np.arange(len(channels))), 1.0)
    coords = {
        "jitter": np.round(np.repeat(stds, samples) * 1e3, 9),
        "sample": np.tile(np.arange(samples, dtype=float), len(stds)),
    }
    return make_stimulus(values, channels=channels, dt=dt, coords=coords)


@name_argument_errors
def paired_pulses(
    channels: tuple[str, str], *, lags: Sequence[SI], period: SI, duration: SI, dt: SI = 1 * ms
) -> xr.DataArray:
    """Build pulses on one channel, each with a pulse on another some time before or after it.

    Parameters
    ----------
    channels : tuple of str
        The channel whose pulses have the same times in all conditions, and that of the others.
    lags : sequence of quantity
        Time from the first channel's pulse to the second's in each condition, in ms; negative if
        the second comes first.
    period : quantity
        Time from pair to pair, in ms; the pulses of the first channel are in the middle of it.
    duration, dt : quantity
        Duration of every condition, and time step, in ms. A pulse lasts one step.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``, coordinate ``lag`` in ms.

    Raises
    ------
    StimulusError
        If a lag leads beyond the period.
    """
    seconds = np.array([to_si(lag, "ms", "paired_pulses, lags") for lag in lags])
    n_steps, step = count_steps(duration, dt, "paired_pulses", 2 * len(seconds))
    n_period, _ = count_steps(period, dt, "paired_pulses, period", 2 * len(seconds))
    second = n_period // 2 + np.round(seconds / step).astype(int)
    if not ((second >= 0) & (second < n_period)).all():
        raise StimulusError(
            "paired_pulses, lags",
            f"both pulses within the period of {n_period * step * 1e3:g} ms",
            f"lags from {seconds.min() * 1e3:g} to {seconds.max() * 1e3:g} ms",
            "Lengthen the period.",
        )
    phase = np.arange(n_steps) % n_period
    values = [
        np.stack([phase == n_period // 2, phase == pulse], axis=-1).astype(float)
        for pulse in second
    ]
    coords = {"lag": np.round(seconds * 1e3, 9)}
    return make_stimulus(np.stack(values), channels=channels, dt=dt, coords=coords)


@name_argument_errors
def delayed_probes(
    depths: Mapping[str, Sequence[float] | np.ndarray],
    strengths: Mapping[str, Sequence[float] | np.ndarray],
    *,
    delays: Sequence[SI],
    widths: tuple[SI, SI],
    onset: SI,
    duration: SI,
    dt: SI = 1 * ms,
) -> xr.DataArray:
    """Build probes that come some time after the end of a step on another channel, or alone.

    Parameters
    ----------
    depths : mapping of str to sequence of float
        The channel of the step, and its activations.
    strengths : mapping of str to sequence of float
        The channel of the probe, and its activations.
    delays : sequence of quantity
        Times from the end of the step to the start of the probe, in ms.
    widths : tuple of quantity
        Duration of the step and of the probe, in ms.
    onset : quantity
        Start of the probe, in ms.
    duration, dt : quantity
        Duration of every condition, and time step, in ms.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``. Every probe without a step (depth and delay 0),
        then after every step and delay; coordinates ``depth``, ``delay`` in ms and ``strength``, as
        `bioann.metrics.MemoryTimeConstant` reads them.

    Raises
    ------
    StimulusError
        If a step would have to start before the stimulus does.
    """
    (step_channel, step_levels), (probe_channel, probe_levels) = *depths.items(), *strengths.items()
    named_times = {"onset": onset, "step": widths[0], "probe": widths[1]}
    start, step_width, probe_width = (
        to_si(time, "ms", f"delayed_probes, {name}") for name, time in named_times.items()
    )
    delay_times = [to_si(delay, "ms", "delayed_probes, delays") for delay in delays]
    if max(delay_times) + step_width > start + 1e-9:
        raise StimulusError(
            "delayed_probes, onset",
            f"{(max(delay_times) + step_width) * 1e3:g} ms or more, for the step and the delay",
            f"{start * 1e3:g} ms",
            "Let the probe come later.",
        )
    steps_before = [(0.0, 0.0), *itertools.product(step_levels, delay_times)]
    rows = [(depth, delay, probe) for depth, delay in steps_before for probe in probe_levels]
    depth, delay, strength = to_floats(rows, "delayed_probes, levels", StimulusError).T
    n_steps, time_step = count_steps(duration, dt, "delayed_probes", 2 * len(rows))
    check_within(start, start + probe_width, n_steps * time_step, "delayed_probes, onset")
    time = np.arange(n_steps) * time_step
    before_probe = start - time
    before_end = before_probe - delay[:, None]
    is_step = (before_end > 1e-9) & (before_end < step_width + 1e-9)
    is_probe = (before_probe < 1e-9) & (before_probe > 1e-9 - probe_width)
    values = np.stack([depth[:, None] * is_step, strength[:, None] * is_probe], axis=-1)
    coords = {"depth": depth, "delay": np.round(delay * 1e3, 9), "strength": strength}
    return make_stimulus(values, channels=(step_channel, probe_channel), dt=dt, coords=coords)
