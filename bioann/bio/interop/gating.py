r"""Finds NMDA synapses in a Brian2 network: gating variables whose sum opens a conductance.

.. math:: \frac{ds}{dt} = -\frac{s}{\tau} + \alpha x (1 - s), \quad
          \frac{dx}{dt} = -\frac{x}{\tau_r}, \quad \text{spike: } x \leftarrow x + c

The variables belong to each synapse (Brunel and Wang 2001) or to the presynaptic neuron (Wang
2002). A summed variable of the target collects them, directly or through a group of neurons without
equations. A spike opens the share :math:`1 - e^{-\alpha \tau_r c}` of the closed channels.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np
import sympy
from brian2.parsing.statements import parse_statement
from brian2.parsing.sympytools import str_to_sympy

from bioann.bio.interop.code_reader import collapse_equal
from bioann.bio.interop.connections import find_root
from bioann.bio.interop.firing import split_statements
from bioann.bio.interop.refusal import refuse_object
from bioann.bio.interop.state_term import Gating
from bioann.bio.receptors.exponential import peak_normalisation


@dataclasses.dataclass(frozen=True)
class GatedSynapses:
    """NMDA synapses onto one variable of a target.

    Parameters
    ----------
    synapses : brian2.Synapses
        Object that sums the gating variables.
    source, target : str
        Names of the groups.
    variable : str
        Variable of the target that collects the gating variables.
    gating : Gating
        Their kinetics.
    pre, post : numpy.ndarray of int, shape (synapse,)
        Neurons, counted in the groups.
    weight : numpy.ndarray, shape (synapse,)
        Share of the summed variable that one spike opens at its peak.
    delay : numpy.ndarray, shape (synapse,)
        Delay in seconds.
    """

    synapses: Any
    source: Any
    target: str
    variable: str
    gating: Gating
    pre: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    delay: np.ndarray


@dataclasses.dataclass
class GatingList:
    """All NMDA synapses of a network, and the objects that only serve them.

    Parameters
    ----------
    pathways : list of GatedSynapses
        The synapses.
    consumed : dict of str to set of str
        Synapses that are read here, by name, and their variables that other readers skip.
    relays : set of str
        Names of neuron groups without equations that sum gating variables.
    """

    pathways: list[GatedSynapses] = dataclasses.field(default_factory=list)
    consumed: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    relays: set[str] = dataclasses.field(default_factory=set)

    def list_variables(self, group: str) -> dict[str, Gating]:
        """Return the summed variables of a group, and the kinetics behind them."""
        return {p.variable: p.gating for p in self.pathways if p.target == group}


class GatingReader:
    """Reads the NMDA synapses of a network.

    Parameters
    ----------
    objects : iterable of brian2.BrianObject
        Objects of the network.
    namespace : mapping of str to object
        Variables of the script.
    """

    def __init__(self, objects: Iterable[Any], namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.synapses = [o for o in objects if isinstance(o, b2.Synapses)]
        self.result = GatingList()

    def read_gating(self) -> GatingList:
        """Return all NMDA synapses; `DescriptionError` for sums of another kind."""
        for synapses in self.synapses:
            target = find_root(synapses.target)[0]
            equations = getattr(target, "user_equations", None)
            for name in synapses.summed_updaters:
                if equations is None:
                    raise self._refuse(synapses, name)
                if not equations.diff_eq_names:
                    self.result.relays.add(target.name)
        for synapses in self.synapses:
            target = find_root(synapses.target)[0]
            if target.name in self.result.relays:
                continue
            for name in synapses.summed_updaters:
                self._read_sum(synapses, name)
        for synapses in self.synapses:
            target = find_root(synapses.target)[0]
            if synapses.summed_updaters and target.name in self.result.relays:
                self.result.consumed.setdefault(synapses.name, set())
        return self.result

    def _read_sum(self, synapses: Any, name: str) -> None:
        """Read one summed variable."""
        pre, post, weight, owner, s = self._follow_sum(synapses, name)
        root = find_root(owner.source)[0] if isinstance(owner, b2.Synapses) else owner
        gating, x = self._read_kinetics(owner, s, synapses, name)
        step, delay = self._find_step(owner, x, synapses, name)
        occupancy = float(1 - np.exp(-gating[2] * gating[1] * step))
        kinetics = Gating(gating[0], gating[1], occupancy)
        if not kinetics.rise < kinetics.tau:
            expected = "a gating variable that rises faster than it decays"
            got = f"time constants of {kinetics.rise * 1e3:g} and {kinetics.tau * 1e3:g} ms"
            remedy = "Use a shorter time constant of the variable that spikes step."
            raise refuse_object(synapses, f"{name} (summed)", expected, got, remedy)
        peak = occupancy / peak_normalisation(kinetics.rise, kinetics.tau)
        delay = (
            delay if np.ndim(delay) and len(delay) == len(pre) else np.full(len(pre), np.max(delay))
        )
        target = find_root(synapses.target)[0].name
        variable = name.removesuffix("_post")
        self.result.consumed.setdefault(synapses.name, set()).update({x, s})
        self.result.pathways.append(
            GatedSynapses(
                synapses, root, target, variable, kinetics, pre, post, weight * peak, delay
            )
        )

    def _follow_sum(self, synapses: Any, name: str) -> tuple[Any, Any, Any, Any, str]:
        """Return the synapses that a sum runs over, and the owner and name of its variable."""
        expression = self._read_expression(synapses, name)
        pre = np.asarray(synapses.i[:]) + find_root(synapses.source)[1]
        post = np.asarray(synapses.j[:]) + find_root(synapses.target)[1]
        source = find_root(synapses.source)[0]
        equations = {} if synapses.equations is None else synapses.equations
        for symbol in expression.free_symbols:
            s = symbol.name
            coefficient = sympy.diff(expression, symbol)
            remainder = sympy.simplify(expression - coefficient * symbol)
            if remainder != 0 or symbol in coefficient.free_symbols:
                continue
            if s in equations and equations[s].type == "differential equation":
                return pre, post, self._evaluate(synapses, coefficient, len(pre)), synapses, s
            if not s.endswith("_pre"):
                continue
            s = s.removesuffix("_pre")
            weight = self._evaluate(synapses, coefficient, len(pre))
            if source.name in self.result.relays:
                return self._join_relay(source, s, (pre, post, weight))
            if s in getattr(source, "user_equations", {}):
                return pre, post, weight, source, s
        raise self._refuse(synapses, name)

    def _join_relay(self, relay: Any, s: str, onward: Any) -> tuple[Any, Any, Any, Any, str]:
        """Multiply the weights into and out of a group that sums gating variables."""
        feeding = [
            y for y in self.synapses
            if find_root(y.target)[0].name == relay.name and f"{s}_post" in y.summed_updaters
        ]  # fmt: skip
        if len(feeding) != 1:
            expected, got = "one Synapses object that sums into it", str(len(feeding))
            raise refuse_object(relay, s, expected, got, "Sum over one object.")
        pre, middle, weight, owner, name = self._follow_sum(feeding[0], f"{s}_post")
        before, after, onward_weight = onward
        n_post, n_pre = int(after.max()) + 1, int(pre.max()) + 1
        into = np.zeros((len(relay), n_pre))
        np.add.at(into, (middle, pre), weight)
        out = np.zeros((n_post, len(relay)))
        np.add.at(out, (after, before), onward_weight)
        product = out @ into
        rows, columns = np.nonzero(product)
        return columns, rows, product[rows, columns], owner, name

    def _read_expression(self, synapses: Any, name: str) -> sympy.Expr:
        expression = str_to_sympy(synapses.variables[f"_summed_{name}"].expr)
        names = set() if synapses.equations is None else set(synapses.equations.subexpr_names)
        while inner := {x for x in expression.free_symbols if x.name in names}:
            expression = expression.xreplace(
                {x: str_to_sympy(synapses.equations[x.name].expr.code) for x in inner}
            )
        return expression

    def _evaluate(self, owner: Any, expression: sympy.Expr, count: int = 0) -> Any:
        """Return the values of an expression of constants of an object."""
        names = sorted(s.name for s in expression.free_symbols)
        variables = owner.resolve_all(names, self.namespace, user_identifiers=set(names))
        values = [np.asarray(variables[n].get_value(), dtype=float) for n in names]
        value = np.asarray(sympy.lambdify(names, expression, modules="numpy")(*values), dtype=float)
        return np.broadcast_to(np.squeeze(value), count) if count else float(value.ravel()[0])

    def _read_kinetics(
        self, owner: Any, s: str, synapses: Any, name: str
    ) -> tuple[tuple[float, float, float], str]:
        """Return decay, rise and opening rate of a gating variable, and the variable behind it."""
        is_synapse = isinstance(owner, b2.Synapses)
        equations = owner.equations if is_synapse else owner.user_equations
        if s not in equations.diff_eq_names:
            raise self._refuse(synapses, name)
        flow = sympy.expand(str_to_sympy(equations[s].expr.code))
        symbol = sympy.Symbol(s, real=True)
        others = [
            x for x in flow.free_symbols
            if x.name in equations.diff_eq_names and x != symbol
        ]  # fmt: skip
        if len(others) != 1:
            raise self._refuse(synapses, name)
        x = others[0]
        decay = flow.subs(x, 0) / symbol
        opening = sympy.diff(flow, x)
        alpha = opening.subs(symbol, 0)
        rise = str_to_sympy(equations[x.name].expr.code) / x
        is_gating = (
            sympy.simplify(opening - alpha * (1 - symbol)) == 0
            and not {symbol, x} & sympy.simplify(decay).free_symbols
            and not {symbol, x} & sympy.simplify(rise).free_symbols
        )
        if not is_gating:
            raise self._refuse(synapses, name)
        values = [self._evaluate(owner, sympy.simplify(e)) for e in (-1 / decay, -1 / rise, alpha)]
        return (values[0], values[1], values[2]), x.name

    def _find_step(self, owner: Any, x: str, synapses: Any, name: str) -> tuple[float, Any]:
        """Return the step of the variable behind a gating variable at a spike, and its delay."""
        names = {x} if isinstance(owner, b2.Synapses) else {f"{x}_pre", f"{x}_post"}
        for member in [owner] if isinstance(owner, b2.Synapses) else self.synapses:
            for pathway in member._pathways:
                for statement in split_statements(pathway.code):
                    variable, operator, code, _ = parse_statement(statement)
                    is_own = pathway.prepost == "pre" and operator == "+="
                    if variable not in names or not is_own:
                        continue
                    if member is not owner:
                        if find_root(member.source)[0].name != owner.name or not np.array_equal(
                            member.i[:], member.j[:]
                        ):
                            continue
                        self.result.consumed.setdefault(member.name, set()).add(variable)
                    delay = collapse_equal(pathway.variables["delay"].get_value())
                    return self._evaluate(member, str_to_sympy(code)), delay
        raise self._refuse(synapses, name)

    def _refuse(self, synapses: Any, name: str) -> Exception:
        expected = (
            "effects of spikes, or the gating variables of NMDA synapses: "
            "ds/dt = -s/tau + alpha*x*(1 - s), dx/dt = -x/tau_r"
        )
        code = " ".join(synapses.variables[f"_summed_{name}"].expr.split())
        remedy = "See ba.receptors.NMDA, and ba.cells.GapJunctions for electrical coupling."
        return refuse_object(synapses, f"{name} = {code} (summed)", expected, "another sum", remedy)
