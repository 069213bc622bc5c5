"""``bioann translate``: derive one model of a pair from the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioann.cli.echo import echo
from bioann.cli.options import method_option, seed_option

if TYPE_CHECKING:
    from bioann.ann.signs.constraints import SignConstraint
    from bioann.translate.identification.options import IdentificationOptions


@click.command(
    epilog="\b\nExample:\n"
    "  bioann translate decision --to ann --out decision_ann.py\n"
    "  bioann translate my_pair.py --to ann --method measured --signs dale --out my_rates.py\n"
    "  bioann translate classifier.onnx --to bio --out classifier_pair.py\n"
    "  bioann run classifier_pair.py"
)
@click.argument("name", metavar="NAME|FILE.py|MODEL.onnx|.npz|.safetensors|.nir")
@click.option(
    "--to",
    "side",
    type=click.Choice(["ann", "bio"]),
    required=True,
    help="Model to derive: the rate model or the spiking model.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The pair file to write; the weights of a MODEL go to a .npz file beside it.",
)
@click.option("--activation", help="Hidden layers of a file of weights.  [default: relu]")
@click.option("--output", help="Name of the tensor of an ONNX file that is the output.")
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
    activation: str | None,
    output: str | None,
    method: str,
    signs: str | None,
    stimuli: int | None,
    trials: int | None,
    seed: int,
) -> None:
    """Derive one model of a pair from the other, and write both as a new pair.

    Instead of a pair, a MODEL can be a file of a trained network, which becomes the rate model. No
    code in it is executed.

    The file lists every parameter that was chosen, with the reason. The report of the new pair
    shows the effective weight of each connection.
    """
    from bioann.pair_files.network_file import write_network_translation
    from bioann.pair_files.translated import write_translation

    model = Path(name)
    files: tuple[Path, ...] = (out,)
    if model.suffix.lower() in ("", ".py"):
        for option, value in (("--activation", activation), ("--output", output)):
            if value is not None:
                raise click.UsageError(f"{option} is for files of trained networks. Leave it out.")
        translation = write_translation(
            name,
            out,
            side=side,
            method=method,
            seed=seed,
            identification=read_identification(signs, stimuli, trials),
        )
    else:
        for option, setting in (("--signs", signs), ("--stimuli", stimuli), ("--trials", trials)):
            if setting is not None:
                raise click.UsageError(
                    f"{option} is for weights that are fitted to responses. Leave it out."
                )
        translation, files = write_network_translation(
            model, out, side=side, seed=seed, activation=activation, output=output
        )
    for flag in translation.flags:
        echo(f"note: {flag}")
    echo(f"Wrote {' and '.join(map(str, files))}. Next:\n  bioann check {out}\n  bioann run {out}")


def read_identification(
    signs: str | None, stimuli: int | None, trials: int | None
) -> IdentificationOptions | None:
    """Return the options of weights that are fitted to responses; None if none is set."""
    from bioann.ann.signs.constraints import DaleColumns, Free, NonNegative, NonPositive
    from bioann.translate.identification.options import IdentificationOptions

    if not (signs or stimuli or trials):
        return None
    constraints: dict[str, SignConstraint] = {
        "free": Free(),
        "nonnegative": NonNegative(),
        "nonpositive": NonPositive(),
        "dale": DaleColumns(),
    }
    return IdentificationOptions(
        stimuli=stimuli, trials=trials, constraint=constraints[signs or "free"]
    )
