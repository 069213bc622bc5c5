"""Why does a translated network miss? The layer, its units, the cause, and what to change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann.ann.network import RateNetwork
from bioann.base.units import SI, to_si
from bioann.correspondence import read_responses
from bioann.translate.to_bio.diagnosis_evidence import (
    UnitMismatch,
    measure_window_activity,
    predict_noise_free_response,
)
from bioann.translate.to_bio.unit_groups import layer_name
from bioann.translate.translation import Translation

COLUMNS = ("layer", "units", "cause", "evidence", "do", "miss")

#: Share of the highest possible rate above which a neuron is saturated; share of a miss that a
#: cause has to explain; correlation of counts above which copies are no copies.
SATURATED_SHARE, EXPLAINED_SHARE, CORRELATED_COUNTS = 0.7, 0.5, 0.2

#: What a test returns: evidence in words, or nothing.
CauseTest = Callable[[UnitMismatch], str]


def diagnose(
    translation: Translation,
    ann: Any,
    recording: xr.Dataset,
    stimulus: xr.DataArray,
    *,
    settle: SI,
    conditions: Sequence[int] | None = None,
    audit: xr.Dataset | None = None,
    tolerance: float = 0.05,
) -> pd.DataFrame:
    """Name where and why a translated network does not do what the rate network does.

    A unit's own miss is its rate minus what it should make of the *measured* rates of the units
    before it: an error is told where it arises, not where it is passed on.

    Parameters
    ----------
    translation : Translation
        From `to_bio`.
    ann : RateNetwork, or anything with ``to_rate_network()``
        What was translated.
    recording : xarray.Dataset
        A run of the translated network.
    stimulus : xarray.DataArray
        What it was shown.
    settle : quantity
        Rates are read from here on.
    conditions : sequence of int, optional
        Which conditions missed; all unless given.
    audit : xarray.Dataset, optional
        The same run with half the time step (``network.rerun_at_half_step``), without which the
        step cannot be found to be the cause.
    tolerance : float, optional
        Own misses below this share of a layer's largest activation are none.

    Returns
    -------
    pandas.DataFrame
        One row per layer and cause: the layer, the names of its units, ``cause`` (``"silent"``,
        ``"saturation"``, ``"time step"``, ``"transient"``, ``"correlated copies"``,
        ``"conductance"``, ``"too few spikes"`` or ``"unexplained"``), the evidence, what to
        change, and the root mean square miss in activation. No row: nothing to explain.
    """
    network: RateNetwork = ann if isinstance(ann, RateNetwork) else ann.to_rate_network()
    settle_s = to_si(settle, "ms", "diagnose, settle")
    condition_indices = (
        list(range(stimulus.sizes["condition"])) if conditions is None else list(conditions)
    )
    responses = [_read_activations(translation, recording, settle_s, None)]
    duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
    middle = (settle_s + duration) / 2
    responses += [_read_activations(translation, recording, settle_s, middle)]
    responses += [_read_activations(translation, recording, middle, None)]
    half_step_response = (
        None if audit is None else _read_activations(translation, audit, settle_s, None)
    )
    assert network.channels is not None
    levels = stimulus.sel(channel=list(network.channels))
    u = levels.sel(time=slice(settle_s, None)).mean("time").values
    targets = _compute_targets(network, responses[0], u)
    activity = measure_window_activity(translation.network, recording, settle_s, duration)
    rows: list[tuple[str, str, str, float]] = []
    matches = translation.correspondence.matches
    match_indices = {m.name: k for k, m in enumerate(matches)}
    for layer, units in _group_by_layer(network).items():
        largest_activation = max(float(np.abs(targets[:, units]).max()), 1e-12)
        for i in units:
            k = match_indices[network.units[i]]
            errors = responses[0][condition_indices, k] - targets[condition_indices, i]
            rms_error = float(np.sqrt((errors**2).mean()))
            if rms_error <= tolerance * largest_activation:
                continue
            unit_responses = tuple(r[:, k] for r in responses)
            mismatch = UnitMismatch(
                matches[k], condition_indices, unit_responses, targets[:, i], rms_error,
                largest_activation, duration - settle_s, activity,
                None if half_step_response is None else half_step_response[:, k],
                translation.network, stimulus,
            )  # fmt: skip
            cause, evidence = _find_cause(mismatch)
            rows.append((layer, network.units[i], f"{cause}|{evidence}", rms_error))
    return _group_rows(rows)


def _read_activations(
    translation: Translation, recording: xr.Dataset, start: float, stop: float | None
) -> np.ndarray:
    """Read all units over a part of the run, shape (condition, match)."""
    rates = read_responses(recording, translation.correspondence, "bio")
    activations: np.ndarray = rates.sel(time=slice(start, stop)).mean(["trial", "time"]).values
    return activations


def _compute_targets(network: RateNetwork, responses: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Give what each unit should answer to what the others answered, shape (condition, unit)."""
    x = responses @ network.W.T + u @ network.W_in.T + network.bias
    columns = zip(network.activation, x.T, strict=True)
    return np.stack([phi(column) for phi, column in columns], axis=-1)


def _group_by_layer(network: RateNetwork) -> dict[str, list[int]]:
    units_of: dict[str, list[int]] = {}
    for i, name in enumerate(network.units):
        units_of.setdefault(layer_name(name), []).append(i)
    return units_of


def _find_cause(mismatch: UnitMismatch) -> tuple[str, str]:
    """Try the causes one after the other: the first whose evidence holds."""
    for cause, find_evidence, _ in CAUSES:
        evidence = find_evidence(mismatch)
        if evidence:
            return cause, evidence
    return "unexplained", f"a miss of {mismatch.rms_error:.3g} of {mismatch.largest_activation:.3g}"


def _evidence_of_silence(mismatch: UnitMismatch) -> str:
    should_fire = mismatch.target > 0.1 * mismatch.largest_activation
    targets = mismatch.target[should_fire]
    if not should_fire.any() or any(n.rates[should_fire].any() for n in mismatch.neurons):
        return ""
    return f"no spike in {should_fire.sum()} conditions in which {targets.mean():.3g} is wanted"


def _evidence_of_saturation(mismatch: UnitMismatch) -> str:
    cell = mismatch.neurons[0].cell
    if not cell.refractory_period > 0:
        return ""
    highest, limit = max(n.rates.max() for n in mismatch.neurons), 1 / cell.refractory_period
    is_large = np.abs(mismatch.target) > 0.5 * mismatch.largest_activation
    is_below = np.abs(mismatch.response[is_large]) < np.abs(mismatch.target[is_large])
    share_below = is_below.mean() if is_large.any() else 0.0
    if highest < SATURATED_SHARE * limit or share_below < 0.5:
        return ""
    return f"reaches {highest:.0f} Hz of 1/t_ref = {limit:.0f} Hz and stays below what is wanted"


def _evidence_of_time_step(mismatch: UnitMismatch) -> str:
    if mismatch.half_step_response is None:
        return ""
    differences = (mismatch.half_step_response - mismatch.response)[mismatch.conditions]
    change = float(np.sqrt((differences**2).mean()))
    if change < EXPLAINED_SHARE * mismatch.rms_error:
        return ""
    return (
        f"half the time step moves the answer by {change:.3g}, the miss is {mismatch.rms_error:.3g}"
    )


def _evidence_of_transient(mismatch: UnitMismatch) -> str:
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
        return ""
    return f"the answer still moves, by {drift:.3g} from the first to the second half of the window"


def _evidence_of_correlation(mismatch: UnitMismatch) -> str:
    for neurons in mismatch.neurons:
        n = neurons.rates.shape[1]
        rho = neurons.correlation
        if n > 1 and rho > CORRELATED_COUNTS:
            effective = n / (1 + (n - 1) * rho)
            return f"counts of {n} copies correlate by {rho:.2f}: they are worth {effective:.1f}"
    return ""


def _evidence_of_conductance(mismatch: UnitMismatch) -> str:
    prediction = predict_noise_free_response(mismatch)
    if prediction is None:
        return ""
    noise_free_response, conductance, leak = prediction
    conditions = mismatch.conditions
    remaining_error = float(
        np.sqrt(((mismatch.response - noise_free_response)[conditions] ** 2).mean())
    )
    highest = float(conductance[conditions].max())
    if remaining_error > EXPLAINED_SHARE * mismatch.rms_error or highest < leak:
        return ""
    return (
        f"synapses open {highest * 1e9:.3g} nS beside a leak of {leak * 1e9:.3g} nS, and the "
        f"cell's curve under that conductance leaves {remaining_error:.3g} of the miss of "
        f"{mismatch.rms_error:.3g}"
    )


def _evidence_of_few_spikes(mismatch: UnitMismatch) -> str:
    spike = mismatch.activation_per_spike
    if mismatch.rms_error > 2 * spike:
        return ""
    return (
        f"the largest activation is {mismatch.largest_activation / spike:.3g} spikes in the "
        f"window, the miss {mismatch.rms_error / spike:.2g}"
    )


#: Cause, its test, and what to change; in the order in which they are tried.
CAUSES: tuple[tuple[str, CauseTest, str], ...] = (
    ("time step", _evidence_of_time_step, "Use a shorter dt."),
    (
        "silent",
        _evidence_of_silence,
        "Calibrate with stimuli that drive these units, or raise their offset.",
    ),
    (
        "saturation",
        _evidence_of_saturation,
        "Lower top in to_bio, or use a cell with a shorter t_ref.",
    ),
    (
        "transient",
        _evidence_of_transient,
        "Show the stimulus longer, settle later, or shorten synapse_tau.",
    ),
    ("correlated copies", _evidence_of_correlation, "Give the copies inputs of their own."),
    (
        "too few spikes",
        _evidence_of_few_spikes,
        "Raise top or neurons_per_unit, or show the stimulus longer.",
    ),
    (
        "conductance",
        _evidence_of_conductance,
        "Use a cell that is reset nearer to threshold, reversal potentials further away, or "
        "calibrate at these conductances.",
    ),
)


def _group_rows(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    """Put units of one layer and cause into one row, with the evidence of the worst."""
    remedies = {cause: what for cause, _, what in CAUSES}
    groups: dict[tuple[str, str], list[tuple[str, str, float]]] = {}
    for layer, unit, label, rms_error in rows:
        cause, _, evidence = label.partition("|")
        groups.setdefault((layer, cause), []).append((unit, evidence, rms_error))
    grouped_rows = []
    for (layer, cause), members in groups.items():
        unit, evidence, largest_error = max(members, key=lambda member: member[2])
        units = ", ".join(name for name, _, _ in members)
        text = f"{unit}: {evidence}" if len(members) > 1 else evidence
        grouped_rows.append(
            (layer, units, cause, text, remedies.get(cause, "Look at its spikes."), largest_error)
        )
    return pd.DataFrame(grouped_rows, columns=list(COLUMNS))
