"""Many claims: how many verdicts may be wrong, and which survive control of false discoveries."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from bioann.base.text import format_count, join_names

#: Error level of one verdict, and largest expected share of wrong verdicts among those that stand.
ERROR_LEVEL = 0.05


def adjust_p_values(verdicts: pd.DataFrame) -> pd.Series:
    """Adjust the p-values of claims for their number (Benjamini and Yekutieli 2001).

    With the `m` p-values in ascending order, the adjusted value of rank `i` is the smallest of
    ``p_k * m * (1 + 1/2 + ... + 1/m) / k`` over the ranks ``k >= i``, and at most 1.

    Claims of one pair are judged by the same run, and may depend on each other in any way. A claim
    that is exact (p = 0) cannot be wrong by chance and one that is undecided says nothing: neither
    counts.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        With the columns pair, id and claim_p_value; the rows of one claim agree.

    Returns
    -------
    pandas.Series
        For each row the smallest false discovery rate at which its claim is still among the
        verdicts that stand; NaN for claims that do not count.
    """
    claims = verdicts.drop_duplicates(["pair", "id"]).set_index(["pair", "id"]).claim_p_value
    counted = claims[claims > 0].astype(float)
    # Not by `scipy.stats.false_discovery_control`: the import of scipy.stats takes half a second.
    ranks = np.arange(1, len(counted) + 1)
    scaled = counted.sort_values() * (len(counted) / ranks) * (1 / ranks).sum()
    by_claim = scaled[::-1].cummin().clip(upper=1.0).to_dict()
    keys = zip(verdicts.pair, verdicts.id, strict=True)
    return pd.Series([by_claim.get(key, np.nan) for key in keys], verdicts.index, dtype=float)


@dataclasses.dataclass(frozen=True)
class ErrorCount:
    """How many of many verdicts are expected to be wrong.

    Parameters
    ----------
    n_claims : int
        Verdicts that could be wrong by chance: decided, and not exact.
    expected : float
        Wrong verdicts among them that are expected at most: each has a chance of `ERROR_LEVEL`.
    not_surviving : tuple of str
        Labels of the claims whose verdict does not survive control of the false discovery rate.
    """

    n_claims: int
    expected: float
    not_surviving: tuple[str, ...]

    @property
    def text(self) -> str:
        """The count in two sentences."""
        if not self.n_claims:
            return "No verdict could be wrong by chance."
        doubtful = "all of them survive"
        if self.not_surviving:
            n = len(self.not_surviving)
            doubtful = f"all survive but {n}: {join_names(self.not_surviving, limit=n)}"
        return (
            f"{format_count(self.n_claims, 'verdict')} could be wrong by chance, each with a "
            f"probability of at most {ERROR_LEVEL:.0%}: at most {self.expected:.1f} are expected "
            f"to be. With the false discovery rate held to {ERROR_LEVEL:.0%} over all claims "
            f"(Benjamini and Yekutieli 2001), {doubtful}."
        )


def count_errors(verdicts: pd.DataFrame) -> ErrorCount:
    """Count the verdicts that may be wrong by chance.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        With the columns pair, id, claim_p_value and adjusted_p_value.

    Returns
    -------
    ErrorCount
        Their number, how many errors are expected, and which do not survive.
    """
    claims = verdicts.drop_duplicates(["pair", "id"])
    counted = claims[claims.adjusted_p_value.notna()]
    not_surviving = counted[counted.adjusted_p_value > ERROR_LEVEL]
    n = len(counted)
    return ErrorCount(n, ERROR_LEVEL * n, tuple(map(str, not_surviving.id)))
