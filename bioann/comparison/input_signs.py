"""The sign of each input in both models: its slope, whether it is decided, and the agreement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bioann.comparison.paths import PathFinder
from bioann.metrics.estimate import CONFIDENCE_LEVEL, Estimate
from bioann.metrics.sign_estimate import SignAgreementEstimate, decide_sign
from bioann.metrics.signs import (
    FLAT_SLOPE,
    RATE_INPUT_SLOPE,
    SIGN_METRICS,
    SPIKING_INPUT_SLOPE,
)
from bioann.pair import Pair

#: Columns of the table of input signs; slopes in activation per activation.
INPUT_SIGN_COLUMNS = (
    "match", "channel", "spiking", "spiking_low", "spiking_high",
    "rate", "rate_low", "rate_high", "agreement", "note",
)  # fmt: skip
NO_PATH = "no path from the channel to the response in either model"
NO_SIGN = f"needs a response of one of the models to the channel (slope above {FLAT_SLOPE:g})"


def resolve_signs(
    rows: list[dict[str, Any]],
    pair: Pair,
    level: float = CONFIDENCE_LEVEL,
    *,
    paths: PathFinder | None = None,
) -> list[dict[str, Any]]:
    """Decide the signs of inputs by the paths of the models and the intervals of the slopes.

    A slope is measured over conditions that also differ in their input spikes, so that a population
    without any connection from a channel has a slope on it, too. Therefore

    - without a path in either model, slopes and agreement do not apply;
    - with a path in one model, the slope of the other is 0 by construction: the signs differ if the
      first model responds;
    - the agreement is as certain as the signs of both slopes
      (`bioann.metrics.sign_estimate.SignAgreementEstimate`);
    - where neither model responds, there is no sign to agree in, and the agreement does not apply.
      Two models that are alike in doing nothing would otherwise count as evidence for a sign.

    Parameters
    ----------
    rows : list of dict
        Rows of `bioann.comparison.scores.make_score_row`, with one of each of
        `bioann.metrics.signs.SIGN_METRICS` for every match and channel; changed in place.
    pair : Pair
        The pair, whose models list their connections or not.
    level : float, optional
        Confidence level of the intervals.
    paths : PathFinder, optional
        Finds the paths, where several pairs have models in common.

    Returns
    -------
    list of dict
        The same rows.
    """
    names = [metric.name for metric in SIGN_METRICS]
    rows_by_input: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["metric"] in names:
            by_metric = rows_by_input.setdefault((row["match"], row["detail"]), {})
            by_metric[row["metric"]] = row
    channels_of_models = (paths or PathFinder()).find_paths(pair)
    for (match, channel), by_metric in rows_by_input.items():
        *slopes, agreement = (by_metric[name] for name in names)
        has_path = [channel in channels[match] for channels in channels_of_models]
        if not any(has_path):
            for row in (*slopes, agreement):
                _set_undefined(row, NO_PATH)
        elif not np.isnan([slope["value"] for slope in slopes]).any():
            for slope, is_reached in zip(slopes, has_path, strict=True):
                if not is_reached:
                    _set_estimate(slope, Estimate(0.0), level)
            estimate = SignAgreementEstimate.of_slopes(*(slope["estimate"] for slope in slopes))
            if np.isnan(estimate.value):
                _set_undefined(agreement, NO_SIGN)
            else:
                _set_estimate(agreement, estimate, level)
    return rows


def _set_estimate(row: dict[str, Any], estimate: Estimate, level: float) -> None:
    low, high = estimate.interval(level)
    row |= {"value": estimate.value, "low": low, "high": high, "estimate": estimate}
    row |= {"n": estimate.n, "sampled": estimate.sampled or "exact"}


def _set_undefined(row: dict[str, Any], note: str) -> None:
    """Take value, noise ceiling and chance level out of a row, and note the reason."""
    row["note"] = note
    for name in ("value", "ceiling", "chance"):
        prefix = "" if name == "value" else f"{name}_"
        row |= {name: np.nan, f"{prefix}low": np.nan, f"{prefix}high": np.nan}
        row[f"{prefix}estimate"] = Estimate(np.nan, sampled="trials")


def tabulate_input_signs(scores: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the slopes of both models on every channel, and whether their signs agree.

    Parameters
    ----------
    scores : pandas.DataFrame
        The scores of a comparison.

    Returns
    -------
    pandas.DataFrame
        One row per match and channel, with `INPUT_SIGN_COLUMNS`. `agreement` is ``"agree"``;
        ``"differ"``, also where one model does not respond; ``"undecided"`` where an interval
        includes zero, or there is none; ``"no sign"`` where neither model responds; ``"not
        applicable"`` for the reason in `note`.
    """
    spiking, rate = (
        scores[scores.metric == metric.name] for metric in (SPIKING_INPUT_SLOPE, RATE_INPUT_SLOPE)
    )
    rows = []
    for bio, ann in zip(spiking.itertuples(), rate.itertuples(), strict=True):
        slopes = [(row.value, row.low, row.high) for row in (bio, ann)]
        names, agreement = (bio.match, bio.detail), _compare_slopes(*slopes)
        rows.append((*names, *slopes[0], *slopes[1], agreement, bio.note))
    return pd.DataFrame(rows, columns=list(INPUT_SIGN_COLUMNS))


def _compare_slopes(spiking: tuple[float, float, float], rate: tuple[float, float, float]) -> str:
    """Compare the signs of two slopes, each with the ends of its interval."""
    if np.isnan([spiking[0], rate[0]]).any():
        return "not applicable"
    signs = decide_sign(*spiking), decide_sign(*rate)
    if np.isnan(signs).any():
        return "undecided"
    if signs == (0.0, 0.0):
        return "no sign"
    return "agree" if signs[0] == signs[1] else "differ"


def drop_input_slopes(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores without the input slopes, one per match and channel of both models."""
    slopes = (SPIKING_INPUT_SLOPE.name, RATE_INPUT_SLOPE.name)
    return scores[~scores.metric.isin(slopes)]
