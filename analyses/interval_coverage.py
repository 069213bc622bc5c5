"""How often do 95 % confidence intervals contain the true score?

Runs with a known truth are drawn with normal and with exponential noise, which is independent over
conditions or mostly shared by them, and with 3 to 50 trials. The intervals of each run are taken by
the method of bioann and by five others, for the kinds of scores that claims are judged by. Usage::

    python analyses/interval_coverage.py --out reports --page docs/concepts/intervals.md
"""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd

from bioann.analyses.command import CommaSeparated, analysis_command, report_results
from bioann.analyses.interval_coverage_report import (
    build_coverage_report,
    tabulate_as_markdown,
    update_page,
)
from bioann.analyses.interval_methods import CASES, METHODS, OURS, STUDENTISED, CoverageCase
from bioann.analyses.synthetic_responses import NOISES, Noise, draw_noise_batches

TRIALS = (3, 5, 10, 20, 50)
#: Runs of the other methods, relative to that of bioann; and runs that share their resamples.
OTHER_SHARE, RUNS_PER_DRAW = 0.25, 50
#: Most trials of the studentised bootstrap, whose time grows with their square.
MAX_STUDENTISED_TRIALS = 10


@dataclasses.dataclass(frozen=True)
class Coverage:
    """How often an interval contains the truth.

    Attributes
    ----------
    noise, score, method : str
        Names of the noise, of the score and of the method.
    is_edge : bool
        Whether the truth is the best possible value.
    trials, runs : int
        Number of trials of a run, and of runs.
    below, above : float
        Share of the runs whose whole interval lies below, and above the truth, or that have none.
    """

    noise: str
    score: str
    method: str
    is_edge: bool
    trials: int
    runs: int
    below: float
    above: float

    @property
    def coverage(self) -> float:
        """Share of the runs whose interval contains the truth."""
        return 1 - self.below - self.above


def measure_coverage(
    case: CoverageCase, method: str, noise: Noise, n_trials: int, n_runs: int, *, seed: int
) -> Coverage:
    """Measure how often the interval of one score contains the truth."""
    truth, below, above = case.truth, 0, 0
    for number, batch in enumerate(draw_noise_batches(noise, n_runs, n_trials, seed=seed)):
        responses = case.curve + batch[0]
        n_draws = 1 if method == OURS else -(-len(responses) // RUNS_PER_DRAW)
        for k, draw in enumerate(np.array_split(responses, n_draws)):
            low, high = METHODS[method](case.metric, draw, seed + 1000 * number + k)
            below += int(np.sum(high < truth - 1e-9) + np.sum(np.isnan(high)))
            above += int(np.sum(low > truth + 1e-9))
    shares = (below / n_runs, above / n_runs)
    return Coverage(
        noise.name, case.name, method, case.is_edge, n_trials, n_runs, shares[0], shares[1]
    )


def measure_all(n_runs: int, trials: tuple[int, ...], *, seed: int) -> list[Coverage]:
    """Measure the coverage of all scores and methods with all kinds of noise.

    Parameters
    ----------
    n_runs : int
        Runs of each score and noise; the methods other than that of bioann take `OTHER_SHARE`.
    trials : tuple of int
        Numbers of trials for which coverage is measured.
    seed : int
        Seed of the noise.

    Returns
    -------
    list of Coverage
        One for each noise, number of trials, method and score.
    """
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scores that no resample defines
        for noise, n_trials, method in itertools.product(NOISES, trials, METHODS):
            if method == STUDENTISED and n_trials > MAX_STUDENTISED_TRIALS:
                continue
            size = n_runs if method == OURS else max(1, round(OTHER_SHARE * n_runs))
            rows += [
                measure_coverage(case, method, noise, n_trials, size, seed=seed) for case in CASES
            ]
    return rows


@analysis_command(__doc__, "python analyses/interval_coverage.py --runs 400")
@click.option("--runs", default=4000, show_default=True, help="Runs of each score and noise.")
@click.option(
    "--trials",
    type=CommaSeparated(click.IntRange(min=3)),
    default=TRIALS,
    show_default=True,
    help="Numbers of trials, separated by commas.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of the noise.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, exists=True),
    help="Markdown page whose coverage tables are replaced.",
)
def main(
    out: Path, runs: int, trials: tuple[int, ...], seed: int, page: Path | None, engine: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Measure all coverages, write the report, and print its summary."""
    rows = measure_all(runs, trials, seed=seed)
    table = pd.DataFrame([vars(row) | {"coverage": row.coverage} for row in rows])
    if page is not None:
        update_page(page, tabulate_as_markdown(table))
    report_results(
        build_coverage_report(table), out, "interval_coverage",
        {"coverage": table.to_dict("records")}, as_json=as_json,
        other_files={"interval_coverage.csv": table.to_csv(index=False).encode()},
    )  # fmt: skip


if __name__ == "__main__":
    main()
