"""``bioann cache``: show and clear the programs that were compiled."""

from __future__ import annotations

import datetime

import click


@click.command(epilog="\b\nExample:\n  bioann cache\n  bioann cache --clear")
@click.option("--clear", is_flag=True, help="Remove all of them.")
def cache(clear: bool) -> None:
    """Show the compiled programs that later runs take up.

    A program serves every run of a network with the same equations, whatever its parameters,
    weights, stimuli and sizes. The least recently used ones go when there is no room.
    """
    from bioann.bio.engines.cpp import program_cache as programs

    if clear:
        click.echo(f"{programs.clear_cache()} program(s) removed from {programs.cache_folder()}")
        return
    entries = programs.list_programs()
    for entry in entries:
        used = datetime.datetime.fromtimestamp(entry.last_used).isoformat(" ", "minutes")
        click.echo(f"{entry.folder.name[:12]}  {used}  {entry.size / 1e6:6.2f} MB  {entry.title}")
    total, limit = sum(entry.size for entry in entries) / 1e6, programs.MAX_BYTES / 1e6
    click.echo(
        f"{len(entries)} program(s), {total:.1f} of {limit:.0f} MB, in {programs.cache_folder()}"
    )
