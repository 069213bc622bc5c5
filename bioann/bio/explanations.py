"""Equations and parameters of synapses, plasticity and neuromodulation, for a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from bioann.base.description import Description
from bioann.base.equations import Equation, Symbol
from bioann.base.heterogeneity import format_values, from_si_values
from bioann.base.text import format_setting
from bioann.base.units import in_unit
from bioann.bio.description import NetworkDescription
from bioann.bio.modulation.effects import Excitability, PlasticityGate
from bioann.bio.modulation.modulation import Modulation, Modulator
from bioann.bio.parameters import list_dimensionless_parameters, list_parameters
from bioann.bio.plasticity import Plasticity
from bioann.bio.postsynaptic_receptors import list_initial_conductances
from bioann.bio.receptors import Receptor

_HILL_EQUATION = 'E = ["A"]^n / (["A"]^n + ("EC"_50 (1 + ["B"] \\/ K_B))^n)'
_CONCENTRATION_EQUATION = "(d c) / (d t) = (c_0 + a(t) c_1 - c) / tau_c"
_RELEASE_EQUATION = '(d c) / (d t) = (c_0 - c) / tau_c, quad "spike" => c <- c + q'


def explain_synapses(network: NetworkDescription) -> list[Equation]:
    """Return one explanation per kind of receptor kinetics, with its receptors and backgrounds."""
    receptors = dict.fromkeys(r for p in network.populations for r in network.receptors_of(p.name))
    equations = []
    for equation in dict.fromkeys(r.equation for r in receptors):
        members = [r for r in receptors if r.equation == equation]
        symbols: list[Symbol] = []
        for receptor in members:
            symbols += _receptor_parameters(receptor)
        symbols += [b for r in members for b in _background_parameters(network, r)]
        symbols += [b for r in members for b in _initial_conductance_parameters(network, r)]
        names = ", ".join(dict.fromkeys(r.name for r in members))
        title = (
            "Synapses" if {"AMPA", "GABA_A"} & {r.name for r in members} else f"Synapses: {names}"
        )
        # Equal receptors in different compartments are described once.
        equations.append(Equation(title, equation, tuple(dict.fromkeys(symbols))))
    return equations


def _receptor_parameters(receptor: Receptor) -> list[Symbol]:
    tag = f'"{receptor.name.replace("_", " ")}"'
    # A time constant of zero leaves its process out of the equation.
    omitted_fields = [
        f.name
        for f in dataclasses.fields(receptor)
        if f.metadata.get("unit") == "ms" and getattr(receptor, f.name) == 0
    ]
    rows = list_parameters(receptor, receptor.source, tag, omitted_fields)
    return [*rows, *list_dimensionless_parameters(receptor, receptor.source, tag)]


def _background_parameters(network: NetworkDescription, receptor: Receptor) -> list[Symbol]:
    rows = []
    for p in network.populations:
        for b in p.background:
            if b.receptor == receptor:
                value = format_values(b.conductance, "nS")
                meaning = f"mean background conductance of {p.name} ({receptor.name}, Poisson)"
                rows.append(Symbol(f'overline(g)_"{p.name}"', meaning, value, "nS", "the pair"))
    return rows


def _initial_conductance_parameters(
    network: NetworkDescription, receptor: Receptor
) -> list[Symbol]:
    rows = []
    for p in network.populations:
        conductances = list_initial_conductances(network, p.name)
        if receptor in conductances:
            unit = receptor.weight_unit
            conductance = conductances[receptor]
            if np.ndim(conductance):
                value = format_values(from_si_values(conductance, unit), unit)
            else:
                value = format_setting(in_unit(conductance, unit))
            meaning = f"initial conductance of {p.name} ({receptor.name})"
            rows.append(Symbol(f'g_"{p.name}" (0)', meaning, value, unit, "the pair"))
    return rows


def explain_plasticity(network: NetworkDescription) -> list[Equation]:
    """Return one explanation per distinct plasticity rule, with the pathways that use it."""
    pathways = (*network.fibres, *network.projections)
    rules = dict.fromkeys(rule for p in pathways for rule in p.plasticity)
    equations = []
    intrinsic_rules = dict.fromkeys(p.intrinsic_plasticity for p in network.populations)
    for intrinsic in intrinsic_rules:
        if intrinsic is not None:
            names = [p.name for p in network.populations if p.intrinsic_plasticity == intrinsic]
            title = f"{type(intrinsic).__name__}: {', '.join(names)}"
            equations.append(Equation(title, intrinsic.equation, list_rule_parameters(intrinsic)))
    for rule in rules:
        names = [p.name for p in pathways if rule in p.plasticity]
        title = f"{type(rule).__name__}: {', '.join(names)}"
        equations.append(Equation(title, rule.equation, list_rule_parameters(rule)))
        if rule.inner_rule is not None:
            inner = rule.inner_rule
            title = f"{type(rule).__name__} of {type(inner).__name__}: {', '.join(names)}"
            equations.append(Equation(title, inner.equation, list_rule_parameters(inner)))
    return equations


def list_rule_parameters(rule: Plasticity) -> tuple[Symbol, ...]:
    """Return the parameters of a plasticity rule, dimensionless ones first."""
    numbers = list_dimensionless_parameters(rule, rule.source)
    return (*numbers, *list_parameters(rule, rule.source))


def explain_modulation(network: NetworkDescription) -> list[Equation]:
    """Return the concentration of each modulator, and the dose-response of each modulation."""
    modulators = dict.fromkeys(x for m in network.modulations for x in m.modulators)
    equations = [_explain_concentration(m) for m in modulators]
    equations += [
        Equation(m.title(), _HILL_EQUATION, _modulation_parameters(m)) for m in network.modulations
    ]
    return equations


def _explain_concentration(modulator: Modulator) -> Equation:
    if modulator.population:
        title = f"Modulator {modulator.name}, released by {modulator.population}"
        parameters = _sourced_parameters(modulator, modulator.source, ("concentration",))
        return Equation(title, _RELEASE_EQUATION, parameters)
    parameters = _sourced_parameters(modulator, modulator.source, ("release",))
    return Equation(f"Modulator {modulator.name}", _CONCENTRATION_EQUATION, parameters)


def _sourced_parameters(
    description: Description, source: str, omitted_fields: Sequence[str] = ()
) -> tuple[Symbol, ...]:
    """Return the physical parameters of a description, all with the same source."""
    return tuple(
        dataclasses.replace(row, source=source)
        for row in list_parameters(description, source, omitted_fields=omitted_fields)
    )


def _modulation_parameters(modulation: Modulation) -> tuple[Symbol, ...]:
    hill, effect = modulation.response, modulation.effect
    omitted_fields = () if hill.antagonist else ("k_b",)
    rows = list(_sourced_parameters(hill, hill.source, omitted_fields))
    rows.append(Symbol("n", "Hill coefficient", format_setting(hill.coefficient), "", hill.source))
    if isinstance(effect, Excitability):
        return (*rows, *list_parameters(effect, "the pair"))
    if isinstance(effect, PlasticityGate):
        factors = {"learning at no effect": effect.closed, "learning at full effect": effect.opened}
    else:
        factors = {"conductance at full effect": effect.factor}
    factor_rows = [
        Symbol("f", f"factor on {k}", format_setting(v), "", "the pair") for k, v in factors.items()
    ]
    return (*rows, *factor_rows)
