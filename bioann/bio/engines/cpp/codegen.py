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
from pathlib import Path

import brian2 as b2

from bioann.base.temporary_folders import process_folder
from bioann.bio.builder.plan import NetworkPlan
from bioann.bio.engines.cpp.generated_network import GeneratedNetwork
from bioann.bio.engines.cpp.separate_device import use_separate_device
from bioann.bio.engines.cpp.size_placeholders import make_placeholder_network
from bioann.bio.engines.cpp.writer import ProgramWriter
from bioann.bio.integration.step_constants import StepConstant


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
        # Brian2 would test each of its default flags by calling the compiler.
        use_separate_device({"codegen.cpp.extra_compile_args": []}) as device,
        tempfile.TemporaryDirectory(prefix="code-", dir=process_folder()) as folder,
    ):
        objects, lookups = make_placeholder_network(plan)
        objects.network.run(1 * b2.second, namespace={})
        device.build(folder, compile=False, run=False, with_output=False)
        network = GeneratedNetwork(plan, objects, device)
        text = ProgramWriter(network, Path(folder)).write_code_file()
    return ProgramSource(_insert_size_lookups(text, lookups), objects.step_constants)


def _insert_size_lookups(text: str, lookups: dict[int, str]) -> str:
    """Replace the numbers that stand for sizes by look-ups."""
    numbers = "|".join(map(str, sorted(lookups, reverse=True)))
    pattern = rf"(?<![\w.])({numbers})(?![\w.])"
    return re.sub(pattern, lambda number: lookups[int(number[1])], text)
