"""Receptors as Brian2 code: their own names with a suffix, so that a cell can have several."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import brian2 as b2

from bioann.base.units import brian_quantity
from bioann.bio.description import NetworkDescription
from bioann.bio.receptors import Receptor


def label(described: NetworkDescription, population: str, receptor: Receptor) -> str:
    """Tell a receptor of a population from its others: ``AMPA``, ``GABA_A_2`` for a second kind."""
    kinds = [r for r in described.receptors(population) if r.name == receptor.name]
    place = kinds.index(receptor)
    return re.sub(r"\W+", "_", receptor.name) + (f"_{place + 1}" if place else "")


def conductance(described: NetworkDescription, population: str, receptor: Receptor) -> str:
    """Name the conductance of a receptor: ``g_AMPA``."""
    return f"g_{label(described, population, receptor)}"


def renamed(code: str, names: Mapping[str, str]) -> str:
    """Replace whole words of a code, and in ``dx/dt`` the variable."""
    words = "|".join(map(re.escape, names))
    found = re.sub(rf"\bd({words})/dt\b", lambda m: f"d{names[m.group(1)]}/dt", code)
    return re.sub(rf"\b({words})\b", lambda m: names[m.group()], found)


@dataclasses.dataclass(frozen=True)
class Coded:
    """A receptor in one population.

    Parameters
    ----------
    receptor : Receptor
        The receptor.
    tag : str
        Suffix of its names.
    potential : str
        Variable of the potential of its compartment.
    """

    receptor: Receptor
    tag: str
    potential: str = "v"

    @property
    def state(self) -> list[str]:
        """Postsynaptic variables, as the receptor calls them."""
        return list(b2.Equations(self.receptor.model).names) if self.receptor.model else []

    def names(self) -> dict[str, str]:
        """Map the receptor's names to those in the build."""
        own = [*self.state, *self.namespace(plain=True)]
        if self.receptor.per_synapse:
            own += list(b2.Equations(self.receptor.per_synapse).names)
        return {"v": self.potential} | {name: f"{name}_{self.tag}" for name in own}

    def namespace(self, plain: bool = False) -> dict[str, Any]:
        """Give the receptor's numbers to Brian2, with their dimensions."""
        found: dict[str, Any] = {}
        for f in dataclasses.fields(self.receptor):
            if "unit" in f.metadata:
                value = getattr(self.receptor, f.name)
                found[f.name] = brian_quantity(value, f.metadata["unit"])
        for name, (value, unit) in self.receptor.code_constants().items():
            found[name] = brian_quantity(value, unit) if unit else value
        return found if plain else {f"{name}_{self.tag}": v for name, v in found.items()}

    def equations(self, method: str) -> str:
        """Write the postsynaptic equations.

        Only exponential Euler needs what is not linear in the potential held over a step; other
        methods are more exact without.
        """
        model = self.receptor.model
        if method != "exponential_euler":
            model = model.replace("(constant over dt)", "")
        lines = [line.strip() for line in model.splitlines() if line.strip()]
        return renamed("\n".join(lines), self.names())

    def current(self) -> str:
        """Write the current into the cell; empty for none."""
        return renamed(self.receptor.current, self.names())

    def remembered(self) -> str:
        """Write the equations that each synapse has."""
        return renamed(self.receptor.per_synapse, self.names())

    def arrival(self, brought: str, resolved: bool = True) -> str:
        """Write what a spike does that brings the amplitude `brought` (Brian2 code)."""
        names = self.names()
        post = {name: f"{names[name]}_post" for name in self.state}
        names |= post | {"v": f"{self.potential}_post", "w": brought}
        return renamed(self.receptor.on_spike(resolved), names)


def coded(described: NetworkDescription, population: str, receptor: Receptor) -> Coded:
    """Put a receptor into a population."""
    places: Mapping[str, str] = described.population(population).cell.compartments
    return Coded(receptor, label(described, population, receptor), places[receptor.compartment])


def synaptic(
    described: NetworkDescription, population: str
) -> tuple[list[str], dict[str, list[str]], dict[str, Any]]:
    """Write the receptors of a population.

    Returns
    -------
    equations : list of str
        Of their states.
    currents : dict of str to list of str
        Terms of the synaptic current, by compartment.
    namespace : dict
        Their numbers.
    """
    cell = described.population(population).cell
    currents: dict[str, list[str]] = {place: [] for place in cell.compartments}
    equations: list[str] = []
    namespace: dict[str, Any] = {}
    for receptor in described.receptors(population):
        part = coded(described, population, receptor)
        if receptor.model:
            equations.append(part.equations(cell.method))
        if receptor.current:
            currents[receptor.compartment].append(part.current())
        namespace |= part.namespace()
    return equations, currents, namespace
