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
    plan : NetworkPlan
        What it is made of.
    objects : BrianObjects
        The same in Brian2, on the device.
    device : CPPStandaloneDevice
        Which has written its files.
    folder : pathlib.Path
        There.
    """

    def __init__(
        self, plan: NetworkPlan, objects: BrianObjects, device: CPPStandaloneDevice, folder: Path
    ) -> None:
        self.plan, self.objects, self.device, self.folder = plan, objects, device, folder
        self.groups = {g.name: g for g in objects.network.objects if hasattr(g, "variables")}
        files = sorted((folder / "code_objects").glob("*.cpp"))
        texts = {f.stem: f.read_text(encoding="utf-8") for f in files}
        self.pathways = self.find_pathways(texts)
        self.code_files = {name: text for name, text in texts.items() if self.is_needed(name)}
        self.namespaces = {name: f"unit_{k}" for k, name in enumerate(self.code_files)}

    def find_pathways(self, texts: Mapping[str, str]) -> dict[str, Pathway]:
        """Find what brings spikes to synapses, by name."""
        generators = {generator.name for generator in self.plan.spike_generators}
        pathways = {}
        for synapses_plan in self.plan.synapses:
            cpp_class, source = pathway_class(synapses_plan, texts), synapses_plan.source
            generator = source if source in generators else ""
            for path in self.objects.synapses[synapses_plan.name]._pathways:
                arrays = self.per_synapse_arrays(synapses_plan)
                pathways[path.name] = Pathway(path.name, cpp_class, generator, arrays)
        return pathways

    def is_needed(self, code_name: str) -> bool:
        """Whether Brian2's code of this name runs, and not the frame's own in its place."""
        generators = {f"{generator.name}_codeobject" for generator in self.plan.spike_generators}
        queues = {
            f"before_run_{n}_push_spikes" for n, p in self.pathways.items() if not p.lists_all_lanes
        }
        # Brian2 numbers the code of an object whose name another live network has used.
        original = re.sub(r"_\d+$", "", code_name)
        replaced = {code_name, original} & (generators | queues)
        return "_synapses_create_" not in code_name and not replaced

    def write_files(self) -> dict[str, str]:
        """Write the steps of the program, and its frame."""
        arrays = self.declare_arrays()
        inserts = {
            **{name: [file.read_text(encoding="utf-8")] for name, file in INSERTS.items()},
            "ARRAYS": arrays,
            "DECLARED": [f"extern {line.partition('(')[0].rstrip(';')};" for line in arrays],
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
        joined = {name: "\n".join(lines) for name, lines in inserts.items()}
        texts = ((file.stem, file.read_text(encoding="utf-8")) for file in TEMPLATES)
        return {name: re.sub(r"%([A-Z]+)%", lambda m: joined[m[1]], text) for name, text in texts}

    def array_name(self, group: str, variable: str, data: bool = False) -> str:
        """Give the C++ name of a variable."""
        return self.device.get_array_name(self.groups[group].variables[variable], data)

    def declare_arrays(self) -> list[str]:
        """Declare all arrays, and the pathways of spikes."""
        lines = []
        for variable, name in sorted(self.device.arrays.items(), key=lambda item: item[1]):
            cpp_type = _cpp_type(variable)
            if isinstance(variable, DynamicArrayVariable):
                lines.append(f"std::vector<{cpp_type}> {self.device.dynamic_arrays[variable]};")
            else:
                lines.append(f"{cpp_type}* {name};")
        for name, values in sorted(self.device.static_arrays.items()):
            lines.append(f"{c_data_type(values.dtype)}* {name};")
        lines += [
            f"bioann::Drawn {spike_source_name(generator.name)};"
            for generator in self.plan.spike_generators
        ]
        for synapses in self.objects.synapses.values():
            for path in synapses._pathways:
                sources = self.device.dynamic_arrays[path.synapse_sources]
                pathway = self.pathways[path.name]
                arguments = f"({sources}, {path.source.stop})" if pathway.lists_all_lanes else ""
                lines.append(f"{pathway.cpp_class} {path.name}{arguments};")
        return lines

    def write_code(self) -> list[str]:
        """Take Brian2's code, each file in a namespace of its own."""
        lines = []
        for name, code in self.code_files.items():
            text = re.sub(r"void _debugmsg_.*", "", _strip_includes(code), flags=re.DOTALL)
            text = vectorise(name, text)
            text = replace_delivery(self.pathways, name, text)
            lines.append(f"namespace {self.namespaces[name]} {{\n{text}\n}}")
        return lines

    def declare_functions(self) -> list[str]:
        """Declare what the frame calls."""
        calls = "\n".join(self.fill_queues() + self.call_steps())
        names = re.findall(r"(unit_\d+)::(\w+)\(\);", calls)
        return [f"namespace {namespace} {{ void {name}(); }}" for namespace, name in names]

    def allocate_arrays(self) -> list[str]:
        """Make room, and set what Brian2 sets itself."""
        lines = []
        for variable, name in self.device.arrays.items():
            if not isinstance(variable, DynamicArrayVariable):
                lines.append(f"{name} = new {_cpp_type(variable)}[{variable.size}]();")
        for variable, name, start in self.device.arange_arrays:
            if not isinstance(variable, DynamicArrayVariable):
                loop = f"for (int64_t k = 0; k < {variable.size}; k++)"
                lines.append(f"{loop} {name}[k] = {start} + k;")
        for name, values in self.device.static_arrays.items():
            lines.append(f"{name} = new {c_data_type(values.dtype)}[{values.size}]();")
        sizes = {name: v.size for v, name in self.device.arrays.items()}
        for task, arguments in self.device.main_queue:
            if task == "set_by_constant":
                name, value, is_dynamic = arguments
                size = f"{name}.size()" if is_dynamic else sizes[name]
                lines.append(f"std::fill_n(&{name}[0], {size}, {_cpp_number(value)});")
            elif task == "set_by_single_value":
                name, index, value = arguments
                lines.append(f"{name}[{index}] = {value};")
            elif task == "resize_array":
                lines.append(f"{arguments[0]}.resize({arguments[1]});")
        return lines

    def load_numbers(self) -> list[str]:
        """Read numbers."""
        lines = []
        for group in self.plan.neuron_groups:
            for name in [*sorted(group.values), *sorted(self.objects.step_constants[group.name])]:
                lines.append(self.load_variable(group.name, name))
        lines += [
            f"{spike_source_name(generator.name)}.load();"
            for generator in self.plan.spike_generators
        ]
        for synapses_plan in self.plan.synapses:
            lines += self.load_synapses(synapses_plan)
        values = self.device.static_arrays
        for name in (f"{array.name}_values" for array in self.plan.timed_arrays):
            lines.append(f"load({name}, {values[name].size});" if name in values else "skip(8);")
        return lines

    def load_synapses(self, synapses_plan: SynapsesPlan) -> list[str]:
        """Read the synapses of one kind."""
        name, synapses = synapses_plan.name, self.objects.synapses[synapses_plan.name]
        pathway = self.pathways[synapses.pre.name]
        n = f"{self.array_name(name, 'N')}[0]"
        neurons = [self.array_name(name, v) for v in ("_synaptic_pre", "_synaptic_post")]
        vectors = [self.device.dynamic_arrays[v] for v in synapses._registered_variables]
        of_one_lane = [] if pathway.lists_all_lanes else [*pathway.per_synapse_arrays.values()]
        lines = []
        if pathway.lists_all_lanes:
            lines += [f"connect({', '.join(neurons)});", f"{n} = {neurons[0]}.size();"]
        elif pathway.cpp_class == "Fixed":
            has_order = str(bool(of_one_lane)).lower()
            lines.append(f"const Order order = {pathway.name}.load({has_order});")
            lines.append(f"{n} = {pathway.name}.size();")
            vectors = [vector for vector in vectors if vector not in (*neurons, *of_one_lane)]
        lines += [f"{vector}.resize({n});" for vector in vectors if pathway.cpp_class != "Direct"]
        for variable in sorted(synapses_plan.values):
            vector = self.array_name(name, variable)
            in_order = vector in of_one_lane
            line = f"load({vector}, order);" if in_order else self.load_variable(name, variable)
            lines.append(line)
        delay = self.device.get_array_name(synapses.pre.variables["delay"], False)
        lines.append(f"load({delay});")
        if not pathway.lists_all_lanes:
            dt = self.device.arrays[self.objects.clocks[0].variables["dt"]]
            lines.append(f"{pathway.name}.wait({delay}[0], {dt}[0]);")
        return ["{", *lines, "}"]

    def per_synapse_arrays(self, synapses_plan: SynapsesPlan) -> dict[str, str]:
        """Name what numbers each synapse of a lane has, and the vectors that hold them."""
        group = synapses_plan.name
        names = [name for name, value in synapses_plan.values.items() if np.ndim(value)]
        return {
            f"_ptr{self.array_name(group, name, True)}": self.array_name(group, name)
            for name in names
        }

    def load_variable(self, group: str, variable: str) -> str:
        """Read one variable of a group."""
        brian_variable = self.groups[group].variables[variable]
        name = self.array_name(group, variable)
        if isinstance(brian_variable, DynamicArrayVariable):
            return f"load({name});"
        return f"load({name}, {brian_variable.size});"

    def record_populations(self) -> list[str]:
        """Say what is recorded and watched."""
        lines = []
        for group in self.plan.neuron_groups:
            equations = self.groups[group.name].equations
            states = []
            for k, variable in enumerate(sorted(equations.diff_eq_names)):
                is_potential = equations[variable].dim == b2.volt.dim
                bound = repr(MAX_POTENTIAL) if is_potential else "INFINITY"
                states.append(f"{{{k}, {self.array_name(group.name, variable)}, {bound}}}")
            size = self.groups[group.name].variables["N"].value
            spikes, v = (self.array_name(group.name, n) for n in ("_spikespace", "v"))
            fields = f"{spikes}, {size}, {v}, {{{', '.join(states)}}}"
            lines.append(f"recorder.populations.push_back(Population{{{fields}}});")
        return lines

    def fill_queues(self) -> list[str]:
        """Fill the queues of spikes."""
        queue = self.device.main_queue
        names = [f"before_run_{a[0].name}" for task, a in queue if task == "before_run_code_object"]
        return [f"{self.namespaces[name]}::_{name}();" for name in names if name in self.namespaces]

    def set_clocks(self) -> list[str]:
        """Set the clocks: times are whole steps times their length, as in Brian2."""
        lines = []
        for clock, value in zip(self.objects.clocks, ("step", "step / per_slow_step"), strict=True):
            names = (clock.variables[n] for n in ("timestep", "t", "dt"))
            step, t, dt = map(self.device.arrays.get, names)
            if step and t and dt:
                lines.append(f"{step}[0] = {value}; {t}[0] = {step}[0] * {dt}[0];")
        return lines

    def call_steps(self) -> list[str]:
        """Call what Brian2 calls, in its order."""
        code = next(a[1] for task, a in self.device.main_queue if task == "run_network")
        stimulus_clock = self.objects.clocks[1].name
        lines = []
        for line in code:
            call = re.fullmatch(r"\w+\.add\(&(\w+), _run_(\w+)\);", line)
            if call and call[2] in self.namespaces:
                condition = "if (slow) " if call[1] == stimulus_clock else ""
                lines.append(f"{condition}{self.namespaces[call[2]]}::_run_{call[2]}();")
        return lines

    def write_learned_values(self) -> list[str]:
        """Write what learning leaves behind."""
        return [
            f"put(file, {self.array_name(synapses_plan.name, variable)});"
            for synapses_plan in self.plan.synapses
            for variable in learned_variables(synapses_plan)
        ]


def learned_variables(synapses_plan: SynapsesPlan) -> list[str]:
    """List the variables of synapses that learn, in the order in which they are written."""
    if not synapses_plan.code["post"]:
        return []
    equations = b2.Equations(synapses_plan.code["model"])
    return sorted(n for n in equations.names if "shared" not in equations[n].flags)


def _cpp_type(variable: Any) -> str:
    """Give the C++ type of a variable; what is true or false has that of `vectorise`."""
    return c_data_type(variable.dtype).replace("char", "int32_t")


def _strip_includes(text: str) -> str:
    """Leave out what a file includes, and what would spread over the others."""
    prefixes = ("#include", "using namespace std")
    return "\n".join(line for line in text.splitlines() if not line.startswith(prefixes))


def _cpp_number(value: Any) -> str:
    """Write a number in C++."""
    return str(bool(value)).lower() if isinstance(value, (bool, np.bool_)) else repr(value)
