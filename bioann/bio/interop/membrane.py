r"""Reads the equations of a Brian2 neuron group as a membrane, by coefficients.

The right-hand side of the potential's equation is a polynomial in the potential, the other state
variables, the exponentials and the timed arrays. Its coefficients decide what each variable is,
whatever the names and the arrangement:

.. math:: \frac{dv}{dt} = a_0 - \frac{v}{\tau} + \sum_s (b_s s + c_s s v) + K e^{(v - V_T)/\Delta_T}

A variable with :math:`c_s \ne 0` is the conductance :math:`-c_s C s` with the reversal potential
:math:`-b_s / c_s`; one with :math:`c_s = 0` is the current :math:`b_s C s`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import brian2 as b2
import numpy as np
import sympy

from bioann.bio.interop.code_reader import CodeReader, collapse_equal
from bioann.bio.interop.refusal import locate_equation, refuse_object
from bioann.bio.interop.state_term import StateTerm

#: Relative error below which two coefficients are the same number.
ROUNDING = 1e-9
KNOWN = (
    "a leaky, exponential or adaptive exponential integrate-and-fire cell: terms in 1, v, "
    "exp((v - V_T)/Delta_T), currents, and conductances times v"
)


@dataclasses.dataclass(frozen=True)
class Membrane:
    """The membrane of a neuron group; values in SI units, one for all neurons or one for each.

    Parameters
    ----------
    potential : str
        Variable of the potential.
    capacitance, leak_conductance, leak_reversal : float or numpy.ndarray, shape (n,)
        Passive membrane.
    capacitance_source : str
        Why the capacitance has its value; a phrase.
    current : float or numpy.ndarray
        Constant current in ampere.
    driven_currents : dict of str to float
        Current in ampere of one SI unit of each timed array.
    exponential : tuple or None
        Threshold and slope factor of the spike onset in volt.
    states : dict of str to StateTerm
        Synaptic and adaptation variables, by name.
    """

    potential: str
    capacitance: Any
    leak_conductance: Any
    leak_reversal: Any
    capacitance_source: str
    current: Any
    driven_currents: dict[str, float]
    exponential: tuple[Any, Any] | None
    states: dict[str, StateTerm]


class MembraneReader:
    """Reads the equations of one neuron group.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    namespace : mapping of str to object
        Variables of the script.
    potential : str
        Variable of the potential.
    capacitance : float
        Membrane capacitance in farad for equations that state none.
    """

    def __init__(
        self, group: Any, namespace: Mapping[str, Any], potential: str, capacitance: float
    ) -> None:
        self.group, self.potential, self.default_capacitance = group, potential, capacitance
        equations = group.user_equations
        self.codes = {n: e.code for n, e in equations.get_substituted_expressions()}
        self.names = tuple(equations.diff_eq_names)
        self.reader = CodeReader(group, namespace, self.names)
        self.v = sympy.Symbol(potential, real=True)
        #: Exponentials of the potential, by the symbol that stands for them.
        self.exponentials: dict[sympy.Symbol, sympy.Expr] = {}

    def read_membrane(self) -> Membrane:
        """Return the membrane; `DescriptionError` if its equations are of another kind."""
        location = self._locate(self.potential)
        expression = self.reader.read_expression(self.codes[self.potential], location)
        exponentials = {e for e in expression.atoms(sympy.exp) if self.v in e.free_symbols}
        if len(exponentials) > 1:
            raise self._refuse(self.potential, "several exponentials of the potential")
        onset = sympy.Symbol("_spike_onset", real=True)
        self.exponentials = {onset: next(iter(exponentials), onset)}
        linear = expression.subs(dict.fromkeys(exponentials, onset))
        names = [n for n in (*self.names, *self.reader.timed_arrays) if n != self.potential]
        present = {s.name for s in linear.free_symbols}
        symbols = [self._symbol(n) for n in names if n in present]
        terms = self._read_terms(self.potential, linear, [self.v, onset, *symbols])
        self._check_terms(terms, onset)
        capacitance, source = self._find_capacitance(terms, expression)
        leak = self._evaluate(terms.pop((self.v,), None))
        if not np.all(np.asarray(leak) < 0):
            raise self._refuse(self.potential, "no leak, a negative coefficient of the potential")
        leak_reversal, current = self._read_constant(terms.pop((), sympy.Integer(0)), leak)
        coefficient = self._evaluate(terms.pop((onset,), None))
        exponential = None
        if exponentials:
            exponential = self._read_exponential(exponentials.pop(), coefficient, leak)
        driven = {
            s.name: self._evaluate(terms[(s,)]) * capacitance
            for s in symbols
            if s.name in self.reader.timed_arrays
        }
        states = {
            s.name: self._read_state(s, terms, capacitance) for s in symbols if s.name in self.names
        }
        return Membrane(
            self.potential, capacitance, collapse_equal(-leak * capacitance), leak_reversal, source,
            collapse_equal(current * capacitance), driven, exponential, states,
        )  # fmt: skip

    def _locate(self, name: str) -> str:
        return locate_equation(self.group.user_equations, name)

    def _refuse(self, name: str, got: str, expected: str = KNOWN) -> Exception:
        remedy = "Rewrite the equation, or describe the cell as a subclass of ba.cells.Cell."
        return refuse_object(self.group, self._locate(name), expected, got, remedy)

    def _evaluate(self, coefficient: sympy.Expr | None) -> Any:
        return 0.0 if coefficient is None else self.reader.evaluate_expression(coefficient)

    def _read_terms(
        self, name: str, expression: sympy.Expr, generators: list[sympy.Symbol]
    ) -> dict[tuple[sympy.Symbol, ...], sympy.Expr]:
        """Return the coefficient of each product of state variables in an equation."""
        polynomial = self._make_polynomial(name, expression, generators)
        terms = {}
        for powers, coefficient in polynomial.terms():
            factors = [[g] * p for g, p in zip(generators, powers, strict=True)]
            product = tuple(g for factor in factors for g in factor)
            unknown = coefficient.free_symbols - set(map(self._symbol, self.reader.values))
            if unknown:
                raise self._refuse(name, f"a term in {sympy.Mul(*product, *unknown)}")
            if coefficient != 0:
                terms[product] = coefficient
        return terms

    def _make_polynomial(
        self, name: str, expression: sympy.Expr, generators: list[sympy.Symbol]
    ) -> sympy.Poly:
        """Return an equation as a polynomial; name the first term that is none."""
        try:
            return sympy.Poly(sympy.together(expression), *generators)
        except sympy.PolynomialError:
            for term in sympy.Add.make_args(sympy.expand_mul(expression)):
                if not term.is_polynomial(*generators):
                    text = f"the term {term.subs(self.exponentials)}"
                    raise self._refuse(name, text) from None
            raise self._refuse(name, "terms that are no polynomial") from None

    def _symbol(self, name: str) -> sympy.Symbol:
        return sympy.Symbol(name, real=True)

    def _check_terms(
        self, terms: Mapping[tuple[sympy.Symbol, ...], Any], onset: sympy.Symbol
    ) -> None:
        """Raise `DescriptionError` for a product that is neither current nor conductance."""
        for product in terms:
            is_conductance = len(product) == 2 and product[0] == self.v and onset not in product
            if len(product) > 2 or (len(product) == 2 and not is_conductance) or (
                is_conductance and product[1].name not in self.names
            ) or product == (self.v, self.v):  # fmt: skip
                raise self._refuse(self.potential, f"a term in {sympy.Mul(*product)}")

    def _find_capacitance(
        self, terms: Mapping[tuple[sympy.Symbol, ...], Any], expression: sympy.Expr
    ) -> tuple[Any, str]:
        """Return the membrane capacitance in farad, and where it is from."""
        farads = self.reader.list_quantities_of(b2.farad.dim, expression)
        if len(farads) == 1:
            return collapse_equal(self.reader.values[farads[0].name]), f"{farads[0]} of the script"
        for product, coefficient in terms.items():
            if not product:
                continue
            dimension = self.reader.dimensions.get(product[-1].name)
            is_conductance = len(product) == 2 and dimension == b2.siemens.dim
            is_current = len(product) == 1 and dimension == b2.amp.dim
            if is_conductance or is_current:
                value = collapse_equal(1 / np.abs(self._evaluate(coefficient)))
                return value, f"the factor of {product[-1]} in the equation of {self.v}"
        ohms = self.reader.list_quantities_of(b2.ohm.dim, expression)
        if len(ohms) == 1 and (self.v,) in terms:
            tau = -1 / self._evaluate(terms[(self.v,)])
            value = collapse_equal(tau / self.reader.values[ohms[0].name])
            return value, f"the membrane time constant over the resistance {ohms[0]}"
        reason = "the script states only time constants; currents and conductances scale with it"
        return self.default_capacitance, reason

    def _read_constant(self, coefficient: sympy.Expr, leak: Any) -> tuple[Any, Any]:
        """Return leak reversal potential, and the rest of the constant term: a current over C."""
        currents = self.reader.list_names_of(b2.amp.dim, coefficient)
        without_current = coefficient.subs(dict.fromkeys(currents, 0))
        reversal = self._evaluate(without_current) / -np.asarray(leak)
        return collapse_equal(reversal), self._evaluate(coefficient - without_current)

    def _read_exponential(
        self, exponential: sympy.Expr, coefficient: Any, leak: Any
    ) -> tuple[Any, Any]:
        """Return threshold and slope factor in volt; a prefactor shifts the threshold."""
        terms = self._read_terms(self.potential, exponential.args[0], [self.v])
        if not set(terms) <= {(), (self.v,)}:
            raise self._refuse(self.potential, f"the term {exponential}")
        slope = 1 / np.asarray(self._evaluate(terms[(self.v,)]))
        threshold = -self._evaluate(terms.get(())) * slope
        ratio = np.asarray(coefficient / (-leak * slope))
        if not (np.all(ratio > 0) and np.all(slope > 0)):
            raise self._refuse(self.potential, "an exponential that does not depolarise")
        shift = np.where(np.abs(ratio - 1) < ROUNDING, 0.0, slope * np.log(ratio))
        return collapse_equal(threshold - shift), collapse_equal(slope)

    def _read_state(
        self,
        symbol: sympy.Symbol,
        terms: Mapping[tuple[sympy.Symbol, ...], Any],
        capacitance: Any,
    ) -> StateTerm:
        """Return what a state variable is, from its coefficients and its own equation."""
        name = symbol.name
        rate = self.reader.read_expression(self.codes[name], self._locate(name))
        others = [self._symbol(n) for n in self.names if n != name]
        decay = self._read_terms(name, rate, [symbol, *others])
        expected = "an exponential decay ds/dt = -s/tau, or adaptation dw/dt = (a*(v - E) - w)/tau"
        is_adaptation = (self.v,) in decay
        if (symbol,) not in decay or not set(decay) <= {(symbol,), (self.v,), ()} or (
            () in decay and not is_adaptation
        ):  # fmt: skip
            got = " and ".join(f"a term in {sympy.Mul(*p)}" for p in decay if p != (symbol,))
            raise self._refuse(name, got or "no decay", expected)
        tau = collapse_equal(-1 / self._evaluate(decay[(symbol,)]))
        if not np.all(np.asarray(tau) > 0):
            raise self._refuse(name, "a variable that grows", expected)
        additive, multiplicative = (
            np.asarray(self._evaluate(terms.get(p))) for p in ((symbol,), (self.v, symbol))
        )
        if np.any(multiplicative):
            reversal = collapse_equal(-additive / multiplicative)
            if np.ndim(reversal) or is_adaptation:
                got = "a conductance that " + (
                    "follows the potential" if is_adaptation else "reverses differently in neurons"
                )
                raise self._refuse(name, got, "one reversal potential per receptor")
            return StateTerm(tau, collapse_equal(-multiplicative * capacitance), reversal)
        scale = collapse_equal(additive * capacitance)
        if not is_adaptation:
            return StateTerm(tau, scale, None)
        coupling = self._evaluate(decay[(self.v,)])
        zero = -np.asarray(self._evaluate(decay.get(()))) / coupling
        return StateTerm(tau, scale, None, coupling, collapse_equal(zero))
