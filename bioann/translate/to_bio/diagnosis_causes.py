"""Causes of an error in a translated unit, each with the test for its evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from bioann.bio.network_flags import SATURATION_SHARE
from bioann.translate.to_bio.diagnosis_evidence import UnitMismatch, predict_noise_free_response

#: Share of an error that a cause has to explain, and correlation of counts above which copies are
#: not independent.
EXPLAINED_SHARE, CORRELATED_COUNTS = 0.5, 0.2

#: Numbers in the sentence of a cause, by name.
Evidence = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Cause:
    """A possible cause of a unit's error.

    Parameters
    ----------
    name : str
        Name of the cause in the table.
    find_evidence : callable
        Function of a `UnitMismatch` that returns numbers, or None if the cause does not apply.
    sentence : str
        Format string of the evidence, with the names of these numbers.
    remedy : str
        What the user can change.
    """

    name: str
    find_evidence: Callable[[UnitMismatch], Evidence | None]
    sentence: str
    remedy: str


def find_cause(mismatch: UnitMismatch) -> tuple[Cause, Evidence]:
    """Return the first cause that has evidence, in the order of `CAUSES`, and its numbers."""
    for cause in CAUSES:
        evidence = cause.find_evidence(mismatch)
        if evidence is not None:
            return cause, evidence
    raise AssertionError("the last cause applies to every mismatch")


def _find_silence(mismatch: UnitMismatch) -> Evidence | None:
    should_fire = mismatch.target > 0.1 * mismatch.largest_activation
    if not should_fire.any() or any(n.rates[should_fire].any() for n in mismatch.neurons):
        return None
    return {
        "n_conditions": int(should_fire.sum()),
        "target": float(mismatch.target[should_fire].mean()),
    }


def _find_saturation(mismatch: UnitMismatch) -> Evidence | None:
    cell = mismatch.neurons[0].cell
    if not cell.refractory_period > 0:
        return None
    highest, limit = max(n.rates.max() for n in mismatch.neurons), 1 / cell.refractory_period
    is_large = np.abs(mismatch.target) > 0.5 * mismatch.largest_activation
    is_below = np.abs(mismatch.response[is_large]) < np.abs(mismatch.target[is_large])
    share_below = is_below.mean() if is_large.any() else 0.0
    if highest < SATURATION_SHARE * limit or share_below < 0.5:
        return None
    return {"highest": float(highest), "limit": limit}


def _find_time_step(mismatch: UnitMismatch) -> Evidence | None:
    if mismatch.half_step_response is None:
        return None
    differences = (mismatch.half_step_response - mismatch.response)[mismatch.conditions]
    change = float(np.sqrt((differences**2).mean()))
    if change < EXPLAINED_SHARE * mismatch.rms_error:
        return None
    return {"change": change, "error": mismatch.rms_error}


def _find_transient(mismatch: UnitMismatch) -> Evidence | None:
    early = mismatch.early_response[mismatch.conditions]
    late = mismatch.late_response[mismatch.conditions]
    target = mismatch.target[mismatch.conditions]
    drift = float(np.sqrt(((late - early) ** 2).mean()))
    late_is_nearer = ((late - target) ** 2).mean() < 0.5 * ((early - target) ** 2).mean()
    if (
        drift < EXPLAINED_SHARE * mismatch.rms_error
        or not late_is_nearer
        or drift < 2 * mismatch.activation_per_spike
    ):
        return None
    return {"drift": drift}


def _find_correlation(mismatch: UnitMismatch) -> Evidence | None:
    for neurons in mismatch.neurons:
        n, rho = neurons.rates.shape[1], neurons.correlation
        if n > 1 and rho > CORRELATED_COUNTS:
            return {"n": n, "rho": rho, "effective": n / (1 + (n - 1) * rho)}
    return None


def _find_few_spikes(mismatch: UnitMismatch) -> Evidence | None:
    spike = mismatch.activation_per_spike
    if mismatch.rms_error > 2 * spike:
        return None
    return {
        "n_spikes": mismatch.largest_activation / spike,
        "error": mismatch.rms_error / spike,
    }


def _find_conductance(mismatch: UnitMismatch) -> Evidence | None:
    noise_free_response, conductance, leak = predict_noise_free_response(mismatch)
    conditions = mismatch.conditions
    remaining_error = float(
        np.sqrt(((mismatch.response - noise_free_response)[conditions] ** 2).mean())
    )
    highest = float(conductance[conditions].max())
    if remaining_error > EXPLAINED_SHARE * mismatch.rms_error or highest < leak:
        return None
    return {
        "conductance_nS": highest * 1e9,
        "leak_nS": leak * 1e9,
        "remaining_error": remaining_error,
        "error": mismatch.rms_error,
    }


def _describe_error(mismatch: UnitMismatch) -> Evidence:
    return {"error": mismatch.rms_error, "largest": mismatch.largest_activation}


#: In the order in which they are tested.
CAUSES = (
    Cause(
        "time step",
        _find_time_step,
        "half the time step changes the response by {change:.3g}; the error is {error:.3g}",
        "Use a shorter dt.",
    ),
    Cause(
        "silent",
        _find_silence,
        "no spike in {n_conditions} conditions with a mean target of {target:.3g}",
        "Calibrate with stimuli that drive these units, or raise their offset.",
    ),
    Cause(
        "saturation",
        _find_saturation,
        "reaches {highest:.0f} Hz of 1/t_ref = {limit:.0f} Hz and stays below the target",
        "Lower top in to_bio, or use a cell with a shorter t_ref.",
    ),
    Cause(
        "transient",
        _find_transient,
        "the response changes by {drift:.3g} from the first to the second half of the window",
        "Show the stimulus longer, settle later, or shorten synapse_tau.",
    ),
    Cause(
        "correlated copies",
        _find_correlation,
        "counts of {n} copies correlate by {rho:.2f}, as {effective:.1f} independent copies",
        "Drive the copies by independent inputs.",
    ),
    Cause(
        "too few spikes",
        _find_few_spikes,
        "the largest activation is {n_spikes:.3g} spikes in the window, the error {error:.2g}",
        "Raise top or neurons_per_unit, or show the stimulus longer.",
    ),
    Cause(
        "conductance",
        _find_conductance,
        "synapses open {conductance_nS:.3g} nS, at a leak of {leak_nS:.3g} nS; the cell's "
        "noise-free curve under that conductance leaves {remaining_error:.3g} of the error of "
        "{error:.3g}",
        "Use a cell that is reset nearer to threshold, reversal potentials further away, or "
        "calibrate at these conductances.",
    ),
    Cause(
        "unexplained",
        _describe_error,
        "an error of {error:.3g} at a largest activation of {largest:.3g}",
        "Look at its spikes.",
    ),
)
