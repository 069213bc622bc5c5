"""All runs of one pair in the order of time, and what changed from each to the next."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd

from bioann.base.errors import PairError
from bioann.base.views import render_for_notebook
from bioann.comparison.comparison_diff import SCORE_KEYS, ComparisonDiff, diff_comparisons
from bioann.comparison.number_changes import CHANGED
from bioann.comparison.stored_comparison import StoredComparison


@dataclasses.dataclass(frozen=True, eq=False)
class PairHistory:
    """The runs of one pair.

    Parameters
    ----------
    pair : str
        Name of the pair.
    runs : tuple of StoredComparison
        At least one run, the earliest first.
    """

    pair: str
    runs: tuple[StoredComparison, ...]

    @functools.cached_property
    def diffs(self) -> tuple[ComparisonDiff | None, ...]:
        """What changed to each run from the one before; None for runs without a common score."""
        diffs: list[ComparisonDiff | None] = []
        for first, second in zip(self.runs, self.runs[1:], strict=False):
            try:
                diffs.append(diff_comparisons(first, second))
            except PairError:
                diffs.append(None)
        return tuple(diffs)

    @property
    def turned(self) -> tuple[str, ...]:
        """Verdicts that turned from one run to the next, in words with the number of the run."""
        return tuple(
            f"run {k}, {text}"
            for k, diff in enumerate(self.diffs, start=2)
            if diff is not None
            for text in diff.turned
        )

    def list_changed_scores(self, max_scores: int) -> list[tuple[str, str, str]]:
        """Return the scores that changed between two runs, the largest change first.

        Parameters
        ----------
        max_scores : int
            Largest number of scores that are returned.

        Returns
        -------
        list of (str, str, str)
            Match, metric and detail of each; a change is measured in half-widths of the 95 %
            interval of the difference.
        """
        sizes: dict[tuple[str, str, str], float] = {}
        for diff in self.diffs:
            table = diff.scores if diff is not None else pd.DataFrame()
            for row in table[table.change == CHANGED].itertuples() if len(table) else ():
                half_width = (row.difference_high - row.difference_low) / 2
                size = abs(row.difference) / half_width if half_width > 0 else np.inf
                key = (row.match, row.metric, row.detail)
                sizes[key] = max(sizes.get(key, 0.0), size)
        return sorted(sizes, key=lambda key: (-sizes[key], key))[:max_scores]

    def collect_scores(self) -> pd.DataFrame:
        """Return the scores of all runs: run (from 1), match, metric, detail, value, ..."""
        return pd.concat(
            [run.scores.drop_duplicates(list(SCORE_KEYS)).assign(run=k)
             for k, run in enumerate(self.runs, start=1)], ignore_index=True,
        )  # fmt: skip

    def collect_numbers(self) -> pd.DataFrame:
        """Return the numbers behind the verdicts of all runs: run (from 1), id, part, ..."""
        return pd.concat(
            [run.numbers.assign(run=k) for k, run in enumerate(self.runs, start=1)],
            ignore_index=True,
        )


@dataclasses.dataclass(frozen=True, eq=False)
class RunHistory:
    """All runs in a folder, pair by pair.

    Parameters
    ----------
    folder : str
        The folder that was read.
    pairs : tuple of PairHistory
        One history for each pair.
    """

    folder: str
    pairs: tuple[PairHistory, ...]

    @property
    def has_turned(self) -> bool:
        """Whether a verdict turned in the last run of a pair."""
        last_diffs = (pair.diffs[-1] for pair in self.pairs if pair.diffs)
        return any(diff is not None and diff.turned for diff in last_diffs)

    def _repr_html_(self) -> str:
        return render_for_notebook("history", self)
