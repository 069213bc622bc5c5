"""The equations and numbers of synapses, plasticity and neuromodulation, for a report."""

from __future__ import annotations

import dataclasses

from bioann.base.units import Description, in_unit
from bioann.bio.cells.cell import list_parameters
from bioann.bio.description import NetworkDescription
from bioann.bio.modulation.modulation import Excitability, Modulation, PlasticityGate
from bioann.bio.plasticity import Plasticity
from bioann.bio.receptors import Receptor
from bioann.model import Explanation, Parameter

_HILL = 'E = ["A"]^n / (["A"]^n + ("EC"_50 (1 + ["B"] \\/ K_B))^n)'
_COURSE = "(d c) / (d t) = (c_0 + a(t) c_1 - c) / tau_c"


def synapses_told(described: NetworkDescription) -> list[Explanation]:
    """Tell each kind of kinetics once, with all receptors that have it, and the backgrounds."""
    receptors = dict.fromkeys(r for p in described.populations for r in described.receptors(p.name))
    told = []
    for equation in dict.fromkeys(r.equation for r in receptors):
        alike = [r for r in receptors if r.equation == equation]
        symbols: list[Parameter] = []
        for receptor in alike:
            symbols += _receptor(receptor)
        symbols += [b for r in alike for b in _backgrounds(described, r)]
        names = ", ".join(dict.fromkeys(r.name for r in alike))
        title = "Synapses" if {"AMPA", "GABA_A"} & {r.name for r in alike} else f"Synapses: {names}"
        told.append(Explanation(title, equation, tuple(symbols)))
    return told


def _receptor(receptor: Receptor) -> list[Parameter]:
    tag = f'"{receptor.name.replace("_", " ")}"'
    rows = list(list_parameters(receptor, receptor.source, tag))
    if not getattr(receptor, "rise", 1):
        rows = [r for r in rows if not r.symbol.startswith("tau_r_")]
    for f in dataclasses.fields(receptor):
        value = getattr(receptor, f.name)
        if isinstance(value, float) and "unit" not in f.metadata:
            source = receptor.source if value == f.default else "the pair"
            symbol = {"occupancy": "p", "cooperativity": "n", "dissociation": "K"}.get(
                f.name, f'"{f.name}"'
            )
            what = f"{receptor.name} {f.name}"
            rows.append(Parameter(f"{symbol}_({tag})", what, f"{value:g}", "", source))
    return rows


def _backgrounds(described: NetworkDescription, receptor: Receptor) -> list[Parameter]:
    rows = []
    for p in described.populations:
        for b in p.background:
            if b.receptor == receptor:
                value = f"{in_unit(b.conductance, 'nS'):g}"
                what = f"mean background conductance of {p.name} ({receptor.name}, Poisson)"
                rows.append(Parameter(f'overline(g)_"{p.name}"', what, value, "nS", "the pair"))
    return rows


def learning_told(described: NetworkDescription) -> list[Explanation]:
    """Tell each plasticity rule once, with the projections that have it."""
    rules = dict.fromkeys(rule for p in described.projections for rule in p.plasticity)
    told = []
    for rule in rules:
        names = [p.name for p in described.projections if rule in p.plasticity]
        title = f"{type(rule).__name__}: {', '.join(names)}"
        told.append(Explanation(title, rule.equation, rule_parameters(rule)))
        inner = getattr(rule, "rule", None)
        if isinstance(inner, Plasticity):
            title = f"{type(rule).__name__} of {type(inner).__name__}: {', '.join(names)}"
            told.append(Explanation(title, inner.equation, rule_parameters(inner)))
    return told


def rule_parameters(rule: Plasticity) -> tuple[Parameter, ...]:
    """List the numbers of a plasticity rule, those with a unit last."""
    rows = []
    for f in dataclasses.fields(rule):
        value = getattr(rule, f.name)
        if f.metadata.get("number") and value is not None:
            source = f.metadata["source"] or rule.source
            source = source if value == f.default else "the pair"
            row = (f.metadata["symbol"], f.metadata["meaning"], f"{value:g}", "", source)
            rows.append(Parameter(*row))
    return (*rows, *list_parameters(rule, rule.source))


def modulation_told(described: NetworkDescription) -> list[Explanation]:
    """Tell each modulation: concentration, dose-response and effect."""
    modulators = dict.fromkeys(x for m in described.modulations for x in m.modulators)
    told = [Explanation(f"Modulator {m.name}", _COURSE, _from(m, m.source)) for m in modulators]
    told += [Explanation(m.title(), _HILL, _effect(m)) for m in described.modulations]
    return told


def _from(thing: Description, source: str) -> tuple[Parameter, ...]:
    """List the numbers of something that says itself where they come from."""
    return tuple(dataclasses.replace(row, source=source) for row in list_parameters(thing, source))


def _effect(modulation: Modulation) -> tuple[Parameter, ...]:
    hill, what = modulation.response, modulation.effect
    rows = [r for r in _from(hill, hill.source) if hill.antagonist or r.symbol != "K_B"]
    rows.append(Parameter("n", "Hill coefficient", f"{hill.coefficient:g}", "", hill.source))
    if isinstance(what, Excitability):
        return (*rows, *list_parameters(what, "the pair"))
    if isinstance(what, PlasticityGate):
        pair = {"learning at no effect": what.closed, "learning at full effect": what.opened}
    else:
        pair = {"conductance at full effect": what.factor}
    extra = [Parameter("f", f"factor on {k}", f"{v:g}", "", "the pair") for k, v in pair.items()]
    return (*rows, *extra)
