"""Brian2's global state while a user's build function runs, and the names that it uses."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import brian2 as b2
import numpy as np
from brian2.devices.device import all_devices, reset_device

from bioann.base.errors import BioannError, SimulationError
from bioann.base.user_code import name_user_errors


@contextmanager
def isolate_brian_state(dt: float | None = None) -> Iterator[None]:
    """Run with a new default clock on the runtime device, and restore what is global on exit.

    Restored are Brian2's device, default clock and preferences, and NumPy's global generator, from
    which Brian2 draws: a script may set any of them, and all of them belong to the user.

    Parameters
    ----------
    dt : float, optional
        Time step of the new default clock in seconds; that of the user's unless given.
    """
    state = np.random.get_state()  # noqa: NPY002
    preferences, device, user_dt = dict(b2.prefs), b2.get_device(), b2.defaultclock.dt_
    runtime = all_devices["runtime"]
    if device is not runtime:
        b2.set_device("runtime")
    # Another clock, not another dt: the user's own network may continue from the time that the
    # default clock shows, which need not be a multiple of dt.
    clock = runtime.defaultclock
    step = (user_dt if dt is None else dt) * b2.second
    runtime.defaultclock = b2.Clock(step, name="defaultclock")
    try:
        yield
    finally:
        if b2.get_device() is not runtime:
            reset_device(runtime)
        runtime.defaultclock = clock
        if device is not runtime:
            reset_device(device)
            b2.defaultclock.dt = user_dt * b2.second
        for name, value in preferences.items():
            if b2.prefs[name] is not value:
                b2.prefs[name] = value
        np.random.set_state(state)  # noqa: NPY002


def call_build(build: Callable[..., Any], *arguments: Any) -> tuple[b2.Network, dict[str, Any]]:
    """Call a build function, and return its network with the variables that it sees.

    Parameters
    ----------
    build : callable
        Function that builds and returns the `brian2.Network`.
    *arguments : object
        Positional arguments with which `build` is called.

    Returns
    -------
    network : brian2.Network
        The network.
    namespace : dict of str to object
        Global and local variables of the function that made the network, as ``Network.run`` would
        find them there, and of the functions that called it; inner ones hide outer ones.

    Raises
    ------
    SimulationError
        If the function raises, returns something else, or selects another device.
    """
    frames: dict[int, list[FrameType]] = {}
    expected = "a build function that runs"
    with name_user_errors("BrianNetwork, build", expected), _record_frames(sys._getframe(), frames):
        try:
            network = build(*arguments)
        except BioannError:
            raise
        except Exception as error:
            raise brian_error(expected, error) from error
    if not isinstance(network, b2.Network) or network is b2.magic_network:
        raise SimulationError(
            "BrianNetwork, build",
            "a brian2.Network with every object added",
            type(network).__name__,
            "End it with: return Network(collect()), or Network(group, synapses, ...).",
        )
    if b2.get_device() is not all_devices["runtime"]:
        raise SimulationError(
            "BrianNetwork, build",
            "a network on Brian2's runtime device",
            f"set_device({b2.get_device().__class__.__name__})",
            "Leave set_device(...) out; engine='cython' uses a compiler.",
        )
    namespace = dict(getattr(build, "__globals__", {}))
    for frame in reversed(frames.get(id(network), [])):
        namespace |= frame.f_globals | frame.f_locals
    return network, namespace


@contextmanager
def _record_frames(caller: FrameType, frames: dict[int, list[FrameType]]) -> Iterator[None]:
    """Store, by id of each new network, the frames that make it, from the innermost to `caller`."""
    original = b2.Network.__init__

    def record_and_initialise(network: b2.Network, *objects: Any, **options: Any) -> None:
        stack: list[FrameType] = []
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not caller:
            stack.append(frame)
            frame = frame.f_back
        # A frame that is referenced keeps its variables when its function returns. It is the only
        # location where the local constants of a script can be found after that.
        frames[id(network)] = stack
        original(network, *objects, **options)

    b2.Network.__init__ = record_and_initialise
    try:
        yield
    finally:
        b2.Network.__init__ = original


def brian_error(expected: str, error: Exception) -> SimulationError:
    """Build the error for an exception of Brian2 or of a build function.

    Parameters
    ----------
    expected : str
        What was expected of the network, as a noun phrase.
    error : Exception
        The exception. Its first cause, which Brian2 hides behind the object concerned, is what
        the message tells.

    Returns
    -------
    SimulationError
        The error, for the caller to raise.
    """
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    message = str(cause.args[0]) if isinstance(cause, KeyError) and cause.args else str(cause)
    location = ""
    if isinstance(error, b2.BrianObjectException):
        location = f" (object {error._brian_objname!r})"
    else:
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if not _is_framework_frame(f)
        ]
        if frames:
            location = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
    remedy = "Change build()."
    if "could not be resolved" in message:
        remedy = (
            "Define it in the function that makes the network, in its module, or in the "
            "namespace={...} of its group."
        )
    elif "already been" in message:
        remedy = "Make all objects in build(), and leave run(...) out: bioann runs the network."
    message = message.rstrip(".")
    return SimulationError(
        "BrianNetwork", expected, f"{type(cause).__name__}: {message}{location}", remedy
    )


def _is_framework_frame(frame: traceback.FrameSummary) -> bool:
    """Return whether a frame is one of bioann or of Brian2."""
    libraries = (Path(b2.__file__).parent, Path(__file__).parent)
    return any(library in Path(frame.filename).parents for library in libraries)
