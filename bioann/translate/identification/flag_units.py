"""Flags of an identified rate network: what it does not represent, and what was not measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import fdtrc, stdtrit

from bioann.base.derivation import Flag, ValidityRange
from bioann.base.text import join_names
from bioann.translate.identification.identified_unit import (
    CONFIDENCE,
    MIN_TRIALS,
    IdentifiedUnit,
)
from bioann.translate.identification.steady_responses import SteadyResponses

#: Activation below which a unit counts as silent.
SILENT_ACTIVATION = 1e-6
#: Slope, relative to that at the operating point, below which a unit hardly responds; share of the
#: stimuli with large responses there from which it counts as saturated.
FLAT_SLOPE, SATURATED_SHARE = 0.05, 0.25
#: Range of the sum, as a share of its range in the design, in which a step-like unit rises.
STEP_SHARE = 0.02
#: Change of the response between the halves of the averaged window from which it has not settled.
UNSETTLED_SHARE = 0.05
#: Level of the test whether residuals are larger than the noise of the responses.
MISFIT_LEVEL = 1e-3
#: Sentence of each kind of flag.
SENTENCES = {
    "not varied": (
        "Channel {name!r} is constant at {level:.4g}: its weight was not measured, and its effect "
        "is in the biases."
    ),
    "no interval": (
        "The responses are those of {n_trials} trial(s) of a model that may be random: there are "
        "no intervals. Ask for {needed} trials or more."
    ),
    "recorded": (
        "No new stimulus could be run: the error bound of each unit is the largest error when "
        "recorded conditions are predicted from the others, and unit and bound hold for mixtures "
        "of channels that were recorded."
    ),
    "silent": "{name!r} does not respond to any stimulus of the design; its weights are zero.",
    "constant": (
        "The response of {name!r} is {level:.4g} to all stimuli, up to noise; its weights are zero."
    ),
    "saturated": (
        "{name!r} is saturated in {share:.0%} of the stimuli; its weights are those of the "
        "{n_responsive} others."
    ),
    "step": (
        "{name!r} changes from its lowest to its highest response within {share:.1%} of the range "
        "of its sum: its weights are known up to a common factor."
    ),
    "not settled": (
        "The response of {name!r} changes by {change:+.0%} within the averaged window: it is not "
        "steady. Average later, by settle."
    ),
    "interaction": (
        "{name!r} is not additive: the effect of {first!r} on its sum changes by {strength:+.3g} "
        "over the range of {second!r}, as with NMDA receptors or shunting inhibition. A weighted "
        "sum is off by up to {change:.3g} there (RMS error {rms_additive:.2g}, with the product of "
        "both {rms:.2g})."
    ),
    "divisor": (
        "{name!r} is not additive: {first!r} divides its sum, by {divisor:.3g} at the highest "
        "level, as shunting inhibition may. A weighted sum is off by up to {change:.3g} (RMS error "
        "{rms_additive:.2g}, with the divisor {rms:.2g}); RateNetwork(..., divisive_in=...) can "
        "divide."
    ),
    "curvature": (
        "The effect of {first!r} on the sum of {name!r} is curved ({strength:+.3g} over its "
        "range), which no activation of a weighted sum describes: it is off by up to {change:.3g} "
        "(RMS error {rms_additive:.2g}, with the square {rms:.2g})."
    ),
    "misfit": (
        "The response of {name!r} is no function of its weighted sum to within {tolerance:.2g}: "
        "the RMS error is {rms:.2g}, the largest {error:.2g} (in activation)."
    ),
    "sign constraint": (
        "The sign constraint does not fit {name!r}: unconstrained weights are {weights}; the RMS "
        "error rises from {rms_free:.2g} to {rms:.2g}."
    ),
}


def flag_responses(responses: SteadyResponses) -> Iterator[Flag]:
    """Flag what concerns all units: channels, trials, and stimuli that could not be run."""
    design = responses.design
    for name, level, varied in zip(design.channels, design.low, design.is_varied, strict=True):
        if not varied:
            yield _make_flag("not varied", name, level=float(level))
    if not responses.courses.shape[2]:
        yield _make_flag("recorded", "")
    if (responses.are_rates and responses.n_trials < MIN_TRIALS) or responses.n_trials == 2:
        yield _make_flag("no interval", "", n_trials=responses.n_trials, needed=MIN_TRIALS)


def flag_unit(
    one: IdentifiedUnit,
    free_unit: IdentifiedUnit,
    k: int,
    responses: SteadyResponses,
    validity: ValidityRange,
    scale: float,
) -> Iterator[Flag]:
    """Flag what a unit of a weighted sum does not represent.

    Parameters
    ----------
    one, free_unit : IdentifiedUnit
        The unit, and the same without sign constraint.
    k : int
        Its index in the responses.
    responses : SteadyResponses
        The responses that it was fitted to.
    validity : ValidityRange
        Its range, with the tolerance of its errors.
    scale : float
        Rate in Hz that corresponds to activation 1.
    """
    yield from _flag_sign_constraint(one, free_unit, responses, validity)
    if free_unit.fit is None:
        largest = float(np.abs(responses.steady[:, :, k].mean(axis=1)).max())
        if largest <= SILENT_ACTIVATION:
            yield _make_flag("silent", one.name)
        else:
            yield _make_flag("constant", one.name, level=one.unit.bias)
        return
    change = find_drift(responses, k)
    if abs(change) > UNSETTLED_SHARE:
        yield _make_flag("not settled", one.name, change=change)
    if one.fit is None or not one.unit.slope:
        return
    yield from _flag_shape(one, validity)
    term, is_explained = one.interaction, False
    if term is not None and term.is_needed and term.largest_change > validity.tolerance:
        varied = np.flatnonzero(responses.design.is_varied)
        names = [responses.design.channels[varied[c]] for c in term.channels]
        values = {"strength": term.strength, "change": term.largest_change}
        values |= {"rms_additive": term.rms_additive, "rms": term.rms, "divisor": 1 + term.strength}
        yield _make_flag(term.kind, one.name, first=names[0], second=names[-1], **values)
        is_explained = term.rms <= validity.tolerance
    rms = find_rms(one)
    systematic = np.sqrt(max(rms**2 - one.noise**2, 0.0))
    if systematic > validity.tolerance and not is_explained and not is_noise(one, responses):
        values = {"tolerance": validity.tolerance, "rms": rms, "error": validity.bound}
        yield _make_flag("misfit", one.name, **values)


def _make_flag(kind: str, component: str, **values: object) -> Flag:
    return Flag(kind, SENTENCES[kind], component, values)


def find_rms(one: IdentifiedUnit) -> float:
    """Return the root mean square error of a unit on the fitted stimuli, in activation."""
    return float(np.sqrt((one.residuals**2).mean()))


def is_noise(one: IdentifiedUnit, responses: SteadyResponses) -> bool:
    """Return whether the residuals of a unit are no larger than the noise of its responses.

    By the F test of lack of fit, at the level `MISFIT_LEVEL`.
    """
    if not one.noise or one.fit is None:
        return False
    n, trials = len(one.residuals), responses.n_trials
    degrees = max(n - len(one.fit.direction) - one.fit.family.n_parameters + 1, 1)
    ratio = float((one.residuals**2).sum()) / degrees / one.noise**2
    return bool(fdtrc(degrees, n * (trials - 1), ratio) > MISFIT_LEVEL)


def find_drift(responses: SteadyResponses, k: int) -> float:
    """Return the relative change of a unit's responses within the averaged window.

    Zero if its 95% interval over trials includes zero.
    """
    early, late = responses.early[..., k], responses.late[..., k]
    weights = responses.steady[..., k].mean(axis=1)
    total = float((weights**2).sum())
    if not total:
        return 0.0
    changes = weights @ (late - early) / total
    n = len(changes)
    if n > 1:
        error = float(changes.std(ddof=1)) / np.sqrt(n)
        if abs(changes.mean()) <= stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * error:
            return 0.0
    return float(changes.mean())


def _flag_shape(one: IdentifiedUnit, validity: ValidityRange) -> Iterator[Flag]:
    """Flag a unit that is saturated, or that hardly rises but in a step."""
    sums, phi = validity.points[:, 0], one.unit.activation
    width = max(validity.high - validity.low, 1e-12)
    step = 1e-3 * width
    slopes = (phi(sums + step) - phi(sums - step)) / (2 * step)
    values = phi(sums)
    is_high = values > (values.min() + values.max()) / 2
    is_flat = slopes < FLAT_SLOPE
    height = float(np.ptp(values))
    if height < STEP_SHARE * width:  # the slope at the operating point is 1
        yield _make_flag("step", one.name, share=STEP_SHARE)
    share = float((is_flat & is_high).mean())
    if share > SATURATED_SHARE:
        n_responsive = int((~(is_flat & is_high)).sum())
        yield _make_flag("saturated", one.name, share=share, n_responsive=n_responsive)


def _flag_sign_constraint(
    one: IdentifiedUnit,
    free_unit: IdentifiedUnit,
    responses: SteadyResponses,
    validity: ValidityRange,
) -> Iterator[Flag]:
    """Flag unconstrained weights that the constraint excludes, if they are no noise."""
    if one is free_unit or free_unit.fit is None:
        return
    design = responses.design
    width = (design.high - design.low)[design.is_varied]
    varied = [name for name, v in zip(design.channels, design.is_varied, strict=True) if v]
    excluded = []
    for name, weight, half, allowed, size in zip(
        varied, free_unit.unit.weights, free_unit.weight_half_widths, one.unit.weights, width,
        strict=True,
    ):  # fmt: skip
        is_noise = abs(weight) <= half if np.isfinite(half) else False
        if is_noise or abs(weight) * size <= validity.tolerance or weight * allowed > 0:
            continue
        interval = f" [{weight - half:.3g}, {weight + half:.3g}]" if np.isfinite(half) else ""
        excluded.append(f"{weight:.3g}{interval} from {name!r}")
    if excluded:
        values = {"rms_free": find_rms(free_unit), "rms": find_rms(one)}
        yield _make_flag("sign constraint", one.name, weights=join_names(excluded), **values)
