"""Tables of a spiking network for reports: connections and equations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bioann.base.equations import Equation, Symbol
from bioann.base.heterogeneity import format_values
from bioann.base.text import format_setting, join_names
from bioann.base.units import in_unit
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.connectivity import AllToAll
from bioann.bio.description import NetworkDescription
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.explanations import explain_modulation, explain_plasticity, explain_synapses
from bioann.bio.pathway import SynapticPathway
from bioann.bio.receptors import Receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.model import CONNECTION_COLUMNS


def sign_of_synapse(network: NetworkDescription, target: str, receptor: Receptor) -> int:
    """Return the sign of a synapse: that of the driving force at the target's threshold."""
    cell = network.get_population(target).cell
    return int(np.sign(receptor.driving_force(cell.firing_threshold)))


def make_connection_table(network: NetworkDescription) -> pd.DataFrame:
    """Return the connections of a network.

    Parameters
    ----------
    network : NetworkDescription
        Network whose afferents and projections are listed; scheduled afferents, which carry no
        channel, are in the table of constant inputs.

    Returns
    -------
    pandas.DataFrame
        One row per afferent and projection, one per channel of an electrode array; the columns
        are `bioann.model.CONNECTION_COLUMNS`.
    """
    rows: list[tuple[object, ...]] = []
    for afferent in network.afferents:
        if isinstance(afferent, ScheduledAfferent):
            continue
        if isinstance(afferent, ElectrodeArray):
            rows += _list_electrode_rows(afferent)
        elif isinstance(afferent, CurrentAfferent):
            size, sign = in_unit(abs(afferent.current), "pA"), int(np.sign(afferent.current))
            endpoints = (afferent.channel, "channel", afferent.target)
            rows.append(
                (
                    *endpoints,
                    sign,
                    size,
                    "pA",
                    format_setting(size, "pA", digits=4),
                    "injected current",
                    1,
                )
            )
        else:
            rows.append(_describe_fibres(network, afferent))
    for p in network.projections:
        assert isinstance(p.receptor, Receptor)
        *synapse, mechanism = describe_synapse(network, p.target, p.receptor, p.weight)
        if p.connectivity != AllToAll():
            mechanism += f", {p.connectivity.describe_synapses()}".removesuffix(", ")
        rows.append((p.source, "unit", p.target, *synapse, mechanism + list_rules(p), 1))
    return pd.DataFrame(rows, columns=list(CONNECTION_COLUMNS))


def _list_electrode_rows(array: ElectrodeArray) -> list[tuple[object, ...]]:
    size, drive = in_unit(abs(array.current), "pA"), -1 if array.coding == "off" else 1
    rows: list[tuple[object, ...]] = []
    for channel, column in zip(array.channels, array.strengths.T, strict=True):
        # The sign of a channel whose strengths differ in sign is 0.
        signs = np.unique(np.sign(column[column != 0]))
        sign = int(signs[0] * np.sign(array.current)) if len(signs) == 1 else 0
        endpoints, label = (channel, "channel", array.target), format_setting(size, "pA", digits=4)
        rows.append((*endpoints, sign, size, "pA", label, "electrode array", drive))
    return rows


def _describe_fibres(network: NetworkDescription, afferent: Afferent) -> tuple[object, ...]:
    assert isinstance(afferent.receptor, Receptor)
    *synapse, label, mechanism = describe_synapse(
        network, afferent.target, afferent.receptor, afferent.weight
    )
    label += f" x {afferent.fibres}" if afferent.fibres > 1 else ""
    mechanism += ", pool of fibres" if afferent.connectivity is not None else ""
    if afferent.correlation is not None:
        mechanism += f", count correlation {format_setting(afferent.correlation)}"
    mechanism += list_rules(afferent)
    drive = -1 if afferent.coding == "off" else 1
    return (afferent.channel, "channel", afferent.target, *synapse, label, mechanism, drive)


def list_rules(pathway: SynapticPathway) -> str:
    """Return the names of a pathway's plasticity rules, each after a comma."""
    return "".join(f", {type(rule).__name__}" for rule in pathway.plasticity)


def describe_synapse(
    network: NetworkDescription, target: str, receptor: Receptor, weight: float
) -> tuple[int, float, str, str, str]:
    """Describe a synapse: its sign, weight in display units, their unit, label and mechanism."""
    unit = receptor.weight_unit
    size = in_unit(weight, unit)
    mechanism = f"{receptor.transmitter} on {receptor.name}"
    reversal = receptor.reversal
    if reversal is not None:
        mechanism += f", E_rev {format_setting(in_unit(reversal, 'mV'), 'mV')}"
    if receptor.compartment != "soma":
        compartment = receptor.compartment.replace("_", " ")
        article = "" if compartment[-1].isdigit() else "the "
        mechanism += f", at {article}{compartment}"
    label = f"{receptor.name} {format_values(weight, unit, digits=4)} {unit}"
    return sign_of_synapse(network, target, receptor), size, unit, label, mechanism


def _list_initial_potentials(network: NetworkDescription, names: Sequence[str]) -> list[Symbol]:
    """Return the initial potentials of those populations that have one."""
    rows = []
    for name in names:
        potential = network.get_population(name).initial_potential
        if potential is not None:
            value = format_values(potential, "mV")
            meaning = f"initial potential of {name}"
            rows.append(Symbol(f'v_"{name}" (0)', meaning, value, "mV", "the pair"))
    return rows


def explain_network(network: NetworkDescription) -> tuple[Equation, ...]:
    """Return the equations of each distinct cell, receptor, plasticity rule and modulation."""
    equations = []
    cells = dict.fromkeys(p.cell for p in network.populations)
    for cell in cells:
        names = [p.name for p in network.populations if p.cell == cell]
        title = f"{type(cell).__name__} cells: {', '.join(names)}"
        symbols = (*cell.parameters(), *_list_initial_potentials(network, names))
        equations.append(Equation(title, cell.equation, symbols))
    for junctions in dict.fromkeys(p.gap_junctions for p in network.populations):
        if junctions is not None:
            names = [p.name for p in network.populations if p.gap_junctions == junctions]
            title = f"Gap junctions within {join_names(names)}"
            equations.append(Equation(title, junctions.equation, junctions.parameters()))
    equations += explain_synapses(network)
    equations += explain_plasticity(network)
    equations += explain_modulation(network)
    return tuple(equations)
