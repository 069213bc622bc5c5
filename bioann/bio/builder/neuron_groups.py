"""The neurons of a population: its cell, its receptors, its injections."""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.afferent import CurrentAfferent
from bioann.bio.builder.context import Workshop
from bioann.bio.builder.modulation import excitability
from bioann.bio.builder.plan import Neurons, Table, constants, used
from bioann.bio.builder.receptors import synaptic
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.input_spikes.draw import initial_states
from bioann.bio.integration.spike_timing import firing
from bioann.bio.population import Population
from bioann.bio.receptors import Receptor


def neurons(shop: Workshop, population: Population) -> Neurons:
    """Plan the neurons of a population, with one conductance per receptor."""
    cell, lanes = population.cell, shop.lanes
    equations, namespace, tables = _equations(shop, population)
    fires = firing(cell, namespace, lanes.dt, named=True)
    code = {"equations": f"{equations}\n{fires.equations}", **fires.code}
    needed = used(namespace | fires.namespace, *code.values())
    declared, values = constants(needed, population.title())
    code["equations"] = "\n".join([code["equations"], *declared])
    arrays = initial_states(population, lanes)
    condition = np.repeat(np.arange(lanes.n) // lanes.trials, population.n)
    arrays["lane"] = condition
    if "site" in used({"site": 0}, equations):
        arrays["site"] = condition * population.n + np.tile(np.arange(population.n), lanes.n)
    name = f"population_{population.name}"
    return Neurons(name, population.n * lanes.n, code, values | arrays, tables, fires.method)


def _equations(
    shop: Workshop, population: Population
) -> tuple[str, dict[str, Any], dict[str, Table]]:
    """Write the equations of a population: its cell, its receptors, its injections."""
    described = shop.described
    lines = [population.cell.model, "lane : integer (constant)"]
    namespace = population.cell.brian_namespace()
    equations, synapses, numbers = synaptic(described, population.name)
    lines += equations
    namespace |= numbers
    compartments = population.cell.compartments
    injected: dict[str, list[str]] = {place: [] for place in compartments}
    injected["soma"], numbers, tables = excitability(shop, population.name)
    namespace |= numbers
    for k, injection in enumerate(i for i in described.injections if i.target == population.name):
        assert isinstance(injection.receptor, Receptor)
        v = compartments[injection.compartment]
        injected[injection.compartment] += [
            f"I_injected_{k}", f"g_injected_{k}*(E_injected_{k} - {v})"
        ]  # fmt: skip
        namespace[f"I_injected_{k}"] = injection.current * b2.amp
        namespace[f"g_injected_{k}"] = injection.conductance * b2.siemens
        namespace[f"E_injected_{k}"] = injection.receptor.reversal * b2.volt  # type: ignore[attr-defined]
    currents = (a for a in described.afferents if isinstance(a, CurrentAfferent))
    for k, afferent in enumerate(a for a in currents if a.target == population.name):
        injected[afferent.compartment].append(f"I_afferent_{k}(t, lane)")
        current = shop.activation(afferent.channel).T * afferent.current
        tables[f"I_afferent_{k}"] = Table(f"current_{population.name}_{k}", current, "amp")
    arrays = [a for a in described.afferents if isinstance(a, ElectrodeArray)]
    arrays = [a for a in arrays if a.target == population.name]
    lines += ["site : integer (constant)"] * bool(arrays)
    for k, array in enumerate(arrays):
        injected[array.compartment].append(f"I_electrodes_{k}(t, site)")
        current = array.currents(shop.activations(array.channels))
        name = f"electrodes_{population.name}_{k}"
        tables[f"I_electrodes_{k}"] = Table(name, current.reshape(len(current), -1), "amp")
    for kind, places in (("I_syn", synapses), ("I_inj", injected)):
        for place, terms in places.items():
            name = kind if place == "soma" else f"{kind}_{place}"
            lines.append(f"{name} = {' + '.join(terms) or '0*amp'} : amp")
    return "\n".join(lines), namespace, tables
