"""C++ for a plan: Brian2's code for every step, and a frame that reads sizes and numbers.

Brian2 compiles array sizes in. Here it is given a prime number in place of each size, and every
number so marked is then replaced by a look-up: one program serves any number of neurons, synapses,
lanes, spikes and time steps. All is written into two files that compile at the same time: most of
the time for Brian2's thirty small ones goes into reading the standard library thirty times.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brian2 as b2
import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.variables import DynamicArrayVariable
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import all_devices, get_device, set_device

from bioann.bio.build.plan import Plan, Wires
from bioann.bio.build.realize import Built, blank
from bioann.bio.engines.tuned import tuned
from bioann.bio.engines.watch import FARTHEST
from bioann.bio.factors import Factor

DEVICE = "bioann_cpp"
TEMPLATES = tuple(Path(__file__).with_name(name) for name in ("steps.tmpl", "frame.tmpl"))
#: What goes into them: pathways of spikes, which know one delay only, in place of Brian2's; what
#: is recorded.
PARTS = {name: Path(__file__).with_name(f"{name.lower()}.tmpl") for name in ("PATHS", "RECORDER")}


@dataclasses.dataclass(frozen=True)
class Source:
    """A program, and how its input and output are laid out.

    Attributes
    ----------
    files : dict of str to str
        By name, C++ that makes one program.
    factors : dict of str to dict of str to Factor
        By group, the constant factors that its step needs.
    """

    files: dict[str, str]
    factors: dict[str, dict[str, Factor]]


def write(plan: Plan) -> Source:
    """Write the program of a plan; only its code counts, not its numbers."""
    with _device() as device, tempfile.TemporaryDirectory(prefix="bioann-") as folder:
        built, sizes = blank(plan)
        built.network.run(1 * b2.second, namespace={})
        device.build(folder, compile=False, run=False, with_output=False)
        files = Writer(plan, built, device, Path(folder)).files()
    return Source({name: _sized(text, sizes) for name, text in files.items()}, built.factors)


@contextmanager
def _device() -> Iterator[CPPStandaloneDevice]:
    """Use a standalone device of our own, and leave the user's as it was."""
    before, device = get_device(), CPPStandaloneDevice()
    all_devices[DEVICE] = device
    target, flags = b2.prefs.codegen.target, b2.prefs["codegen.cpp.extra_compile_args"]
    try:
        # Not its own, each of which Brian2 would try on the compiler.
        b2.prefs["codegen.cpp.extra_compile_args"] = []
        set_device(DEVICE, build_on_run=False)
        yield device
    finally:
        b2.prefs.codegen.target = target
        b2.prefs["codegen.cpp.extra_compile_args"] = flags
        name = next((n for n, d in all_devices.items() if d is before), "runtime")
        set_device(name)
        del all_devices[DEVICE]


def _sized(text: str, sizes: dict[int, str]) -> str:
    """Put look-ups in place of the numbers that stand for sizes."""
    marks = "|".join(map(str, sorted(sizes, reverse=True)))
    return re.sub(rf"(?<![\w.]){f'({marks})'}(?![\w.])", lambda m: sizes[int(m[1])], text)


class Writer:
    """Fills the frame for one network.

    Parameters
    ----------
    plan : Plan
        What it is made of.
    built : Built
        The same in Brian2, on the device.
    device : CPPStandaloneDevice
        Which has written its files.
    folder : pathlib.Path
        There.
    """

    def __init__(self, plan: Plan, built: Built, device: CPPStandaloneDevice, folder: Path) -> None:
        self.plan, self.built, self.device, self.folder = plan, built, device, folder
        self.groups = {g.name: g for g in built.network.objects if hasattr(g, "variables")}
        units = sorted((folder / "code_objects").glob("*.cpp"))
        self.units = [f for f in units if "_synapses_create_" not in f.name]
        self.space = {f.stem: f"unit_{k}" for k, f in enumerate(self.units)}

    def files(self) -> dict[str, str]:
        """Write the steps of the program, and its frame."""
        parts = {
            **{name: [file.read_text(encoding="utf-8")] for name, file in PARTS.items()},
            "ARRAYS": self.arrays(),
            "DECLARED": [f"extern {line.partition('(')[0].rstrip(';')};" for line in self.arrays()],
            "CODE": self.code(),
            "STEPS": self.called(),
            "ALLOCATE": self.allocate(),
            "LOAD": self.load(),
            "RECORD": self.record(),
            "PREPARE": self.prepare(),
            "CLOCKS": self.clocks(),
            "STEP": self.step(),
            "KEEP": self.keep(),
        }
        joined = {name: "\n".join(lines) for name, lines in parts.items()}
        texts = ((file.stem, file.read_text(encoding="utf-8")) for file in TEMPLATES)
        return {name: re.sub(r"%([A-Z]+)%", lambda m: joined[m[1]], text) for name, text in texts}

    def name(self, group: str, variable: str, data: bool = False) -> str:
        """Give the C++ name of a variable."""
        return self.device.get_array_name(self.groups[group].variables[variable], data)

    def arrays(self) -> list[str]:
        """Declare all arrays, and the pathways of spikes."""
        lines = []
        for variable, name in sorted(self.device.arrays.items(), key=lambda item: item[1]):
            kind = _kind(variable)
            if isinstance(variable, DynamicArrayVariable):
                lines.append(f"std::vector<{kind}> {self.device.dynamic_arrays[variable]};")
            else:
                lines.append(f"{kind}* {name};")
        for name, values in sorted(self.device.static_arrays.items()):
            lines.append(f"{c_data_type(values.dtype)}* {name};")
        for synapses in self.built.synapses.values():
            for path in synapses._pathways:
                sources = self.device.dynamic_arrays[path.synapse_sources]
                lines.append(f"SynapticPathway {path.name}({sources}, {path.source.stop});")
        return lines

    def code(self) -> list[str]:
        """Take Brian2's code, each file in a namespace of its own."""
        lines = []
        for file in self.units:
            text = _bare(file.read_text())
            text = tuned(file.stem, re.sub(r"void _debugmsg_.*", "", text, flags=re.DOTALL))
            lines.append(f"namespace {self.space[file.stem]} {{\n{text}\n}}")
        return lines

    def called(self) -> list[str]:
        """Declare what the frame calls."""
        names = re.findall(r"(unit_\d+)::(\w+)\(\);", "\n".join(self.prepare() + self.step()))
        return [f"namespace {space} {{ void {name}(); }}" for space, name in names]

    def allocate(self) -> list[str]:
        """Make room, and set what Brian2 sets itself."""
        lines = []
        for variable, name in self.device.arrays.items():
            if not isinstance(variable, DynamicArrayVariable):
                lines.append(f"{name} = new {_kind(variable)}[{variable.size}]();")
        for variable, name, start in self.device.arange_arrays:
            if not isinstance(variable, DynamicArrayVariable):
                size = f"for (int64_t k = 0; k < {variable.size}; k++)"
                lines.append(f"{size} {name}[k] = {start} + k;")
        for name, values in self.device.static_arrays.items():
            lines.append(f"{name} = new {c_data_type(values.dtype)}[{values.size}]();")
        sizes = {name: v.size for v, name in self.device.arrays.items()}
        for kind, what in self.device.main_queue:
            if kind == "set_by_constant":
                name, value, dynamic = what
                size = f"{name}.size()" if dynamic else sizes[name]
                lines.append(f"std::fill_n(&{name}[0], {size}, {_number(value)});")
            elif kind == "set_by_single_value":
                name, place, value = what
                lines.append(f"{name}[{place}] = {value};")
            elif kind == "resize_array":
                lines.append(f"{what[0]}.resize({what[1]});")
        return lines

    def load(self) -> list[str]:
        """Read numbers in the order in which `bioann.bio.engines.standalone` writes them."""
        lines = []
        for group in self.plan.neurons:
            for name in [*sorted(group.values), *sorted(self.built.factors[group.name])]:
                lines.append(self.loaded(group.name, name))
        for fibres in self.plan.fibres:
            ports, steps = (self.name(fibres.name, v) for v in ("neuron_index", "_timebins"))
            lines += [f"whole({ports});", f"spread({steps});"]
        for wires in self.plan.wires:
            synapses = self.built.synapses[wires.name]
            ends = [self.name(wires.name, v) for v in ("_synaptic_pre", "_synaptic_post")]
            # What learns is written as it was read, and looked for by postsynaptic neuron, too.
            by_source = "false" if wires.code["post"] else "true"
            lines.append(f"{{ const Order order = connect({', '.join(ends)}, {by_source});")
            lines.append(f"const size_t n = {self.name(wires.name, 'N')}[0] = {ends[0]}.size();")
            for variable in synapses._registered_variables:
                lines.append(f"{self.device.dynamic_arrays[variable]}.resize(n);")
            lines += [self.loaded(wires.name, name) for name in sorted(wires.values)]
            delay = self.device.get_array_name(synapses.pre.variables["delay"], False)
            lines.append(f"load({delay}); }}")
        values = self.device.static_arrays
        for name in (f"{table.name}_values" for table in self.plan.tables):
            lines.append(f"load({name}, {values[name].size});" if name in values else "skip(8);")
        return lines

    def loaded(self, group: str, variable: str) -> str:
        """Read one variable of a group."""
        found = self.groups[group].variables[variable]
        name = self.name(group, variable)
        if isinstance(found, DynamicArrayVariable):
            return f"load({name}, order);"
        return f"load({name}, {found.size});"

    def record(self) -> list[str]:
        """Say what is recorded and watched."""
        lines = []
        for group in self.plan.neurons:
            equations = self.groups[group.name].equations
            states = []
            for k, variable in enumerate(sorted(equations.diff_eq_names)):
                volts = equations[variable].dim == b2.volt.dim
                bound = repr(FARTHEST) if volts else "INFINITY"
                states.append(f"{{{k}, {self.name(group.name, variable)}, {bound}}}")
            size = self.groups[group.name].variables["N"].value
            space, v = (self.name(group.name, n) for n in ("_spikespace", "v"))
            inside = f"{space}, {size}, {v}, {{{', '.join(states)}}}"
            lines.append(f"recorder.populations.push_back(Population{{{inside}}});")
        return lines

    def prepare(self) -> list[str]:
        """Fill the queues of spikes."""
        queue = self.device.main_queue
        names = [f"before_run_{w[0].name}" for kind, w in queue if kind == "before_run_code_object"]
        return [f"{self.space[name]}::_{name}();" for name in names]

    def clocks(self) -> list[str]:
        """Set the clocks: times are whole steps times their length, as in Brian2."""
        lines = []
        for clock, at in zip(self.built.clocks, ("step", "step / per_slow_step"), strict=True):
            names = (clock.variables[n] for n in ("timestep", "t", "dt"))
            step, t, dt = map(self.device.arrays.get, names)
            if step and t and dt:
                lines.append(f"{step}[0] = {at}; {t}[0] = {step}[0] * {dt}[0];")
        return lines

    def step(self) -> list[str]:
        """Call what Brian2 calls, in its order."""
        code = next(what[1] for kind, what in self.device.main_queue if kind == "run_network")
        slow = self.built.clocks[1].name
        lines = []
        for line in code:
            found = re.fullmatch(r"\w+\.add\(&(\w+), _run_(\w+)\);", line)
            if found:
                when = "if (slow) " if found[1] == slow else ""
                lines.append(f"{when}{self.space[found[2]]}::_run_{found[2]}();")
        return lines

    def keep(self) -> list[str]:
        """Write what learning leaves behind."""
        lines = []
        for wires in self.plan.wires:
            lines += [f"put(file, {self.name(wires.name, v)});" for v in learned(wires)]
        return lines


def learned(wires: Wires) -> list[str]:
    """List the variables of synapses that learn, in the order in which they are written."""
    if not wires.code["post"]:
        return []
    equations = b2.Equations(wires.code["model"])
    return sorted(n for n in equations.names if "shared" not in equations[n].flags)


def _kind(variable: Any) -> str:
    """Give the C++ type of a variable; what is true or false has that of `tuned`."""
    return c_data_type(variable.dtype).replace("char", "int32_t")


def _bare(text: str) -> str:
    """Leave out what a file includes, and what would spread over the others."""
    unwanted = ("#include", "using namespace std")
    return "\n".join(x for x in text.splitlines() if not x.startswith(unwanted))


def _number(value: Any) -> str:
    """Write a number in C++."""
    return str(bool(value)).lower() if isinstance(value, (bool, np.bool_)) else repr(value)
