"""Decisions, flags and valid ranges of an identified rate network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bioann.ann.network import RateNetwork
from bioann.base.decision import Decision
from bioann.base.derivation import ValidityRange
from bioann.base.text import format_setting, join_names
from bioann.model import kind_of
from bioann.translate.identification.flag_units import flag_responses, flag_unit
from bioann.translate.identification.identified_unit import (
    IdentifiedUnit,
    find_jackknife_half_width,
)
from bioann.translate.identification.options import IdentificationOptions
from bioann.translate.identification.steady_responses import SteadyResponses
from bioann.translate.to_ann.error_bounds import TOLERANCE_HZ, TOLERANCE_SHARE
from bioann.translate.to_ann.validity import compute_gross_input
from bioann.translate.translation import Assessment


def assess_units(
    network: RateNetwork,
    units: tuple[IdentifiedUnit, ...],
    free_units: tuple[IdentifiedUnit, ...],
    responses: SteadyResponses,
    options: IdentificationOptions,
    *,
    scale: float,
    seed: int,
    model: Any,
) -> Assessment:
    """Return the decisions behind an identified network, its flags, and the range of each unit.

    Parameters
    ----------
    network : RateNetwork
        The rate network.
    units, free_units : tuple of IdentifiedUnit
        Its units, and the same without sign constraint.
    responses : SteadyResponses
        The responses that they were fitted to.
    options : IdentificationOptions
        Options of the fit.
    scale : float
        Rate in Hz that corresponds to activation 1.
    seed : int
        Seed of the design and of the run.
    model : Model
        The model that was identified.
    """
    validity = tuple(
        _find_range(network, k, unit, responses, scale) for k, unit in enumerate(units)
    )
    decisions = [*_list_design_decisions(responses, options, scale, seed, model)]
    flags = [*flag_responses(responses)]
    for k, (unit, free_unit, valid) in enumerate(zip(units, free_units, validity, strict=True)):
        decisions += _list_unit_decisions(unit, responses, valid)
        flags += flag_unit(unit, free_unit, k, responses, valid, scale)
    return Assessment(tuple(decisions), tuple(flags), validity)


def find_tolerance(responses: SteadyResponses, k: int, scale: float) -> float:
    """Return the error of a unit that counts as none, in activation, as for described networks."""
    largest = float(np.abs(responses.steady[:, :, k].mean(axis=1)).max())
    least = TOLERANCE_HZ / scale if responses.are_rates else 0.0
    return max(TOLERANCE_SHARE * largest, least)


def _find_range(
    network: RateNetwork, k: int, unit: IdentifiedUnit, responses: SteadyResponses, scale: float
) -> ValidityRange:
    """Return the range of the sums of a unit, and the largest error on any stimulus."""
    levels = responses.design.levels[~responses.design.is_held_out]
    none = np.zeros((len(levels), len(network.units)))
    sums = network.summed_input(none, levels)[:, k]
    gross_input = compute_gross_input(network, none, levels)[:, k]
    bound = float(np.abs(np.concatenate([unit.residuals, unit.new_errors])).max())
    return ValidityRange(
        unit.name, float(sums.min()), float(sums.max()), bound,
        find_tolerance(responses, k, scale), np.column_stack([sums, gross_input, unit.residuals]),
    )  # fmt: skip


def _list_design_decisions(
    responses: SteadyResponses,
    options: IdentificationOptions,
    scale: float,
    seed: int,
    model: Any,
) -> Iterator[Decision]:
    """List what was measured, and how."""
    design = responses.design
    is_recorded = not responses.courses.shape[2]
    if responses.are_rates:
        yield Decision("scale", scale, "Hz", "rate that corresponds to activation 1, as given")
    yield Decision(
        "method", "identification", "",
        f"weights and activations fitted to steady responses ({kind_of(model)}); a weight is the "
        "change of the response per activation of the channel at half of the response "
        "range, by all paths from the channel to the unit",
    )  # fmt: skip
    for name, low, high in zip(design.channels, design.low, design.high, strict=True):
        yield Decision("lowest level", float(low), "", "range that was measured", name)
        yield Decision("highest level", float(high), "", "range that was measured", name)
    n_fitted = int((~design.is_held_out).sum())
    what = "recorded conditions" if is_recorded else "rest, levels of each channel, scattered"
    yield Decision("stimuli", float(n_fitted), "", what)
    if not is_recorded:
        yield Decision(
            "held-out stimuli", float(design.is_held_out.sum()), "",
            f"uniform in the ranges, not fitted; seed {seed} of all random numbers",
        )  # fmt: skip
    trials = "averaged; intervals are over them"
    if responses.n_trials == 1:
        trials = "no intervals: one trial, or responses that do not differ between trials"
    yield Decision("trials", float(responses.n_trials), "", trials)
    start, stop = (format_setting(x, "s") for x in responses.window)
    yield Decision("averaged window", f"{start} to {stop}", "", "from the start of the stimulus")
    yield Decision(
        "sign constraint", options.constraint.title(), "", "on the weights from channels, as given"
    )
    if len(responses.design.channels) and responses.steady.shape[2] > 1:
        yield Decision(
            "connections between units", "none", "",
            "stimuli alone do not tell them from the weights of channels",
        )  # fmt: skip


def _list_unit_decisions(
    one: IdentifiedUnit, responses: SteadyResponses, validity: ValidityRange
) -> Iterator[Decision]:
    """List the decisions of a unit."""
    design = responses.design
    varied = [name for name, v in zip(design.channels, design.is_varied, strict=True) if v]
    for name, weight, half_width in zip(
        varied, one.unit.weights, one.weight_half_widths, strict=True
    ):
        connection = f"stimulus {name} -> {one.name}"
        why = "effective weight at half of the response range"
        if one.fit is None:
            why = "no stimulus changes the response"
        yield Decision("weight", float(weight), "", why, connection)
        yield from _list_limits("weight", float(weight), float(half_width), connection)
    yield Decision("bias", one.unit.bias, "activation", "constant of the sum", one.name)
    yield from _list_limits("bias", one.unit.bias, one.bias_half_width, one.name)
    if one.fit is not None:
        why = "smallest AICc of the families that were fitted together with the weights"
        yield Decision("activation", one.fit.family.name, "", why, one.name)
        yield Decision("R2", one.r2, "", "of the fitted stimuli", one.name)
    step = one.step_response
    value = step.tau * 1e3 if step.tau else "none"
    yield Decision("time constant", value, "ms" if step.tau else "", step.reason, one.name)
    if len(step.taus):
        half_width = float(find_jackknife_half_width(step.taus)) * 1e3
        yield from _list_limits("time constant", step.tau * 1e3, half_width, one.name, "ms")
    n = len(one.new_errors)
    origin = (
        f"largest error on {n} held-out and all fitted stimuli; a further one, drawn evenly from "
        f"the ranges, exceeds it with a probability of at most 1/{n + 1}"
    )
    if not responses.courses.shape[2]:
        origin = "largest error of a recorded condition, fitted or predicted from the others"
    yield Decision("error bound", validity.bound, "activation", origin, one.name)
    yield from _list_interaction(one, varied)


def _list_limits(
    quantity: str, value: float, half_width: float, component: str, unit: str = ""
) -> Iterator[Decision]:
    """List the limits of a 95% interval, if there is one."""
    if np.isfinite(half_width):
        for name, limit in (("lower", value - half_width), ("upper", value + half_width)):
            why = "95% interval over trials (jackknife)"
            yield Decision(f"{name} limit of the {quantity}", limit, unit, why, component)


def _list_interaction(one: IdentifiedUnit, varied: list[str]) -> Iterator[Decision]:
    """List the term that reduces the residuals most."""
    term = one.interaction
    if term is None:
        return
    names = list(dict.fromkeys(varied[k] for k in term.channels))
    meaning = {
        "interaction": "change of the effect of one on the sum over the range of the other",
        "curvature": "change of its effect on the sum over its range",
        "divisor": "the highest level divides the sum by 1 plus this number",
    }[term.kind]
    change = "falls" if term.aicc_reduction > 0 else "rises"
    why = (
        f"{'needed' if term.is_needed else 'not needed'}: with it, the best of {term.n_terms} "
        f"terms, the AICc {change} by {abs(term.aicc_reduction):.3g}, and it is needed if that "
        f"falls by more than {term.needed_reduction:.3g} ({meaning})"
    )
    quantity, component = term.kind, f"{join_names(names)} -> {one.name}"
    yield Decision(quantity, term.strength, "", why, component)
    if len(term.strengths):
        half_width = float(find_jackknife_half_width(term.strengths))
        yield from _list_limits(quantity, term.strength, half_width, component)
