"""A network for which Brian2's C++ device has generated code, and the names in that code."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
from brian2 import Equations
from brian2.core.variables import DynamicArrayVariable
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from bioann.bio.builder.brian_objects import BrianObjects
from bioann.bio.builder.plan import NetworkPlan, SynapsesPlan


def list_learned_variables(synapses: SynapsesPlan) -> list[str]:
    """List the state variables of learning synapses in the order of a program's output."""
    if not synapses.code["post"]:
        return []
    equations = Equations(synapses.code["model"])
    return sorted(n for n in equations.names if "shared" not in equations[n].flags)


def list_state_names(plan: NetworkPlan, population: str) -> list[str]:
    """List the state variables of a population in the order of a program's checks."""
    group = next(g for g in plan.neuron_groups if g.name == f"population_{population}")
    # Sorted, because Brian2 returns a set, whose order differs between processes.
    return sorted(Equations(group.code["equations"]).diff_eq_names)


@dataclasses.dataclass(frozen=True, eq=False)
class GeneratedNetwork:
    """A plan, its Brian2 objects, and the device that has generated their code.

    Parameters
    ----------
    plan : NetworkPlan
        Plan of the network.
    objects : BrianObjects
        The same network in Brian2, with a placeholder for each array size.
    device : brian2.devices.cpp_standalone.device.CPPStandaloneDevice
        Device that holds the arrays of `objects` and their C++ names.
    """

    plan: NetworkPlan
    objects: BrianObjects
    device: CPPStandaloneDevice

    @functools.cached_property
    def groups(self) -> dict[str, Any]:
        """Brian2 objects that have variables, by name."""
        return {g.name: g for g in self.objects.network.objects if hasattr(g, "variables")}

    def array_name(self, group: str, variable: str, data: bool = False) -> str:
        """Return the C++ name of a variable's array; with `data` that of its first element."""
        return self.device.get_array_name(self.groups[group].variables[variable], data)

    def per_synapse_arrays(self, synapses_plan: SynapsesPlan) -> dict[str, str]:
        """Return pointer and vector names of the values that each synapse of a lane has."""
        group = synapses_plan.name
        names = [name for name, value in synapses_plan.values.items() if np.ndim(value)]
        return {
            f"_ptr{self.array_name(group, name, True)}": self.array_name(group, name)
            for name in names
        }

    def write_load(self, group: str, variable: str) -> str:
        """Write the C++ statement that reads one variable of a group from the input."""
        brian_variable = self.groups[group].variables[variable]
        name = self.array_name(group, variable)
        if isinstance(brian_variable, DynamicArrayVariable):
            return f"load({name});"
        return f"load({name}, {brian_variable.size});"
