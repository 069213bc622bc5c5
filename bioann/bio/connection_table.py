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
from bioann.bio.explanations import learning_told, modulation_told, synapses_told
from bioann.bio.receptors import Receptor
from bioann.model import CONNECTION_COLUMNS, Explanation

#: Share of the highest possible rate, 1 / t_ref, above which a population counts as saturated.
SATURATED = 0.7


def sign(described: NetworkDescription, target: str, receptor: Receptor) -> int:
    """Give the sign of a synapse: of the driving force at the target's threshold."""
    cell = described.population(target).cell
    return int(np.sign(receptor.driving_force(cell.firing_threshold)))


def connection_table(described: NetworkDescription) -> pd.DataFrame:
    """List afferents and projections, one row each; columns as in `bioann.model`."""
    rows: list[tuple[object, ...]] = []
    for a in described.afferents:
        if isinstance(a, ElectrodeArray):
            size = in_unit(abs(a.current), "pA")
            for channel, column in zip(a.channels, a.strengths.T, strict=True):
                # One row for a channel: its sign is that of its strengths, none if they differ.
                signs = np.unique(np.sign(column[column != 0]))
                sign_of = int(signs[0] * np.sign(a.current)) if len(signs) == 1 else 0
                ends = (channel, "channel", a.target)
                drive = -1 if a.coding == "off" else 1
                label, how = f"{size:.4g} pA", "electrode array"
                rows.append((*ends, sign_of, size, "pA", label, how, drive))
            continue
        if not isinstance(a, Afferent):
            size = in_unit(abs(a.current), "pA")
            label, how = f"{size:.4g} pA", "injected current"
            ends = (a.channel, "channel", a.target)
            rows.append((*ends, int(np.sign(a.current)), size, "pA", label, how, 1))
            continue
        assert isinstance(a.receptor, Receptor)
        fibres = f" x {a.fibres}" if a.fibres > 1 else ""
        *synapse, label, how = _synapse(described, a.target, a.receptor, a.weight)
        drive = -1 if a.coding == "off" else 1
        rows.append((a.channel, "channel", a.target, *synapse, f"{label}{fibres}", how, drive))
    for p in described.projections:
        assert isinstance(p.receptor, Receptor)
        *synapse, how = _synapse(described, p.target, p.receptor, p.weight)
        rules = "".join(f", {type(rule).__name__}" for rule in p.plasticity)
        rows.append((p.source, "unit", p.target, *synapse, how + rules, 1))
    return pd.DataFrame(rows, columns=list(CONNECTION_COLUMNS))


def _synapse(
    described: NetworkDescription, target: str, receptor: Receptor, weight: float
) -> tuple[int, float, str, str, str]:
    unit = receptor.weight_unit
    size = in_unit(weight, unit)
    how = f"{receptor.transmitter} on {receptor.name}"
    reversal = getattr(receptor, "reversal", None)
    if reversal is not None:
        how += f", E_rev {in_unit(reversal, 'mV'):g} mV".replace("-", "\N{MINUS SIGN}")
    if receptor.compartment != "soma":
        how += f", at the {receptor.compartment}"
    label = f"{receptor.name} {size:.4g} {unit}"
    return sign(described, target, receptor), size, unit, label, how


def explanations(described: NetworkDescription) -> tuple[Explanation, ...]:
    """Give each cell model, receptor, plasticity rule and modulation once, and where it is."""
    told = []
    cells = dict.fromkeys(p.cell for p in described.populations)
    for cell in cells:
        names = [p.name for p in described.populations if p.cell == cell]
        title = f"{type(cell).__name__} cells: {', '.join(names)}"
        told.append(Explanation(title, cell.equation, cell.parameters()))
    told += synapses_told(described)
    told += learning_told(described)
    told += modulation_told(described)
    return tuple(told)


def warnings(described: NetworkDescription, recorded: xr.Dataset) -> tuple[str, ...]:
    """Name silent and saturated populations, and receptors that pull between rest and threshold."""
    mean = recorded["rate"].mean(["trial", "time"])
    tops = [(p, float(mean.sel(unit=p.name).max())) for p in described.populations]
    found = [*describe_silent("Population", [p.name for p, top in tops if top == 0])]
    for p, top in tops:
        if p.cell.refractory_period > 0 and top > SATURATED / p.cell.refractory_period:
            found.append(
                f"Population {p.name!r} reaches {top:.0f} Hz, over {SATURATED:.0%} of the highest "
                f"rate that its refractory period allows: near saturation no weight is linear."
            )
    for p in described.populations:
        unclear: dict[str, list[str]] = {}
        for r in described.receptors(p.name):
            reversal = getattr(r, "reversal", None)
            if (
                reversal is not None
                and p.cell.resting_potential < reversal < p.cell.firing_threshold
            ):
                unclear.setdefault(r.name, []).append(f"{in_unit(reversal, 'mV'):g}")
        found += [
            f"{name} in {p.name!r} reverses at {join_names(at)} mV, between rest and threshold: "
            "the sign of its effect depends on the operating point."
            for name, at in unclear.items()
        ]
    return tuple(found)
