"""``bioann translate``: derive one model of a pair from the other."""

from __future__ import annotations

from pathlib import Path

import click

from bioann.cli.echo import echo
from bioann.cli.options import method_option, seed_option


@click.command(
    epilog="\b\nExample:\n"
    "  bioann translate decision --to ann --out decision_ann.py\n"
    "  bioann run decision_ann.py"
)
@click.argument("name", metavar="NAME|FILE.py")
@click.option(
    "--to",
    "side",
    type=click.Choice(["ann", "bio"]),
    required=True,
    help="Model to derive: the rate model or the spiking model.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The pair file to write."
)
@method_option
@seed_option
def translate(name: str, side: str, out: Path, method: str, seed: int) -> None:
    """Derive one model of a pair from the other, and write both as a new pair.

    The file lists every parameter that was chosen, with the reason. The report of the new pair
    shows the effective weight of each connection.
    """
    from bioann.pair_files.translated import write_translation

    translation = write_translation(name, out, side=side, method=method, seed=seed)
    for flag in translation.flags:
        echo(f"note: {flag}")
    echo(f"Wrote {out}. Next:\n  bioann run {out}")
