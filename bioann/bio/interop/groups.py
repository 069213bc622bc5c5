"""Reads neuron groups: as cells of bioann where these have the equations, or else as their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import brian2 as b2
from brian2.parsing.statements import parse_statement

from bioann.base.errors import DescriptionError
from bioann.bio.interop.connections import find_root
from bioann.bio.interop.equation_neurons import read_equation_neurons
from bioann.bio.interop.firing import split_statements
from bioann.bio.interop.neurons import NeuronReading, check_group, read_neurons
from bioann.bio.interop.state_term import Gating


def read_group(
    group: Any, namespace: Mapping[str, Any], capacitance: float, stepped: set[str],
    gated: Mapping[str, Gating],
) -> NeuronReading:  # fmt: skip
    """Read a neuron group.

    Parameters
    ----------
    group : brian2.NeuronGroup
        The group.
    namespace : mapping of str to object
        Variables of the script.
    capacitance : float
        Membrane capacitance in farad for equations that state none.
    stepped : set of str
        Variables of the group that spikes of its inputs step.
    gated : mapping of str to Gating
        Variables of the group that sum the gating variables of NMDA synapses.

    Raises
    ------
    DescriptionError
        If no cell can have its equations.
    """
    check_group(group)
    if gated:
        return read_equation_neurons(group, namespace, capacitance, stepped, gated)
    try:
        reading = read_neurons(group, namespace, capacitance)
    except DescriptionError:
        return read_equation_neurons(group, namespace, capacitance, stepped, gated)
    if stepped <= {*reading.targets}:
        return reading
    return read_equation_neurons(group, namespace, capacitance, stepped, gated)


def list_stepped_variables(objects: Iterable[Any]) -> dict[str, set[str]]:
    """Return the variables that inputs step, by name of the neuron group.

    Parameters
    ----------
    objects : iterable of brian2.BrianObject
        Objects of a network.
    """
    stepped: dict[str, set[str]] = {}
    for member in objects:
        if isinstance(member, b2.PoissonInput):
            name = find_root(member._group)[0].name
            stepped.setdefault(name, set()).add(member.target_var)
        if not isinstance(member, b2.Synapses):
            continue
        target = find_root(member.target)[0]
        for pathway in member._pathways:
            for statement in split_statements(pathway.code):
                variable = parse_statement(statement)[0].removesuffix("_post")
                is_own = variable in member.variables and variable not in target.variables
                if not is_own and variable in target.variables:
                    stepped.setdefault(target.name, set()).add(variable)
    return stepped
