"""``bioann new``: write a small working pair or study, as a starting point."""

from __future__ import annotations

import click

from bioann.cli.echo import echo


@click.command(epilog="\b\nExample:\n  bioann new my_pair --dir pairs\n  bioann new counts --study")
@click.argument("name")
@click.option(
    "--dir", "folder", default=".", show_default=True, help="Folder for NAME.py and test_NAME.py."
)
@click.option("--study", is_flag=True, help="Write a study instead of a pair.")
def new(name: str, folder: str, study: bool) -> None:
    """Write a small working pair or study and its test, as a starting point."""
    from bioann.pair_files.new import write_new_pair, write_new_study

    file, test = (write_new_study if study else write_new_pair)(name, folder)
    echo(f"Wrote {file} and {test}. Next:")
    echo(f"  bioann check {file}\n  bioann run {file}\n  pytest {test}")
