"""Reads the equations and statements of Brian2 synapses that change as code of a rule."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import Subexpression
from brian2.parsing.sympytools import str_to_sympy
from brian2.units.fundamentalunits import Dimension
from brian2.utils.stringtools import get_identifiers, word_substitute

from bioann.base.units import UNIT_SCALES, format_quantity
from bioann.bio.interop.brian_functions import FUNCTIONS, UNIT_VALUES
from bioann.bio.interop.code_reader import collapse_equal
from bioann.bio.interop.firing import split_statements
from bioann.bio.interop.group_names import (
    RANDOM_FUNCTIONS,
    find_unit_name,
    is_default_name,
    unit_text,
)
from bioann.bio.interop.neurons import NeuronReading
from bioann.bio.interop.refusal import locate_equation, refuse_object

#: Names that bioann's own code of synapses uses.
_RESERVED = {"weight", "nominal", "strength", "released", "change", "upper", "lane", "site"}
_STATEMENT = re.compile(r"([A-Za-z_]\w*)\s*([-+*/]?=)(?!=)\s*(.*)")
#: Variables of the clock and of Brian2's own bookkeeping that code of synapses may use.
_OWN_NAMES = {"t", "dt", "lastupdate"}


@dataclasses.dataclass(frozen=True)
class SynapseCode:
    """The code of synapses that change.

    Parameters
    ----------
    variable : str
        Variable of the target that a spike steps.
    nominal : float
        Step by which `released` is counted, in the unit of that variable, not 0.
    equations, pre_code, post_code : str
        As for `bioann.bio.plasticity.code_rule.CodeRule`.
    values : dict of str to float or numpy.ndarray
        Initial values in SI units, of shape ``(synapse,)`` if they differ.
    zeros : tuple of str
        Constants of the script that are 0, by which learning may be turned off.
    """

    variable: str
    nominal: float
    equations: str
    pre_code: str
    post_code: str
    values: dict[str, Any]
    zeros: tuple[str, ...]


def is_changing(synapses: Any) -> bool:
    """Return whether synapses have equations or statements beyond plain increments."""
    models = [e for e in (synapses.event_driven, synapses.equations) if e is not None]
    if any(e.diff_eq_names for e in models):
        return True
    lines = [s for p in synapses._pathways for s in split_statements(p.code)]
    assigned = {m[1] for m in map(_STATEMENT.fullmatch, lines) if m}
    synapse_names = {n for e in models for n in e.names}
    return bool(assigned & synapse_names) or any(p.prepost == "post" for p in synapses._pathways)


class LearningReader:
    """Reads the code of synapses that change.

    Parameters
    ----------
    synapses : brian2.Synapses
        The synapses, with one pathway of presynaptic and at most one of postsynaptic spikes.
    namespace : mapping of str to object
        Variables of the script.
    reading : NeuronReading
        Their target.
    """

    def __init__(self, synapses: Any, namespace: Mapping[str, Any], reading: NeuronReading) -> None:
        self.synapses, self.reading = synapses, reading
        models = [e for e in (synapses.event_driven, synapses.equations) if e is not None]
        self.equations = {n: e[n] for e in models for n in e}
        self.codes = {p.prepost: p for p in synapses._pathways}
        self._check_pathways()
        statements = [s for p in self.codes.values() for s in split_statements(p.code)]
        self.assigned = {m[1] for m in map(_STATEMENT.fullmatch, statements) if m}
        texts = [e.expr.code for e in self.equations.values() if e.expr is not None]
        names = set().union(*map(get_identifiers, [*statements, *texts])) - {"and", "or", "not"}
        synapse_names = {n.removesuffix("_post") for n in names & set(self._list_targets())}
        names = {n for n in names if n not in self._list_targets() and n not in self.assigned}
        names |= self.equations.keys() - synapse_names
        try:
            self.variables = dict(synapses.resolve_all(names, namespace, user_identifiers=names))
        except KeyError as error:
            message = str(error.args[0]).split("\n")[0].rstrip(".")
            remedy = "Define the name before from_brian2() is called, or pass namespace={...}."
            raise self._refuse("equations", "names that have a value", message, remedy) from error
        self.zeros: list[str] = []
        self.values: dict[str, Any] = {}
        self.names = {n: self._translate_name(n, v) for n, v in self.variables.items()}
        self.weight_name, self.weight_unit = self._rename_weight()

    def _rename_weight(self) -> tuple[str, str]:
        """Let the weight of the script be the strength; return its name, and its unit as code."""
        if "post" not in self.codes:
            return "", "1"
        targets = self._list_targets()
        matches = map(_STATEMENT.fullmatch, split_statements(self.codes["pre"].code))
        effects = (m[3] for m in matches if m and m[1] in targets)
        for name in re.findall(r"[A-Za-z_]\w*", " ".join(effects)):
            equation = self.equations.get(name)
            is_value = self.names.get(name) in self.values
            if not is_value or equation is None or equation.type != "parameter":
                continue
            unit = find_unit_name(self.variables[name].dim)
            if unit is None:
                continue
            scale = UNIT_SCALES[unit]
            self.values["strength"] = self.values.pop(self.names[name]) / scale
            if np.any(np.asarray(self.values["strength"]) < 0):
                expected, got = "weights >= 0", "negative ones"
                remedy = "The sign belongs in the statement: 'v -= w'."
                raise self._refuse(name, expected, got, remedy)
            self.names[name] = "strength" if unit == "1" else f"(strength*{unit})"
            return name, unit
        return "", "1"

    def _refuse(self, location: str, expected: str, got: str, remedy: str) -> Exception:
        return refuse_object(self.synapses, location, expected, got, remedy)

    def _list_targets(self) -> list[str]:
        """Return the names by which statements may step variables of the target."""
        synapse_names = self.equations.keys()
        return [x for t in self.reading.targets for x in (t, f"{t}_post") if x not in synapse_names]

    def _check_pathways(self) -> None:
        """Raise `DescriptionError` for pathways whose order or delay no projection has."""
        if len(self.codes) < len(self.synapses._pathways) or "pre" not in self.codes:
            names = ", ".join(p.objname for p in self.synapses._pathways)
            remedy = "Use one Synapses object for each pathway."
            raise self._refuse("pathways", "one on_pre and one on_post", names, remedy)
        post = self.codes.get("post")
        if post is not None and np.any(post.variables["delay"].get_value()):
            remedy = "Leave the delay of on_post out."
            raise self._refuse("delay of on_post", "no delay of postsynaptic spikes", "one", remedy)
        for name, equation in self.equations.items():
            if "clock-driven" in equation.flags or "summed" in equation.flags:
                model = self.synapses.equations
                location = (
                    locate_equation(model, name)
                    if equation.type == "differential equation"
                    else name
                )
                expected = "equations that are linear and (event-driven)"
                got, remedy = "(summed)" if "summed" in equation.flags else "(clock-driven)", ""
                raise self._refuse(location, expected, got, remedy)

    def _translate_name(self, name: str, variable: Any) -> str:
        """Return what stands for a name in the code of the rule."""
        if isinstance(variable, Function):
            if DEFAULT_FUNCTIONS.get(name) is variable and name not in RANDOM_FUNCTIONS:
                return name
            expected = "functions of Brian2 that draw no random numbers"
            raise self._refuse("statements", expected, f"{name}()", f"Write it without {name}().")
        if name in _OWN_NAMES or is_default_name(name, variable):
            return name
        own_name = f"{name}_synapse" if name in _RESERVED else name
        if name in self.equations:
            equation = self.equations[name]
            if isinstance(variable, Subexpression) or equation.type == "subexpression":
                return own_name
            value = collapse_equal(np.asarray(variable.get_value(), dtype=float))
            is_state = name in self.assigned or equation.type == "differential equation"
            if is_state or np.ndim(value):
                self.values[own_name] = value
                return own_name
            return write_literal(float(value), variable.dim)
        owner = getattr(variable, "owner", None)
        value = np.asarray(variable.get_value(), dtype=float) if owner is None else None
        if value is None or value.size != 1:
            expected = "variables of the synapses, and constants"
            remedy = "Rules that read variables of neurons cannot be imported."
            raise self._refuse("statements", expected, name, remedy)
        if float(value) == 0:
            self.zeros.append(name)
        return write_literal(float(value), variable.dim)

    def read_code(self) -> SynapseCode:
        """Return the code; `DescriptionError` if a rule cannot have it."""
        lines, effect = [], None
        for statement in split_statements(self.codes["pre"].code):
            match = _STATEMENT.fullmatch(statement)
            variable = match[1].removesuffix("_post") if match else ""
            if match and match[1] in self._list_targets():
                if effect is not None or match[2] not in ("+=", "-="):
                    expected, remedy = "one increment of one variable of the target", ""
                    raise self._refuse(f"on_pre {statement!r}", expected, statement, remedy)
                sign = "-" if match[2] == "-=" else ""
                effect = (variable, self._find_nominal(match[3], sign), f"{sign}({match[3]})")
                dimension = self.reading.group.variables[variable].dim
                unit = write_literal(effect[1], dimension)
                lines.append(f"released = ({self._write(effect[2])})/({unit})")
                continue
            lines.append(self._write_statement(statement, "on_pre"))
        if effect is None:
            expected, got = "an on_pre that steps a variable of the target", "none"
            remedy = "Leave synapses without effect out."
            raise self._refuse("on_pre", expected, got, remedy)
        post = split_statements(self.codes["post"].code) if "post" in self.codes else []
        post_code = "\n".join(self._write_statement(s, "on_post") for s in post)
        return SynapseCode(
            effect[0], effect[1], self._write_equations(), "\n".join(lines), post_code,
            self.values, tuple(self.zeros),
        )  # fmt: skip

    def _write_statement(self, statement: str, pathway: str) -> str:
        """Write a statement that changes a variable of the synapses."""
        match = _STATEMENT.fullmatch(statement)
        is_temporary = match is not None and match[1] not in self.synapses.variables
        if match is None or not (match[1] in self.equations or is_temporary) or (
            match[1].endswith(("_pre", "_post")) and match[1] not in self.equations
        ):  # fmt: skip
            expected = "statements that change variables of the synapses, or step the target"
            remedy = "Synapses that set variables of neurons cannot be imported."
            raise self._refuse(f"{pathway} {statement!r}", expected, statement, remedy)
        code = self._write(match[3])
        if match[1] == self.weight_name:
            is_scaled = self.weight_unit != "1" and match[2] in ("=", "+=", "-=")
            return f"strength {match[2]} " + (f"({code})/{self.weight_unit}" if is_scaled else code)
        name = f"{match[1]}_synapse" if match[1] in _RESERVED else match[1]
        return f"{name} {match[2]} {code}"

    def _write(self, code: str) -> str:
        for name in get_identifiers(code) & set(self._list_targets()):
            expected = "a change by variables of the synapses"
            remedy = "Rules that read variables of neurons cannot be imported."
            raise self._refuse("statements", expected, name, remedy)
        return str(word_substitute(" ".join(code.split()), self.names))

    def _write_equations(self) -> str:
        lines = []
        for name, equation in self.equations.items():
            if name == self.weight_name:
                continue
            own_name, unit = self.names[name], unit_text(equation.dim)
            if equation.type == "differential equation":
                code = self._write(equation.expr.code)
                lines.append(f"d{own_name}/dt = {code} : {unit} (event-driven)")
            elif equation.type == "subexpression":
                lines.append(f"{own_name} = {self._write(equation.expr.code)} : {unit}")
            elif own_name in self.values:
                lines.append(f"{own_name} : {unit}")
        return "\n".join(lines)

    def _find_nominal(self, code: str, sign: str) -> float:
        """Return the step for variables of 1, or the largest one of the synapses as they are."""
        expression = str_to_sympy(code)
        symbols = sorted(s.name for s in expression.free_symbols)
        values: dict[str, Any] = dict(UNIT_VALUES)
        for name in symbols:
            variable = self.variables.get(name)
            if name in values or variable is None:
                continue
            if name == self.weight_name or self.names[name] in self.values:
                unit = find_unit_name(variable.dim)
                values[name] = UNIT_SCALES[unit] if unit else 1.0
            else:
                values[name] = float(np.asarray(variable.get_value()).ravel()[0])
        function = sympy.lambdify(symbols, expression, modules=[FUNCTIONS, "numpy"])
        value = float(function(*(values.get(s, 1.0) for s in symbols)))
        value = -value if sign else value
        return value if np.isfinite(value) and value != 0 else 1e-9


def write_literal(value: float, dimension: Dimension) -> str:
    """Return a value in SI units as Brian2 code, in parentheses if it has a unit."""
    unit = find_unit_name(dimension)
    if unit == "1":
        return f"({value!r})" if value < 0 else repr(value)
    return f"({format_quantity(value, unit)})" if unit else f"({value!r}*{unit_text(dimension)})"
