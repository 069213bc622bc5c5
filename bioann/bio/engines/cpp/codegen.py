"""Generation of the C++ program of a plan.

The program consists of Brian2's code for every time step, and of ``runtime.cpp``, which is the same
for all networks and compiled once. Brian2 writes array sizes into its code as constants. Here each
size is replaced by a prime number of its own, and every occurrence of that number by a look-up: one
program serves any number of neurons, synapses, lanes, spikes and time steps. The code is written
into one file; compiling Brian2's thirty small files would spend most of its time on reading the
standard library thirty times.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import brian2 as b2
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices, reset_device, set_device

from bioann.base.temporary_folders import process_folder
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cpp.generated_network import GeneratedNetwork
from bioann.bio.engines.cpp.size_placeholders import make_placeholder_network
from bioann.bio.engines.cpp.writer import ProgramWriter
from bioann.bio.integration.step_constants import StepConstant

DEVICE_NAME = "bioann_cpp"


@dataclasses.dataclass(frozen=True)
class ProgramSource:
    """Source code of a program, and the numbers that it needs besides those of the plan.

    Attributes
    ----------
    text : str
        C++ text of the network.
    step_constants : dict of str to dict of str to StepConstant
        By group, the constant factors that the code of its time step names.
    """

    text: str
    step_constants: dict[str, dict[str, StepConstant]]


def write_program(plan: NetworkPlan) -> ProgramSource:
    """Write the program of a plan, which depends on its code but not on its numbers."""
    with (
        _separate_device() as device,
        tempfile.TemporaryDirectory(prefix="code-", dir=process_folder()) as folder,
    ):
        objects, lookups = make_placeholder_network(plan)
        objects.network.run(1 * b2.second, namespace={})
        device.build(folder, compile=False, run=False, with_output=False)
        network = GeneratedNetwork(plan, objects, device)
        text = ProgramWriter(network, Path(folder)).write_code_file()
    return ProgramSource(_insert_size_lookups(text, lookups), objects.step_constants)


@contextmanager
def _separate_device() -> Iterator[CPPStandaloneDevice]:
    """Activate a standalone device of our own, and restore the user's device afterwards."""
    device = CPPStandaloneDevice()
    all_devices[DEVICE_NAME] = device
    target, flags = b2.prefs.codegen.target, b2.prefs["codegen.cpp.extra_compile_args"]
    try:
        # Brian2 would test each of its default flags by calling the compiler.
        b2.prefs["codegen.cpp.extra_compile_args"] = []
        set_device(DEVICE_NAME, build_on_run=False)
        yield device
    finally:
        b2.prefs.codegen.target = target
        b2.prefs["codegen.cpp.extra_compile_args"] = flags
        reset_device()  # with the user's options for building
        del all_devices[DEVICE_NAME]


def _insert_size_lookups(text: str, lookups: dict[int, str]) -> str:
    """Replace the numbers that stand for sizes by look-ups."""
    numbers = "|".join(map(str, sorted(lookups, reverse=True)))
    pattern = rf"(?<![\w.])({numbers})(?![\w.])"
    return re.sub(pattern, lambda number: lookups[int(number[1])], text)
