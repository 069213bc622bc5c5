"""``bioann run``: run pairs and studies, and write their reports."""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Any

import click

from bioann.base.printable import clean_text
from bioann.cli.decide_options import add_decide_options, choose_max_trials
from bioann.cli.echo import echo
from bioann.cli.options import (
    FIGURE_FORMATS,
    FORMATS,
    engine_option,
    figures_option,
    no_vary_option,
    parse_formats,
    resume_option,
    robustness_option,
    scheduler_option,
    seed_option,
    wirings_option,
)
from bioann.cli.startup import speed_up_imports

#: Steps of a pair: running, comparing, writing.
STEPS_PER_PAIR = 3


@click.command(
    epilog="\b\nExample:\n"
    "  bioann run inverter weighted_sum --trials 20 --out reports\n"
    "  bioann run inverter --decide --max-trials 40\n"
    "  bioann run inverter xor veto --jobs 2 --resume\n"
    "  bioann run path/to/mine.py --format html,json"
)
@click.argument("names", metavar="NAME|FILE.py...", nargs=-1, required=True)
@click.option(
    "--trials",
    type=int,
    help="Repetitions of each condition, seeds of a study.  [default: the pair's own number]",
)
@wirings_option
@seed_option
@engine_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the reports.",
)
@click.option(
    "--format",
    "formats",
    default=",".join(FORMATS),
    show_default=True,
    help="Formats of the reports, separated by commas.",
)
@figures_option
@click.option(
    "--audit",
    is_flag=True,
    help="Also run the spiking model with half its time step, and report how scores change.",
)
@no_vary_option
@robustness_option
@add_decide_options
@click.option(
    "--recompute", is_flag=True, help="Compute the data of studies anew instead of reusing them."
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Number of processes that run one pair each.",
)
@scheduler_option
@resume_option
def run(names: tuple[str, ...], **options: Any) -> None:
    """Run pairs and studies, and write their reports.

    Writes DIR/NAME.html, .pdf, .json (scores, claims, provenance), .csv (all scores) and .nc (the
    recording). With several pairs, DIR/index.html links the reports.

    The exit code is 0 if all runs succeed, whatever the verdicts are.
    """
    with speed_up_imports():
        from tqdm import tqdm

        from bioann.batch import run_index, run_pairs
        from bioann.batch.workers import run_in_workers
        from bioann.cli import text

    tqdm.monitor_interval = 0  # its thread would keep the report from being drawn on two cores
    start_time = time.perf_counter()
    batch = read_options(options, n_names=len(names))
    pair_jobs = dict(zip(names, batch.prepare(names), strict=True))
    if any(job.is_study for job in pair_jobs.values()):
        note_unused_options(options)
    bar_format = "{desc}  {bar:24}  step {n_fmt} of {total_fmt}, {elapsed}"
    n_steps = STEPS_PER_PAIR * len(names)
    with tqdm(total=n_steps, disable=None, leave=False, bar_format=bar_format) as progress_bar:
        finished: list[run_pairs.RunSummary] = []

        def report_step(step: str) -> None:
            progress_bar.set_description(f"{names[len(finished)]}: {step}")
            progress_bar.update()

        def report_summary(summary: run_pairs.RunSummary) -> None:
            finished.append(summary)
            progress_bar.update(STEPS_PER_PAIR * len(finished) - progress_bar.n)
            progress_bar.write(clean_text("\n".join(text.describe_verdicts(summary))))
            progress_bar.write(clean_text(f"  {text.describe_files(summary, options['out'])}\n"))

        def run_here(name: str) -> run_pairs.RunSummary:
            return run_pairs.run_job(pair_jobs[name], batch, report_step)

        is_local = options["jobs"] == 1 and options["scheduler"] is None
        elsewhere = functools.partial(run_pairs.run_subject, options=batch)
        work = run_here if is_local else elsewhere
        where = {"jobs": options["jobs"], "scheduler": options["scheduler"]}
        summaries = run_in_workers(names, work, raise_failure, report_summary, **where)
    echo(text.describe_totals(summaries, time.perf_counter() - start_time))
    index = run_index.write_index(summaries, options["out"])
    if index:
        echo(f"All reports: {index}")


def note_unused_options(options: dict[str, Any]) -> None:
    """Print which options have no effect on studies, if any was given."""
    with speed_up_imports():
        from bioann.base.text import join_names

    names = {"--wirings": "wirings", "--audit": "audit", "--decide": "decide"}
    unused = [flag for flag, name in {**names, "--no-vary": "no_vary"}.items() if options[name]]
    if unused:
        echo(f"note: {join_names(unused)}: no effect on studies", err=True)


def raise_failure(name: str, error: BaseException) -> Any:
    """Raise the error of a pair: the command ends, and what has finished stays."""
    raise error


def read_options(options: dict[str, Any], n_names: int) -> Any:
    """Return how the pairs of a command are run; `UsageError` for options that contradict."""
    with speed_up_imports():
        from bioann.batch.run_pairs import BatchOptions, RunChoices

    fixed = {"--trials": options["trials"], "--wirings": options["wirings"]}
    choices = RunChoices(
        trials=options["trials"],
        seed=options["seed"],
        engine=options["engine"],
        audit=options["audit"],
        vary=not options["no_vary"],
        wirings=options["wirings"],
        max_trials=choose_max_trials(options["decide"], options["max_trials"], fixed),
        cached=not options["recompute"],
    )
    formats = parse_formats(options["formats"], FORMATS, "--format")
    figures = parse_formats(options["figures"], FIGURE_FORMATS, "--figures", "figure format")
    has_workers = options["jobs"] > 1 or options["scheduler"] is not None
    folder, robustness = options["out"], options["robustness"]
    return BatchOptions(
        folder=folder.resolve() if has_workers else folder,
        formats=formats,
        figure_formats=figures,
        robustness=robustness.resolve() if has_workers else robustness,
        choices=choices,
        is_resumed=options["resume"],
        is_recorded=n_names > 1 or options["resume"],
    )
