"""``bioann diff`` and ``bioann history``: what changed between runs, and from run to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bioann.base.errors import BioannError
from bioann.base.printable import clean_line
from bioann.cli.echo import echo
from bioann.cli.startup import speed_up_imports

if TYPE_CHECKING:
    from bioann.comparison.comparison_diff import ComparisonDiff
    from bioann.comparison.run_history import PairHistory

#: Exit codes if a verdict turned, and for errors, as of the programs ``diff`` and ``grep``.
TURNED_CODE, ERROR_CODE = 1, 2
#: Changed scores that are printed at most.
MAX_SCORES = 10

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the report as HTML and PDF; without it none is written.",
)


class DiffError(click.ClickException):
    """An error of these commands, with its own exit code."""

    exit_code = ERROR_CODE


class DiffCommand(click.Command):
    """A command whose errors have an exit code of their own, because 1 says that a verdict turned.

    An error that is not one of bioann is a bug, which the group of all commands reports.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and print an error of bioann as one sentence."""
        try:
            return super().invoke(ctx)
        except BioannError as error:
            if ctx.parent is not None and ctx.parent.params.get("traceback"):
                raise
            raise DiffError(str(error)) from error


@click.command(
    cls=DiffCommand,
    epilog="\b\nExample:\n"
    "  bioann diff before/inverter.json after/inverter.json\n"
    "  bioann diff reports/v1 reports/v2 --out reports",
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@out_option
def diff(first: str, second: str, out: Path | None) -> None:
    """Show what changed from run A to run B: verdicts, scores, and what differs in the runs.

    A and B are files that 'bioann run' wrote (.json, or .nc of an installed pair), or folders of
    such files, which are compared pair by pair. With --out DIR, DIR/diff.html and diff.pdf.

    The exit code is 1 if a verdict of a claim or of an equivalence test turned, 2 for an error, and
    0 otherwise.
    """
    with speed_up_imports():
        from bioann.batch.diff_runs import diff_runs

    run_diff = diff_runs(first, second)
    for pair_diff in run_diff.diffs:
        echo("\n".join(_describe_diff(pair_diff)))
    for sentence in run_diff.unmatched:
        echo(f"note: {sentence}")
    if out is not None:
        _write_report(run_diff, out, "diff")
    click.get_current_context().exit(TURNED_CODE if run_diff.has_turned else 0)


@click.command(
    cls=DiffCommand,
    epilog="\b\nExample:\n  bioann history reports/by_commit --out reports",
)
@click.argument("folder", type=click.Path(path_type=Path))
@out_option
def history(folder: Path, out: Path | None) -> None:
    """Show how verdicts and scores changed over all runs in a folder and its subfolders.

    Runs are files that 'bioann run' wrote, for example one subfolder per commit; each pair's runs
    are in the order of their dates. With --out DIR, DIR/history.html and history.pdf.

    The exit code is 1 if a verdict turned in the last run of a pair, 2 for an error, and 0
    otherwise.
    """
    with speed_up_imports():
        from bioann.batch.read_comparisons import read_history

    run_history = read_history(folder)
    for pair in run_history.pairs:
        echo("\n".join(_describe_history(pair)))
    if out is not None:
        _write_report(run_history, out, "history")
    click.get_current_context().exit(TURNED_CODE if run_history.has_turned else 0)


def _describe_diff(pair_diff: ComparisonDiff) -> list[str]:
    """Describe what changed between two runs of a pair, a line for each change."""
    from bioann.comparison.number_changes import CHANGED, SAME
    from bioann.reporting.tables import format_estimate

    lines = [f"{pair_diff.pair}: {pair_diff.first.origin}, then {pair_diff.second.origin}"]
    lines += [f"  turned  {clean_line(text)}" for text in pair_diff.turned]
    others = pair_diff.claims[pair_diff.claims.change.isin(["added", "removed"])]
    lines += [f"  {row.change}  claim {row.id}" for row in others.itertuples()]
    changed_scores = pair_diff.scores[pair_diff.scores.change == CHANGED]
    for row in changed_scores.head(MAX_SCORES).itertuples():
        names = " ".join(filter(None, (row.metric, row.match, row.detail)))
        values = (
            format_estimate(row.value_first, row.low_first, row.high_first),
            format_estimate(row.value_second, row.low_second, row.high_second),
        )
        lines.append(f"  changed  {clean_line(names)}: {values[0]}, then {values[1]} {row.unit}")
    if len(changed_scores) > MAX_SCORES:
        lines.append(f"  and {len(changed_scores) - MAX_SCORES} more scores changed")
    n_same = int((pair_diff.scores.change == SAME).sum())
    n_turned = len(pair_diff.turned)
    lines += [f"  differs  {clean_line(str(cause))}" for cause in pair_diff.causes]
    lines.append(
        f"  {n_turned} of {len(pair_diff.claims) + len(pair_diff.equivalence)} verdicts turned; of "
        f"{len(pair_diff.scores)} scores {len(changed_scores)} changed and {n_same} are the same"
    )
    return lines


def _describe_history(pair: PairHistory) -> list[str]:
    """Describe the runs of a pair, a line for each."""
    lines = [f"{pair.pair}: {len(pair.runs)} run(s)"]
    for k, run in enumerate(pair.runs):
        step = pair.diffs[k - 1] if k else None
        turned = f"  turned {'; '.join(step.turned)}" if step is not None and step.turned else ""
        date = run.date[:16].replace("T", " ") or "no date"
        lines.append(clean_line(f"{k + 1:3}  {date}  {run.origin}{turned}"))
    return [lines[0], *(f"  {line}" for line in lines[1:])]


def _write_report(result: Any, out: Path, stem: str) -> None:
    from bioann.reporting.report import report

    paths = [out / f"{stem}.{ending}" for ending in ("html", "pdf")]
    report(result, *paths)
    echo(f"wrote {' '.join(map(str, paths))}")
