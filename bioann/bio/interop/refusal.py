"""The error for a part of a Brian2 network that no description of bioann can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2.core.base import BrianObject

from bioann.base.errors import DescriptionError

#: The way out that is always open.
WRAP = "Or wrap the script in ba.BrianNetwork, which runs any Brian2 network, one trial at a time."


def refuse_object(
    brian_object: Any, location: str, expected: str, got: str, remedy: str
) -> DescriptionError:
    """Return the error for a Brian2 object that has no counterpart.

    Parameters
    ----------
    brian_object : brian2.BrianObject
        The object, which the message names by class and name.
    location : str
        The equation or statement, such as ``"dv/dt = ..."``; empty for the whole object.
    expected, got, remedy : str
        What bioann knows, what the object has, and what to change, a sentence.

    Returns
    -------
    DescriptionError
        The error, for the caller to raise.
    """
    obj = f"{type(brian_object).__name__} {brian_object.name!r}"
    if location:
        obj += f", {location}"
    return DescriptionError(obj, expected, got, f"{remedy} {WRAP}".strip())


def locate_equation(equations: Any, name: str) -> str:
    """Return a differential equation of ``brian2.Equations`` on one line, for errors."""
    return f"d{name}/dt = {' '.join(equations[name].expr.code.split())}"


def add_variable_name(error: DescriptionError, namespace: Mapping[str, Any]) -> None:
    """Add to an error the variable that holds its object, if Brian2 made up the object's name."""
    for variable, member in namespace.items():
        if not isinstance(member, BrianObject) or variable.startswith("_"):
            continue
        title = f"{type(member).__name__} {member.name!r}"
        is_at_fault = error.obj == title or error.obj.startswith(f"{title},")
        if is_at_fault and variable != member.name:
            error.obj = error.obj.replace(title, f"{title} (variable {variable})", 1)
            return
