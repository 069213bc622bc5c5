"""Plans of neuromodulation: effects of concentrations on cells, synapses and learning.

The concentration of a substance that follows a stimulus channel is known before the run, and the
effect is a timed array. That of a substance that neurons release is a variable of the neurons
(`bioann.bio.builder.release`), and the effect is an expression.
"""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np

from bioann.bio.builder.context import BuildContext
from bioann.bio.builder.plan import TimedArrayPlan
from bioann.bio.builder.release import write_released_effect
from bioann.bio.modulation.effects import Excitability
from bioann.bio.modulation.modulation import Modulation


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
        if not isinstance(effect, Excitability) or population not in effect.targets:
            continue
        for factor, unit, value in (
            ("I", b2.amp, effect.current),
            ("g", b2.siemens, effect.conductance),
        ):
            if not value:
                continue
            name = f"{factor}_modulated_{k}"
            if modulation.depends_on_release:
                share, constants, arrays = write_released_effect(context, k, modulation, population)
                expression = f"{name}*{share}"
                namespace |= constants | {name: value * unit}
                timed_arrays |= arrays
            else:
                expression = f"{name}(t, lane)"
                values = compute_modulation(context, modulation).T * value
                label = f"modulation_{k}_{population}_{'current' if factor == 'I' else 'leak'}"
                timed_arrays[name] = TimedArrayPlan(label, values, repr(unit))
            terms.append(expression if factor == "I" else f"{expression}*(E_modulated_{k} - v)")
        namespace |= {f"E_modulated_{k}": effect.reversal * b2.volt} if effect.conductance else {}
    return terms, namespace, timed_arrays


def write_modulation_factors(
    context: BuildContext, pathway: str, kind: type
) -> tuple[list[str], dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write the factors of the conductance or learning of a projection or afferent.

    Parameters
    ----------
    context : BuildContext
        Network, lanes and stimulus.
    pathway : str
        Name of the projection or afferent.
    kind : type
        Effects to include, `SynapticGain` or `PlasticityGate`.

    Returns
    -------
    terms : list of str
        Brian2 expressions of the factors.
    namespace : dict of str to float or quantity
        Constants in `terms`.
    timed_arrays : dict of str to TimedArrayPlan
        Timed arrays in `terms`.
    """
    terms: list[str] = []
    namespace: dict[str, Any] = {}
    timed_arrays: dict[str, TimedArrayPlan] = {}
    for k, modulation in enumerate(context.network.modulations):
        effect = modulation.effect
        if isinstance(effect, Excitability) or not isinstance(effect, kind):
            continue
        if pathway not in effect.targets:
            continue
        if modulation.depends_on_release:
            share, constants, arrays = write_released_effect(
                context, k, modulation, pathway, is_synaptic=True
            )
            none, full = (float(effect.factor_at(np.asarray(e))) for e in (0.0, 1.0))
            terms.append(f"(factor_none_{k} + factor_gain_{k}*{share})")
            namespace |= constants | {f"factor_none_{k}": none, f"factor_gain_{k}": full - none}
            timed_arrays |= arrays
        else:
            scale = effect.factor_at(compute_modulation(context, modulation)).T
            terms.append(f"factor_{k}(t, lane_post)")
            timed_arrays[f"factor_{k}"] = TimedArrayPlan(f"modulation_{k}_{pathway}", scale, "1")
    return terms, namespace, timed_arrays
