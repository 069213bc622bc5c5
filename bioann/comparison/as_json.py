"""A comparison as JSON: scores, verdicts and provenance."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd

from bioann.comparison.comparison import Comparison
from bioann.comparison.verdict_table import verdict_table

#: Number of the layout of the JSON; another one for every change that a reader must know.
LAYOUT = 2
#: Columns of the table of verdicts with the number that decided each part of a claim's rule.
NUMBER_COLUMNS = ("part", "outcome", "value", "low", "high", "unit", "n", "sampled")


def to_json(comparison: Comparison, **extra: Any) -> str:
    """Write scores, verdicts and provenance as strict JSON.

    Parameters
    ----------
    comparison : Comparison
        The comparison that is written.
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
    pair = comparison.pair
    attrs = comparison.run.attrs
    names = ("pair", "pair_hash", "pair_content", "command", "seed", "trials", "wirings", "engine")
    numbers = verdict_table(comparison)[["id", *NUMBER_COLUMNS]]
    run_attrs = {k: attrs.get(k) for k in names}
    versions = json.loads(attrs.get("versions", "{}"))
    unhashed = json.loads(attrs.get("unhashed", "[]"))
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
        "pair": pair.name,
        "question": pair.question,
        "source": pair.source,
        "claims": claims,
        "scores": comparison.scores,
        "equivalence": comparison.equivalence,
        "audit": comparison.audit,
        "effective_weights": comparison.effective_weights,
        "signs": comparison.signs,
        "flags": comparison.flags,
        "window_s": comparison.window,
        "provenance": {
            **run_attrs,
            "dt_s": attrs.get("dt"),
            "versions": versions,
            "unhashed": unhashed,
            **extra,
        },
    }
    values = _to_json_value(document)
    return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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
