"""Find the layer, the units and the cause of errors in a translated network."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from bioann.ann.network import RateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, to_si
from bioann.correspondence import read_responses
from bioann.stimuli.stimulus import check_stimulus
from bioann.translate.to_bio.diagnosis_causes import Cause, Evidence, find_cause
from bioann.translate.to_bio.diagnosis_evidence import UnitMismatch, measure_window_activity
from bioann.translate.to_bio.to_bio import flatten_network
from bioann.translate.to_bio.unit_groups import layer_name
from bioann.translate.translation import Translation

COLUMNS = ("layer", "units", "cause", "evidence", "do", "miss")


@dataclasses.dataclass(frozen=True)
class Finding:
    """An error of one unit, its cause, and the numbers that are evidence of it."""

    layer: str
    unit: str
    cause: Cause
    evidence: Evidence
    rms_error: float


@name_argument_errors
def diagnose(
    translation: Translation,
    ann: object,
    recording: xr.Dataset,
    stimulus: xr.DataArray,
    *,
    settle: SI,
    conditions: Sequence[int] | None = None,
    audit: xr.Dataset | None = None,
    tolerance: float = 0.05,
) -> pd.DataFrame:
    """Find where and why a translated network differs from the rate network.

    The error of a unit is its rate minus its target for the *measured* rates of its presynaptic
    units, so that an error is reported where it arises and not where it is passed on.

    Parameters
    ----------
    translation : Translation
        A result of `to_bio`.
    ann : RateNetwork, or a model with ``to_rate_network()``
        The network that was translated.
    recording : xarray.Dataset
        Recording of the translated network.
    stimulus : xarray.DataArray
        The stimulus of the recording.
    settle : quantity
        Start of the window in which rates are averaged.
    conditions : sequence of int, optional
        Indices of the conditions whose errors are to be explained; all unless given.
    audit : xarray.Dataset, optional
        The same run with half the time step (``network.rerun_at_half_step``), without which the
        time step cannot be identified as the cause.
    tolerance : float, optional
        Share of a layer's largest activation below which an error is ignored.

    Returns
    -------
    pandas.DataFrame
        One row for each layer and cause: the layer, the names of its units, ``cause`` (``"time
        step"``, ``"silent"``, ``"saturation"``, ``"transient"``, ``"correlated copies"``, ``"too
        few spikes"``, ``"conductance"`` or ``"unexplained"``), the evidence for the unit with the
        largest error, what to change, and its root mean square error in activation. No row means
        no error to explain.

    Examples
    --------
    >>> import bioann as ba
    >>> bio = ba.to_bio(ann)  # doctest: +SKIP
    >>> recording = bio.network.run(stimulus, trials=5, seed=1)  # doctest: +SKIP
    >>> ba.diagnose(bio, ann, recording, stimulus, settle=200 * ms)  # doctest: +SKIP
    """
    network = flatten_network(ann, "diagnose")
    settle_s = to_si(settle, "ms", "diagnose, settle")
    stimulus = check_stimulus(stimulus, network.channels or ())
    duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
    if not settle_s < duration:
        got, remedy = f"{settle_s * 1e3:g} ms", "Average over the end of the stimulus."
        expected = f"a time before the end of the stimulus, {duration * 1e3:g} ms"
        raise DescriptionError("diagnose, settle", expected, got, remedy)
    middle = (settle_s + duration) / 2
    responses = [
        _average_responses(translation, recording, start, stop)
        for start, stop in ((settle_s, None), (settle_s, middle), (middle, None))
    ]
    half_step_response = (
        None if audit is None else _average_responses(translation, audit, settle_s, None)
    )
    assert network.channels is not None
    levels = stimulus.sel(channel=list(network.channels))
    u = levels.sel(time=slice(settle_s, None)).mean("time").values
    targets = _compute_targets(network, responses[0], u)
    activity = measure_window_activity(translation.network, recording, settle_s, duration)
    indices = list(range(stimulus.sizes["condition"])) if conditions is None else list(conditions)
    matches = translation.correspondence.matches
    match_indices = {m.name: k for k, m in enumerate(matches)}
    findings = []
    for layer, units in _group_by_layer(network).items():
        largest_activation = max(float(np.abs(targets[:, units]).max()), 1e-12)
        for i in units:
            k = match_indices[network.units[i]]
            errors = responses[0][indices, k] - targets[indices, i]
            rms_error = float(np.sqrt((errors**2).mean()))
            if rms_error <= tolerance * largest_activation:
                continue
            mismatch = UnitMismatch(
                matches[k], indices, tuple(r[:, k] for r in responses), targets[:, i], rms_error,
                largest_activation, duration - settle_s, activity,
                None if half_step_response is None else half_step_response[:, k],
                translation.network, stimulus,
            )  # fmt: skip
            findings.append(Finding(layer, network.units[i], *find_cause(mismatch), rms_error))
    return pd.DataFrame(list(_write_rows(findings)), columns=list(COLUMNS))


def _average_responses(
    translation: Translation, recording: xr.Dataset, start: float, stop: float | None
) -> np.ndarray:
    """Average the responses of all units over a part of the run, shape (condition, match)."""
    rates = read_responses(recording, translation.correspondence, "bio")
    activations: np.ndarray = rates.sel(time=slice(start, stop)).mean(["trial", "time"]).values
    return activations


def _compute_targets(network: RateNetwork, responses: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Compute the target of each unit from the responses of the others, shape (condition, unit)."""
    x = responses @ network.W.T + u @ network.W_in.T + network.bias
    columns = zip(network.activation, x.T, strict=True)
    return np.stack([phi(column) for phi, column in columns], axis=-1)


def _group_by_layer(network: RateNetwork) -> dict[str, list[int]]:
    units_of: dict[str, list[int]] = {}
    for i, name in enumerate(network.units):
        units_of.setdefault(layer_name(name), []).append(i)
    return units_of


def _write_rows(findings: Sequence[Finding]) -> Iterator[tuple[object, ...]]:
    """Yield one row for the units of one layer and cause, with the evidence of the worst."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.layer, finding.cause.name), []).append(finding)
    for (layer, cause_name), members in groups.items():
        worst = max(members, key=lambda finding: finding.rms_error)
        sentence = worst.cause.sentence.format(**worst.evidence)
        evidence = f"{worst.unit}: {sentence}" if len(members) > 1 else sentence
        units = ", ".join(finding.unit for finding in members)
        yield layer, units, cause_name, evidence, worst.cause.remedy, worst.rms_error
