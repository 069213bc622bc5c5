"""``bioann cache``: list and remove compiled programs."""

from __future__ import annotations

import datetime

import click

from bioann.cli.echo import echo


@click.command(epilog="\b\nExample:\n  bioann cache\n  bioann cache --clear")
@click.option("--clear", is_flag=True, help="Remove all compiled programs.")
def cache(clear: bool) -> None:
    """List the compiled programs that later runs reuse.

    Networks with the same equations share a program, whatever their parameters, weights, stimuli
    and sizes. When the cache is full, the least recently used programs are removed.
    """
    from bioann.bio.engines.cpp import program_cache as programs

    if clear:
        echo(f"{programs.clear_cache()} program(s) removed from {programs.cache_folder()}")
        return
    entries = programs.list_programs()
    for entry in entries:
        used = datetime.datetime.fromtimestamp(entry.last_used).isoformat(" ", "minutes")
        echo(f"{entry.folder.name[:12]}  {used}  {entry.size / 1e6:6.2f} MB  {entry.title}")
    total, limit = sum(entry.size for entry in entries) / 1e6, programs.MAX_BYTES / 1e6
    echo(f"{len(entries)} program(s), {total:.1f} of {limit:.0f} MB, in {programs.cache_folder()}")
