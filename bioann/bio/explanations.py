"""Equations and parameters of synapses, plasticity and neuromodulation, for a report."""

from __future__ import annotations

import dataclasses

from bioann.base.units import Description, in_unit
from bioann.bio.cells.cell import list_parameters
from bioann.bio.description import NetworkDescription
from bioann.bio.modulation.modulation import Excitability, Modulation, PlasticityGate
from bioann.bio.plasticity import Plasticity
from bioann.bio.receptors import Receptor
from bioann.model import Explanation, Parameter

_HILL_EQUATION = 'E = ["A"]^n / (["A"]^n + ("EC"_50 (1 + ["B"] \\/ K_B))^n)'
_CONCENTRATION_EQUATION = "(d c) / (d t) = (c_0 + a(t) c_1 - c) / tau_c"


def explain_synapses(network: NetworkDescription) -> list[Explanation]:
    """Return one explanation per kind of receptor kinetics, with its receptors and backgrounds."""
    receptors = dict.fromkeys(r for p in network.populations for r in network.receptors_of(p.name))
    explanations = []
    for equation in dict.fromkeys(r.equation for r in receptors):
        members = [r for r in receptors if r.equation == equation]
        symbols: list[Parameter] = []
        for receptor in members:
            symbols += _receptor_parameters(receptor)
        symbols += [b for r in members for b in _background_parameters(network, r)]
        names = ", ".join(dict.fromkeys(r.name for r in members))
        title = (
            "Synapses" if {"AMPA", "GABA_A"} & {r.name for r in members} else f"Synapses: {names}"
        )
        explanations.append(Explanation(title, equation, tuple(symbols)))
    return explanations


def _receptor_parameters(receptor: Receptor) -> list[Parameter]:
    tag = f'"{receptor.name.replace("_", " ")}"'
    rows = list(list_parameters(receptor, receptor.source, tag))
    # A time constant of zero leaves its process out of the equation.
    rows = [row for row in rows if (row.value, row.unit) != ("0", "ms")]
    return [*rows, *list_dimensionless_parameters(receptor, receptor.source, tag)]


def list_dimensionless_parameters(
    description: Description, source: str, tag: str = ""
) -> tuple[Parameter, ...]:
    """Return the dimensionless parameters of a description; arguments as in `list_parameters`."""
    rows = []
    for f in dataclasses.fields(description):  # type: ignore[arg-type]
        value = getattr(description, f.name)
        if "unit" in f.metadata or isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        symbol = f.metadata.get("symbol") or f'"{f.name}"'
        meaning = f.metadata.get("meaning") or f.name
        default_source = f.metadata.get("source") or source
        rows.append(
            Parameter(
                f"{symbol}_({tag})" if tag else symbol,
                meaning,
                f"{value:g}",
                "",
                default_source if value == f.default else "the pair",
            )
        )
    return tuple(rows)


def _background_parameters(network: NetworkDescription, receptor: Receptor) -> list[Parameter]:
    rows = []
    for p in network.populations:
        for b in p.background:
            if b.receptor == receptor:
                value = f"{in_unit(b.conductance, 'nS'):g}"
                meaning = f"mean background conductance of {p.name} ({receptor.name}, Poisson)"
                rows.append(Parameter(f'overline(g)_"{p.name}"', meaning, value, "nS", "the pair"))
    return rows


def explain_plasticity(network: NetworkDescription) -> list[Explanation]:
    """Return one explanation per distinct plasticity rule, with the projections that use it."""
    rules = dict.fromkeys(rule for p in network.projections for rule in p.plasticity)
    explanations = []
    for rule in rules:
        names = [p.name for p in network.projections if rule in p.plasticity]
        title = f"{type(rule).__name__}: {', '.join(names)}"
        explanations.append(Explanation(title, rule.equation, list_rule_parameters(rule)))
        if rule.inner_rule is not None:
            inner = rule.inner_rule
            title = f"{type(rule).__name__} of {type(inner).__name__}: {', '.join(names)}"
            explanations.append(Explanation(title, inner.equation, list_rule_parameters(inner)))
    return explanations


def list_rule_parameters(rule: Plasticity) -> tuple[Parameter, ...]:
    """Return the parameters of a plasticity rule, dimensionless ones first."""
    numbers = list_dimensionless_parameters(rule, rule.source)
    return (*numbers, *list_parameters(rule, rule.source))


def explain_modulation(network: NetworkDescription) -> list[Explanation]:
    """Return the concentration of each modulator, and the dose-response of each modulation."""
    modulators = dict.fromkeys(x for m in network.modulations for x in m.modulators)
    explanations = [
        Explanation(
            f"Modulator {m.name}", _CONCENTRATION_EQUATION, _sourced_parameters(m, m.source)
        )
        for m in modulators
    ]
    explanations += [
        Explanation(m.title(), _HILL_EQUATION, _modulation_parameters(m))
        for m in network.modulations
    ]
    return explanations


def _sourced_parameters(description: Description, source: str) -> tuple[Parameter, ...]:
    """Return the physical parameters of a description, all with the same source."""
    return tuple(
        dataclasses.replace(row, source=source) for row in list_parameters(description, source)
    )


def _modulation_parameters(modulation: Modulation) -> tuple[Parameter, ...]:
    hill, effect = modulation.response, modulation.effect
    rows = [
        r for r in _sourced_parameters(hill, hill.source) if hill.antagonist or r.symbol != "K_B"
    ]
    rows.append(Parameter("n", "Hill coefficient", f"{hill.coefficient:g}", "", hill.source))
    if isinstance(effect, Excitability):
        return (*rows, *list_parameters(effect, "the pair"))
    if isinstance(effect, PlasticityGate):
        factors = {"learning at no effect": effect.closed, "learning at full effect": effect.opened}
    else:
        factors = {"conductance at full effect": effect.factor}
    factor_rows = [
        Parameter("f", f"factor on {k}", f"{v:g}", "", "the pair") for k, v in factors.items()
    ]
    return (*rows, *factor_rows)
