"""How a spiking network is told to a reader: its connections, equations and warnings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from bioann.base.text import describe_silent, join_names
from bioann.base.units import in_unit
from bioann.bio.afferent import Afferent
from bioann.bio.description import NetworkDescription
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.explanations import explain_modulation, explain_plasticity, explain_synapses
from bioann.bio.receptors import Receptor
from bioann.model import CONNECTION_COLUMNS, Explanation

#: Share of the highest possible rate, 1 / t_ref, above which a population counts as saturated.
SATURATION_SHARE = 0.7


def sign_of_synapse(network: NetworkDescription, target: str, receptor: Receptor) -> int:
    """Give the sign of a synapse: of the driving force at the target's threshold."""
    cell = network.get_population(target).cell
    return int(np.sign(receptor.driving_force(cell.firing_threshold)))


def make_connection_table(network: NetworkDescription) -> pd.DataFrame:
    """List afferents and projections, one row each; columns as in `bioann.model`."""
    rows: list[tuple[object, ...]] = []
    for a in network.afferents:
        if isinstance(a, ElectrodeArray):
            size = in_unit(abs(a.current), "pA")
            for channel, column in zip(a.channels, a.strengths.T, strict=True):
                # One row for a channel: its sign is that of its strengths, none if they differ.
                signs = np.unique(np.sign(column[column != 0]))
                sign = int(signs[0] * np.sign(a.current)) if len(signs) == 1 else 0
                endpoints = (channel, "channel", a.target)
                drive = -1 if a.coding == "off" else 1
                label, mechanism = f"{size:.4g} pA", "electrode array"
                rows.append((*endpoints, sign, size, "pA", label, mechanism, drive))
            continue
        if not isinstance(a, Afferent):
            size = in_unit(abs(a.current), "pA")
            label, mechanism = f"{size:.4g} pA", "injected current"
            endpoints = (a.channel, "channel", a.target)
            rows.append((*endpoints, int(np.sign(a.current)), size, "pA", label, mechanism, 1))
            continue
        assert isinstance(a.receptor, Receptor)
        fibre_count = f" x {a.fibres}" if a.fibres > 1 else ""
        *synapse, label, mechanism = _describe_synapse(network, a.target, a.receptor, a.weight)
        drive = -1 if a.coding == "off" else 1
        rows.append(
            (a.channel, "channel", a.target, *synapse, f"{label}{fibre_count}", mechanism, drive)
        )
    for p in network.projections:
        assert isinstance(p.receptor, Receptor)
        *synapse, mechanism = _describe_synapse(network, p.target, p.receptor, p.weight)
        rules = "".join(f", {type(rule).__name__}" for rule in p.plasticity)
        rows.append((p.source, "unit", p.target, *synapse, mechanism + rules, 1))
    return pd.DataFrame(rows, columns=list(CONNECTION_COLUMNS))


def _describe_synapse(
    network: NetworkDescription, target: str, receptor: Receptor, weight: float
) -> tuple[int, float, str, str, str]:
    unit = receptor.weight_unit
    size = in_unit(weight, unit)
    mechanism = f"{receptor.transmitter} on {receptor.name}"
    reversal = getattr(receptor, "reversal", None)
    if reversal is not None:
        mechanism += f", E_rev {in_unit(reversal, 'mV'):g} mV".replace("-", "\N{MINUS SIGN}")
    if receptor.compartment != "soma":
        mechanism += f", at the {receptor.compartment}"
    label = f"{receptor.name} {size:.4g} {unit}"
    return sign_of_synapse(network, target, receptor), size, unit, label, mechanism


def explain_network(network: NetworkDescription) -> tuple[Explanation, ...]:
    """Give each cell model, receptor, plasticity rule and modulation once, and where it is."""
    explanations = []
    cells = dict.fromkeys(p.cell for p in network.populations)
    for cell in cells:
        names = [p.name for p in network.populations if p.cell == cell]
        title = f"{type(cell).__name__} cells: {', '.join(names)}"
        explanations.append(Explanation(title, cell.equation, cell.parameters()))
    explanations += explain_synapses(network)
    explanations += explain_plasticity(network)
    explanations += explain_modulation(network)
    return tuple(explanations)


def find_network_flags(network: NetworkDescription, recording: xr.Dataset) -> tuple[str, ...]:
    """Name silent and saturated populations, and receptors that pull between rest and threshold."""
    mean = recording["rate"].mean(["trial", "time"])
    peak_rates = [(p, float(mean.sel(unit=p.name).max())) for p in network.populations]
    flags = [*describe_silent("Population", [p.name for p, peak in peak_rates if peak == 0])]
    for p, peak in peak_rates:
        if p.cell.refractory_period > 0 and peak > SATURATION_SHARE / p.cell.refractory_period:
            flags.append(
                f"Population {p.name!r} reaches {peak:.0f} Hz, over {SATURATION_SHARE:.0%} of the "
                "highest rate that its refractory period allows: near saturation no weight is "
                "linear."
            )
    for p in network.populations:
        reversals: dict[str, list[str]] = {}
        for r in network.receptors_of(p.name):
            reversal, resting_potential = getattr(r, "reversal", None), p.cell.resting_potential
            if reversal is not None and resting_potential < reversal < p.cell.firing_threshold:
                reversals.setdefault(r.name, []).append(f"{in_unit(reversal, 'mV'):g}")
        flags += [
            f"{name} in {p.name!r} reverses at {join_names(values)} mV, between rest and "
            "threshold: the sign of its effect depends on the operating point."
            for name, values in reversals.items()
        ]
    return tuple(flags)
