"""The report of `analyses/error_rates.py`: goals, verdict rates and trials that are needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from bioann.analyses.error_rates_cases import AT_MARGIN, IDENTICAL, TWO_MARGINS
from bioann.analyses.error_rates_goals import (
    GOALS,
    MIN_TRIALS,
    OWN_TRIALS,
    WRONG_VERDICT,
    GoalResult,
    check_goals,
)
from bioann.analyses.error_rates_simulated import SimulatedRate
from bioann.analyses.error_rates_synthetic import TRIAL_GRID, VerdictRates
from bioann.claims.claim import OUTCOMES
from bioann.reporting.document import Badge, Document, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.style import (
    CEILING_COLOUR,
    RATE_COLOUR,
    SPIKING_COLOUR,
    Drawing,
    house_style,
    make_subplots,
)

TONES = {"met": "good", "within sampling error": "warning", "missed": "bad"}
COLOURS = {"supported": SPIKING_COLOUR, "undecided": CEILING_COLOUR, "refuted": RATE_COLOUR}
#: The rule of the figure.
_DRAWN_RULE = "equivalent, RMSE"


@dataclasses.dataclass(frozen=True)
class TrialsNeeded:
    """Trials from which an identical network is called equivalent in 80 % of the runs.

    Attributes
    ----------
    noise : str
        Name of the noise.
    conditions : int
        Number of conditions of the stimulus.
    by_share : mapping of float to int
        Trials for each margin, as a share of the spread between trials; 0 if more than were tried.
    """

    noise: str
    conditions: int
    by_share: Mapping[float, int]


def build_error_rates_report(
    rates: Sequence[VerdictRates],
    planned: Sequence[VerdictRates],
    needed: Sequence[TrialsNeeded],
    simulated: Sequence[SimulatedRate],
) -> Document:
    """Build the report.

    Parameters
    ----------
    rates : sequence of VerdictRates
        Verdict rates of synthetic runs.
    planned : sequence of VerdictRates
        Those of the equivalence tests at the trials that pilot runs plan.
    needed : sequence of TrialsNeeded
        Trials that an identical network needs.
    simulated : sequence of SimulatedRate
        Verdict rates of simulated runs, beside synthetic ones.

    Returns
    -------
    Document
        The report, for `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    results = check_goals(rates, planned)
    figure = to_figure_block(draw_verdict_rates(rates), "verdict-rates")
    goals = (figure, *_tabulate_goals(results), _tabulate_misses(results))
    rules = dict.fromkeys(row.rule for row in rates)
    by_rule = tuple(_tabulate_rates(rule, rates) for rule in rules)
    return Document(
        "error rates of the verdicts",
        "How often is a verdict wrong, and how often is a right one reached?",
        describe_error_rates(results, simulated),
        (),
        (
            Section("Goals", tuple(block for block in goals if block is not None)),
            Section("Simulated runs", (_tabulate_simulated(simulated),)),
            Section("Trials that are needed", (_tabulate_needed(needed),)),
            Section("All rates", (_explain_runs(rates), *by_rule)),
        ),
        footer=f"bioann, analyses/error_rates.py, {rates[0].runs} runs",
    )


def describe_error_rates(results: Sequence[GoalResult], simulated: Sequence[SimulatedRate]) -> str:
    """Summarise which goals hold, and whether simulated runs agree with synthetic ones."""
    errors = [result for result in results if result.goal.is_error]
    powers = [result for result in results if not result.goal.is_error]
    worst = max(errors, key=lambda result: result.rate)
    text = (
        f"Wrong verdicts: the goal of at most {100 * worst.goal.bound:g} % each is "
        f"{_count_statuses(errors)}. The highest rate, {100 * worst.rate:.1f} %, is that of "
        f"'{worst.outcome}' for the truth '{worst.truth}' ({worst.rule}; {worst.noise} noise, "
        f"{worst.trials} trials)."
    )
    if powers:
        least = min(powers, key=lambda result: result.rate)
        text += (
            " Right verdicts at the planned trials: the goal of at least "
            f"{100 * least.goal.bound:g} % is {_count_statuses(powers)}. The lowest rate, "
            f"{100 * least.rate:.1f} %, is that of '{least.outcome}' for the truth '{least.truth}' "
            f"({least.rule}; {least.noise} noise, a median of {least.trials} trials)."
        )
    n_compatible = sum(row.is_compatible for row in simulated)
    text += (
        f" Of {len(simulated)} rates in {simulated[0].runs} runs of a spiking network, "
        f"{n_compatible} lie within the 99 % bounds of the synthetic ones."
    )
    return text


def _count_statuses(results: Sequence[GoalResult]) -> str:
    counts = {status: sum(r.status == status for r in results) for status in TONES}
    text = f"met in {counts['met']} of {len(results)} combinations of truth, rule and noise"
    if counts["within sampling error"]:
        text += f", within sampling error in {counts['within sampling error']}"
    if counts["missed"]:
        text += f", missed in {counts['missed']}"
    return text


def _tabulate_goals(results: Sequence[GoalResult]) -> tuple[Table, ...]:
    """Build the tables of equivalence tests and of other rules: a row per goal and rule."""
    noises = list(dict.fromkeys(result.noise for result in results))
    tables = []
    for caption, goals in (
        ("Goals of the equivalence tests", GOALS),
        ("Goal of the other rules", (WRONG_VERDICT,)),
    ):
        rows = []
        for goal in goals:
            chosen = [result for result in results if result.goal == goal]
            for rule in dict.fromkeys(result.rule for result in chosen):
                cells = {r.noise: _format_result(r) for r in chosen if r.rule == rule}
                sign = "at most" if goal.is_error else "at least"
                bound = f"{sign} {100 * goal.bound:g} %"
                rows.append((goal.text, bound, rule, *(cells.get(n, "") for n in noises)))
        if rows:
            note = (
                f"Errors: the highest rate with {MIN_TRIALS} or more trials (n). Right verdicts: "
                "the rate at the trials that a pilot run of 20 plans for an identical network, at "
                f"least {OWN_TRIALS} (n: their median). Amber: beyond the bound by no more than "
                "the sampling error of the count."
            )
            tables.append(Table(caption, ("goal", "bound", "rule", *noises), tuple(rows), note))
    return tuple(tables)


def _format_result(result: GoalResult) -> Badge:
    return Badge(
        f"{100 * result.rate:.1f} %",
        TONES[result.status],
        f"n = {result.trials}",
    )


def _tabulate_misses(results: Sequence[GoalResult]) -> Table | None:
    """Build a table of the goals that are missed; None if all are met."""
    rows = tuple(
        (
            result.rule, result.noise, result.truth, result.outcome, str(result.trials),
            f"{100 * result.rate:.1f} %", f"{100 * result.goal.bound:g} %", result.status,
        )
        for result in results
        if result.status != "met"
    )  # fmt: skip
    columns = ("rule", "noise", "truth", "verdict", "trials", "rate", "bound", "status")
    return Table("Rates beyond their bounds", columns, rows) if rows else None


def _tabulate_simulated(simulated: Sequence[SimulatedRate]) -> Table:
    rows = tuple(
        (
            row.truth, row.outcome, str(row.count), f"{row.expected * row.runs:.1f}",
            f"{row.low} to {row.high}",
            Badge("yes", "good") if row.is_compatible else Badge("no", "bad"),
        )
        for row in simulated
    )  # fmt: skip
    note = (
        f"Equivalence test of the RMSE in {simulated[0].runs} runs of {OWN_TRIALS} trials and 6 "
        "conditions of one integrate-and-fire cell with Poisson input. The expected counts are "
        "those of synthetic runs with normal noise of the same mean and variance in each "
        "condition; the bounds include the sampling error of both."
    )
    columns = ("truth", "verdict", "runs", "expected", "99 % bounds", "compatible")
    return Table("Verdicts of simulated runs through compare", columns, rows, note)


def _tabulate_needed(needed: Sequence[TrialsNeeded]) -> Table:
    shares = list(needed[0].by_share)
    most = f"> {TRIAL_GRID[-1]}"
    rows = tuple(
        (row.noise, str(row.conditions), *(str(row.by_share[s] or most) for s in shares))
        for row in needed
    )
    note = (
        "Smallest number of trials at which at least 80 % of the runs of an identical network "
        "are called equivalent by their RMSE, among "
        f"{', '.join(map(str, TRIAL_GRID))}. The margin is a share of the standard deviation "
        "between trials."
    )
    columns = ("noise", "conditions", *(f"margin {share:g}" for share in shares))
    return Table("Trials that an identical network needs", columns, rows, note)


def _explain_runs(rates: Sequence[VerdictRates]) -> Paragraph:
    return Paragraph(
        f"Each rate rests on {rates[0].runs} runs of 12 conditions. Noise has a standard "
        "deviation of 0.1 activations, and the margin is half of that; for the gain it is 0.1 and "
        "for the correlation 0.05. Exponential noise has skewness 2. Shared: 70 % of the variance "
        "is common to all conditions of a trial. All truths are judged with the same noise. "
        "Exactly at a bound or a margin every decision is an error, and 'undecided' is right."
    )


def _tabulate_rates(rule: str, rates: Sequence[VerdictRates]) -> Table:
    """Build the table of a rule: a row per noise and truth, a column per number of trials."""
    rows_of_rule = [row for row in rates if row.rule == rule]
    trials = list(dict.fromkeys(row.trials for row in rows_of_rule))
    outcomes = [o for o in OUTCOMES if o != "depends" or any(r.counts[o] for r in rows_of_rule)]
    by_key = {(row.noise, row.truth, row.trials): row for row in rows_of_rule}
    table_rows = [
        (
            noise,
            truth,
            by_key[noise, truth, trials[0]].right or "undecided",
            *(_format_rates(by_key[noise, truth, n], outcomes) for n in trials),
        )
        for noise, truth in dict.fromkeys((row.noise, row.truth) for row in rows_of_rule)
    ]
    return Table(
        f"Rule: {rule}",
        ("noise", "truth", "right", *(f"{n} trials" for n in trials)),
        tuple(table_rows),
        f"Rates in percent: {' / '.join(outcomes)}.",
    )


def _format_rates(row: VerdictRates, outcomes: Sequence[str]) -> str:
    return " / ".join(f"{100 * row.rate(outcome):.1f}" for outcome in outcomes)


@house_style()
def draw_verdict_rates(rates: Sequence[VerdictRates]) -> Drawing:
    """Draw the verdicts of the equivalence test over trials, by noise and truth."""
    rates = [row for row in rates if row.rule == _DRAWN_RULE]
    noises = list(dict.fromkeys(row.noise for row in rates))
    truths = (IDENTICAL, AT_MARGIN, TWO_MARGINS)
    figure, panels = make_subplots(
        len(noises), len(truths), height=0.9 + 1.15 * len(noises), squeeze=False, sharex=True,
        sharey=True,
    )  # fmt: skip
    for row, noise in zip(panels, noises, strict=True):
        row[0].set_ylabel(f"{noise.replace(', ', chr(10))}\n[% of runs]")
        for panel, truth in zip(row, truths, strict=True):
            chosen = [r for r in rates if r.noise == noise and r.truth == truth]
            bottom = np.zeros(len(chosen))
            labels = [str(r.trials) for r in chosen]
            for outcome, colour in COLOURS.items():
                heights = 100 * np.array([r.rate(outcome) for r in chosen])
                panel.bar(labels, heights, 0.8, bottom, color=colour, label=outcome)
                bottom += heights
            panel.set_ylim(0, 100)
    for panel, truth in zip(panels[0], truths, strict=True):
        panel.set_title(truth)
    for panel in panels[-1]:
        panel.set_xlabel("trials")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return Drawing(
        figure,
        "Stacked bars of the verdicts 'supported', 'undecided' and 'refuted' over the number of "
        "trials, for three truths and four kinds of noise.",
        "Verdicts of the equivalence test of the RMSE. Supported: equivalent; refuted: different. "
        f"12 conditions, margin of half the spread between trials, {rates[0].runs} runs per bar.",
    )
