"""Reads code of a Brian2 group as SymPy expressions, with the values of the names in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import brian2 as b2
import numpy as np
import sympy
from brian2.core.functions import Function
from brian2.core.variables import Subexpression
from brian2.equations.codestrings import Expression
from brian2.parsing.sympytools import str_to_sympy
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension
from sympy.core.function import AppliedUndef

from bioann.bio.interop.refusal import refuse_object


class CodeReader:
    """Reads expressions of one group; collects the values of its names.

    Subexpressions are replaced by their definition, and a call ``f(t)`` of a `brian2.TimedArray`
    by a symbol of its name. Values are those of the moment.

    Parameters
    ----------
    group : brian2.Group
        Group whose code is read.
    namespace : mapping of str to object
        Variables of the script, in which names are looked up as ``run()`` would.
    variables : sequence of str, optional
        Names that stay symbols without a value, such as state variables.

    Attributes
    ----------
    values : dict of str to numpy.ndarray
        Value in SI units of each other name, a scalar or one per neuron or synapse.
    dimensions : dict of str to Dimension
        Physical dimension of each name, of the timed arrays too.
    timed_arrays : dict of str to brian2.TimedArray
        Timed arrays that the code calls, by name.
    """

    def __init__(
        self, group: Any, namespace: Mapping[str, Any], variables: tuple[str, ...] = ()
    ) -> None:
        self.group, self.namespace, self.variables = group, namespace, variables
        self.values: dict[str, np.ndarray] = {}
        self.dimensions: dict[str, Dimension] = {}
        self.timed_arrays: dict[str, b2.TimedArray] = {}

    def read_expression(self, code: str, location: str) -> sympy.Expr:
        """Return code as an expression of symbols.

        Parameters
        ----------
        code : str
            A Brian2 expression.
        location : str
            The equation or statement that holds it, for errors.

        Raises
        ------
        DescriptionError
            If a name has no value, or the code depends on time or on random numbers.
        """
        names = Expression(code).identifiers
        try:
            variables = self.group.resolve_all(names, self.namespace, user_identifiers=names)
        except KeyError as error:
            message = str(error.args[0]).split("\n")[0].rstrip(".")
            remedy = "Define the name before from_brian2() is called, or pass namespace={...}."
            raise refuse_object(
                self.group, location, "names that have a value", message, remedy
            ) from error
        expression = self._replace_calls(str_to_sympy(code, variables), variables, location)
        definitions = {}
        for symbol in expression.free_symbols:
            variable = variables.get(symbol.name)
            if symbol.name in self.timed_arrays:
                continue
            if isinstance(variable, Subexpression):
                definitions[symbol] = self.read_expression(variable.expr, location)
            elif variable is not None:
                self._store_value(symbol.name, variable, location)
        return expression.subs(definitions) if definitions else expression

    def _replace_calls(
        self, expression: sympy.Expr, variables: Mapping[str, Any], location: str
    ) -> sympy.Expr:
        """Replace calls of timed arrays by symbols; refuse those of other unknown functions."""
        symbols = {}
        for call in expression.atoms(AppliedUndef):
            name = call.func.__name__
            function = variables.get(name)
            is_of_time = [str(a) for a in call.args] == ["t"]
            if not isinstance(function, b2.TimedArray) or not is_of_time:
                expected = "arithmetic, exp(), and a TimedArray as a function of t"
                remedy = f"Write it without {name}()."
                raise refuse_object(self.group, location, expected, f"{name}()", remedy)
            self.timed_arrays[name], self.dimensions[name] = function, function.dim
            symbols[call] = sympy.Symbol(name, real=True)
        return expression.subs(symbols)

    def _store_value(self, name: str, variable: Any, location: str) -> None:
        """Store value and dimension of a name that is neither state variable nor function."""
        if name in ("t", "dt", "t_in_timesteps", "lastspike") or isinstance(variable, Function):
            expected = "equations that depend on time through a TimedArray only"
            remedy = "Put its time course into a TimedArray and name its channel in channels={...}."
            raise refuse_object(self.group, location, expected, name, remedy)
        self.dimensions[name] = variable.dim
        if name not in self.variables:
            self.values[name] = np.squeeze(np.asarray(variable.get_value(), dtype=float))

    def evaluate_expression(self, expression: sympy.Expr) -> Any:
        """Return the value in SI units of an expression of names that have one."""
        symbols = sorted(expression.free_symbols, key=str)
        function = sympy.lambdify(symbols, expression, modules="numpy")
        return collapse_equal(function(*(self.values[s.name] for s in symbols)))

    def read_value(self, code: str, location: str) -> Any:
        """Return the value in SI units of code that holds no state variable."""
        expression = self.read_expression(code, location)
        states = [s.name for s in expression.free_symbols if s.name not in self.values]
        if states:
            expected = "constants and parameters"
            got, remedy = ", ".join(sorted(states)), "Use values that do not change during the run."
            raise refuse_object(self.group, location, expected, got, remedy)
        return self.evaluate_expression(expression)

    def list_names_of(self, dimension: Dimension, expression: sympy.Expr) -> list[sympy.Symbol]:
        """List the symbols of an expression that have a dimension, in alphabetical order."""
        symbols = sorted(expression.free_symbols, key=str)
        return [s for s in symbols if self.dimensions.get(s.name, DIMENSIONLESS) == dimension]

    def list_quantities_of(self, dimension: Dimension, expression: sympy.Expr) -> list[Any]:
        """List the symbols of a dimension that are no units: ``C``, but not ``pF`` of 200*pF."""
        symbols = self.list_names_of(dimension, expression)
        return [s for s in symbols if not isinstance(getattr(b2, s.name, None), b2.Unit)]


def collapse_equal(values: Any) -> Any:
    """Return a float if all values are equal, otherwise the array."""
    array = np.asarray(values, dtype=float)
    if array.size and (array == array.flat[0]).all():
        return float(array.flat[0])
    return array
