"""The report of `analyses/interval_coverage.py`: its tables are in ``concepts/intervals.md``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bioann.analyses.interval_methods import METHODS, OURS
from bioann.base.files import write_atomically
from bioann.reporting.document import Badge, Document, Paragraph, Section, Table
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.style import (
    CHANCE_COLOUR,
    INK,
    SPIKING_COLOUR,
    Drawing,
    house_style,
    make_subplots,
)

#: Coverage that intervals should have, and the fewest trials from which on they should have it.
GOOD_COVERAGE, MIN_TRIALS = (0.93, 0.97), 5
#: Number of trials of the table that compares the methods.
COMPARED_TRIALS = 5
#: Lines of a page between which the tables stand.
START_MARK = "<!-- coverage: written by analyses/interval_coverage.py -->"
END_MARK = "<!-- end of coverage -->"


def build_coverage_report(table: pd.DataFrame) -> Document:
    """Build the report.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per `analyses.interval_coverage.Coverage`, with its fields and ``coverage``.

    Returns
    -------
    Document
        The report, for `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    figure = to_figure_block(draw_coverage(table), "coverage")
    return Document(
        "coverage of the confidence intervals",
        "How often do 95 % confidence intervals contain the true score?",
        describe_coverage(table),
        (),
        (
            Section("Coverage of bioann's intervals", (figure, *tabulate_ours(table))),
            Section("Other methods", (_explain_methods(), *tabulate_methods(table))),
        ),
        footer=f"bioann, analyses/interval_coverage.py, up to {table.runs.max()} runs",
    )


def describe_coverage(table: pd.DataFrame) -> str:
    """Summarise how many intervals of bioann have the coverage that they should have."""
    ours = table[(table.method == OURS) & (table.trials >= MIN_TRIALS)]
    low, high = GOOD_COVERAGE
    inner = ours[~ours.is_edge]
    is_good = (inner.coverage >= low) & (inner.coverage <= high)
    worst, widest = inner.loc[inner.coverage.idxmin()], inner.loc[inner.coverage.idxmax()]
    edges = ours[ours.is_edge]
    text = (
        f"With {MIN_TRIALS} or more trials, {is_good.sum()} of {len(inner)} combinations of score, "
        f"noise and number of trials have a coverage of {100 * low:.0f} to {100 * high:.0f} %. "
        f"The lowest is {100 * worst.coverage:.1f} % ({worst.score}; {worst.noise} noise, "
        f"{worst.trials} trials), the highest {100 * widest.coverage:.1f} % ({widest.score}; "
        f"{widest.noise} noise, {widest.trials} trials)."
    )
    if len(edges):
        least = f"at least {100 * edges.coverage.min():.1f} %"
        text += f" Where the truth is the best possible value, coverage is {least}."
    return text


def _explain_methods() -> Paragraph:
    return Paragraph(
        "Percentile bootstrap: trials are drawn with replacement, percentiles are shifted by the "
        "bias. BCa: Efron's bias-corrected and accelerated percentiles. Studentised bootstrap: "
        "each resample has its own standard error by jackknife. Jackknife and t: the score plus "
        "Student's t times the standard error of the jackknife. Dirichlet weights and t: random "
        "weights of the trials, scaled so that a mean gets the spread of Student's t."
    )


def tabulate_ours(table: pd.DataFrame) -> tuple[Table, ...]:
    """Build tables of bioann's coverage: one per noise, a row per score, a column per trials."""
    ours = table[table.method == OURS]
    tables = []
    for noise, of_noise in ours.groupby("noise", sort=False):
        trials = list(dict.fromkeys(of_noise.trials))
        rows = [
            (score, *(_format_cell(of_score[of_score.trials == n]) for n in trials))
            for score, of_score in of_noise.groupby("score", sort=False)
        ]
        note = (
            f"Percent of {of_noise.runs.max()} runs. Amber: outside of "
            f"{100 * GOOD_COVERAGE[0]:.0f} to {100 * GOOD_COVERAGE[1]:.0f} % (above it, where the "
            "truth is not the best possible value)."
        )
        columns = ("score", *(f"{n} trials" for n in trials))
        tables.append(Table(f"Noise: {noise}", columns, tuple(rows), note))
    return tuple(tables)


def _format_cell(rows: pd.DataFrame) -> Badge | str:
    if rows.empty:
        return "–"
    row = rows.iloc[0]
    low, high = GOOD_COVERAGE
    is_good = low <= row.coverage and (row.is_edge or row.coverage <= high)
    return Badge(f"{100 * row.coverage:.1f}", "good" if is_good else "warning")


def tabulate_methods(table: pd.DataFrame) -> tuple[Table, ...]:
    """Build tables that compare the methods: one per noise and number of trials."""
    tables = []
    for (noise, trials), chosen in table.groupby(["noise", "trials"], sort=False):
        methods = [method for method in METHODS if method in set(chosen.method)]
        rows = [
            (score, *(_format_cell(of_score[of_score.method == m]) for m in methods))
            for score, of_score in chosen.groupby("score", sort=False)
        ]
        caption = f"Noise: {noise}; {trials} trials"
        tables.append(Table(caption, ("score", *methods), tuple(rows)))
    return tuple(tables)


def tabulate_as_markdown(table: pd.DataFrame) -> str:
    """Return the tables of the page: bioann's coverage, and all methods with few trials."""
    ours = list(tabulate_ours(table))
    compared = tabulate_methods(table[table.trials == COMPARED_TRIALS])
    runs = table.groupby("method").runs.max()
    lines = [
        f"Coverage of bioann's intervals in percent, {runs[OURS]} runs in each cell "
        "(bold: outside of 93 to 97 %, above it unless the truth is the best possible value).",
        *(_to_markdown(block) for block in ours),
        f"Coverage of all methods with {COMPARED_TRIALS} trials, {runs.min()} runs in each cell of "
        "the others.",
        *(_to_markdown(block) for block in compared),
    ]
    return "\n\n".join(lines)


def _to_markdown(table: Table) -> str:
    head = [table.caption.removeprefix("Noise: "), *table.columns[1:]]
    rows = [head, ["---", *("--:" for _ in head[1:])]]
    rows += [[_as_text(cell) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _as_text(cell: object) -> str:
    if isinstance(cell, Badge):
        return cell.text if cell.tone == "good" else f"**{cell.text}**"
    return str(cell)


def update_page(page: Path, text: str) -> None:
    """Replace what stands between the marks of a page.

    Parameters
    ----------
    page : pathlib.Path
        Markdown file with `START_MARK` and `END_MARK`.
    text : str
        New tables, as they stand on the page.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(START_MARK)
    _, _, after = rest.partition(END_MARK)
    content = f"{before}{START_MARK}\n\n{text}\n\n{END_MARK}{after}"
    with write_atomically(page) as (temporary,):
        temporary.write_text(content, encoding="utf-8")


@house_style()
def draw_coverage(table: pd.DataFrame) -> Drawing:
    """Draw the coverage of all scores over trials, by method and noise."""
    noises = list(dict.fromkeys(table.noise))
    methods = (OURS, "percentile bootstrap", "jackknife and t")
    figure, panels = make_subplots(
        len(methods), len(noises), height=1.0 + 1.5 * len(methods), squeeze=False, sharex=True,
        sharey=True,
    )  # fmt: skip
    inner = table[~table.is_edge]
    for row, method in zip(panels, methods, strict=True):
        row[0].set_ylabel(f"{method}\n[% of runs]")
        for panel, noise in zip(row, noises, strict=True):
            chosen = inner[(inner.method == method) & (inner.noise == noise)]
            _draw_panel(panel, chosen)
    for panel, noise in zip(panels[0], noises, strict=True):
        panel.set_title(noise.replace(", ", "\n"))
    for panel in panels[-1]:
        panel.set_xlabel("trials")
    return Drawing(
        figure,
        "Coverage of 95 % intervals over the number of trials, for bioann, the percentile "
        "bootstrap and the plain jackknife, with four kinds of noise.",
        "Coverage of 95 % intervals. Each line is a score; the blue one is their mean. Shaded: "
        f"{100 * GOOD_COVERAGE[0]:.0f} to {100 * GOOD_COVERAGE[1]:.0f} %. Scores whose truth is "
        "the best possible value are left out.",
    )


def _draw_panel(panel: Axes, chosen: pd.DataFrame) -> None:
    trials: Sequence[int] = list(dict.fromkeys(chosen.trials))
    places = np.arange(len(trials))
    panel.axhspan(*(100 * bound for bound in GOOD_COVERAGE), color="0.9", lw=0)
    panel.axhline(95, color=INK, lw=0.6)
    curves = chosen.pivot(index="score", columns="trials", values="coverage")[trials]
    for curve in curves.values:
        panel.plot(places, 100 * curve, color=CHANCE_COLOUR, lw=0.7)
    panel.plot(places, 100 * curves.values.mean(axis=0), color=SPIKING_COLOUR, lw=2)
    panel.set_xticks(places, [str(n) for n in trials])
    panel.set_ylim(65, 100)
