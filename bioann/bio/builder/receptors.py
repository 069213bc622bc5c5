"""Brian2 code of receptors, with a suffix on all names so that a cell can have several."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any

import brian2 as b2

from bioann.base.units import brian_quantity
from bioann.bio.description import NetworkDescription
from bioann.bio.receptors import Receptor


def receptor_label(network: NetworkDescription, population: str, receptor: Receptor) -> str:
    """Return a label unique within a population, such as ``AMPA``, or ``GABA_A_2`` for a second."""
    same_kind = [r for r in network.receptors_of(population) if r.name == receptor.name]
    index = same_kind.index(receptor)
    return re.sub(r"\W+", "_", receptor.name) + (f"_{index + 1}" if index else "")


def conductance_name(network: NetworkDescription, population: str, receptor: Receptor) -> str:
    """Return the variable name of a receptor's conductance, such as ``g_AMPA``."""
    return f"g_{receptor_label(network, population, receptor)}"


def rename_words(code: str, names: Mapping[str, str]) -> str:
    """Replace whole words in code, and ``x`` in ``dx/dt``."""
    words = "|".join(map(re.escape, names))
    code = re.sub(rf"\bd({words})/dt\b", lambda m: f"d{names[m.group(1)]}/dt", code)
    return re.sub(rf"\b({words})\b", lambda m: names[m.group()], code)


@functools.cache
def list_variables(equations: str) -> tuple[str, ...]:
    """Return the names of the variables of equations; none for an empty text."""
    return tuple(b2.Equations(equations).names) if equations else ()


@dataclasses.dataclass(frozen=True)
class ReceptorCode:
    """The Brian2 code of a receptor in one population.

    Parameters
    ----------
    receptor : Receptor
        Receptor whose code is written.
    tag : str
        Suffix of all its variables and constants.
    potential : str
        Name of the membrane potential of its compartment.
    """

    receptor: Receptor
    tag: str
    potential: str = "v"

    @property
    def state_names(self) -> list[str]:
        """Names of the postsynaptic variables, without suffix."""
        return list(list_variables(self.receptor.model))

    def name_map(self) -> dict[str, str]:
        """Return the name with suffix of each variable and constant of the receptor."""
        receptor_names = [*self.state_names, *self.brian_namespace(with_tag=False)]
        receptor_names += list_variables(self.receptor.per_synapse)
        return {"v": self.potential} | {name: f"{name}_{self.tag}" for name in receptor_names}

    def brian_namespace(self, with_tag: bool = True) -> dict[str, Any]:
        """Return the receptor's constants as Brian2 quantities, by name with or without suffix."""
        constants: dict[str, Any] = {}
        for field in dataclasses.fields(self.receptor):
            if "unit" in field.metadata:
                value = getattr(self.receptor, field.name)
                constants[field.name] = brian_quantity(value, field.metadata["unit"])
        for name, (value, unit) in self.receptor.code_constants().items():
            constants[name] = brian_quantity(value, unit) if unit else value
        if not with_tag:
            return constants
        return {f"{name}_{self.tag}": value for name, value in constants.items()}

    def write_equations(self, method: str) -> str:
        """Write the postsynaptic equations.

        Only exponential Euler needs ``(constant over dt)`` for terms that are nonlinear in the
        potential; other methods are more accurate without it.
        """
        model = self.receptor.model
        if method != "exponential_euler":
            model = model.replace("(constant over dt)", "")
        lines = [line.strip() for line in model.splitlines() if line.strip()]
        return rename_words("\n".join(lines), self.name_map())

    def write_current(self) -> str:
        """Write the expression of the current into the cell; empty for none."""
        return rename_words(self.receptor.current, self.name_map())

    def write_synapse_equations(self) -> str:
        """Write the equations of each synapse."""
        return rename_words(self.receptor.per_synapse, self.name_map())

    def write_on_spike(self, amplitude: str, has_synapse_state: bool = True) -> str:
        """Write the code run at a spike; the expression `amplitude` is its weight."""
        names = self.name_map()
        names |= {name: f"{names[name]}_post" for name in self.state_names}
        names |= {"v": f"{self.potential}_post", "w": amplitude}
        return rename_words(self.receptor.on_spike(has_synapse_state), names)


def receptor_code(network: NetworkDescription, population: str, receptor: Receptor) -> ReceptorCode:
    """Return the code of a receptor in a population."""
    potentials: Mapping[str, str] = network.get_population(population).cell.compartments
    label = receptor_label(network, population, receptor)
    return ReceptorCode(receptor, label, potentials[receptor.compartment])


def write_receptors(
    network: NetworkDescription, population: str
) -> tuple[list[str], dict[str, list[str]], dict[str, Any]]:
    """Write the receptors of a population.

    Returns
    -------
    equations : list of str
        Brian2 equations of each receptor's state.
    currents : dict of str to list of str
        Terms of the synaptic current, by compartment.
    namespace : dict of str to quantity
        Constants of all receptors.
    """
    cell = network.get_population(population).cell
    currents: dict[str, list[str]] = {name: [] for name in cell.compartments}
    equations: list[str] = []
    namespace: dict[str, Any] = {}
    for receptor in network.receptors_of(population):
        code = receptor_code(network, population, receptor)
        if receptor.model:
            equations.append(code.write_equations(cell.method))
        if receptor.current:
            currents[receptor.compartment].append(code.write_current())
        namespace |= code.brian_namespace()
    return equations, currents, namespace
