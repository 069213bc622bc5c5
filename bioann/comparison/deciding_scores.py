"""The scores that decide: those that the claims of a pair and its margin are judged by."""

from __future__ import annotations

import pandas as pd

from bioann.claims.judged_run import JudgedRun
from bioann.metrics.agreement import COMMON_METRICS, RMSE

#: How the column of `name_decisions` names the equivalence test.
MARGIN = "margin"


def name_decisions(comparison: JudgedRun) -> pd.Series:
    """Return what every score decides: ids of claims, ``margin``, or nothing.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The comparison whose scores are read.

    Returns
    -------
    pandas.Series of str
        With the index of ``comparison.scores``: ids of the claims whose rules name the score, and
        `MARGIN` for the root mean square differences of a pair that states a margin, joined by a
        comma; empty for other scores.
    """
    scores = comparison.scores
    decisions: dict[object, list[str]] = {row: [] for row in scores.index}
    for verdict in comparison.claims:
        for score in verdict.claim.rule.scores:
            ids = decisions[score.find_row(scores).name]
            if verdict.claim.id not in ids:
                ids.append(verdict.claim.id)
    if comparison.evidence.margins:
        for row in scores.index[scores.metric == RMSE.name]:
            decisions[row].append(MARGIN)
    return pd.Series({row: ", ".join(ids) for row, ids in decisions.items()}, dtype=object)


def select_deciding_scores(comparison: JudgedRun) -> pd.DataFrame:
    """Select the scores that decide; those of all agreement if there is neither claim nor margin.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The comparison whose scores are selected.

    Returns
    -------
    pandas.DataFrame
        Rows of ``comparison.scores`` in their order, with the column ``decides``.
    """
    scores = comparison.scores.assign(decides=name_decisions(comparison))
    is_deciding = scores.decides != ""
    if not is_deciding.any():
        is_deciding = scores.metric.isin([metric.name for metric in COMMON_METRICS])
    return scores[is_deciding]
