"""Compare the runs in two files or folders, pair by pair."""

from __future__ import annotations

from pathlib import Path

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import PairError
from bioann.base.text import join_names
from bioann.batch.read_comparisons import read_comparisons
from bioann.comparison.comparison import Comparison
from bioann.comparison.comparison_diff import RunDiff, diff_comparisons
from bioann.comparison.stored_comparison import StoredComparison, store_comparison


@name_argument_errors
def diff_runs(first: str | Path | Comparison, second: str | Path | Comparison) -> RunDiff:
    """Compare two runs of a pair, or two folders of runs.

    Parameters
    ----------
    first, second : str, pathlib.Path or Comparison
        The earlier and the later run: JSON that ``bioann run`` or `bioann.report` wrote, a
        recording (``.nc``), a folder of these, or a comparison.

    Returns
    -------
    RunDiff
        Changes of verdicts and scores with their intervals, and what differs between the runs;
        `bioann.report` writes it as HTML and PDF.

    Raises
    ------
    PairError
        If there is no pair that both have, or no score in common.
    OutputError
        If a file is missing, damaged or of another layout.
    """
    runs = _read_runs(first, "first run"), _read_runs(second, "second run")
    names = tuple(
        label if isinstance(source, Comparison) else str(source)
        for source, label in ((first, "first run"), (second, "second run"))
    )
    common_pairs = [pair for pair in runs[0] if pair in runs[1]]
    if not common_pairs:
        pairs = [join_names([*map(repr, names_of_pairs)]) for names_of_pairs in runs]
        raise PairError(
            f"{names[0]} and {names[1]}",
            "runs of one pair",
            f"pair {pairs[0]} and pair {pairs[1]}",
            "Name two runs of the same pair, or two folders.",
        )
    unmatched = [
        f"Pair {pair!r} is in {name} only."
        for name, pairs_of_run in zip(names, runs, strict=True)
        for pair in pairs_of_run
        if pair not in common_pairs
    ]
    diffs = tuple(diff_comparisons(runs[0][pair], runs[1][pair]) for pair in common_pairs)
    return RunDiff(names[0], names[1], diffs, tuple(unmatched))


def _read_runs(source: str | Path | Comparison, label: str) -> dict[str, StoredComparison]:
    if isinstance(source, Comparison):
        return {source.pair.name: store_comparison(source, label)}
    return read_comparisons(source)
