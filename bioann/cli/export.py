"""``bioann export``: write the spiking model of a pair for another simulator."""

from __future__ import annotations

from pathlib import Path

import click

from bioann.cli.echo import echo
from bioann.cli.options import seed_option, wirings_option


@click.command(
    epilog="\b\nExample:\n"
    "  bioann export inverter --out inverter_brian2.py\n"
    "  bioann export balanced --trial 3 --out balanced_brian2.py"
)
@click.argument("name", metavar="NAME|FILE.py")
@click.option(
    "--to",
    type=click.Choice(["brian2"]),
    default="brian2",
    show_default=True,
    expose_value=False,
    help="Simulator of the script.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The script to write; long arrays go to a .npz file beside it.",
)
@click.option("--condition", help="Label of the condition.  [default: the first]")
@click.option(
    "--trial",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Number of the trial, which decides input spikes, initial states and wiring.",
)
@wirings_option
@seed_option
def export(
    name: str,
    out: Path,
    condition: str | None,
    trial: int,
    wirings: int | None,
    seed: int,
) -> None:
    """Write the spiking model of a pair as a script that runs without bioann.

    The script imports Brian2 and NumPy only, simulates one condition and trial of the pair's
    stimulus, and gives the spikes that 'bioann run NAME --engine numpy' has there, bit for bit.
    Input spikes are those of the run; comments show the Poisson groups that draw others.
    """
    from bioann.pair_files.exported import export_pair

    files = export_pair(name, out, seed=seed, condition=condition, trial=trial, wirings=wirings)
    echo(f"Wrote {' and '.join(map(str, files))}. Next:\n  python {files[0]}")
