"""Rate networks said in operators of ONNX."""

from __future__ import annotations

import numpy as np

from bioann.ann.evaluation_order import EvaluationOrder, UnitGroup
from bioann.ann.interop.layers_to_onnx import towards
from bioann.ann.interop.onnx_expressions import Expressions
from bioann.ann.network import RateNetwork
from bioann.ann.simulate import choose_integration_step
from bioann.base.errors import DescriptionError


def rate_nodes(made: Expressions, network: RateNetwork, dt: float | None) -> None:
    """Add the operators of a rate network, from ``input`` to ``output``.

    Parameters
    ----------
    made : Expressions
        The graph.
    network : RateNetwork
        What to write.
    dt : float or None
        Time step of the input in seconds, if the network has time constants; steps of integration
        are those of `bioann.ann.simulate`.

    Raises
    ------
    DescriptionError
        If static units feed each other, or an activation is none of ONNX.
    """
    plan = EvaluationOrder.of_network(network)
    for group in plan.groups if dt is None else plan.groups[:-1]:
        if group.has_loop:
            raise DescriptionError(
                "RateNetwork, to_onnx",
                "no loops of static units",
                f"a loop of {list(group.names)}",
                "Give them a time constant, or run it with bioann.",
            )
    drive = made.node(
        "Add", [made.weighted("input", plan.w_in.T, "network.W_in"), made.number(plan.bias)]
    )
    if dt is None:
        everything = made.joined(_levels(made, plan.groups, _cut(made, plan, drive), None))
    else:
        everything = _course(made, plan, network.time_constants()[plan.unit_order], dt, drive)
    places = made.constant(np.argsort(plan.unit_order))
    made.node("Gather", [everything, places], "output", axis=-1)


def _course(
    made: Expressions, plan: EvaluationOrder, taus: np.ndarray, dt: float, drive: str
) -> str:
    """Follow the units along time; all substeps of a step of the input are written out."""
    *levels, dynamic = plan.groups
    taus = taus[dynamic.columns]
    substeps = int(np.ceil(dt / choose_integration_step(float(taus.min()), dt, None) - 1e-9))
    gain = 1 - np.exp(-dt / substeps / taus)

    def step(inside: Expressions, states: list[str], now: str) -> tuple[list[str], str]:
        (moving,), drives = states, _cut(inside, plan, now)
        for _ in range(substeps):
            known = [*_levels(inside, tuple(levels), drives, (dynamic, moving)), moving]
            target = _activated(inside, dynamic, known, [*levels, dynamic], drives[-1])
            moving = towards(inside, moving, target, gain)
        settled = _levels(inside, tuple(levels), drives, (dynamic, moving))
        return [moving], inside.joined([*settled, moving])

    return made.scan(step, [len(taus)], drive)


def _cut(made: Expressions, plan: EvaluationOrder, drive: str) -> list[str]:
    """Cut what the stimulus adds into that of each group."""
    return made.split(drive, [len(group.names) for group in plan.groups])


def _levels(
    made: Expressions,
    groups: tuple[UnitGroup, ...],
    drives: list[str],
    dynamic: tuple[UnitGroup, str] | None,
) -> list[str]:
    """Settle static units level by level; each reads the dynamic ones and all levels before."""
    done: list[str] = []
    for k, group in enumerate(groups):
        sources, known = list(groups[:k]), list(done)
        if dynamic is not None:
            sources.append(dynamic[0])
            known.append(dynamic[1])
        done.append(_activated(made, group, known, sources, drives[k]))
    return done


def _activated(
    made: Expressions, group: UnitGroup, known: list[str], sources: list[UnitGroup], drive: str
) -> str:
    """Give the activation of a group's summed input."""
    total = drive
    if sources:
        rows = np.concatenate([group.weights[source.columns] for source in sources])
        more = f" and {len(group.names) - 1} more" * (len(group.names) > 1)
        called = f"W to {group.names[0]}{more}"
        total = made.node("Add", [made.weighted(made.joined(known), rows.T, called), drive])
    parts = made.split(total, [part.stop - part.start for part, _ in group.activation_slices])
    return made.joined(
        [
            made.activation(phi, piece, f"RateNetwork, unit {group.names[part.start]!r}")
            for (part, phi), piece in zip(group.activation_slices, parts, strict=True)
        ]
    )
