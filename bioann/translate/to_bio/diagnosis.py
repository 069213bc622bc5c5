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
from bioann.translate.to_bio.diagnosis_evidence import Case, neurons_of, noise_free_rates
from bioann.translate.to_bio.unit_groups import stem
from bioann.translate.translation import Translation

COLUMNS = ("layer", "units", "cause", "evidence", "do", "miss")

#: Share of the highest possible rate above which a neuron is saturated; share of a miss that a
#: cause has to explain; correlation of counts above which copies are no copies.
SATURATED, EXPLAINED, CORRELATED = 0.7, 0.5, 0.2

#: What a test returns: evidence in words, or nothing.
Test = Callable[[Case], str]


def diagnose(
    translation: Translation,
    ann: Any,
    recorded: xr.Dataset,
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
    ann : RateNetwork, or anything with ``flat()``
        What was translated.
    recorded : xarray.Dataset
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
    start = to_si(settle, "ms", "diagnose, settle")
    chosen = list(range(stimulus.sizes["condition"])) if conditions is None else list(conditions)
    readings = [_reading(translation, recorded, start, None)]
    duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
    middle = (start + duration) / 2
    readings += [_reading(translation, recorded, start, middle)]
    readings += [_reading(translation, recorded, middle, None)]
    fine = None if audit is None else _reading(translation, audit, start, None)
    assert network.channels is not None
    shown = stimulus.sel(channel=list(network.channels))
    u = shown.sel(time=slice(start, None)).mean("time").values
    wanted = _wanted(network, readings[0], u)
    seen = neurons_of(translation.network, recorded, start, duration)
    rows: list[tuple[str, str, str, float]] = []
    matches = translation.correspondence.matches
    places = {m.name: k for k, m in enumerate(matches)}
    for layer, units in _layers(network).items():
        top = max(float(np.abs(wanted[:, units]).max()), 1e-12)
        for i in units:
            k = places[network.units[i]]
            own = readings[0][chosen, k] - wanted[chosen, i]
            miss = float(np.sqrt((own**2).mean()))
            if miss <= tolerance * top:
                continue
            parts = tuple(r[:, k] for r in readings)
            case = Case(
                matches[k], chosen, parts, wanted[:, i], miss, top, duration - start, seen,
                None if fine is None else fine[:, k], translation.network, stimulus,
            )  # fmt: skip
            cause, evidence = _cause(case)
            rows.append((layer, network.units[i], f"{cause}|{evidence}", miss))
    return _grouped(rows)


def _reading(
    translation: Translation, recorded: xr.Dataset, start: float, stop: float | None
) -> np.ndarray:
    """Read all units over a part of the run, shape (condition, match)."""
    rates = read_responses(recorded, translation.correspondence, "bio")
    found: np.ndarray = rates.sel(time=slice(start, stop)).mean(["trial", "time"]).values
    return found


def _wanted(network: RateNetwork, readings: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Give what each unit should answer to what the others answered, shape (condition, unit)."""
    x = readings @ network.W.T + u @ network.W_in.T + network.bias
    columns = zip(network.activation, x.T, strict=True)
    return np.stack([phi(column) for phi, column in columns], axis=-1)


def _layers(network: RateNetwork) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, name in enumerate(network.units):
        found.setdefault(stem(name), []).append(i)
    return found


def _cause(case: Case) -> tuple[str, str]:
    """Try the causes one after the other: the first whose evidence holds."""
    for cause, test, _ in CAUSES:
        evidence = test(case)
        if evidence:
            return cause, evidence
    return "unexplained", f"a miss of {case.miss:.3g} of {case.top:.3g}"


def _silent(case: Case) -> str:
    should = case.wanted > 0.1 * case.top
    lit = case.wanted[should]
    if not should.any() or any(n.rates[should].any() for n in case.neurons):
        return ""
    return f"no spike in {should.sum()} conditions in which {lit.mean():.3g} is wanted"


def _saturated(case: Case) -> str:
    cell = case.neurons[0].cell
    if not cell.refractory_period > 0:
        return ""
    highest, limit = max(n.rates.max() for n in case.neurons), 1 / cell.refractory_period
    high = np.abs(case.wanted) > 0.5 * case.top
    short = (np.abs(case.whole[high]) < np.abs(case.wanted[high])).mean() if high.any() else 0.0
    if highest < SATURATED * limit or short < 0.5:
        return ""
    return f"reaches {highest:.0f} Hz of 1/t_ref = {limit:.0f} Hz and stays below what is wanted"


def _time_step(case: Case) -> str:
    if case.fine is None:
        return ""
    moved = float(np.sqrt(((case.fine - case.whole)[case.chosen] ** 2).mean()))
    if moved < EXPLAINED * case.miss:
        return ""
    return f"half the time step moves the answer by {moved:.3g}, the miss is {case.miss:.3g}"


def _transient(case: Case) -> str:
    early, late = (part[case.chosen] for part in (case.early, case.late))
    wanted = case.wanted[case.chosen]
    drift = float(np.sqrt(((late - early) ** 2).mean()))
    nearer = ((late - wanted) ** 2).mean() < 0.5 * ((early - wanted) ** 2).mean()
    if drift < EXPLAINED * case.miss or not nearer or drift < 2 * case.spike:
        return ""
    return f"the answer still moves, by {drift:.3g} from the first to the second half of the window"


def _correlated(case: Case) -> str:
    for neurons in case.neurons:
        n = neurons.rates.shape[1]
        rho = neurons.correlation
        if n > 1 and rho > CORRELATED:
            effective = n / (1 + (n - 1) * rho)
            return f"counts of {n} copies correlate by {rho:.2f}: they are worth {effective:.1f}"
    return ""


def _conductance(case: Case) -> str:
    found = noise_free_rates(case)
    if found is None:
        return ""
    predicted, conductance, leak = found
    chosen = case.chosen
    left = float(np.sqrt(((case.whole - predicted)[chosen] ** 2).mean()))
    most = float(conductance[chosen].max())
    if left > EXPLAINED * case.miss or most < leak:
        return ""
    return (
        f"synapses open {most * 1e9:.3g} nS beside a leak of {leak * 1e9:.3g} nS, and the cell's "
        f"curve under that conductance leaves {left:.3g} of the miss of {case.miss:.3g}"
    )


def _few(case: Case) -> str:
    if case.miss > 2 * case.spike:
        return ""
    return (
        f"the largest activation is {case.top / case.spike:.3g} spikes in the window, the miss "
        f"{case.miss / case.spike:.2g}"
    )


#: Cause, its test, and what to change; in the order in which they are tried.
CAUSES: tuple[tuple[str, Test, str], ...] = (
    ("time step", _time_step, "Use a shorter dt."),
    ("silent", _silent, "Calibrate with stimuli that drive these units, or raise their offset."),
    ("saturation", _saturated, "Lower top in to_bio, or use a cell with a shorter t_ref."),
    ("transient", _transient, "Show the stimulus longer, settle later, or shorten synapse_tau."),
    ("correlated copies", _correlated, "Give the copies inputs of their own."),
    ("too few spikes", _few, "Raise top or neurons_per_unit, or show the stimulus longer."),
    (
        "conductance",
        _conductance,
        "Use a cell that is reset nearer to threshold, reversal potentials further away, or "
        "calibrate at these conductances.",
    ),
)


def _grouped(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    """Put units of one layer and cause into one row, with the evidence of the worst."""
    do = {cause: what for cause, _, what in CAUSES}
    groups: dict[tuple[str, str], list[tuple[str, str, float]]] = {}
    for layer, unit, found, miss in rows:
        cause, _, evidence = found.partition("|")
        groups.setdefault((layer, cause), []).append((unit, evidence, miss))
    made = []
    for (layer, cause), members in groups.items():
        unit, evidence, worst = max(members, key=lambda member: member[2])
        units = ", ".join(name for name, _, _ in members)
        told = f"{unit}: {evidence}" if len(members) > 1 else evidence
        made.append((layer, units, cause, told, do.get(cause, "Look at its spikes."), worst))
    return pd.DataFrame(made, columns=list(COLUMNS))
