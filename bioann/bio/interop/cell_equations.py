"""Separates the equations of a Brian2 neuron group into those of a cell and of its synapses.

A synapse is a variable with an exponential decay of its own that enters the equation of the
potential linearly, as a current or as a conductance with one reversal potential, and nothing else.
All other equations are those of the cell.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
import numpy as np
import sympy
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from sympy.core.function import AppliedUndef

from bioann.bio.interop.brian_functions import FUNCTIONS, UNIT_VALUES
from bioann.bio.interop.code_reader import collapse_equal
from bioann.bio.interop.group_names import GroupNames
from bioann.bio.interop.magnesium_block import fit_block
from bioann.bio.interop.refusal import locate_equation, refuse_object
from bioann.bio.interop.state_term import Gating, StateTerm


@dataclasses.dataclass(frozen=True)
class SeparatedEquations:
    """Equations of a group without its synapses and driven currents.

    Parameters
    ----------
    synapses : dict of str to StateTerm
        Synaptic variables, with scales per farad of the capacitance.
    driven : dict of str to float
        Volt per second of one SI unit of each timed array.
    codes : dict of str to str
        Code of each remaining differential equation and subexpression.
    """

    synapses: dict[str, StateTerm]
    driven: dict[str, float]
    codes: dict[str, str]


class EquationSeparator:
    """Separates the equations of one group.

    Parameters
    ----------
    names : GroupNames
        Names of the group.
    used : iterable of str
        Names in threshold, reset and refractory condition, which no synapse may be.
    gated : mapping of str to Gating
        Variables that sum the gating variables of NMDA synapses.
    stepped : iterable of str, optional
        Variables that spikes of other groups step.
    """

    def __init__(
        self, names: GroupNames, used: Iterable[str], gated: Mapping[str, Gating],
        stepped: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.names, self.group, self.used = names, names.group, set(used)
        self.gated, self.stepped = gated, set(stepped)
        equations = self.group.user_equations
        ordered = [n for n in equations if equations[n].expr is not None]
        self.diff_names = tuple(n for n in ordered if n in equations.diff_eq_names)
        self.codes = {n: equations[n].expr.code for n in ordered}
        self.expressions = {n: self._read(c, n) for n, c in self.codes.items()}
        self.v = sympy.Symbol(names.potential, real=True)
        self.flows = {n: self.inline(self.expressions[n]) for n in self.diff_names}

    def _read(self, code: str, name: str) -> sympy.Expr:
        """Return code as an expression in which a timed array is a symbol."""
        expression = str_to_sympy(code)
        symbols = {}
        for call in expression.atoms(AppliedUndef):
            function = call.func.__name__
            if function in self.names.timed_arrays:
                if [str(a) for a in call.args] != ["t"]:
                    expected, got = "a TimedArray as a function of t alone", str(call)
                    remedy = "Split the group so that all neurons have the same time course."
                    raise refuse_object(self.group, name, expected, got, remedy)
                symbols[call] = sympy.Symbol(function, real=True)
        return expression.xreplace(symbols)

    def inline(self, expression: sympy.Expr, only: set[str] | None = None) -> sympy.Expr:
        """Return an expression with subexpressions replaced by their definitions."""
        while True:
            names = {s.name for s in expression.free_symbols} & self._subexpressions(only)
            if not names:
                return expression
            definitions = {sympy.Symbol(n, real=True): self.expressions[n] for n in names}
            expression = expression.xreplace(definitions)

    def _subexpressions(self, only: set[str] | None) -> set[str]:
        names = {n for n in self.codes if n not in self.diff_names}
        return names if only is None else names & only

    def separate(self) -> SeparatedEquations:
        """Return the equations of cell and synapses."""
        flow = self.flows[self.names.potential]
        synapses = {}
        for name in self.diff_names:
            term = None if name == self.names.potential else self.find_synapse(name)
            if term is not None:
                synapses[name] = term
        for name, gating in self.gated.items():
            synapses[name] = self._read_nmda(name, gating)
        # A conductance that is multiplied by another variable is none: coefficients say so.
        driven = {}
        for name in self.names.timed_arrays:
            if sympy.Symbol(name, real=True) in flow.free_symbols:
                driven[name] = self._read_drive(name)
            self._check_drive(name)
        unused = self._list_unused({*synapses, *driven})
        removed = {*synapses, *driven, *unused}
        if not removed:
            return SeparatedEquations({}, {}, dict(self.codes))
        return SeparatedEquations(synapses, driven, self._write_remaining(removed))

    def _list_unused(self, removed: set[str]) -> set[str]:
        """Return the variables that neither the potential nor the code of a spike depend on."""
        flow = self.flows[self.names.potential]
        needed = {self.names.potential, *(self.stepped - {*self.gated})}
        new = {s.name for s in flow.free_symbols} | self.used
        while new - needed:
            needed |= new
            expressions = [self.inline(self.expressions[n]) for n in new & self.codes.keys()]
            new = {s.name for e in expressions for s in e.free_symbols} - removed
        return {*self.diff_names} - needed - removed

    def _read_nmda(self, name: str, gating: Gating) -> StateTerm:
        """Return the NMDA receptor that a summed variable opens; fit its block and check it."""
        flow = self.flows[self.names.potential]
        coefficient = sympy.diff(flow, sympy.Symbol(name, real=True))
        constants = {**UNIT_VALUES, **self.names.constants}
        names = sorted(s.name for s in coefficient.free_symbols)
        location = locate_equation(self.group.user_equations, self.names.potential)
        if set(names) <= {*constants, self.v.name} and self.v.name in names:
            function = sympy.lambdify(names, coefficient, modules=[FUNCTIONS, "numpy"])
            means = {n: np.mean(constants[n]) for n in names if n != self.v.name}
            fit = fit_block(lambda v: function(*({**means, self.v.name: v}[n] for n in names)))
            if fit is not None:
                scale, reversal, factor, slope = fit
                return StateTerm(
                    gating.tau, scale, reversal, block=(factor, slope),
                    gating=(gating.rise, gating.occupancy),
                )  # fmt: skip
        expected = "g*s*(v - E)/(1 + a*exp(-v/b)), the current of NMDA receptors"
        got, remedy = f"the factor {coefficient} of {name}", "Write the block in this form."
        raise refuse_object(self.group, location, expected, got, remedy)

    def _read_drive(self, name: str) -> float:
        """Return the coefficient of a timed array in the equation of the potential."""
        flow = self.flows[self.names.potential]
        coefficient = sympy.diff(flow, sympy.Symbol(name, real=True))
        value = self.evaluate(coefficient)
        if value is None or np.ndim(value):
            location = locate_equation(self.group.user_equations, self.names.potential)
            expected = "a TimedArray that is a current, the same one for all neurons"
            got, remedy = f"the factor {coefficient} of {name}(t)", "Put the factor into the array."
            raise refuse_object(self.group, location, expected, got, remedy)
        return float(value) * self.names.volts_per_unit

    def _check_drive(self, name: str) -> None:
        """Raise `DescriptionError` for a timed array outside the equation of the potential."""
        symbol = sympy.Symbol(name, real=True)
        if self._is_used(name):
            expected = "a TimedArray in the equation of the potential only"
            remedy = "Only currents into the potential can be stimulus channels."
            location = "threshold, reset or refractory period"
            raise refuse_object(self.group, location, expected, f"{name}(t)", remedy)
        for other in self.diff_names:
            if other != self.names.potential and symbol in self.flows[other].free_symbols:
                location = locate_equation(self.group.user_equations, other)
                expected = "a TimedArray in the equation of the potential only"
                remedy = "Only currents into the potential can be stimulus channels."
                raise refuse_object(self.group, location, expected, f"{name}(t)", remedy)

    def _write_remaining(self, removed: set[str]) -> dict[str, str]:
        """Return the code of all equations without some of the variables."""
        symbols = {sympy.Symbol(n, real=True): sympy.Integer(0) for n in removed}
        affected: set[str] = set()
        for name in self._subexpressions(None):
            inlined = self.inline(self.expressions[name])
            if inlined.free_symbols & symbols.keys():
                affected.add(name)
        v = self.names.potential
        codes = {n: c for n, c in self.codes.items() if n not in {*removed, *affected, v}}
        remaining = self.inline(self.expressions[v], affected).xreplace(symbols)
        codes[v] = sympy_to_str(remaining)
        return {n: codes[n] for n in self.codes if n in codes}

    def find_synapse(self, name: str) -> StateTerm | None:
        """Return the synapse that a variable is; None for a variable of the cell."""
        s = sympy.Symbol(name, real=True)
        others = [n for n in self.diff_names if n not in (name, self.names.potential)]
        is_shared = any(s in self.flows[n].free_symbols for n in others)
        if is_shared or self._is_used(name) or "unless refractory" in self._flags(name):
            return None
        rate = self.flows[name] / s
        tau = self.evaluate(sympy.simplify(-1 / rate)) if self.flows[name] != 0 else None
        coefficient = sympy.expand(sympy.diff(self.flows[self.names.potential], s))
        slope = sympy.diff(coefficient, self.v)
        multiplicative = self.evaluate(slope)
        additive = self.evaluate(coefficient.subs(self.v, 0))
        if tau is None or multiplicative is None or additive is None or np.ndim(tau):
            return None
        scale = self.names.volts_per_unit
        if not np.any(multiplicative):
            if not np.any(additive) or not tau > 0:
                return None
            return StateTerm(tau, collapse_equal(np.asarray(additive) * scale), None)
        reversal = collapse_equal(-np.asarray(additive) / multiplicative)
        if np.ndim(reversal) or not np.all(np.asarray(multiplicative) < 0) or not tau > 0:
            return None
        return StateTerm(tau, collapse_equal(-np.asarray(multiplicative)), reversal * scale)

    def _flags(self, name: str) -> list[str]:
        return list(self.group.user_equations[name].flags)

    def _is_used(self, name: str) -> bool:
        """Return whether threshold, reset or refractory condition depend on a variable."""
        symbol = sympy.Symbol(name, real=True)
        inlined = (self.inline(self.expressions[n]) for n in self.used & self.codes.keys())
        through = any(
            symbol in expression.free_symbols
            for n, expression in zip(self.used & self.codes.keys(), inlined, strict=True)
            if n not in self.diff_names
        )
        return name in self.used or through

    def evaluate(self, expression: sympy.Expr) -> Any:
        """Return the value in SI units of an expression of constants; None for any other."""
        constants = {**UNIT_VALUES, **self.names.constants}
        names = sorted(s.name for s in expression.free_symbols)
        if not set(names) <= constants.keys() or expression.atoms(AppliedUndef):
            return None
        function = sympy.lambdify(names, expression, modules=[FUNCTIONS, "numpy"])
        return collapse_equal(function(*(constants[n] for n in names)))

    def find_capacitance(self, separated: SeparatedEquations) -> tuple[Any, str, str]:
        """Return the membrane capacitance in farad, where it is from, and its constant.

        Nan if the equations state none; the constant is empty unless it is the capacitance.
        """
        flow = self.flows[self.names.potential]
        dimensions = self.names.dimensions
        present = sorted(s.name for s in flow.free_symbols)
        farads = [n for n in present if dimensions.get(n) == b2.farad.dim]
        farads = [n for n in farads if n in self.names.constants]
        if len(farads) == 1:
            return self.names.constants[farads[0]], f"{farads[0]} of the script", farads[0]
        scale = self.names.volts_per_unit
        for name in present:
            if dimensions.get(name) not in (b2.amp.dim, b2.siemens.dim):
                continue
            coefficient = sympy.diff(flow, sympy.Symbol(name, real=True))
            if dimensions[name] == b2.siemens.dim:
                coefficient = sympy.diff(sympy.expand(coefficient), self.v)
            value = self.evaluate(coefficient)
            if value is not None and np.all(np.asarray(value)):
                source = f"the factor of {name} in the equation of {self.names.potential}"
                return collapse_equal(1 / np.abs(np.asarray(value) * scale)), source, ""
        return np.nan, "", ""
