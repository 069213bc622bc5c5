r"""One time step of a cell's equations.

There are two cases, which are distinguished by the equations themselves:

- Linear equations with constant coefficients (injected currents, current synapses, adaptation
  currents; no conductance changes). The step is the matrix exponential, which is exact. It is
  computed here and written into the code as numbers, or as names of constants
  (`bioann.bio.integration.step_constants`).
- All other equations: Strang splitting. Every variable except the potential takes half a step, the
  potential a whole step at the midpoint of the others, then the others take their second half step
  in reverse order. Each variable takes the exponential Rosenbrock step

  .. math:: x \leftarrow x + h \, \varphi(-h f'(x)) f(x), \quad \varphi(a) = (1 - e^{-a}) / a

  which is exact if its equation is linear in `x`. The method is of second order in the step
  (exponential Euler, which holds conductances at the start of the step, is of first order).

  A potential that rises exponentially, :math:`dv/dt = L(v) + B e^{(v - V_T)/\Delta}`, can diverge
  within a step. It takes half a step of `L`, a whole step of the exponential, and another half
  step of `L`. The step of the exponential alone is exact: :math:`u = e^{-(v - V_T)/\Delta}`
  decreases linearly, by :math:`q = h B / \Delta` per step, and :math:`v` is infinite where `u`
  reaches zero.

Apart from that case, no step evaluates an exponential: constant factors are numbers, and
:math:`\varphi` is the diagonal Pade approximant of order four, with an error of a^8 / 2.5e7 (4e-16
at a = 0.1), which is stable for any a. A cell whose equations have no transcendental function
therefore takes the same additions, multiplications and divisions on every engine and gives the same
bits, provided that the compiler neither contracts nor reorders them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy
from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import Equations
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException

from bioann.base.errors import SimulationError
from bioann.bio.integration.exponential_rise import ExponentialRise, write_rise_step
from bioann.bio.integration.step_constants import (
    StepConstant,
    evaluate_constants,
    evaluate_expression,
)

#: Name of this method in a cell's ``method``.
METHOD_NAME = "exponential_midpoint"
_ACTIVE = "int(not_refractory)"


def make_integrator(
    method: str,
    namespace: Mapping[str, Any],
    dt: float,
    named_constants: bool = False,
    per_neuron: Mapping[str, np.ndarray] | None = None,
) -> Any:
    """Return the ``method`` argument of a Brian2 group.

    Parameters
    ----------
    method : str
        `METHOD_NAME`, or the name of one of Brian2's own methods.
    namespace : mapping of str to quantity or float
        Constants of the group's equations.
    dt : float
        Time step in seconds.
    named_constants : bool, optional
        Whether the code names its constant factors instead of containing numbers
        (`ExponentialMidpoint`).
    per_neuron : mapping of str to numpy.ndarray, shape (n,), optional
        Values in SI of constants that differ between neurons.

    Returns
    -------
    str or ExponentialMidpoint
        One of Brian2's own methods is returned as its name.
    """
    if method != METHOD_NAME:
        return method
    return ExponentialMidpoint(namespace, dt, named_constants, per_neuron)


class ExponentialMidpoint(StateUpdateMethod):
    """State updater for the time step that this module describes.

    Parameters
    ----------
    namespace : mapping of str to quantity or float
        Constants of the equations.
    dt : float
        Time step in seconds.
    named_constants : bool, optional
        Whether to write constant factors as names and collect their definitions in
        `step_constants`, so that the code is the same for all parameters. By default they are
        written as numbers.
    per_neuron : mapping of str to numpy.ndarray, shape (n,), optional
        Values in SI of constants that differ between neurons, for which all have the same code.

    Attributes
    ----------
    step_constants : dict of str to StepConstant
        Constants that the code names; filled while the code is written.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        dt: float,
        named_constants: bool = False,
        per_neuron: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self.per_neuron = per_neuron or {}
        self.dt, self.named_constants = dt, named_constants
        self.step_constants: dict[str, StepConstant] = {}
        self.values = {
            name: float(np.asarray(value))
            for name, value in namespace.items()
            if not callable(value) and np.ndim(value) == 0
        }

    def __call__(self, equations: Equations, variables: Any, method_options: Any = None) -> str:
        """Write Brian2 abstract code for one time step."""
        if equations.is_stochastic:
            raise UnsupportedEquationsException(
                "Noise is drawn before the run; equations must not contain xi."
            )
        flows = {
            name: str_to_sympy(expression.code, variables)
            for name, expression in equations.get_substituted_expressions(variables)
        }
        return self.write_linear_step(flows) or self.write_split_step(flows)

    def write_linear_step(self, flows: dict[str, sympy.Expr]) -> str:
        """Write the exact step; empty unless all equations have constant coefficients."""
        states = [sympy.Symbol(name, real=True) for name in flows]
        rows = list(flows.values())
        jacobian = sympy.Matrix([[sympy.diff(f, x) for x in states] for f in rows])
        active = self.substitute_activity(jacobian, 1.0)
        refractory = self.substitute_activity(jacobian, 0.0)
        if active is None or refractory is None:
            return ""
        lines = []
        for name, flow in flows.items():
            drive = flow.subs(dict.fromkeys(states, 0))
            lines.append(f"_b_{name} = {sympy_to_str(drive)}")
        for k, name in enumerate(flows):
            text = self.write_row(active, k, list(flows), "free")
            if not _have_same_row(active, refractory, k):
                refractory_text = self.write_row(refractory, k, list(flows), "held")
                text = f"{_ACTIVE}*({text}) + (1 - {_ACTIVE})*({refractory_text})"
            lines.append(f"_new_{name} = {text}")
        return "\n".join([*lines, *(f"{name} = _new_{name}" for name in flows)])

    def write_row(self, matrix: sympy.Matrix, k: int, names: list[str], tag: str) -> str:
        """Write a row of the exact step: terms of the states, then of their drives."""
        n, dependencies = len(names), _list_dependencies(matrix, k)
        expressions = tuple(tuple(sympy_to_str(x) for x in matrix.row(r)) for r in range(n))
        terms = []
        for kind, prefix, offset in (("of", "", 0), ("by", "_b_", n)):
            for j in dependencies:
                recipe = StepConstant("exact", expressions, self.dt, (k, j + offset))
                name = f"step_{kind}_{names[j]}_for_{names[k]}_{tag}"
                terms.append(f"{self.write_constant(name, recipe)}*{prefix}{names[j]}")
        return " + ".join(terms) or "0"

    def write_split_step(self, flows: dict[str, sympy.Expr]) -> str:
        """Write the Strang step, with the potential in the middle."""
        others = [name for name in flows if name != "v"]
        lines = []
        for k, name in enumerate([*others, "v", *reversed(others)]):
            fraction = 1.0 if name == "v" else 0.5
            rise = self.find_rise(flows[name]) if name == "v" else None
            if rise is None:
                lines += self.write_rosenbrock_step(name, flows[name], fraction, k)
            else:
                offsets = (k, k + 100)
                flow = rise.other_terms
                halves = [self.write_rosenbrock_step("v", flow, 0.5, index) for index in offsets]
                lines += write_rise_step(rise, self.dt, *halves)
        return "\n".join(lines)

    def find_rise(self, flow: sympy.Expr) -> ExponentialRise | None:
        """Return the terms of a potential that rises exponentially; None if it does not."""
        v, y = sympy.Symbol("v", real=True), sympy.Dummy()
        for term in flow.atoms(sympy.exp):
            exponent = term.args[0]
            inner = exponent.args[0] if str(exponent.func) == "clip" else exponent
            without_term = flow.xreplace({term: y})
            slope, coefficient = sympy.diff(inner, v), sympy.diff(without_term, y)
            constants = self.substitute_activity(sympy.Matrix([[slope, coefficient]]), 1.0)
            if constants is not None and all(self.is_positive(x) for x in constants):
                other_terms = without_term.xreplace({y: sympy.Integer(0)})
                return ExponentialRise(other_terms, term, slope, coefficient)
        return None

    def write_rosenbrock_step(
        self, name: str, flow: sympy.Expr, fraction: float, index: int
    ) -> list[str]:
        """Write the Rosenbrock step of one variable, over a fraction of the time step."""
        x = sympy.Symbol(name, real=True)
        slope = sympy.diff(flow, x)
        constant = self.substitute_activity(sympy.Matrix([[slope]]), 1.0)
        can_be_refractory = "not_refractory" in str(flow)
        h = fraction * self.dt
        if constant is not None and not can_be_refractory:
            expressions = ((sympy_to_str(constant[0, 0]),),)
            if sympy.simplify(flow - slope * x) == 0:  # no drive: pure decay
                recipe = StepConstant("decay", expressions, h)
                decay = self.write_constant(f"step_kept_{name}_{index}", recipe)
                return [f"{name} = {name}*{decay}"]
            recipe = StepConstant("phi", expressions, h)
            phi = self.write_constant(f"step_phi_{name}_{index}", recipe)
            return [f"{name} = {name} + ({sympy_to_str(flow)})*{phi}"]
        a_ = f"_a_{name}_{index}"
        numerator = f"1 + {a_}*{a_}*{1 / 42!r}"
        denominator = f"1 + {a_}*(0.5 + {a_}*({3 / 28!r} + {a_}*({1 / 84!r} + {a_}*{1 / 1680!r})))"
        return [
            f"{a_} = {-h!r}*({sympy_to_str(slope)})",
            f"{name} = {name} + {h!r}*({sympy_to_str(flow)})*({numerator})/({denominator})",
        ]

    def write_constant(self, name: str, recipe: StepConstant) -> str:
        """Return a constant factor as its name, or as the number itself."""
        if not self.named_constants:
            return repr(evaluate_constants({name: recipe}, self.values)[name])
        self.step_constants[name] = recipe
        return name

    def is_positive(self, expression: sympy.Expr) -> bool:
        """Return whether an expression of constants is above zero, in all neurons or in none."""
        text = sympy_to_str(expression)
        rows = [dict(zip(self.per_neuron, row, strict=True)) for row in self._list_neurons()]
        signs = {evaluate_expression(text, {**self.values, **row}) > 0 for row in rows}
        if len(signs) > 1:
            raise SimulationError(
                "equations of a cell with an exponential",
                f"one sign of {text} in all neurons",
                "both signs",
                "Use a population for each sign.",
            )
        return signs.pop()

    def _list_neurons(self) -> list[tuple[float, ...]]:
        """List the values of each neuron, in the order of `per_neuron`; one empty row without."""
        columns = [values.tolist() for values in self.per_neuron.values()]
        return list(zip(*columns, strict=True)) if columns else [()]

    def substitute_activity(self, matrix: sympy.Matrix, active: float) -> sympy.Matrix | None:
        """Replace the refractoriness flag by a number; None unless the result is constant."""
        # xreplace of the calls that occur: subs took seconds for a cell with many receptors.
        flags = {
            call: sympy.Float(active)
            for call in matrix.atoms(sympy.Function)
            if "not_refractory" in str(call) and str(call.func).startswith("int")
        }
        constants = matrix.xreplace(flags)
        known_names = {*self.values, *DEFAULT_UNITS}
        if {str(symbol) for symbol in constants.free_symbols} - known_names:
            return None
        return None if constants.atoms(sympy.core.function.AppliedUndef) else constants


def _list_dependencies(matrix: sympy.Matrix, k: int) -> list[int]:
    """List the rows of a linear system on which row `k` depends, directly or indirectly."""
    dependencies, new = {k}, {k}
    while new:
        new = {j for r in new for j in range(matrix.cols) if matrix[r, j] != 0} - dependencies
        dependencies |= new
    return sorted(dependencies)


def _have_same_row(one: sympy.Matrix, other: sympy.Matrix, k: int) -> bool:
    """Return whether row `k` has the same exact step in two linear systems."""
    return all(one.row(r) == other.row(r) for r in _list_dependencies(one, k))
