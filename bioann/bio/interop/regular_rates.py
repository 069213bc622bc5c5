"""Reads rates of a Brian2 Poisson group that code sets at regular times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2.groups.group import CodeRunner
from brian2.parsing.sympytools import str_to_sympy
from sympy import lambdify
from sympy.core.function import AppliedUndef

from bioann.bio.interop.brian_functions import FUNCTIONS, UNIT_VALUES
from bioann.bio.interop.refusal import refuse_object

#: Time in seconds over which the code is evaluated.
_HORIZON = 100.0


def list_regular_code(member: Any) -> list[Any]:
    """Return the code that a group, subgroup or synapses run regularly."""
    return [o for o in member.contained_objects if type(o) is CodeRunner]


def sets_only_rates(runner: Any) -> bool:
    """Return whether code that runs regularly is one assignment of the rates of its group."""
    return re.fullmatch(r"\s*rates\s*=(?!=)[^\n;]*", runner.abstract_code) is not None


def read_regular_rate(group: Any, namespace: Mapping[str, Any]) -> float:
    """Return the largest mean rate in Hz that code sets; random numbers stand at their mean.

    Parameters
    ----------
    group : brian2.PoissonGroup
        Group with one statement ``rates = ...`` that runs regularly.
    namespace : mapping of str to object
        Variables of the script.

    Raises
    ------
    DescriptionError
        If the code depends on more than constants, the time and random numbers.
    """
    runner = list_regular_code(group)[0]
    code = runner.abstract_code.split("=", 1)[1].strip()
    location = f"run_regularly({runner.abstract_code.strip()!r})"
    expected = "rates that depend on constants, the time and random numbers"
    code = re.sub(r"\brandn\(\)", "0", re.sub(r"\brand\(\)", "0.5", code))
    expression = str_to_sympy(code)
    names = sorted(s.name for s in expression.free_symbols)
    values: dict[str, Any] = {}
    times = np.arange(0.0, _HORIZON, max(float(runner.clock.dt_), 1e-3))
    for name in names:
        if name == "t":
            values[name] = times
            continue
        try:
            variable = group.resolve_all({name}, namespace, user_identifiers={name})[name]
        except KeyError as error:
            remedy = "Define the name before from_brian2() is called."
            raise refuse_object(group, location, expected, f"no value of {name}", remedy) from error
        value = np.asarray(variable.get_value(), dtype=float)
        values[name] = value.ravel()[0] if value.size == 1 else np.nan
    calls = expression.atoms(AppliedUndef)
    unknown = [c for c in calls if c.func.__name__ not in FUNCTIONS]
    if unknown:
        remedy = "Put the time course into a TimedArray: rates='rate(t)'."
        raise refuse_object(group, location, expected, str(unknown[0]), remedy)
    arguments = [values.get(n, UNIT_VALUES.get(n)) for n in names]
    rates = np.asarray(lambdify(names, expression, modules=[FUNCTIONS, "numpy"])(*arguments), float)
    peak = float(np.max(rates))
    if not np.isfinite(peak) or not peak > 0:
        remedy = "Name rates above 0, the same for all neurons of the group."
        raise refuse_object(group, location, expected, f"a peak of {peak:g} Hz", remedy)
    return peak
