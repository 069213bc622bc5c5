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

from bioann.bio.builder.brian_objects import BrianObjects
from bioann.bio.builder.plan import NetworkPlan, SynapsesPlan
from bioann.bio.engines.cpp.spike_delivery import (
    Pathway,
    pathway_class,
    replace_delivery,
    spike_source_name,
)
from bioann.bio.engines.cpp.vectorise import vectorise
from bioann.bio.engines.divergence import MAX_POTENTIAL

TEMPLATES = tuple(Path(__file__).with_name(name) for name in ("steps.tmpl", "frame.tmpl"))
#: What goes into them: pathways of spikes, which know one delay only, in place of Brian2's; what
#: is recorded.
INSERTS = {name: Path(__file__).with_name(f"{name.lower()}.tmpl") for name in ("PATHS", "RECORDER")}


class ProgramWriter:
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

    def __init__(
        self, plan: NetworkPlan, built: BrianObjects, device: CPPStandaloneDevice, folder: Path
    ) -> None:
        self.plan, self.built, self.device, self.folder = plan, built, device, folder
        self.groups = {g.name: g for g in built.network.objects if hasattr(g, "variables")}
        files = sorted((folder / "code_objects").glob("*.cpp"))
        texts = {f.stem: f.read_text(encoding="utf-8") for f in files}
        self.pathways = self.find_pathways(texts)
        self.code_files = {name: text for name, text in texts.items() if self.is_needed(name)}
        self.namespaces = {name: f"unit_{k}" for k, name in enumerate(self.code_files)}

    def find_pathways(self, texts: Mapping[str, str]) -> dict[str, Pathway]:
        """Find what brings spikes to synapses, by name."""
        drawn = {fibres.name for fibres in self.plan.spike_generators}
        found = []
        for wires in self.plan.synapses:
            kind, source = (
                pathway_class(wires, texts),
                wires.source if wires.source in drawn else "",
            )
            for path in self.built.synapses[wires.name]._pathways:
                found.append(Pathway(path.name, kind, source, self.per_synapse_arrays(wires)))
        return {path.name: path for path in found}

    def is_needed(self, unit: str) -> bool:
        """Whether Brian2's code of this name runs, and not the frame's own in its place."""
        reads = {f"{fibres.name}_codeobject" for fibres in self.plan.spike_generators}
        waits = {
            f"before_run_{n}_push_spikes" for n, p in self.pathways.items() if not p.lists_all_lanes
        }
        return "_synapses_create_" not in unit and unit not in reads | waits

    def write_files(self) -> dict[str, str]:
        """Write the steps of the program, and its frame."""
        parts = {
            **{name: [file.read_text(encoding="utf-8")] for name, file in INSERTS.items()},
            "ARRAYS": self.declare_arrays(),
            "DECLARED": [
                f"extern {line.partition('(')[0].rstrip(';')};" for line in self.declare_arrays()
            ],
            "CODE": self.write_code(),
            "STEPS": self.declare_functions(),
            "ALLOCATE": self.allocate_arrays(),
            "LOAD": self.load_numbers(),
            "RECORD": self.record_populations(),
            "PREPARE": self.fill_queues(),
            "CLOCKS": self.set_clocks(),
            "STEP": self.call_steps(),
            "KEEP": self.write_learned_values(),
        }
        joined = {name: "\n".join(lines) for name, lines in parts.items()}
        texts = ((file.stem, file.read_text(encoding="utf-8")) for file in TEMPLATES)
        return {name: re.sub(r"%([A-Z]+)%", lambda m: joined[m[1]], text) for name, text in texts}

    def array_name(self, group: str, variable: str, data: bool = False) -> str:
        """Give the C++ name of a variable."""
        return self.device.get_array_name(self.groups[group].variables[variable], data)

    def declare_arrays(self) -> list[str]:
        """Declare all arrays, and the pathways of spikes."""
        lines = []
        for variable, name in sorted(self.device.arrays.items(), key=lambda item: item[1]):
            kind = _cpp_type(variable)
            if isinstance(variable, DynamicArrayVariable):
                lines.append(f"std::vector<{kind}> {self.device.dynamic_arrays[variable]};")
            else:
                lines.append(f"{kind}* {name};")
        for name, values in sorted(self.device.static_arrays.items()):
            lines.append(f"{c_data_type(values.dtype)}* {name};")
        lines += [
            f"bioann::Drawn {spike_source_name(fibres.name)};"
            for fibres in self.plan.spike_generators
        ]
        for synapses in self.built.synapses.values():
            for path in synapses._pathways:
                sources = self.device.dynamic_arrays[path.synapse_sources]
                mine = self.pathways[path.name]
                made_of = f"({sources}, {path.source.stop})" if mine.lists_all_lanes else ""
                lines.append(f"{mine.cpp_class} {path.name}{made_of};")
        return lines

    def write_code(self) -> list[str]:
        """Take Brian2's code, each file in a namespace of its own."""
        lines = []
        for name, code in self.code_files.items():
            text = vectorise(
                name, re.sub(r"void _debugmsg_.*", "", _strip_includes(code), flags=re.DOTALL)
            )
            text = replace_delivery(self.pathways, name, text)
            lines.append(f"namespace {self.namespaces[name]} {{\n{text}\n}}")
        return lines

    def declare_functions(self) -> list[str]:
        """Declare what the frame calls."""
        names = re.findall(
            r"(unit_\d+)::(\w+)\(\);", "\n".join(self.fill_queues() + self.call_steps())
        )
        return [f"namespace {space} {{ void {name}(); }}" for space, name in names]

    def allocate_arrays(self) -> list[str]:
        """Make room, and set what Brian2 sets itself."""
        lines = []
        for variable, name in self.device.arrays.items():
            if not isinstance(variable, DynamicArrayVariable):
                lines.append(f"{name} = new {_cpp_type(variable)}[{variable.size}]();")
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
                lines.append(f"std::fill_n(&{name}[0], {size}, {_cpp_number(value)});")
            elif kind == "set_by_single_value":
                name, place, value = what
                lines.append(f"{name}[{place}] = {value};")
            elif kind == "resize_array":
                lines.append(f"{what[0]}.resize({what[1]});")
        return lines

    def load_numbers(self) -> list[str]:
        """Read numbers."""
        lines = []
        for group in self.plan.neuron_groups:
            for name in [*sorted(group.values), *sorted(self.built.step_constants[group.name])]:
                lines.append(self.load_variable(group.name, name))
        lines += [
            f"{spike_source_name(fibres.name)}.load();" for fibres in self.plan.spike_generators
        ]
        for wires in self.plan.synapses:
            lines += self.load_synapses(wires)
        values = self.device.static_arrays
        for name in (f"{table.name}_values" for table in self.plan.timed_arrays):
            lines.append(f"load({name}, {values[name].size});" if name in values else "skip(8);")
        return lines

    def load_synapses(self, wires: SynapsesPlan) -> list[str]:
        """Read the synapses of one kind."""
        synapses = self.built.synapses[wires.name]
        path = self.pathways[synapses.pre.name]
        n = f"{self.array_name(wires.name, 'N')}[0]"
        ends = [self.array_name(wires.name, v) for v in ("_synaptic_pre", "_synaptic_post")]
        held = [self.device.dynamic_arrays[v] for v in synapses._registered_variables]
        own = [] if path.lists_all_lanes else [*path.per_synapse_arrays.values()]
        lines = []
        if path.lists_all_lanes:
            lines += [f"connect({', '.join(ends)});", f"{n} = {ends[0]}.size();"]
        elif path.cpp_class == "Fixed":
            lines.append(f"const Order order = {path.name}.load({str(bool(own)).lower()});")
            lines.append(f"{n} = {path.name}.size();")
            held = [vector for vector in held if vector not in (*ends, *own)]
        lines += [f"{vector}.resize({n});" for vector in held if path.cpp_class != "Direct"]
        for name in sorted(wires.values):
            vector = self.array_name(wires.name, name)
            alike = vector in own
            lines.append(
                f"load({vector}, order);" if alike else self.load_variable(wires.name, name)
            )
        delay = self.device.get_array_name(synapses.pre.variables["delay"], False)
        lines.append(f"load({delay});")
        if not path.lists_all_lanes:
            dt = self.device.arrays[self.built.clocks[0].variables["dt"]]
            lines.append(f"{path.name}.wait({delay}[0], {dt}[0]);")
        return ["{", *lines, "}"]

    def per_synapse_arrays(self, wires: SynapsesPlan) -> dict[str, str]:
        """Name what numbers each synapse of a lane has, and the vectors that hold them."""
        each = [name for name, value in wires.values.items() if np.ndim(value)]
        return {
            f"_ptr{self.array_name(wires.name, n, True)}": self.array_name(wires.name, n)
            for n in each
        }

    def load_variable(self, group: str, variable: str) -> str:
        """Read one variable of a group."""
        found = self.groups[group].variables[variable]
        name = self.array_name(group, variable)
        if isinstance(found, DynamicArrayVariable):
            return f"load({name});"
        return f"load({name}, {found.size});"

    def record_populations(self) -> list[str]:
        """Say what is recorded and watched."""
        lines = []
        for group in self.plan.neuron_groups:
            equations = self.groups[group.name].equations
            states = []
            for k, variable in enumerate(sorted(equations.diff_eq_names)):
                volts = equations[variable].dim == b2.volt.dim
                bound = repr(MAX_POTENTIAL) if volts else "INFINITY"
                states.append(f"{{{k}, {self.array_name(group.name, variable)}, {bound}}}")
            size = self.groups[group.name].variables["N"].value
            space, v = (self.array_name(group.name, n) for n in ("_spikespace", "v"))
            inside = f"{space}, {size}, {v}, {{{', '.join(states)}}}"
            lines.append(f"recorder.populations.push_back(Population{{{inside}}});")
        return lines

    def fill_queues(self) -> list[str]:
        """Fill the queues of spikes."""
        queue = self.device.main_queue
        names = [f"before_run_{w[0].name}" for kind, w in queue if kind == "before_run_code_object"]
        return [f"{self.namespaces[name]}::_{name}();" for name in names if name in self.namespaces]

    def set_clocks(self) -> list[str]:
        """Set the clocks: times are whole steps times their length, as in Brian2."""
        lines = []
        for clock, at in zip(self.built.clocks, ("step", "step / per_slow_step"), strict=True):
            names = (clock.variables[n] for n in ("timestep", "t", "dt"))
            step, t, dt = map(self.device.arrays.get, names)
            if step and t and dt:
                lines.append(f"{step}[0] = {at}; {t}[0] = {step}[0] * {dt}[0];")
        return lines

    def call_steps(self) -> list[str]:
        """Call what Brian2 calls, in its order."""
        code = next(what[1] for kind, what in self.device.main_queue if kind == "run_network")
        slow = self.built.clocks[1].name
        lines = []
        for line in code:
            found = re.fullmatch(r"\w+\.add\(&(\w+), _run_(\w+)\);", line)
            if found and found[2] in self.namespaces:
                when = "if (slow) " if found[1] == slow else ""
                lines.append(f"{when}{self.namespaces[found[2]]}::_run_{found[2]}();")
        return lines

    def write_learned_values(self) -> list[str]:
        """Write what learning leaves behind."""
        lines = []
        for wires in self.plan.synapses:
            lines += [
                f"put(file, {self.array_name(wires.name, v)});" for v in learned_variables(wires)
            ]
        return lines


def learned_variables(wires: SynapsesPlan) -> list[str]:
    """List the variables of synapses that learn, in the order in which they are written."""
    if not wires.code["post"]:
        return []
    equations = b2.Equations(wires.code["model"])
    return sorted(n for n in equations.names if "shared" not in equations[n].flags)


def _cpp_type(variable: Any) -> str:
    """Give the C++ type of a variable; what is true or false has that of `vectorise`."""
    return c_data_type(variable.dtype).replace("char", "int32_t")


def _strip_includes(text: str) -> str:
    """Leave out what a file includes, and what would spread over the others."""
    unwanted = ("#include", "using namespace std")
    return "\n".join(x for x in text.splitlines() if not x.startswith(unwanted))


def _cpp_number(value: Any) -> str:
    """Write a number in C++."""
    return str(bool(value)).lower() if isinstance(value, (bool, np.bool_)) else repr(value)
