"""How often is a verdict wrong, and how often is a right one reached?

Artificial truths are judged by every rule: a network that is identical to the rate model, one that
is off by half a margin, by one or by two, one whose responses have the opposite sign, and a
boundary at a known place. Synthetic runs have normal or skewed noise between trials, independent
over conditions or mostly shared by them. Runs of a small spiking network, through `compare`, have
to agree with them. Usage::

    python analyses/error_rates.py --out reports
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
import pandas as pd

from bioann.analyses.command import CommaSeparated, analysis_command, report_results
from bioann.analyses.error_rates_cases import make_cases
from bioann.analyses.error_rates_goals import OWN_TRIALS
from bioann.analyses.error_rates_planned import count_planned_verdicts
from bioann.analyses.error_rates_report import TrialsNeeded, build_error_rates_report
from bioann.analyses.error_rates_simulated import count_simulated
from bioann.analyses.error_rates_synthetic import (
    VerdictRates,
    count_trials_needed,
    count_verdicts,
)
from bioann.analyses.synthetic_responses import NOISES

TRIALS = (3, 5, 10, 20, 50)
#: Margins as shares of the spread between trials, and numbers of conditions, of which the trials
#: that an identical network needs are listed.
SHARES, CONDITIONS = (0.25, 0.5, 1.0), (4, 12, 50)
#: Runs with each number of trials for that list, relative to those of a verdict's rate.
NEEDED_SHARE = 0.25


def measure_verdicts(trials: tuple[int, ...], n_runs: int, *, seed: int) -> list[VerdictRates]:
    """Count the verdicts of all rules and truths, with all kinds of noise."""
    cases = make_cases()
    return [
        rates
        for noise in NOISES
        for n_trials in trials
        for rates in count_verdicts(cases, noise, n_trials, n_runs, seed=seed)
    ]


def measure_planned_verdicts(n_runs: int, *, seed: int) -> list[VerdictRates]:
    """Count the verdicts of the equivalence tests at planned trials, with all kinds of noise."""
    cases = make_cases()
    return [
        rates
        for noise in NOISES
        for rates in count_planned_verdicts(cases, noise, n_runs, seed=seed)
    ]


def measure_trials_needed(n_runs: int, *, seed: int) -> list[TrialsNeeded]:
    """List the trials that an identical network needs, for all margins and conditions."""
    needed = []
    for noise in NOISES:
        for n_conditions in CONDITIONS:
            by_share = count_trials_needed(noise, n_conditions, SHARES, n_runs, seed=seed)
            needed.append(TrialsNeeded(noise.name, n_conditions, by_share))
    return needed


@analysis_command(__doc__, "python analyses/error_rates.py --runs 400 --simulated 50")
@click.option("--runs", default=4000, show_default=True, help="Synthetic runs behind each rate.")
@click.option("--simulated", default=300, show_default=True, help="Simulated runs.")
@click.option(
    "--trials",
    type=CommaSeparated(click.IntRange(min=3)),
    default=TRIALS,
    show_default=True,
    help="Numbers of trials, separated by commas.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of noise and simulation.")
def main(
    out: Path, runs: int, simulated: int, trials: tuple[int, ...], seed: int, engine: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Count all verdicts, write the report, and print its summary."""
    rates = measure_verdicts(trials, runs, seed=seed)
    planned = measure_planned_verdicts(runs, seed=seed)
    needed = measure_trials_needed(max(1, round(NEEDED_SHARE * runs)), seed=seed)
    simulated_rates = count_simulated(simulated, OWN_TRIALS, runs, seed=seed, engine=engine)
    table = pd.DataFrame([row.as_row() for row in rates])
    result = {
        "rates": table.to_dict("records"),
        "planned": [row.as_row() for row in planned],
        "simulated": [dataclasses.asdict(row) for row in simulated_rates],
        "trials_needed": [dataclasses.asdict(row) for row in needed],
    }
    document = build_error_rates_report(rates, planned, needed, simulated_rates)
    report_results(
        document, out, "error_rates", result,
        as_json=as_json, other_files={"error_rates.csv": table.to_csv(index=False).encode()},
    )  # fmt: skip


if __name__ == "__main__":
    main()
