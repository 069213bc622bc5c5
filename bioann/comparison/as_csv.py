"""All scores of a comparison as a table in a text file."""

from __future__ import annotations

from bioann.claims.judged_run import JudgedRun
from bioann.comparison.deciding_scores import name_decisions


def to_csv(comparison: JudgedRun) -> str:
    """Write all scores, a line each, with what they decide.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The comparison whose scores are written.

    Returns
    -------
    str
        Comma-separated values: the columns of `bioann.Comparison.scores`, then ``decides``, the ids
        of the claims and ``margin``; numbers with six significant digits, nothing for NaN.
    """
    table = comparison.scores.assign(decides=name_decisions(comparison))
    return table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
