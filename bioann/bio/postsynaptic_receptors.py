"""The receptors of a population: those that its input activates, and those open at the start."""

from __future__ import annotations

from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.bio.description import NetworkDescription
from bioann.bio.receptors import Receptor, make_receptor


def list_receptors(network: NetworkDescription, name: str) -> tuple[Receptor, ...]:
    """List the receptors of a population, each once, in the order of description."""
    initial_receptors = list_initial_conductances(network, name)
    return tuple(dict.fromkeys((*_list_input_receptors(network, name), *initial_receptors)))


def list_initial_conductances(network: NetworkDescription, name: str) -> dict[Receptor, Any]:
    """List the receptors of a population that are open at the start of a run.

    Parameters
    ----------
    network : NetworkDescription
        The network that the population belongs to.
    name : str
        Name of the population.

    Returns
    -------
    dict of Receptor to float or numpy.ndarray, shape (n,)
        Initial conductance in SI units.

    Raises
    ------
    DescriptionError
        If a name stands for several receptors.
    """
    population, conductances = network.get_population(name), {}
    for key, value in population.initial_conductances.items():
        obj = f"{population.title()}, initial_conductances"
        same_name = [r for r in _list_input_receptors(network, name) if r.name == key]
        if len(same_name) > 1:
            raise DescriptionError(
                obj,
                f"one receptor named {key!r}",
                f"{len(same_name)} with different parameters",
                f"Name one by an object, such as {same_name[0]!r}.",
            )
        receptor = same_name[0] if same_name else make_receptor(key, obj)
        conductances[receptor] = np.asarray(value)[()]
    return conductances


def _list_input_receptors(network: NetworkDescription, name: str) -> tuple[Receptor, ...]:
    """List the receptors that the input of a population activates, each once."""
    background = network.get_population(name).background
    receptors: list[Receptor | str | None] = [b.receptor for b in background]
    for members in (network.fibres, network.projections, network.injections):
        receptors += [member.receptor for member in members if member.target == name]
    return tuple(dict.fromkeys(r for r in receptors if isinstance(r, Receptor)))
