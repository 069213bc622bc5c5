"""Parameters of a pair or study that change together, by one factor of a Latin hypercube."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.stats

from bioann.base.randomness import make_rng
from bioann.pair import Pair
from bioann.parameters.physical import (
    PhysicalParameter,
    collect_physical_parameters,
    keep_order,
    scale_parameters,
)
from bioann.studies.study import Study

#: Settings of studies that are no parameters of what is studied: shares of data, and criteria.
STUDY_DESIGN = frozenset(("held_out", "accuracy"))


@dataclasses.dataclass(frozen=True)
class Role:
    """Parameters with the same role in the spiking models of a pair, which change together.

    Parameters
    ----------
    label : str
        Address of the first of them.
    members : mapping of str to tuple of PhysicalParameter
        The parameters by model: ``bio``, or the name of a control.
    """

    label: str
    members: Mapping[str, tuple[PhysicalParameter, ...]]


def group_by_role(pair: Pair) -> tuple[Role, ...]:
    """Return the roles of the physical parameters of a pair, in the order of the description.

    A control whose weight or rate has another value than the spiking model keeps the ratio of both,
    because the address decides. Of cells, receptors and rules of plasticity it is the object: a
    receptor that the control exchanges for another one of the spiking model changes like the other.

    Parameters
    ----------
    pair : Pair
        The pair; its rate model is not looked at.
    """
    roles: dict[tuple[str, ...], dict[str, list[PhysicalParameter]]] = {}
    spiking_roles: dict[str, tuple[str, ...]] = {}
    for name, model in {"bio": pair.bio, **pair.controls}.items():
        for p in collect_physical_parameters(model):
            address = p.parameter.address
            role = p.role
            if not (p.is_nested and role in roles):
                role = spiking_roles.get(address, role)
            if name == "bio":
                spiking_roles[address] = role
            roles.setdefault(role, {}).setdefault(name, []).append(p)
    return tuple(
        Role(
            _label_members(members),
            {name: tuple(parameters) for name, parameters in members.items()},
        )
        for members in roles.values()
    )


def _label_members(members: Mapping[str, Sequence[PhysicalParameter]]) -> str:
    """Return the address of the first parameter within the pair."""
    name, parameters = next(iter(members.items()))
    address = parameters[0].parameter.address
    return address if name == "bio" else f"control {name}, {address}"


def scale_models(pair: Pair, roles: Sequence[Role], factors: Sequence[float]) -> dict[str, Any]:
    """Return the spiking model and the controls of a pair with parameters changed by factors.

    Parameters
    ----------
    pair : Pair
        The pair.
    roles : sequence of Role
        Its roles, from `group_by_role`.
    factors : sequence of float
        One factor > 0 for each role.

    Returns
    -------
    dict of str to Model
        ``bio`` and the controls by name; models without such parameters as they are. Potentials
        change less where their order would change (`bioann.parameters.physical.keep_order`).
    """
    models = {"bio": pair.bio, **pair.controls}
    for name, model in models.items():
        parameters: list[PhysicalParameter] = []
        model_factors: list[float] = []
        for role, factor in zip(roles, factors, strict=True):
            parameters += role.members.get(name, ())
            model_factors += [factor] * len(role.members.get(name, ()))
        if parameters:
            kept_factors = keep_order(parameters, model_factors)
            models[name] = scale_parameters(model, parameters, kept_factors)
    return models


def list_varied_settings(study: Study) -> tuple[str, ...]:
    """Return the names of the settings of a study that are continuous numbers other than 0."""
    if study.settings is None:
        return ()
    return tuple(
        f.name
        for f in dataclasses.fields(study.settings)
        if isinstance(value := getattr(study.settings, f.name), float)
        and value != 0
        and f.name not in STUDY_DESIGN
    )


def scale_settings(study: Study, names: Sequence[str], factors: Sequence[float]) -> Study:
    """Return a study with some settings multiplied by one factor each."""
    values = {n: f * getattr(study.settings, n) for n, f in zip(names, factors, strict=True)}
    return dataclasses.replace(study, settings=dataclasses.replace(study.settings, **values))


def draw_factors(n_roles: int, points: int, change: float, seed: int) -> np.ndarray:
    """Draw factors between ``1 - change`` and ``1 + change`` by a Latin hypercube.

    Parameters
    ----------
    n_roles : int
        Number of parameters that change independently.
    points : int
        Number of points, at least 1: each parameter has one value in each of as many equal parts of
        its range.
    change : float
        Largest relative change, above 0 and below 1.
    seed : int
        Seed, 0 or larger.

    Returns
    -------
    numpy.ndarray, shape (point, role)
        The factors.
    """
    rng = make_rng(seed, "robustness", "factors")
    cube = scipy.stats.qmc.LatinHypercube(n_roles, rng=rng).random(points)
    factors: np.ndarray = 1 - change + 2 * change * cube
    return factors
