"""The shared stimulus: one labelled array ``(condition, time, channel)`` for both models.

Values are activations: 1.0 stands for the rate that the receiving afferent declares (100 Hz by
default). Random stimuli are drawn once, so both models receive the same numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.annotations import is_real_number
from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import StimulusError, unknown_name_error
from bioann.base.memory import check_memory
from bioann.base.text import check_names, shorten_repr
from bioann.base.units import SI, to_si

STIMULUS_DIMS = ("condition", "time", "channel")

#: Names that recordings use, and that no coordinate of a stimulus can have.
RESERVED_NAMES = {
    *STIMULUS_DIMS,
    *("stimulus", "stimulus_time", "trial", "unit", "spike", "match", "shuffle", "wiring"),
    *("bio", "ann", "ceiling", "chance", "audit", "effective_weights", "scale_hz"),
    "parameter_grid",
}

Levels = Mapping[str, Sequence[float] | np.ndarray]


@name_argument_errors
def make_stimulus(
    values: Any,
    *,
    channels: Sequence[str],
    dt: SI = 1 * ms,
    conditions: Sequence[str] | None = None,
    coords: Levels | None = None,
) -> xr.DataArray:
    """Label an array of activations as a stimulus.

    Parameters
    ----------
    values : array_like, shape (condition, time, channel)
        Finite activations. Only afferents with a signed coding accept negative values.
    channels : sequence of str
        Names of the channels, one for each entry of the last axis.
    dt : quantity, optional
        Time step of the stimulus, in ms.
    conditions : sequence of str, optional
        Unique labels of the conditions; by default built from `coords`.
    coords : mapping of str to sequence of float, optional
        Numbers that describe the conditions, one per condition: ``{"contrast": [-0.5, 0, 0.5]}``.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``; ``time`` is the start of each step in seconds.

    Raises
    ------
    StimulusError
        If shapes disagree, labels repeat, or a value is not finite.
    """
    array = to_floats(values, "stimulus values", StimulusError)
    step = to_si(dt, "ms", "stimulus, dt")
    if array.ndim != 3 or array.shape[2] != len(channels) or 0 in array.shape:
        raise StimulusError(
            "stimulus values",
            f"shape (condition, time, channel) with {len(channels)} channel(s), none empty",
            f"shape {array.shape}",
            "Give one value per condition, time step and channel.",
        )
    coordinates = {
        k: to_floats(v, f"stimulus coordinate {k!r}", StimulusError)
        for k, v in (coords or {}).items()
    }
    _check_coordinates(coordinates)
    for name, numbers in coordinates.items():
        if numbers.shape != array.shape[:1]:
            raise StimulusError(
                f"stimulus coordinate {name!r}",
                f"{array.shape[0]} number(s), one per condition",
                f"shape {numbers.shape}",
                "Give one number per condition.",
            )
    if conditions is None:
        conditions = (
            label_conditions(coordinates) if coordinates else [str(i) for i in range(len(array))]
        )
    stimulus = xr.DataArray(
        array,
        dims=STIMULUS_DIMS,
        coords={
            "condition": [str(c) for c in conditions],
            "time": np.arange(array.shape[1]) * step,
            "channel": [str(c) for c in channels],
            **{name: ("condition", numbers) for name, numbers in coordinates.items()},
        },
        attrs={"dt": step, "units": "activation"},
        name="stimulus",
    )
    return check_stimulus(stimulus, channels)


def count_steps(duration: SI, dt: SI, obj: str, n_values: int) -> tuple[int, float]:
    """Return the number of steps of a stimulus and the step in seconds, before it is built.

    Parameters
    ----------
    duration, dt : quantity
        Duration and time step, in ms.
    obj : str
        The function that builds the stimulus, for errors.
    n_values : int
        Number of values in each step: conditions times channels.

    Returns
    -------
    n_steps : int
        At least 1.
    step : float
        The time step in seconds.

    Raises
    ------
    StimulusError
        If the step is not above zero, longer than the duration, or so short that the stimulus does
        not fit into memory.
    """
    seconds, step = to_si(duration, "ms", f"{obj}, duration"), to_si(dt, "ms", f"{obj}, dt")
    if not 0 < step <= seconds * (1 + 1e-9):
        raise StimulusError(
            f"{obj}, dt",
            f"above 0 and at most the duration, {seconds * 1e3:g} ms",
            f"{step * 1e3:g} ms",
            "Choose a duration of at least one step, such as duration=500 * ms, dt=1 * ms.",
        )
    items = f"{seconds / step:.3g} steps of {n_values} values"
    remedy = "Shorten the duration, take a longer dt, or use fewer conditions."
    # Twice, because waveforms compute their values from arrays of the same size.
    check_memory(StimulusError, obj, items, 16.0 * n_values * seconds / step, remedy)
    return round(seconds / step), step


def check_within(start: float, stop: float, end: float, obj: str) -> None:
    """Raise `StimulusError` unless an event lies inside the stimulus.

    Parameters
    ----------
    start, stop : float
        Start and end of the event, in seconds.
    end : float
        Duration of the stimulus, in seconds.
    obj : str
        The event, for the error.
    """
    if not (-1e-9 <= start < stop - 1e-9 and stop <= end + 1e-9):
        raise StimulusError(
            obj,
            f"a start before the end, and both inside the stimulus of {end * 1e3:g} ms",
            f"{start * 1e3:g} to {stop * 1e3:g} ms",
            "Change the times, or lengthen the stimulus.",
        )


def label_conditions(coords: Mapping[str, Any]) -> list[str]:
    """Build a label for each condition from its numbers: ``"left=0.2, right=0.8"``."""
    columns = [[f"{name}={value:.6g}" for value in values] for name, values in coords.items()]
    return [", ".join(row) for row in zip(*columns, strict=True)]


def check_stimulus(array: xr.DataArray, channels: Sequence[str]) -> xr.DataArray:
    """Check a stimulus for a model that reads `channels`, and normalise its layout.

    Parameters
    ----------
    array : xarray.DataArray
        Activations with the dimensions ``condition``, ``time``, ``channel`` in any order.
    channels : sequence of str
        The channels that the model reads; the stimulus may have others.

    Returns
    -------
    xarray.DataArray
        Dimensions ``(condition, time, channel)``, text labels, and ``attrs["dt"]`` in seconds.

    Raises
    ------
    StimulusError, UnknownNameError
        If the dimensions are wrong, a channel is missing, or a value is NaN or infinite.
    """
    if not isinstance(array, xr.DataArray) or set(array.dims) != set(STIMULUS_DIMS):
        got = f"dimensions {array.dims}" if isinstance(array, xr.DataArray) else repr(type(array))
        raise StimulusError(
            "stimulus",
            "an xarray.DataArray with dimensions (condition, time, channel)",
            got,
            "Make it with bioann.steps, bioann.stimuli.noise, ... or bioann.make_stimulus.",
        )
    if 0 in array.shape:
        sizes = ", ".join(f"{array.sizes[d]} {d}(s)" for d in STIMULUS_DIMS)
        remedy = "Select at least one of each."
        raise StimulusError("stimulus", "a condition, a time step and a channel", sizes, remedy)
    array = array.transpose(*STIMULUS_DIMS)
    known_channels = [str(c) for c in array.channel.values]
    for channel in channels:
        if channel not in known_channels:
            raise unknown_name_error("stimulus", "channel", channel, known_channels)
    _check_labels(array)
    _check_coordinates(set(array.coords) - set(STIMULUS_DIMS))
    # The labels of the models are text, and numeric labels would not align with them.
    array = array.assign_coords({d: [str(v) for v in array[d].values] for d in STIMULUS_DIMS[::2]})
    if array.dtype != float:
        array = array.copy(data=to_floats(array.values, "stimulus values", StimulusError))
    is_finite = np.isfinite(array.values)
    if not is_finite.all():
        is_bad = ~is_finite
        c, t, k = np.argwhere(is_bad)[0]
        raise StimulusError(
            f"stimulus channel {known_channels[k]!r}, condition {str(array.condition.values[c])!r}",
            "finite activations",
            f"{array.values[c, t, k]} at {array.time.values[t]:.4g} s "
            f"({is_bad.sum()} such value(s))",
            "Replace NaN and infinite values before the run.",
        )
    return array.assign_attrs(dt=time_step(array))


def time_step(array: xr.DataArray) -> float:
    """Return the time step in seconds, from ``attrs["dt"]`` or the time coordinate.

    Raises
    ------
    StimulusError
        If both are missing, or the steps are uneven.
    """
    time = np.asarray(array.time.values, dtype=float)
    steps = np.diff(time)
    step: Any = array.attrs.get("dt", steps[0] if len(steps) else None)
    is_step = is_real_number(step) and step > 0
    if not is_step or not np.allclose(steps, step, rtol=1e-6, atol=1e-12):
        raise StimulusError(
            "stimulus time",
            "evenly spaced steps in seconds",
            f"{time[:4]}... with dt={shorten_repr(step)}",
            'Space the time coordinate evenly, and set attrs["dt"] if there is one step only.',
        )
    return float(f"{float(step):.12g}")


def _check_coordinates(names: Iterable[Hashable]) -> None:
    for name in names:
        if name in RESERVED_NAMES:
            raise StimulusError(
                "stimulus coordinate",
                "a name that recordings do not use themselves",
                repr(name),
                "Call the channel otherwise, or label the conditions with coords={'name': [...]}.",
            )


def _check_labels(array: xr.DataArray) -> None:
    for dim in ("condition", "channel"):
        names = [str(v) for v in array[dim].values] if dim in array.coords else []
        check_names(names, f"stimulus dimension {dim!r}", StimulusError)
        if len(set(names)) != array.sizes[dim]:
            raise StimulusError(
                f"stimulus dimension {dim!r}",
                "a unique label for each entry",
                f"labels {names[:6]}{'...' * (len(names) > 6)}",
                f"Name every {dim}; the name decides which random numbers it gets.",
            )
