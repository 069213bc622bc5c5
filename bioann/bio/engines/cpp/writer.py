"""The C++ code of a network: Brian2's code for each time step, and what is around the steps."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brian2 as b2
import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.variables import DynamicArrayVariable

from bioann.bio.engines.cpp import partition
from bioann.bio.engines.cpp.generated_network import GeneratedNetwork, list_learned_variables
from bioann.bio.engines.cpp.program_input import write_loader
from bioann.bio.engines.cpp.spike_delivery import (
    Pathway,
    pathway_class,
    replace_delivery,
    spike_source_name,
)
from bioann.bio.engines.cpp.vectorise import vectorise
from bioann.bio.engines.divergence import MAX_POTENTIAL

TEMPLATE = Path(__file__).with_name("network.tmpl")
#: Arithmetic helpers that Brian2 writes into every file; to parse them takes longer than the rest.
_HELPERS = re.compile(r"template < typename T1, typename T2 > struct _higher_type;.*?#endif", re.S)


class ProgramWriter:
    """Fills the template for one network.

    Parameters
    ----------
    network : GeneratedNetwork
        Network for which Brian2's device has generated code.
    folder : pathlib.Path
        Folder into which the device has written its files.
    """

    def __init__(self, network: GeneratedNetwork, folder: Path) -> None:
        self.network = network
        self.plan, self.objects, self.device = network.plan, network.objects, network.device
        files = sorted((folder / "code_objects").glob("*.cpp"))
        texts = {f.stem: f.read_text(encoding="utf-8") for f in files}
        self.pathways = self.find_pathways(texts)
        self.code_files = {name: text for name, text in texts.items() if self.is_needed(name)}
        self.namespaces = {name: f"unit_{k}" for k, name in enumerate(self.code_files)}

    def find_pathways(self, texts: Mapping[str, str]) -> dict[str, Pathway]:
        """Return the pathways that deliver spikes to synapses, by name of the Brian2 object."""
        generators = {generator.name for generator in self.plan.spike_generators}
        pathways = {}
        for synapses_plan in self.plan.synapses:
            cpp_class, source = pathway_class(synapses_plan, texts), synapses_plan.source
            synapses = self.objects.synapses[synapses_plan.name]
            for path in synapses._pathways:
                generator = source if source in generators and path is synapses.pre else ""
                arrays = self.network.per_synapse_arrays(synapses_plan)
                size = str(self.network.groups[synapses_plan.target].variables["N"].value)
                pathways[path.name] = Pathway(path.name, cpp_class, generator, arrays, size)
        return pathways

    def is_needed(self, code_name: str) -> bool:
        """Return whether Brian2's code of this name is used, not replaced by code of the frame."""
        generators = {f"{generator.name}_codeobject" for generator in self.plan.spike_generators}
        queues = {
            f"before_run_{n}_push_spikes" for n, p in self.pathways.items() if not p.lists_all_lanes
        }
        # Brian2 appends a number if another existing network uses the same name.
        original = re.sub(r"_\d+$", "", code_name)
        replaced = {code_name, original} & (generators | queues)
        return "_synapses_create_" not in code_name and not replaced

    def write_code_file(self) -> str:
        """Return the C++ text of the network; ``runtime.cpp`` calls its functions."""
        code = self.write_code()
        step = partition.plan_step(self.list_calls(code), self.write_joins())
        flags = {"DIVISIBLE": step.is_divisible, "PREPARES": bool(step.prepare)}
        inserts = {
            "ARRAYS": self.declare_arrays(),
            "HELPERS": self.find_helpers(),
            "CODE": [f"namespace {self.namespaces[n]} {{\n{text}\n}}" for n, text in code.items()],
            "FLAGS": [f"const bool {name} = {_cpp_number(v)};" for name, v in flags.items()],
            "ALLOCATE": self.allocate_arrays(),
            "LOAD": write_loader(self.network, self.pathways),
            "RECORD": self.record_populations(),
            "PREPARE": self.fill_queues(),
            "CLOCKS": self.set_clocks(),
            "BEFORE": step.prepare,
            "INTEGRATE": step.integrate,
            "EXCHANGE": step.exchange,
            "DELIVER": step.deliver,
            "KEEP": self.write_learned_values(),
        }
        template = TEMPLATE.read_text(encoding="utf-8")
        return re.sub(r"%([A-Z]+)%", lambda m: "\n".join(inserts[m[1]]), template)

    def declare_arrays(self) -> list[str]:
        """Declare all arrays, input spikes and pathways."""
        lines = [
            f"bioann::Firing {partition.name_firing(g.name)};" for g in self.plan.neuron_groups
        ]
        for variable, name in sorted(self.device.arrays.items(), key=lambda item: item[1]):
            cpp_type = _cpp_type(variable)
            if name in self.thread_variables:
                lines.append(f"thread_local {cpp_type} {name}[1];")
            elif isinstance(variable, DynamicArrayVariable):
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
                arguments = f"({sources})" if pathway.lists_all_lanes else ""
                lines.append(f"{pathway.cpp_class} {path.name}{arguments};")
        return lines

    @functools.cached_property
    def thread_variables(self) -> set[str]:
        """C++ names of times, which each thread sets when it begins a time step."""
        variables = [c.variables[n] for c in self.objects.clocks for n in ("timestep", "t")]
        return {self.device.arrays[v] for v in variables if v in self.device.arrays}

    def find_helpers(self) -> list[str]:
        """Return Brian2's arithmetic helpers, once for all files."""
        helpers = _HELPERS.search("\n".join(self.code_files.values()))
        return [f"namespace {{\n{helpers[0]}\n}}"] if helpers else []

    def write_code(self) -> dict[str, str]:
        """Write Brian2's code, adapted, by the names of its files."""
        texts = {}
        for name, code in self.code_files.items():
            text = re.sub(r"void _debugmsg_.*", "", _strip_includes(code), flags=re.DOTALL)
            text = vectorise(name, _HELPERS.sub("", text))
            text = partition.divide_population_code(*self.match_population(name), text)
            texts[name] = replace_delivery(self.pathways, name, text)
        return texts

    def match_population(self, code_name: str) -> tuple[str, str]:
        """Return kind and population of the code of this name."""
        groups = {group.name for group in self.plan.neuron_groups}
        return partition.match_population(code_name, groups)

    def allocate_arrays(self) -> list[str]:
        """Allocate arrays, and set the values that Brian2 sets before a run."""
        lines = []
        for variable, name in self.device.arrays.items():
            is_thread_variable = name in self.thread_variables
            if not isinstance(variable, DynamicArrayVariable) and not is_thread_variable:
                lines.append(_allocate(name, _cpp_type(variable), variable.size))
        for variable, name, start in self.device.arange_arrays:
            if not isinstance(variable, DynamicArrayVariable):
                loop = f"for (int64_t k = 0; k < {variable.size}; k++)"
                lines.append(f"{loop} {name}[k] = {start} + k;")
        for name, values in self.device.static_arrays.items():
            lines.append(_allocate(name, c_data_type(values.dtype), values.size))
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
                lines.append(f"resize({arguments[0]}, {arguments[1]});")
        return lines

    def record_populations(self) -> list[str]:
        """List the populations and synapses to record, and the bounds of the neurons' states."""
        lines = []
        for group in self.plan.neuron_groups:
            equations = self.network.groups[group.name].equations
            spikes, v = (self.network.array_name(group.name, n) for n in ("_spikespace", "v"))
            size = self.network.groups[group.name].variables["N"].value
            lines.append(f"record_population({spikes}, {size}, {v});")
            for k, variable in enumerate(sorted(equations.diff_eq_names)):
                is_potential = equations[variable].dim == b2.volt.dim
                bound = repr(MAX_POTENTIAL) if is_potential else "INFINITY"
                values = self.network.array_name(group.name, variable)
                lines.append(f"check_state({k}, {values}, {bound});")
        for synapses_plan in self.plan.synapses:
            for variable in list_learned_variables(synapses_plan):
                values = self.network.array_name(synapses_plan.name, variable)
                lines.append(f"record_synapses({values});")
        return lines

    def fill_queues(self) -> list[str]:
        """Call the functions that initialise the spike queues."""
        queue = self.device.main_queue
        names = [f"before_run_{a[0].name}" for task, a in queue if task == "before_run_code_object"]
        return [f"{self.namespaces[name]}::_{name}();" for name in names if name in self.namespaces]

    def set_clocks(self) -> list[str]:
        """Set the clocks; as in Brian2, time is the number of steps times their length."""
        lines = []
        for clock, value in zip(self.objects.clocks, ("step", "slow_step"), strict=True):
            names = (clock.variables[n] for n in ("timestep", "t", "dt"))
            step, t, dt = map(self.device.arrays.get, names)
            if step and t and dt:
                lines.append(f"{step}[0] = {value}; {t}[0] = {step}[0] * {dt}[0];")
        return lines

    def list_calls(self, code: Mapping[str, str]) -> list[partition.StepCall]:
        """List the calls of a time step in Brian2's order."""
        queue = next(a[1] for task, a in self.device.main_queue if task == "run_network")
        stimulus_clock, calls = self.objects.clocks[1].name, []
        for line in queue:
            call = re.fullmatch(r"\w+\.add\(&(\w+), _run_(\w+)\);", line)
            if not call or call[2] not in self.namespaces:
                continue
            kind, group, is_divided = self.classify_code(call[2], code[call[2]])
            condition = "if (slow) " if call[1] == stimulus_clock else ""
            argument = "" if kind in (partition.QUEUE, partition.OTHER) else "part"
            statement = f"{condition}{self.namespaces[call[2]]}::_run_{call[2]}({argument});"
            calls.append(partition.StepCall(kind, statement, group, is_divided and not condition))
        return calls

    def classify_code(self, name: str, text: str) -> tuple[str, str, bool]:
        """Return the kind of a function, its population, and whether it can be divided."""
        kind, group = self.match_population(name)
        if kind != partition.OTHER:
            arrays = {
                array for variable, array in self.device.arrays.items()
                if variable.owner.name in (group, *(clock.name for clock in self.objects.clocks))
            }  # fmt: skip
            return kind, group, partition.is_divided(kind, text, arrays)
        match = re.fullmatch(r"(\w+)_(push_spikes|codeobject)(_\d+)?", name)
        pathway = self.pathways.get(match[1]) if match else None
        if match is None or pathway is None or pathway.lists_all_lanes:
            return partition.OTHER, "", False
        if match[2] == "push_spikes":
            return partition.QUEUE, "", False
        return partition.DELIVERY, "", partition.is_delivery_divided(text)

    def write_joins(self) -> dict[str, str]:
        """Write the statements that join the lists of neurons that fired, by population."""
        joins = {}
        for group in self.plan.neuron_groups:
            spikes = self.network.array_name(group.name, "_spikespace")
            size = self.network.groups[group.name].variables["N"].value
            joins[group.name] = f"{partition.name_firing(group.name)}.join({spikes}, {size});"
        return joins

    def write_learned_values(self) -> list[str]:
        """Write the final states of learning synapses to the output."""
        return [
            f"keep({self.network.array_name(synapses_plan.name, variable)});"
            for synapses_plan in self.plan.synapses
            for variable in list_learned_variables(synapses_plan)
        ]


def _cpp_type(variable: Any) -> str:
    """Return the C++ type of a variable; Booleans are 32 bits wide, as in `vectorise`."""
    return c_data_type(variable.dtype).replace("char", "int32_t")


def _allocate(name: str, cpp_type: str, size: Any) -> str:
    """Write the C++ statement that allocates an array of zeros."""
    return f"{name} = static_cast<{cpp_type}*>(allocate({size}, sizeof({cpp_type})));"


def _strip_includes(text: str) -> str:
    """Remove the lines that must stand only once in a file that joins several."""
    prefixes = ("#include", "using namespace std")
    return "\n".join(line for line in text.splitlines() if not line.startswith(prefixes))


def _cpp_number(value: Any) -> str:
    """Return a number or Boolean as a C++ literal."""
    return str(bool(value)).lower() if isinstance(value, (bool, np.bool_)) else repr(value)
