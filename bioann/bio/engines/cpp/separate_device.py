"""A C++ standalone device of Brian2 beside the user's, for as long as it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import brian2 as b2
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices, reset_device, set_device

DEVICE_NAME = "bioann_cpp"


@contextmanager
def use_separate_device(preferences: Mapping[str, Any]) -> Iterator[CPPStandaloneDevice]:
    """Activate a standalone device of our own, and restore the user's device afterwards.

    Parameters
    ----------
    preferences : mapping of str to Any
        Brian2's preferences while it is active, such as those of the compiler; names that this
        release of Brian2 does not have are left out.
    """
    device = CPPStandaloneDevice()
    all_devices[DEVICE_NAME] = device
    names = ("codegen.target", *(name for name in preferences if name in b2.prefs))
    before = {name: b2.prefs[name] for name in names}
    try:
        for name in names[1:]:
            b2.prefs[name] = preferences[name]
        set_device(DEVICE_NAME, build_on_run=False)
        yield device
    finally:
        for name, value in before.items():
            b2.prefs[name] = value
        reset_device()  # with the user's options for building
        del all_devices[DEVICE_NAME]
