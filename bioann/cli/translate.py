"""``bioann translate``: derive one model of a pair from the other."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="\b\nExample:\n"
    "  bioann translate decision --to ann --out decision_ann.py\n"
    "  bioann run decision_ann.py"
)
@click.argument("name", metavar="NAME|FILE.py")
@click.option(
    "--to", "side", type=click.Choice(["ann", "bio"]), required=True, help="Which model to derive."
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The pair file to write."
)
@click.option(
    "--method",
    type=click.Choice(["theory", "measured"]),
    default="theory",
    show_default=True,
    help="Where the transfer curves of a derived rate network come from.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides all that is random.")
def translate(name: str, side: str, out: Path, method: str, seed: int) -> None:
    """Derive one model of a pair from its other model, and write both as a pair that runs.

    The file tells every number that was decided and why. Its report holds the effective weights:
    which conductance is which weight, and what each was measured to do.
    """
    from bioann.pair_files.translated import write_translation

    translation = write_translation(name, out, side=side, method=method, seed=seed)
    for flag in translation.flags:
        click.echo(f"note: {flag}")
    click.echo(f"Wrote {out}. Next:\n  bioann run {out}")
