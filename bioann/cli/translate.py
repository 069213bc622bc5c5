"""``bioann translate``: derive one model of a pair from the other."""

from __future__ import annotations

from pathlib import Path

import click

from bioann.cli.echo import echo
from bioann.cli.options import method_option, seed_option


@click.command(
    epilog="\b\nExample:\n"
    "  bioann translate decision --to ann --out decision_ann.py\n"
    "  bioann run decision_ann.py\n"
    "  bioann translate my_pair.py --to ann --method measured --signs dale --out my_rates.py"
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
@click.option(
    "--signs",
    type=click.Choice(["free", "nonnegative", "nonpositive", "dale"]),
    help="Sign constraint of weights that are fitted to responses.  [default: free]",
)
@click.option(
    "--stimuli",
    type=click.IntRange(1),
    help="Stimuli that weights are fitted to.  [default: by the number of channels]",
)
@click.option(
    "--trials",
    type=click.IntRange(1),
    help="Trials of each of these stimuli.  [default: by the number of neurons]",
)
@seed_option
def translate(
    name: str,
    side: str,
    out: Path,
    method: str,
    signs: str | None,
    stimuli: int | None,
    trials: int | None,
    seed: int,
) -> None:
    """Derive one model of a pair from the other, and write both as a new pair.

    The file lists every parameter that was chosen, with the reason. The report of the new pair
    shows the effective weight of each connection.
    """
    from bioann.ann.signs.constraints import DaleColumns, Free, NonNegative, NonPositive
    from bioann.pair_files.translated import write_translation
    from bioann.translate.identification.options import IdentificationOptions

    identification = None
    if signs or stimuli or trials:
        constraint = {
            "free": Free(),
            "nonnegative": NonNegative(),
            "nonpositive": NonPositive(),
            "dale": DaleColumns(),
        }[signs or "free"]
        identification = IdentificationOptions(
            stimuli=stimuli, trials=trials, constraint=constraint
        )
    translation = write_translation(
        name, out, side=side, method=method, seed=seed, identification=identification
    )
    for flag in translation.flags:
        echo(f"note: {flag}")
    echo(f"Wrote {out}. Next:\n  bioann run {out}")
