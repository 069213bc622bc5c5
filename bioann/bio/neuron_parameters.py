"""Parameters that differ between the neurons of a population: drawn once for each wiring.

Values that have a distribution are drawn from the seed of the run and the number of the wiring, by
a generator of their own for each object and field. All lanes of a wiring have the same neurons.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xarray as xr

from bioann.base.description import Description
from bioann.base.heterogeneity import HeterogeneousQuantity, from_si_values
from bioann.base.randomness import make_rng
from bioann.base.units import base_unit_of
from bioann.bio.description import NetworkDescription
from bioann.bio.population import Population

DescriptionT = TypeVar("DescriptionT", bound=Description)


class NeuronParameter(NamedTuple):
    """A field with one value per neuron: object, population, name of the object, and field."""

    owner: Description
    population: str
    label: str
    field: str

    @property
    def quantity(self) -> HeterogeneousQuantity:
        """The values or their distribution."""
        quantity: HeterogeneousQuantity = getattr(self.owner, self.field)
        return quantity


def list_neuron_parameters(network: NetworkDescription) -> tuple[NeuronParameter, ...]:
    """List the fields of a network that have one value per neuron and affect its rates."""
    owners: list[tuple[Description, str, str]] = []
    for population in network.populations:
        name = population.name
        owners.append((population.cell, name, f"cell_{name}"))
        owners += [(b, name, f"background_{k}_{name}") for k, b in enumerate(population.background)]
    owners += [(i, i.target, f"injection_{k}") for k, i in enumerate(network.injections)]
    owners += [(a, a.target, f"afferent_{k}") for k, a in enumerate(network.afferents)]
    return tuple(
        NeuronParameter(owner, population, label, field)
        for owner, population, label in owners
        for field in owner.heterogeneous_fields
    )


def values_of(owner: Description, field: str) -> Any:
    """Return a field in SI units: a float, or an array of one value per neuron, shape ``(n,)``."""
    quantity = getattr(owner, field)
    return quantity.values if isinstance(quantity, HeterogeneousQuantity) else float(quantity)


def list_drawn_parameters(network: NetworkDescription) -> tuple[NeuronParameter, ...]:
    """List the parameters and initial potentials of single neurons that have a distribution."""
    initial = (
        NeuronParameter(p, p.name, f"population_{p.name}", field)
        for p in network.populations
        for field in p.heterogeneous_fields
    )
    parameters = (*initial, *list_neuron_parameters(network))
    return tuple(p for p in parameters if p.quantity.distribution is not None)


def has_drawn_neurons(network: NetworkDescription) -> bool:
    """Return whether any parameter or initial potential of single neurons has a distribution."""
    return bool(list_drawn_parameters(network))


def draw_fields(owner: DescriptionT, label: str, n: int, seed: int, wiring: int) -> DescriptionT:
    """Return a copy of an object with the values that its distributions draw for `n` neurons."""
    labels = ("wiring", wiring) if wiring else ()  # as for the synapses of a projection
    values = {}
    for name, field in owner.heterogeneous_fields.items():
        if field.distribution is not None:
            rng = make_rng(seed, "parameter", label, name, *labels)
            values[name] = from_si_values(field.distribution.draw(n, rng), field.unit)
    return dataclasses.replace(owner, **values) if values else owner  # type: ignore[type-var]


def draw_neurons(population: Population, seed: int, wiring: int) -> Population:
    """Return a copy of a population with the values that its distributions draw."""
    name, n = population.name, population.n
    cell = draw_fields(population.cell, f"cell_{name}", n, seed, wiring)
    background = tuple(
        draw_fields(member, f"background_{k}_{name}", n, seed, wiring)
        for k, member in enumerate(population.background)
    )
    population = draw_fields(population, f"population_{name}", n, seed, wiring)
    return dataclasses.replace(population, cell=cell, background=background)


def draw_members(network: NetworkDescription, seed: int, wiring: int) -> dict[str, Any]:
    """Return the populations, injections and afferents of a network with their values drawn."""
    sizes = network.sizes
    return {
        "populations": tuple(draw_neurons(p, seed, wiring) for p in network.populations),
        "injections": tuple(
            draw_fields(member, f"injection_{k}", sizes[member.target], seed, wiring)
            for k, member in enumerate(network.injections)
        ),
        "afferents": tuple(
            draw_fields(member, f"afferent_{k}", sizes[member.target], seed, wiring)
            for k, member in enumerate(network.afferents)
        ),
    }


def label_drawn_parameters(
    network: NetworkDescription, seed: int, wirings: np.ndarray
) -> dict[str, xr.DataArray]:
    """Return the parameters of single neurons that are drawn for the trials of a run.

    Parameters
    ----------
    network : NetworkDescription
        The network, with its distributions.
    seed : int
        Seed of the run.
    wirings : numpy.ndarray of int, shape (trial,)
        Wiring of each trial.

    Returns
    -------
    dict of str to xarray.DataArray, dimensions (trial, neuron_<population>)
        Values in SI units by object and field, such as ``cell_left_C``; their distribution is an
        attribute.
    """
    arrays = {}
    for owner, population, label, field in list_drawn_parameters(network):
        quantity = getattr(owner, field)
        n = network.sizes[population]
        by_wiring = {
            wiring: values_of(draw_fields(owner, label, n, seed, wiring), field)
            for wiring in np.unique(wirings).tolist()
        }
        arrays[f"{label}_{field}"] = xr.DataArray(
            np.stack([by_wiring[wiring] for wiring in wirings.tolist()]),
            dims=("trial", f"neuron_{population}"),
            attrs={
                "units": base_unit_of(quantity.unit),
                "distribution": repr(quantity.distribution),
            },
        )
    return arrays
