"""Variants of a pair or study: other parameters, half the time step, another cell model or seed."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bioann.base.randomness import make_rng
from bioann.pair import Pair
from bioann.robustness.replace_networks import (
    explain_same_cell,
    halve_step,
    list_networks,
    make_exponential,
    replace_networks,
)
from bioann.robustness.roles import (
    Role,
    draw_factors,
    group_by_role,
    list_varied_settings,
    scale_models,
    scale_settings,
)
from bioann.studies.study import Study

POINTS, HALF_STEP, EXPONENTIAL_CELL = "other parameters", "half step", "exponential cell"
OTHER_SEED = "other seed"


@dataclasses.dataclass(frozen=True)
class Variant:
    """A pair or study with something changed, to be judged like the original.

    Parameters
    ----------
    name : str
        ``"point 1"``, ..., or what is changed: `HALF_STEP`, `EXPONENTIAL_CELL`, `OTHER_SEED`.
    build : callable
        ``build()`` returns the changed pair or study; it raises a `BioannError` if that cannot be
        described.
    seed : int
        Seed of its run.
    factors : mapping of str to float, optional
        Of a point the factor that was drawn for each parameter, by the address of the first with
        its role; potentials change less where their order would change.
    """

    name: str
    build: Callable[[], Pair | Study]
    seed: int
    factors: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Variants:
    """All variants of a pair or study, and what does not apply to it.

    Parameters
    ----------
    variants : tuple of Variant
        The points of the hypercube, then the others.
    reasons : mapping of str to str
        Why a kind of variant does not apply, by its name.
    """

    variants: tuple[Variant, ...]
    reasons: Mapping[str, str]


@functools.singledispatch
def make_variants(subject: Any, points: int, change: float, seed: int) -> Variants:
    """Return the variants of a pair or study.

    Every point has a seed of its own, so that the points in which a verdict stays are independent
    draws. Half step and exponential cell have the seed of the original.

    Parameters
    ----------
    subject : Pair or Study
        The pair or study.
    points : int
        Number of points of the Latin hypercube, 0 or larger.
    change : float
        Largest relative change of a parameter, above 0 and below 1.
    seed : int
        Seed of the original run; those of the points and the hypercube follow from it.
    """
    raise TypeError(f"neither a pair nor a study: {subject!r}")


@make_variants.register(Pair)
def make_pair_variants(pair: Pair, points: int, change: float, seed: int) -> Variants:
    """Return the variants of a pair; see `make_variants`."""
    roles, reasons = group_by_role(pair), {}
    labels = [role.label for role in roles]
    variants = []
    if roles and points:
        table = draw_factors(len(roles), points, change, seed)
        build: Callable[[np.ndarray], Pair] = functools.partial(scale_pair, pair, roles)
        variants += _make_points(build, labels, table, seed)
    elif points:
        reasons[POINTS] = "the spiking model has no physical parameters with an address"
    if any(any(list_networks(model)) for model in (pair.bio, *pair.controls.values())):
        variants.append(Variant(HALF_STEP, lambda: change_networks(pair, halve_step), seed))
    else:
        reasons[HALF_STEP] = "the spiking model is no bioann network"
    if reason := explain_same_cell(pair):
        reasons[EXPONENTIAL_CELL] = reason
    else:
        build_cells = functools.partial(change_networks, pair, make_exponential)
        variants.append(Variant(EXPONENTIAL_CELL, build_cells, seed))
    return Variants(tuple(variants), reasons)


@make_variants.register(Study)
def make_study_variants(study: Study, points: int, change: float, seed: int) -> Variants:
    """Return the variants of a study; see `make_variants`."""
    names, reasons = list_varied_settings(study), {}
    variants = []
    if names and points:
        table = draw_factors(len(names), points, change, seed)
        build: Callable[[np.ndarray], Study] = functools.partial(scale_settings, study, names)
        variants += _make_points(build, names, table, seed)
    elif points:
        reasons[POINTS] = "no setting of the study is a continuous number"
    if study.is_exact:
        reasons[OTHER_SEED] = "nothing in the study is random"
    else:
        variants.append(Variant(OTHER_SEED, lambda: study, draw_seed(seed, "other")))
    return Variants(tuple(variants), reasons)


def _make_points(
    build: Callable[[np.ndarray], Any], labels: Any, table: np.ndarray, seed: int
) -> list[Variant]:
    """Return the points of a hypercube; `table` has one row of factors for each."""
    return [
        Variant(
            f"point {k + 1}",
            functools.partial(build, factors),
            draw_seed(seed, k),
            dict(zip(labels, map(float, factors), strict=True)),
        )
        for k, factors in enumerate(table)
    ]


def draw_seed(seed: int, name: object) -> int:
    """Return the seed of the run of a variant."""
    # Studies take at most 1000 seeds from each seed of a run, and JAX seeds have 32 bits.
    return int(make_rng(seed, "robustness", "variant", name).integers(2**20))


def scale_pair(pair: Pair, roles: tuple[Role, ...], factors: np.ndarray) -> Pair:
    """Return a pair whose spiking models have parameters changed by one factor for each role."""
    return replace_models(pair, scale_models(pair, roles, list(map(float, factors))))


def change_networks(pair: Pair, replace: Callable[[Any], Any]) -> Pair:
    """Return a pair with every spiking network in its spiking model and controls replaced."""
    models = {"bio": pair.bio, **pair.controls}
    return replace_models(
        pair, {name: replace_networks(model, replace) for name, model in models.items()}
    )


def replace_models(pair: Pair, models: Mapping[str, Any]) -> Pair:
    """Return a pair with other spiking models.

    A rate model and rules that the pair derives from its spiking model (``Pair.derive``) are
    derived again; what was written by hand stays, because the question is whether a claim holds of
    a brain that it is not tuned to.

    Parameters
    ----------
    pair : Pair
        The pair.
    models : mapping of str to Model
        Spiking model as ``bio``, and the controls by name.
    """
    changed = (
        pair.derive(models["bio"])
        if pair.derive
        else dataclasses.replace(pair, bio=models["bio"], vary=None)
    )
    controls = {name: models[name] for name in pair.controls}
    # The values of a variation are those of the original.
    return dataclasses.replace(changed, controls=controls, vary=None)
