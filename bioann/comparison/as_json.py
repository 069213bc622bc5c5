"""A comparison as JSON: scores, verdicts and provenance."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from typing import Any

import numpy as np
import pandas as pd

from bioann.claims.judged_run import JudgedRun
from bioann.comparison.verdict_table import verdict_table
from bioann.studies.result import StudyResult

#: Number of the layout of the JSON; another one for every change that a reader must know.
LAYOUT = 2
#: Columns of the table of verdicts with the number that decided each part of a claim's rule.
NUMBER_COLUMNS = ("part", "outcome", "value", "low", "high", "unit", "n", "sampled")


def to_json(comparison: JudgedRun, **extra: Any) -> str:
    """Write scores, verdicts and provenance as strict JSON.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        What is written. Of a study, ``pair`` is its name, and what only a pair has is empty.
    **extra : object
        Added to ``provenance``: what only the caller knows (wall time, date, command). Without
        it, equal runs give equal text.

    Returns
    -------
    str
        With the keys ``layout`` (`LAYOUT`), ``pair``, ``question``, ``source``, ``claims``, each
        with the numbers that decided it, ``scores``, ``equivalence``, ``audit`` and
        ``effective_weights`` (null unless asked for), ``signs``, ``flags``, ``window_s`` and
        ``provenance``, in that order. NaN and infinite numbers are ``null``.
    """
    subject, attrs = comparison.subject, comparison.recording.attrs
    numbers = verdict_table(comparison)[["id", *NUMBER_COLUMNS]]
    content = describe_own(comparison)
    texts = {"versions": "{}", "unhashed": "[]"}
    provenance = {name: json.loads(attrs.get(name, empty)) for name, empty in texts.items()}
    claims = [
        {
            "id": verdict.claim.id,
            "claim": verdict.claim.sentence,
            "source": verdict.claim.source,
            "rule": verdict.claim.rule.text,
            "outcome": verdict.outcome,
            "because": verdict.because,
            "stated": time,
            "numbers": numbers[numbers.id == verdict.claim.id].drop(columns="id"),
        }
        for verdict, time in zip(comparison.claims, comparison.claim_times, strict=True)
    ]
    document = {
        "layout": LAYOUT,
        "pair": subject.name,
        "question": subject.question,
        "source": subject.source,
        "claims": claims,
        "scores": comparison.scores,
        "equivalence": content.equivalence,
        "audit": content.audit,
        "effective_weights": content.effective_weights,
        "signs": content.signs,
        "flags": comparison.flags,
        "window_s": content.window,
        "provenance": {**content.provenance, **provenance, **extra},
    }
    values = _to_json_value(document)
    return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@dataclasses.dataclass(frozen=True)
class OwnContent:
    """What the JSON of a pair has, and that of a study leaves empty; and its own provenance."""

    provenance: dict[str, Any]
    equivalence: Any = ()
    audit: Any = None
    effective_weights: Any = None
    signs: Any = ()
    window: Any = None


@functools.singledispatch
def describe_own(comparison: Any) -> OwnContent:
    """Return what only the comparison of a pair has."""
    attrs = comparison.run.attrs
    names = ("pair", "pair_hash", "pair_content", "command", "seed", "trials", "wirings", "engine")
    provenance = {name: attrs.get(name) for name in names} | {"dt_s": attrs.get("dt")}
    return OwnContent(
        provenance,
        comparison.equivalence,
        comparison.audit,
        comparison.effective_weights,
        comparison.signs,
        comparison.window,
    )


@describe_own.register(StudyResult)
def describe_own_study(result: StudyResult) -> OwnContent:
    """Return the provenance of a study."""
    names = (
        *("study", "study_hash", "command", "seed", "seeds"),
        *("n_cached", "n_outdated", "seconds"),
    )
    return OwnContent({name: result.dataset.attrs.get(name) for name in names})


def _to_json_value(value: Any) -> Any:
    """Convert a value of a comparison to one that JSON has."""
    if isinstance(value, pd.DataFrame):
        value = value.to_dict("records")
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(k): _to_json_value(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json_value(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, type(None))) else str(value)
