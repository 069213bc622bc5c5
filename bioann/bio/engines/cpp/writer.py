"""The files of a program: a frame that is filled for one network, and Brian2's code for its steps.

What the frame reads, it reads in the order in which `bioann.bio.engines.cpp.program` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brian2 as b2
import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.variables import DynamicArrayVariable
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from bioann.bio.builder.brian_objects import Built
from bioann.bio.builder.plan import Plan, Wires
from bioann.bio.engines.cpp.spike_delivery import Pathway, changed, kind_of, source_of
from bioann.bio.engines.cpp.vectorise import tuned
from bioann.bio.engines.divergence import FARTHEST

TEMPLATES = tuple(Path(__file__).with_name(name) for name in ("steps.tmpl", "frame.tmpl"))
#: What goes into them: pathways of spikes, which know one delay only, in place of Brian2's; what
#: is recorded.
PARTS = {name: Path(__file__).with_name(f"{name.lower()}.tmpl") for name in ("PATHS", "RECORDER")}


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
        files = sorted((folder / "code_objects").glob("*.cpp"))
        texts = {f.stem: f.read_text(encoding="utf-8") for f in files}
        self.paths = self.pathways(texts)
        self.units = {name: text for name, text in texts.items() if self.needed(name)}
        self.space = {name: f"unit_{k}" for k, name in enumerate(self.units)}

    def pathways(self, texts: Mapping[str, str]) -> dict[str, Pathway]:
        """Find what brings spikes to synapses, by name."""
        drawn = {fibres.name for fibres in self.plan.fibres}
        found = []
        for wires in self.plan.wires:
            kind, source = kind_of(wires, texts), wires.source if wires.source in drawn else ""
            for path in self.built.synapses[wires.name]._pathways:
                found.append(Pathway(path.name, kind, source, self.own(wires)))
        return {path.name: path for path in found}

    def needed(self, unit: str) -> bool:
        """Whether Brian2's code of this name runs, and not the frame's own in its place."""
        reads = {f"{fibres.name}_codeobject" for fibres in self.plan.fibres}
        waits = {f"before_run_{n}_push_spikes" for n, p in self.paths.items() if not p.listed}
        return "_synapses_create_" not in unit and unit not in reads | waits

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
        lines += [f"bioann::Drawn {source_of(fibres.name)};" for fibres in self.plan.fibres]
        for synapses in self.built.synapses.values():
            for path in synapses._pathways:
                sources = self.device.dynamic_arrays[path.synapse_sources]
                mine = self.paths[path.name]
                made_of = f"({sources}, {path.source.stop})" if mine.listed else ""
                lines.append(f"{mine.kind} {path.name}{made_of};")
        return lines

    def code(self) -> list[str]:
        """Take Brian2's code, each file in a namespace of its own."""
        lines = []
        for name, code in self.units.items():
            text = tuned(name, re.sub(r"void _debugmsg_.*", "", _bare(code), flags=re.DOTALL))
            text = changed(self.paths, name, text)
            lines.append(f"namespace {self.space[name]} {{\n{text}\n}}")
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
        """Read numbers."""
        lines = []
        for group in self.plan.neurons:
            for name in [*sorted(group.values), *sorted(self.built.factors[group.name])]:
                lines.append(self.loaded(group.name, name))
        lines += [f"{source_of(fibres.name)}.load();" for fibres in self.plan.fibres]
        for wires in self.plan.wires:
            lines += self.joined(wires)
        values = self.device.static_arrays
        for name in (f"{table.name}_values" for table in self.plan.tables):
            lines.append(f"load({name}, {values[name].size});" if name in values else "skip(8);")
        return lines

    def joined(self, wires: Wires) -> list[str]:
        """Read the synapses of one kind."""
        synapses = self.built.synapses[wires.name]
        path = self.paths[synapses.pre.name]
        n = f"{self.name(wires.name, 'N')}[0]"
        ends = [self.name(wires.name, v) for v in ("_synaptic_pre", "_synaptic_post")]
        held = [self.device.dynamic_arrays[v] for v in synapses._registered_variables]
        own = [] if path.listed else [*path.own.values()]
        lines = []
        if path.listed:
            lines += [f"connect({', '.join(ends)});", f"{n} = {ends[0]}.size();"]
        elif path.kind == "Fixed":
            lines.append(f"const Order order = {path.name}.load({str(bool(own)).lower()});")
            lines.append(f"{n} = {path.name}.size();")
            held = [vector for vector in held if vector not in (*ends, *own)]
        lines += [f"{vector}.resize({n});" for vector in held if path.kind != "Direct"]
        for name in sorted(wires.values):
            vector = self.name(wires.name, name)
            alike = vector in own
            lines.append(f"load({vector}, order);" if alike else self.loaded(wires.name, name))
        delay = self.device.get_array_name(synapses.pre.variables["delay"], False)
        lines.append(f"load({delay});")
        if not path.listed:
            dt = self.device.arrays[self.built.clocks[0].variables["dt"]]
            lines.append(f"{path.name}.wait({delay}[0], {dt}[0]);")
        return ["{", *lines, "}"]

    def own(self, wires: Wires) -> dict[str, str]:
        """Name what numbers each synapse of a lane has, and the vectors that hold them."""
        each = [name for name, value in wires.values.items() if np.ndim(value)]
        return {f"_ptr{self.name(wires.name, n, True)}": self.name(wires.name, n) for n in each}

    def loaded(self, group: str, variable: str) -> str:
        """Read one variable of a group."""
        found = self.groups[group].variables[variable]
        name = self.name(group, variable)
        if isinstance(found, DynamicArrayVariable):
            return f"load({name});"
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
        return [f"{self.space[name]}::_{name}();" for name in names if name in self.space]

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
            if found and found[2] in self.space:
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
