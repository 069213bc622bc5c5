"""``bioann atlas``: run all pairs, and write one report of all claims."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bioann.base.printable import clean_line, clean_text
from bioann.cli.decide_options import add_decide_options, choose_max_trials
from bioann.cli.echo import echo
from bioann.cli.options import (
    engine_option,
    resume_option,
    robustness_option,
    scheduler_option,
    seed_option,
    wirings_option,
)
from bioann.cli.startup import speed_up_imports


@click.command(
    epilog="\b\nExample:\n  bioann atlas --out reports/atlas\n  bioann atlas --only A4,B6 --json"
)
@click.option(
    "--only", help="Claims or pairs, separated by commas: A4,B6,decision.  [default: all]"
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports/atlas"),
    show_default=True,
    help="Folder for the reports.",
)
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV table of verdicts in which the rows of these pairs are replaced.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the table of verdicts as JSON.")
@click.option(
    "--trials", type=int, help="Repetitions of each condition.  [default: each pair's own number]"
)
@wirings_option
@add_decide_options
@seed_option
@engine_option
@robustness_option
@click.option(
    "--jobs", type=click.IntRange(1), help="Number of processes.  [default: 2, or 1 on one core]"
)
@scheduler_option
@resume_option
def atlas(
    only: str | None,
    out: Path,
    verdicts: Path | None,
    as_json: bool,
    trials: int | None,
    wirings: int | None,
    decide: bool,
    max_trials: int | None,
    seed: int,
    engine: str,
    robustness: Path,
    jobs: int | None,
    scheduler: str | None,
    resume: bool,
) -> None:
    """Run all pairs and studies, judge every claim, and write one report.

    Writes DIR/index.html (the claims of each source), DIR/slides.html (for a projector),
    DIR/atlas.pdf (abstract, methods, results by source, limits, then two pages per pair or study),
    DIR/verdicts.csv with the scores that decided them, and the reports of each pair. The index
    lists a pair that fails with its error, and the other pairs still run. The exit code is 1 if any
    pair failed.
    """
    with speed_up_imports():
        from tqdm import tqdm

        from bioann.base.files import check_writable
        from bioann.batch import atlas as book, atlas_entries, atlas_files
        from bioann.batch.workers import count_usable_cores
        from bioann.comparison.verdict_table import update_verdicts

    most_trials = choose_max_trials(decide, max_trials, {"--trials": trials, "--wirings": wirings})
    selectors = () if only is None else [name.strip() for name in only.split(",")]
    options = book.AtlasOptions(
        out.resolve(), trials, seed, engine, wirings, most_trials, robustness.resolve(), resume
    )
    names = book.choose_pairs(selectors)
    check_writable(out)
    if verdicts is not None:
        check_writable(verdicts.parent)
    bar_format = "{desc}  {bar:24}  {n_fmt} of {total_fmt}, {elapsed}, left {remaining}"
    with tqdm(total=len(names), disable=None, leave=False, bar_format=bar_format) as progress_bar:

        def report_entry(entry: book.AtlasEntry) -> None:
            progress_bar.set_description(entry.pair)
            progress_bar.update()
            if as_json:
                return
            line = f"{entry.pair}  {entry.seconds:.0f} s  {entry.error}"
            progress_bar.write(clean_text(line.rstrip()))
            for row in entry.rows:
                progress_bar.write(f"  {row.verdict.text:9}  {clean_line(row.sentence)}")

        entries = book.collect_entries(
            names,
            options,
            report_entry,
            jobs=jobs or count_usable_cores(),
            scheduler=scheduler,
        )
    entries = atlas_files.add_common_entry(entries)
    paths = atlas_files.write_atlas(entries, out)
    table = atlas_entries.concatenate_verdicts(entries)
    if verdicts is not None:
        update_verdicts(verdicts, table)
    if as_json:
        rows = json.loads(table.to_json(orient="records"))
        errors = {e.pair: e.error for e in entries if e.error}
        echo(json.dumps({"verdicts": rows, "failed": errors}, indent=2))
    else:
        echo(atlas_entries.summarise_verdicts(entries))
        echo(f"wrote {' '.join(str(path) for path in paths)}")
    click.get_current_context().exit(1 if any(e.error for e in entries) else 0)
