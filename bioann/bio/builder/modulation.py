"""The effects of neuromodulators as arrays over time: known before the run, so not simulated."""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.builder.context import Workshop
from bioann.bio.builder.plan import Table
from bioann.bio.modulation.modulation import Excitability, Modulation


def effect(shop: Workshop, modulation: Modulation) -> np.ndarray:
    """Give the share of the largest effect, shape ``(condition, time)``, at the stimulus step."""
    dt = float(shop.stimulus.attrs["dt"])
    doses = [m.course(shop.activation(m.channel), dt) for m in modulation.modulators]
    return modulation.response(*doses)


def excitability(
    shop: Workshop, population: str
) -> tuple[list[str], dict[str, Any], dict[str, Table]]:
    """Write the currents that modulators cause in a population: terms, numbers, tables."""
    terms: list[str] = []
    namespace: dict[str, Any] = {}
    tables: dict[str, Table] = {}
    for k, modulation in enumerate(shop.described.modulations):
        what = modulation.effect
        if not isinstance(what, Excitability) or what.target != population:
            continue
        share, name = effect(shop, modulation).T, f"modulation_{k}_{population}"
        if what.current:
            terms.append(f"I_modulated_{k}(t, lane)")
            tables[f"I_modulated_{k}"] = Table(f"{name}_current", share * what.current, "amp")
        if what.conductance:
            terms.append(f"g_modulated_{k}(t, lane)*(E_modulated_{k} - v)")
            leak = Table(f"{name}_leak", share * what.conductance, "siemens")
            tables[f"g_modulated_{k}"] = leak
            namespace[f"E_modulated_{k}"] = what.reversal * b2.volt
    return terms, namespace, tables


def factors(shop: Workshop, projection: str, kind: type) -> tuple[list[str], dict[str, Table]]:
    """Write what scales a projection's conductance or learning: factors and their tables."""
    terms: list[str] = []
    tables: dict[str, Table] = {}
    for k, modulation in enumerate(shop.described.modulations):
        what = modulation.effect
        if isinstance(what, Excitability) or not isinstance(what, kind):
            continue
        if what.target == projection:
            scale = what.scale(effect(shop, modulation)).T
            terms.append(f"factor_{k}(t, lane_post)")
            tables[f"factor_{k}"] = Table(f"modulation_{k}_{projection}", scale, "1")
    return terms, tables
