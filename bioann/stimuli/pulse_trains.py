"""Stimuli of pulses at listed times, such as a train, and a test after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import StimulusError, unknown_name_error
from bioann.base.units import SI, to_si
from bioann.stimuli.stimulus import check_within, count_steps, make_stimulus


@name_argument_errors
def pulse_trains(
    trains: Mapping[str, Sequence[Any]],
    *,
    duration: SI,
    dt: SI = 1 * ms,
    widths: Mapping[str, SI] | None = None,
    heights: Mapping[str, float] | None = None,
    coords: Mapping[str, Sequence[float] | np.ndarray] | None = None,
) -> xr.DataArray:
    """Build pulses that begin at listed times, which may differ between conditions.

    Parameters
    ----------
    trains : mapping of str to sequence of sequence of quantity
        For each channel and condition the times at which pulses begin, in ms, such as
        ``[[10, 60] * ms, [] * ms]``; rounded to time steps. A single entry holds for all
        conditions.
    duration, dt : quantity
        Duration of every condition, and time step, in ms.
    widths : mapping of str to quantity, optional
        Duration of the pulses of a channel, in ms; one time step unless given.
    heights : mapping of str to float, optional
        Activation of the pulses of a channel; 1 unless given. Pulses that overlap add up.
    coords : mapping of str to sequence of float, optional
        Numbers that describe the conditions, one per condition.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``, with the coordinates.

    Raises
    ------
    StimulusError
        If channels differ in their number of conditions, a pulse leaves the stimulus, or its width
        is less than half a time step.
    UnknownNameError
        If a width or a height has the name of no channel.
    """
    for name in (*(widths or {}), *(heights or {})):
        if name not in trains:
            raise unknown_name_error("pulse_trains", "channel", name, trains)
    numbers = {len(conditions) for conditions in trains.values()} - {1}
    if len(numbers) > 1:
        raise StimulusError(
            "pulse_trains, trains",
            "as many conditions for each channel, or one that holds for all",
            f"{ {name: len(conditions) for name, conditions in trains.items()} }",
            "Write [] * ms for a condition without pulses.",
        )
    n_conditions = max(numbers, default=1)
    n_steps, step = count_steps(duration, dt, "pulse_trains", n_conditions * len(trains))
    values = np.zeros((n_conditions, n_steps, len(trains)))
    for column, (name, conditions) in enumerate(trains.items()):
        obj = f"pulse_trains, pulse on {name!r}"
        width = to_si((widths or {}).get(name, step * 1e3 * ms), "ms", f"{obj}, width")
        n_pulse_steps = round(width / step)
        if n_pulse_steps < 1:
            raise StimulusError(
                f"{obj}, width",
                f"at least one time step, {step * 1e3:g} ms",
                f"{width * 1e3:g} ms",
                "Lengthen the pulse, or shorten dt.",
            )
        height = float((heights or {}).get(name, 1.0))
        for row in range(n_conditions):
            for time in conditions[row % len(conditions)]:
                onset = to_si(time, "ms", obj)
                check_within(onset, onset + width, n_steps * step, obj)
                # Rounded apart, the ends of a pulse could lie on the same step, or two apart.
                first = min(round(onset / step), n_steps - n_pulse_steps)
                values[row, first : first + n_pulse_steps, column] += height
    return make_stimulus(values, channels=list(trains), dt=dt, coords=coords)
