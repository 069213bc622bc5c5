"""Write rate networks as ONNX operators."""

from __future__ import annotations

import numpy as np

from bioann.ann.evaluation_order import EvaluationOrder, UpdateGroup
from bioann.ann.network import RateNetwork
from bioann.ann.onnx_builder import OnnxBuilder
from bioann.ann.simulate import choose_integration_step
from bioann.base.errors import DescriptionError


def add_rate_network(builder: OnnxBuilder, network: RateNetwork) -> None:
    """Add the operators of a rate network, from ``input`` to ``output``.

    Parameters
    ----------
    builder : OnnxBuilder
        The graph under construction. Its time step is None for a static network; otherwise the
        integration steps are those of `bioann.ann.simulate`.
    network : RateNetwork
        The network to write, without divisive weights; gates become products.

    Raises
    ------
    DescriptionError
        If static units form a loop, or ONNX does not have an activation.
    """
    plan = EvaluationOrder.of_network(network)
    for group in plan.groups if builder.dt is None else plan.groups[:-1]:
        if group.has_loop:
            raise DescriptionError(
                "RateNetwork, to_onnx",
                "no loops of static units",
                f"a loop of {list(group.names)}",
                "Add a time constant to them, or run the network with bioann.",
            )
    drive = builder.add_affine("input", plan.w_in.T, plan.bias, "network.W_in")
    if builder.dt is None:
        rates = builder.add_concat(
            _add_static_groups(builder, plan.groups, _split_by_group(builder, plan, drive), None)
        )
    else:
        taus = network.time_constants()[plan.unit_order]
        rates = _add_time_course(builder, plan, taus, builder.dt, drive)
    unit_order = builder.add_constant(np.argsort(plan.unit_order))
    builder.add_node("Gather", [rates, unit_order], "output", axis=-1)


def _add_time_course(
    builder: OnnxBuilder, plan: EvaluationOrder, taus: np.ndarray, dt: float, drive: str
) -> str:
    """Add a Scan over time, whose body contains all integration steps of one input step."""
    *levels, dynamic = plan.groups
    taus = taus[dynamic.columns]
    substeps = int(np.ceil(dt / choose_integration_step(float(taus.min()), dt, None) - 1e-9))
    gain = 1 - np.exp(-dt / substeps / taus)

    def step(body: OnnxBuilder, states: list[str], now: str) -> tuple[list[str], str]:
        (dynamic_rates,), drives = states, _split_by_group(body, plan, now)
        for _ in range(substeps):
            rates = [
                *_add_static_groups(body, tuple(levels), drives, (dynamic, dynamic_rates)),
                dynamic_rates,
            ]
            target = _add_group_activation(body, dynamic, rates, [*levels, dynamic], drives[-1])
            dynamic_rates = body.add_relaxation(dynamic_rates, target, gain)
        static_rates = _add_static_groups(body, tuple(levels), drives, (dynamic, dynamic_rates))
        return [dynamic_rates], body.add_concat([*static_rates, dynamic_rates])

    return builder.add_scan(step, [len(taus)], drive)


def _split_by_group(builder: OnnxBuilder, plan: EvaluationOrder, drive: str) -> list[str]:
    """Split the input from the stimulus into one tensor per group."""
    return builder.add_split(drive, [len(group.names) for group in plan.groups])


def _add_static_groups(
    builder: OnnxBuilder,
    groups: tuple[UpdateGroup, ...],
    drives: list[str],
    dynamic: tuple[UpdateGroup, str] | None,
) -> list[str]:
    """Add the static units level by level; each depends on the dynamic units and earlier levels."""
    rates: list[str] = []
    for k, group in enumerate(groups):
        sources, source_rates = list(groups[:k]), list(rates)
        if dynamic is not None:
            sources.append(dynamic[0])
            source_rates.append(dynamic[1])
        rates.append(_add_group_activation(builder, group, source_rates, sources, drives[k]))
    return rates


def _add_group_activation(
    builder: OnnxBuilder,
    group: UpdateGroup,
    source_rates: list[str],
    sources: list[UpdateGroup],
    drive: str,
) -> str:
    """Add the activation of the summed input of a group of units."""
    sums = drive
    if sources:
        rows = np.concatenate([group.weights[source.columns] for source in sources])
        suffix = f" and {len(group.names) - 1} more" * (len(group.names) > 1)
        weight_name = f"W to {group.names[0]}{suffix}"
        recurrent = builder.add_weighted_sum(builder.add_concat(source_rates), rows.T, weight_name)
        sums = builder.add_node("Add", [recurrent, drive])
    pieces = builder.add_split(
        sums, [span.stop - span.start for span, _ in group.activation_slices]
    )
    rates = builder.add_concat(
        [
            phi.to_onnx(builder, piece, f"RateNetwork, unit {group.names[span.start]!r}")
            for (span, phi), piece in zip(group.activation_slices, pieces, strict=True)
        ]
    )
    if not len(group.gated):
        return rates
    return builder.add_node("Mul", [rates, _add_gates(builder, group, source_rates, sources)])


def _add_gates(
    builder: OnnxBuilder, group: UpdateGroup, source_rates: list[str], sources: list[UpdateGroup]
) -> str:
    """Add what multiplies each unit of a group: the rate of its gating unit, or 1."""
    positions = np.concatenate([np.r_[source.columns] for source in sources])
    gate_of_unit = np.zeros(len(group.names), dtype=np.int64)
    gate_of_unit[group.gated] = [np.flatnonzero(positions == gate)[0] for gate in group.gates]
    is_gated = np.isin(np.arange(len(group.names)), group.gated).astype(float)
    all_rates = builder.add_concat(source_rates)
    gates = builder.add_node("Gather", [all_rates, builder.add_constant(gate_of_unit)], axis=-1)
    selected = builder.add_node("Mul", [gates, builder.add_number(is_gated)])
    return builder.add_node("Add", [selected, builder.add_number(1 - is_gated)])
