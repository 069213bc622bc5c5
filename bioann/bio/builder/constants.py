"""Constants of a group or of synapses: which occur in code, and how they are declared in Brian2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_dimensions, get_unit

from bioann.base.errors import SimulationError

_WORD = re.compile(r"[A-Za-z_]\w*")


def filter_namespace(namespace: Mapping[str, Any], *code: str) -> dict[str, Any]:
    """Return the entries of a namespace whose names occur in some code."""
    names_in_code = {word for text in code for word in _WORD.findall(text)}
    return {name: value for name, value in namespace.items() if name in names_in_code}


def declare_constants(
    namespace: Mapping[str, Any], obj: str, per_neuron: Mapping[str, np.ndarray] | None = None
) -> tuple[list[str], dict[str, Any]]:
    """Declare the constants of a namespace as variables of a group.

    Parameters
    ----------
    namespace : mapping of str to quantity or float
        Constants of the group, by name.
    obj : str
        Owner of the constants, for the error message.
    per_neuron : mapping of str to numpy.ndarray, shape (n,), optional
        Values in SI of constants that differ between the neurons of a lane, which replace those of
        the namespace. The others are shared.

    Returns
    -------
    declarations : list of str
        Brian2 declaration of each constant.
    values : dict of str to float or numpy.ndarray
        Value of each constant in SI, by name.

    Raises
    ------
    SimulationError
        If an entry is not a number or a quantity.
    """
    declarations, values = [], dict[str, Any]()
    for name, value in namespace.items():
        if per_neuron and name in per_neuron:
            values[name] = per_neuron[name]
            declarations.append(f"{name} : {unit_of(value)} (constant)")
            continue
        try:
            values[name] = float(np.asarray(value))
        except (TypeError, ValueError) as error:
            raise SimulationError(
                f"{obj}, {name}",
                "a number or a quantity",
                repr(value),
                "Write functions of the potential into the equations themselves.",
            ) from error
        declarations.append(f"{name} : {unit_of(value)} (shared, constant)")
    return declarations, values


def declare_synaptic_constants(
    code: Mapping[str, str], namespace: Mapping[str, Any], obj: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Declare the constants of synapses.

    Their names get a suffix, because Brian2 does not allow a synapse to share a name with its
    target group.

    Parameters
    ----------
    code : mapping of str to str
        Code of the synapses; the entry ``model`` holds their equations.
    namespace : mapping of str to quantity or float
        Constants by name; those that do not occur in the code are dropped.
    obj : str
        Owner of the constants, for the error message.

    Returns
    -------
    code : dict of str to str
        Code with suffixed names, and the declarations in its ``model``.
    values : dict of str to float
        Value of each constant in SI, by suffixed name.
    """
    suffixed_names = {name: f"{name}_syn" for name in filter_namespace(namespace, *code.values())}
    declarations, values = declare_constants(
        {suffixed_names[n]: namespace[n] for n in suffixed_names}, obj
    )
    suffixed_code = {
        field: _WORD.sub(lambda word: suffixed_names.get(word[0], word[0]), text)
        for field, text in code.items()
    }
    suffixed_code["model"] = "\n".join([suffixed_code["model"], *declarations]).strip()
    return suffixed_code, values


def unit_of(value: Any) -> str:
    """Return the base unit of a quantity as text for Brian2 equations."""
    dimensions = get_dimensions(value)
    return "1" if dimensions.is_dimensionless else repr(get_unit(dimensions))
