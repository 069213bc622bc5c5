"""The effects of neuromodulators as arrays over time: known before the run, so not simulated."""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.build.shop import Workshop
from bioann.bio.modulation import Excitability, Modulation


def effect(shop: Workshop, modulation: Modulation) -> np.ndarray:
    """Give the share of the largest effect, shape ``(condition, time)``, at the stimulus step."""
    dt = float(shop.stimulus.attrs["dt"])
    doses = [m.course(shop.activation(m.channel), dt) for m in modulation.modulators]
    return modulation.response(*doses)


def timed(shop: Workshop, values: np.ndarray, unit: Any, name: str) -> b2.TimedArray:
    """Make an array over time and condition; the code asks for it by ``(t, lane)``."""
    return b2.TimedArray(values.T * unit, dt=shop.stimulus.attrs["dt"] * b2.second, name=name)


def excitability(shop: Workshop, population: str) -> tuple[list[str], dict[str, Any]]:
    """Write the currents that modulators cause in a population: terms and their namespace."""
    terms: list[str] = []
    namespace: dict[str, Any] = {}
    for k, modulation in enumerate(shop.described.modulations):
        what = modulation.effect
        if not isinstance(what, Excitability) or what.target != population:
            continue
        share, name = effect(shop, modulation), f"modulation_{k}_{population}"
        if what.current:
            terms.append(f"I_modulated_{k}(t, lane)")
            current = timed(shop, share * what.current, b2.amp, f"{name}_current")
            namespace[f"I_modulated_{k}"] = current
        if what.conductance:
            terms.append(f"g_modulated_{k}(t, lane)*(E_modulated_{k} - v)")
            leak = timed(shop, share * what.conductance, b2.siemens, f"{name}_leak")
            namespace[f"g_modulated_{k}"] = leak
            namespace[f"E_modulated_{k}"] = what.reversal * b2.volt
    return terms, namespace


def factors(shop: Workshop, projection: str, kind: type) -> tuple[list[str], dict[str, Any]]:
    """Write what scales a projection's conductance or learning: factors and their namespace."""
    terms: list[str] = []
    namespace: dict[str, Any] = {}
    for k, modulation in enumerate(shop.described.modulations):
        what = modulation.effect
        if isinstance(what, Excitability) or not isinstance(what, kind):
            continue
        if what.target == projection:
            scale = what.scale(effect(shop, modulation))
            terms.append(f"factor_{k}(t, lane_post)")
            namespace[f"factor_{k}"] = timed(shop, scale, 1, f"modulation_{k}_{projection}")
    return terms, namespace
