"""``bioann cache``: list and remove compiled programs, data of studies, and rendered reports."""

from __future__ import annotations

import datetime

import click

from bioann.base.counts import count_subjects
from bioann.cli.echo import echo


@click.command(epilog="\b\nExample:\n  bioann cache\n  bioann cache --clear")
@click.option("--clear", is_flag=True, help="Remove all programs, data and reports.")
def cache(clear: bool) -> None:
    """List the compiled programs, data of studies and rendered reports that later runs reuse.

    Networks with the same equations share a program, whatever their parameters, weights, stimuli
    and sizes. When the cache is full, the least recently used programs are removed. Of a study the
    data of each seed are kept until its code or bioann changes; another run then replaces them.
    The pages of a report are reused by a run that gives the same numbers with the same code.
    """
    from bioann.base.text import format_count
    from bioann.bio.engines.cpp import program_cache as programs
    from bioann.reporting.page_cache import clear_pages, list_pages, pages_folder
    from bioann.studies.cache import clear_studies, list_cached_studies, studies_folder

    if clear:
        echo(f"{programs.clear_cache()} program(s) removed from {programs.cache_folder()}")
        echo(f"data of {format_count(clear_studies(), 'seed')} removed from {studies_folder()}")
        n_pages = format_count(clear_pages(), "rendered page")
        echo(f"{n_pages} removed from {pages_folder()}")
        return
    entries = programs.list_programs()
    for entry in entries:
        used = datetime.datetime.fromtimestamp(entry.last_used).isoformat(" ", "minutes")
        echo(f"{entry.folder.name[:12]}  {used}  {entry.size / 1e6:6.2f} MB  {entry.title}")
    total, limit = sum(entry.size for entry in entries) / 1e6, programs.MAX_BYTES / 1e6
    echo(f"{len(entries)} program(s), {total:.1f} of {limit:.0f} MB, in {programs.cache_folder()}")
    pages = [size for _, size in list_pages()]
    count = format_count(len(pages), "rendered page") if pages else "no rendered pages"
    echo(f"{count}, {sum(pages) / 1e6:.1f} MB, in {pages_folder()}")
    studies = list_cached_studies()
    for study in studies:
        used = datetime.datetime.fromtimestamp(study.last_written).isoformat(" ", "minutes")
        n_seeds = format_count(study.n_seeds, "seed")
        echo(f"{n_seeds:12}  {used}  {study.size / 1e6:6.2f} MB  {study.name}")
    size = sum(study.size for study in studies) / 1e6
    count = count_subjects(0, len(studies)) if studies else "no studies"
    echo(f"{count}, {size:.1f} MB, in {studies_folder()}")
