"""Stimulus channels as Brian2 functions of time, for networks that run before the stimulus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np
import xarray as xr

from bioann.base.errors import SimulationError


def make_channel_arrays(stimulus: xr.DataArray, channels: Iterable[str]) -> dict[str, Any]:
    """Return a `brian2.TimedArray` of each channel that holds its first value in simulations.

    Parameters
    ----------
    stimulus : xarray.DataArray
        Activation of one condition, dimensions ``(time, channel)``.
    channels : iterable of str
        Names of the channels.

    Returns
    -------
    dict of str to brian2.TimedArray
        The arrays, whose ``values`` are the stimulus. What a network reads during a warm-up is the
        first of them, until `start_stimulus`.
    """
    arrays = {}
    for k, channel in enumerate(channels):
        values = stimulus.sel(channel=channel).values
        arrays[channel] = _make_array(values, stimulus.attrs["dt"], f"channel_{k}")
        _replace_code(arrays[channel], values[:1])
    return arrays


def start_stimulus(
    arrays: Mapping[str, Any], network: b2.Network, namespace: Mapping[str, Any]
) -> None:
    """Let the stimulus begin at the time that the network's clock shows.

    Parameters
    ----------
    arrays : mapping of str to brian2.TimedArray
        Channels, as `make_channel_arrays` returns them; changed in place.
    network : brian2.Network
        The network, which may have run.
    namespace : mapping of str to object
        Variables that its equations may refer to.

    Raises
    ------
    SimulationError
        If the network has run for a time that is not a whole number of stimulus steps, or reads
        something else that counts time from zero.
    """
    for array in arrays.values():
        steps = network.t_ / array.dt
        if abs(steps - round(steps)) > 1e-6:
            raise _clock_error(
                network,
                f"a warm-up of whole stimulus steps ({array.dt * 1e3:g} ms)",
                f"In build(), run it for a multiple of {array.dt * 1e3:g} ms, or not at all.",
            )
        before = np.full(round(steps), array.values[0])
        _replace_code(array, np.concatenate([before, array.values]), calls=True)
    if network.t_ > 0:
        _check_time_references(arrays, network, namespace)


def _check_time_references(
    arrays: Mapping[str, Any], network: b2.Network, namespace: Mapping[str, Any]
) -> None:
    """Raise `SimulationError` if a network that has run reads the time of its clock otherwise."""
    scopes = [namespace, *(getattr(o, "namespace", None) or {} for o in network.objects)]
    channels = {id(array) for array in arrays.values()}
    timed = {
        value.name
        for scope in scopes
        for value in scope.values()
        if isinstance(value, b2.TimedArray) and id(value) not in channels
    }
    timed |= {o.name for o in network.objects if isinstance(o, b2.SpikeGeneratorGroup)}
    if timed:
        raise _clock_error(
            network,
            f"a network whose clock is at 0, because {', '.join(sorted(timed))} counts time from 0",
            "Leave run(...) out of build(), and give the stimulus a longer onset instead.",
        )


def _clock_error(network: b2.Network, expected: str, remedy: str) -> SimulationError:
    ran = f"a network that has already run for {network.t_ * 1e3:g} ms"
    return SimulationError("BrianNetwork, build", expected, ran, remedy)


def _make_array(values: np.ndarray, dt: float, name: str) -> b2.TimedArray:
    return b2.TimedArray(values, dt=dt * b2.second, name=name)


def _replace_code(array: b2.TimedArray, values: np.ndarray, calls: bool = False) -> None:
    """Let simulations, and calls from Python if asked, read other values."""
    replacement = _make_array(values, array.dt, array.name)
    array.implementations = replacement.implementations
    if calls:
        array.pyfunc = replacement.pyfunc
