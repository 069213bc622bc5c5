"""Reads threshold, reset and refractory period of a Brian2 neuron group."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import brian2 as b2
import numpy as np
import sympy
from brian2.equations.codestrings import Expression
from brian2.parsing.statements import parse_statement

from bioann.bio.interop.code_reader import CodeReader, collapse_equal
from bioann.bio.interop.refusal import refuse_object


@dataclasses.dataclass(frozen=True)
class Firing:
    """What a group does at a spike; values in SI units, one for all neurons or one for each.

    Parameters
    ----------
    potential : str
        Variable of the potential.
    threshold, reset : float or numpy.ndarray, shape (n,)
        Potentials in volt.
    refractory_period : float or numpy.ndarray, shape (n,)
        Refractory period in seconds.
    increments : dict of str to float or numpy.ndarray
        Change of other variables at each spike, in their SI unit.
    """

    potential: str
    threshold: Any
    reset: Any
    refractory_period: Any
    increments: dict[str, Any]


def read_firing(group: Any, namespace: Mapping[str, Any], potential: str, threshold: Any) -> Firing:
    """Return the firing of a group; `DescriptionError` for one that bioann's cells do not have.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    namespace : mapping of str to object
        Variables of the script.
    potential, threshold : str, float or numpy.ndarray
        Variable of the potential, and its threshold in volt, as `read_threshold` returns them.
    """
    reset, increments = _read_reset(group, namespace, potential)
    refractory_period = _read_refractory_period(group, namespace, potential)
    return Firing(potential, threshold, reset, refractory_period, increments)


def read_threshold(group: Any, namespace: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the variable of the potential, and the value in volt that it must exceed."""
    if list(group.events) != ["spike"]:
        events = ", ".join(group.events) or "none"
        expected, got = "a threshold, and no other event", f"the events: {events}"
        raise refuse_object(group, "events", expected, got, "Give it threshold='v > V_th' only.")
    states = tuple(group.user_equations.diff_eq_names)
    code = group.events["spike"]
    location = f"threshold {code!r}"
    expected = "a comparison 'v > V_th' of one state variable, in volt, with a constant"
    reader = CodeReader(group, namespace, states)
    condition = reader.read_expression(code, location)
    symbols = [s for s in condition.free_symbols if s.name in states]
    inequalities = (
        sympy.StrictGreaterThan,
        sympy.GreaterThan,
        sympy.StrictLessThan,
        sympy.LessThan,
    )
    if not isinstance(condition, inequalities) or len(symbols) != 1 or reader.timed_arrays:
        names = ", ".join(sorted([*(s.name for s in symbols), *reader.timed_arrays]))
        names = names or "no state variable"
        remedy = "Adaptive thresholds and compound conditions have no counterpart."
        raise refuse_object(group, location, expected, f"a condition on {names}", remedy)
    v = symbols[0]
    excess = condition.gts - condition.lts
    slope = sympy.diff(excess, v)
    is_upward = not slope.free_symbols and slope > 0
    if not is_upward or reader.dimensions[v.name] != b2.volt.dim:
        got = f"a condition on {v.name}"
        remedy = "Give the potential the unit volt, and let it spike at an upward crossing."
        raise refuse_object(group, location, expected, got, remedy)
    value = reader.evaluate_expression(-excess.subs(v, 0) / slope)
    return v.name, value


def _read_reset(
    group: Any, namespace: Mapping[str, Any], potential: str
) -> tuple[Any, dict[str, Any]]:
    """Return the reset potential, and the increments of other variables."""
    reset, increments = None, {}
    for line in split_statements(group.event_codes.get("spike") or ""):
        name, operator, code, _ = parse_statement(line)
        location = f"reset {line!r}"
        value = CodeReader(group, namespace, tuple(group.user_equations.diff_eq_names))
        if name == potential and operator == "=" and reset is None:
            reset = value.read_value(code, location)
        elif operator in ("+=", "-=") and name not in increments and name != potential:
            sign = 1 if operator == "+=" else -1
            increments[name] = sign * np.asarray(value.read_value(code, location))
        else:
            expected = f"'{potential} = constant', and 'w += constant' for an adaptation"
            remedy = "Other statements have no counterpart."
            raise refuse_object(group, location, expected, f"{name} {operator} {code}", remedy)
    if reset is None:
        expected = f"a statement '{potential} = constant'"
        got = repr(group.event_codes.get("spike") or "none")
        remedy = "Cells that shape their own spike cannot be read."
        raise refuse_object(group, "reset", expected, got, remedy)
    return reset, {name: collapse_equal(value) for name, value in increments.items()}


def _read_refractory_period(group: Any, namespace: Mapping[str, Any], potential: str) -> Any:
    """Return the refractory period in seconds; the potential must be held during it."""
    refractory = group._refractory
    if refractory is False:
        period: Any = 0.0
    elif isinstance(refractory, str):
        location = f"refractory {refractory!r}"
        reader = CodeReader(group, namespace, tuple(group.user_equations.diff_eq_names))
        expression = reader.read_expression(refractory, location)
        names = Expression(refractory).identifiers
        if getattr(expression, "is_Boolean", False) or any(n in reader.variables for n in names):
            expected, remedy = "a time", "Conditions have no counterpart."
            raise refuse_object(group, location, expected, "a condition", remedy)
        period = reader.evaluate_expression(expression)
    else:
        period = collapse_equal(np.asarray(refractory))
    equations = group.user_equations
    pausing = [n for n in equations.diff_eq_names if "unless refractory" in equations[n].flags]
    if not np.any(np.asarray(period) > 0) or pausing == [potential]:
        return period
    location = f"d{potential}/dt"
    expected = "(unless refractory) at the potential and at no other variable"
    got = f"it at {', '.join(pausing) or 'none'}, with a refractory period"
    remedy = f"Write d{potential}/dt = ... : volt (unless refractory), or refractory=False."
    raise refuse_object(group, location, expected, got, remedy)


def split_statements(code: str) -> list[str]:
    """Split code into statements, without comments."""
    lines = (line.split("#")[0] for line in code.splitlines())
    return [s.strip() for line in lines for s in line.split(";") if s.strip()]
