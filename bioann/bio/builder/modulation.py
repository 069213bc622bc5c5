"""Plans of neuromodulation: time courses of the effects, computed before the run."""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.builder.context import BuildContext
from bioann.bio.builder.plan import TimedArrayPlan
from bioann.bio.modulation.modulation import Excitability, Modulation


def compute_modulation(context: BuildContext, modulation: Modulation) -> np.ndarray:
    """Compute the effect of a modulation, from 0 to 1, shape ``(condition, time)``."""
    dt = float(context.stimulus.attrs["dt"])
    doses = [
        m.compute_concentration(context.channel_activation(m.channel), dt)
        for m in modulation.modulators
    ]
    return modulation.response(*doses)


def write_excitability(
    context: BuildContext, population: str
) -> tuple[list[str], dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write the currents that modulators evoke in a population.

    Returns
    -------
    terms : list of str
        Brian2 expressions of the currents.
    namespace : dict of str to quantity
        Constants in `terms`.
    timed_arrays : dict of str to TimedArrayPlan
        Timed arrays in `terms`.
    """
    terms: list[str] = []
    namespace: dict[str, Any] = {}
    timed_arrays: dict[str, TimedArrayPlan] = {}
    for k, modulation in enumerate(context.network.modulations):
        effect = modulation.effect
        if not isinstance(effect, Excitability) or effect.target != population:
            continue
        share, name = compute_modulation(context, modulation).T, f"modulation_{k}_{population}"
        if effect.current:
            terms.append(f"I_modulated_{k}(t, lane)")
            timed_arrays[f"I_modulated_{k}"] = TimedArrayPlan(
                f"{name}_current", share * effect.current, "amp"
            )
        if effect.conductance:
            terms.append(f"g_modulated_{k}(t, lane)*(E_modulated_{k} - v)")
            leak = TimedArrayPlan(f"{name}_leak", share * effect.conductance, "siemens")
            timed_arrays[f"g_modulated_{k}"] = leak
            namespace[f"E_modulated_{k}"] = effect.reversal * b2.volt
    return terms, namespace, timed_arrays


def write_modulation_factors(
    context: BuildContext, projection: str, kind: type
) -> tuple[list[str], dict[str, TimedArrayPlan]]:
    """Write the factors of a projection's conductance or learning.

    Parameters
    ----------
    context : BuildContext
        Network, lanes and stimulus.
    projection : str
        Name of the projection.
    kind : type
        Effects to include, `SynapticGain` or `PlasticityGate`.

    Returns
    -------
    terms : list of str
        Brian2 expressions of the factors.
    timed_arrays : dict of str to TimedArrayPlan
        Timed arrays in `terms`.
    """
    terms: list[str] = []
    timed_arrays: dict[str, TimedArrayPlan] = {}
    for k, modulation in enumerate(context.network.modulations):
        effect = modulation.effect
        if isinstance(effect, Excitability) or not isinstance(effect, kind):
            continue
        if effect.target == projection:
            scale = effect.factor_at(compute_modulation(context, modulation)).T
            terms.append(f"factor_{k}(t, lane_post)")
            timed_arrays[f"factor_{k}"] = TimedArrayPlan(f"modulation_{k}_{projection}", scale, "1")
    return terms, timed_arrays
