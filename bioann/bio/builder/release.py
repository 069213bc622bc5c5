"""Plans of modulators that neurons release: concentrations, and their effects as code.

Every neuron of a population that a modulator reaches holds the concentration, which is the same in
all of them: each spike of the releasing population reaches each. Synapses read that of their
postsynaptic neuron.
"""

from __future__ import annotations

from typing import Any

import brian2 as b2
import numpy as np
from brian2 import mmolar

from bioann.bio.builder.constants import declare_synaptic_constants
from bioann.bio.builder.context import BuildContext
from bioann.bio.builder.plan import SynapsesPlan, TimedArrayPlan
from bioann.bio.description import NetworkDescription
from bioann.bio.modulation.effects import Excitability
from bioann.bio.modulation.modulation import Modulation, Modulator

#: Largest exponent that is written as a product, which all engines round in the same way.
_LARGEST_PRODUCT = 4


def concentration_name(modulator: Modulator) -> str:
    """Return the variable of a neuron that holds the concentration of a released modulator."""
    return f"concentration_{modulator.name}"


def list_released_modulators(network: NetworkDescription, population: str) -> tuple[Modulator, ...]:
    """List the modulators that neurons release and that reach a population or its synapses."""
    return tuple(
        dict.fromkeys(
            modulator
            for modulation in network.modulations
            if population in _list_populations(network, modulation)
            for modulator in modulation.modulators
            if modulator.population
        )
    )


def _list_populations(network: NetworkDescription, modulation: Modulation) -> set[str]:
    """List the populations that a modulation acts on, or whose input synapses it acts on."""
    effect = modulation.effect
    if isinstance(effect, Excitability):
        return set(effect.targets)
    pathways = (*network.fibres, *network.projections)
    return {p.target for p in pathways if p.name in effect.targets}


def count_release_synapses(network: NetworkDescription) -> int:
    """Count the synapses of a lane through which neurons release modulators (`plan_releases`)."""
    return sum(
        network.sizes[modulator.population] * n_post
        for population, n_post in network.sizes.items()
        for modulator in list_released_modulators(network, population)
    )


def write_concentrations(
    network: NetworkDescription, population: str
) -> tuple[list[str], dict[str, Any], dict[str, float]]:
    """Write the equations of the concentrations in a population.

    Returns
    -------
    equations : list of str
        Brian2 equations of the clearance.
    namespace : dict of str to quantity
        Constants of the equations.
    initial_values : dict of str to float
        Concentrations at the start in SI: the baselines.
    """
    equations, namespace, initial_values = [], dict[str, Any](), {}
    for modulator in list_released_modulators(network, population):
        name, label = concentration_name(modulator), modulator.name
        flow = f"-{name}/clearance_{label}"
        namespace[f"clearance_{label}"] = modulator.clearance * b2.second
        if modulator.baseline:
            flow = f"(baseline_{label} - {name})/clearance_{label}"
            namespace[f"baseline_{label}"] = modulator.baseline * mmolar
        equations.append(f"d{name}/dt = {flow} : mmolar")
        initial_values[name] = float(modulator.baseline)
    return equations, namespace, initial_values


def plan_releases(context: BuildContext) -> list[SynapsesPlan]:
    """Plan the release of modulators: from each releasing neuron to all that they reach."""
    plans, sizes = [], context.network.sizes
    for population, n_post in sizes.items():
        for modulator in list_released_modulators(context.network, population):
            n_pre = sizes[modulator.population]
            step = f"{concentration_name(modulator)}_post += release_{modulator.name}"
            code, values = declare_synaptic_constants(
                {"model": "", "pre": step, "post": "", "tick": ""},
                {f"release_{modulator.name}": modulator.release * mmolar},
                modulator.title(),
            )
            plans.append(
                SynapsesPlan(
                    f"release_{modulator.name}_{population}",
                    f"population_{modulator.population}",
                    f"population_{population}",
                    code,
                    values,
                    {},
                    0.0,
                    np.repeat(np.arange(n_pre, dtype=np.int32), n_post),
                    np.tile(np.arange(n_post, dtype=np.int32), n_pre),
                    context.lanes.n,
                    n_pre,
                    n_post,
                )
            )
    return plans


def write_released_effect(
    context: BuildContext,
    k: int,
    modulation: Modulation,
    target: str,
    *,
    is_synaptic: bool = False,
) -> tuple[str, dict[str, Any], dict[str, TimedArrayPlan]]:
    """Write the effect of a modulation whose agonist or antagonist neurons release.

    Parameters
    ----------
    context : BuildContext
        Network, lanes and stimulus.
    k : int
        Number of the modulation in the network, for names.
    modulation : Modulation
        Modulation by a modulator that a population releases.
    target : str
        Name of the population, projection or afferent, for names.
    is_synaptic : bool, optional
        Whether the code belongs to synapses, which read the variables of their target.

    Returns
    -------
    effect : str
        Brian2 expression of the effect, between 0 and 1.
    namespace : dict of str to quantity
        Constants in `effect`.
    timed_arrays : dict of str to TimedArrayPlan
        Concentrations that follow a channel, relative to EC50 or K_B.
    """
    hill, suffix = modulation.response, "_post" if is_synaptic else ""
    doses: list[str] = []
    namespace: dict[str, Any] = {}
    timed_arrays: dict[str, TimedArrayPlan] = {}
    halves = (("EC50", hill.ec50), ("K_B", hill.k_b))
    for modulator, (label, half) in zip(modulation.modulators, halves, strict=False):
        if modulator.population:
            doses.append(f"({concentration_name(modulator)}{suffix}/{label}_{k})")
            namespace[f"{label}_{k}"] = half * mmolar
        else:
            dt = float(context.stimulus.attrs["dt"])
            activation = context.channel_activation(modulator.channel)
            values = modulator.compute_concentration(activation, dt).T / half
            name = f"dose_{label}_{k}"
            doses.append(f"{name}(t, lane{suffix})")
            timed_arrays[name] = TimedArrayPlan(f"{name}_{target}", values, "1")
    dose = _write_power(doses[0], hill.coefficient)
    half_dose = _write_power(f"(1 + {doses[1]})" if doses[1:] else "1", hill.coefficient)
    return f"({dose}/({dose} + {half_dose}))", namespace, timed_arrays


def _write_power(base: str, exponent: float) -> str:
    if base == "1":
        return base
    if float(exponent).is_integer() and exponent <= _LARGEST_PRODUCT:
        return "*".join([base] * int(exponent))
    return f"{base}**{float(exponent)!r}"
