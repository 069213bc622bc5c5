"""``bioann import``: read a Brian2 script as a pair."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import click

from bioann.cli.echo import echo
from bioann.cli.options import method_option, seed_option

_PICOFARADS = {"pF": 1.0, "nF": 1e3}


def parse_channels(context: Any, parameter: Any, text: str) -> dict[str, str]:
    """Return variables by channel from ``name=object,...``."""
    channels: dict[str, str] = {}
    for item in filter(None, (item.strip() for item in text.split(","))):
        name, sign, variable = (field.strip() for field in item.partition("="))
        if not (name and sign and variable.isidentifier()) or name in channels:
            raise click.BadParameter(
                f"wanted channel=variable with different channels, got {item!r}; "
                "write it like 'drive=fibres,noise=background'"
            )
        channels[name] = variable
    return channels


def parse_capacitance(context: Any, parameter: Any, text: str) -> float:
    """Return a capacitance in pF from a text such as ``200pF``."""
    match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*\*?\s*(pF|nF)\s*", text)
    if match is None or not float(match[1]) > 0:
        raise click.BadParameter(f"wanted a number above 0 and pF or nF, got {text!r}")
    return float(match[1]) * _PICOFARADS[match[2]]


@click.command(
    "import",
    epilog="\b\nExample:\n"
    "  bioann import coba.py --out coba_pair.py --channels drive=fibres\n"
    "  bioann run coba_pair.py",
)
@click.argument("script", metavar="SCRIPT.py", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The pair file to write; long arrays go to a .npz file beside it.",
)
@click.option(
    "--channels",
    default="",
    metavar="NAME=OBJECT,...",
    callback=parse_channels,
    help="Names of stimulus channels, and the variables that hold their PoissonGroup, "
    "PoissonInput or TimedArray.",
)
@click.option(
    "--capacitance",
    default="200pF",
    show_default=True,
    callback=parse_capacitance,
    help="Membrane capacitance of cells whose equations state only time constants.",
)
@method_option
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    help="Longest duration of the script up to run() and of the translation, in seconds.",
)
@seed_option
def import_script(
    script: Path,
    out: Path,
    channels: dict[str, str],
    capacitance: float,
    method: str,
    timeout: float,
    seed: int,
) -> None:
    """Read the network of a Brian2 script as a pair.

    The script's code runs, in a process of its own, up to its first run(): import only scripts that
    you would run yourself. Nothing of it is simulated. The network of that call becomes the spiking
    model; the rate model is derived from it.

    The file lists what was decided, and where the pair may differ from the script. A network that
    bioann has no description for is an error that names the equation or object.
    """
    from bioann.pair_files import imported

    reading, files = imported.import_script(
        script,
        out,
        channels=channels,
        capacitance=capacitance,
        method=method,
        timeout=timeout,
        seed=seed,
        report=functools.partial(echo, err=True),
    )
    for decision in reading.decisions:
        echo(decision)
    for flag in reading.flags:
        echo(f"note: {flag}")
    written = f"Wrote {' and '.join(map(str, files))}."
    if "def pair()" not in reading.source:
        echo(f"{written} Its build_network() returns the spiking network; add a rate model.")
        return
    echo(f"{written} Next:\n  bioann check {out}\n  bioann run {out}")
