"""``bioann play``: a page of this machine with sliders for both models of a pair."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from bioann.cli.echo import echo
from bioann.cli.options import engine_option
from bioann.cli.signals import TerminationRequest


@click.command(
    epilog="\b\nExample:\n"
    "  bioann play inverter\n"
    "  bioann play my_pair.py --no-browser --port 8000\n"
    "  bioann play inverter --set 'projection interneurons -> output, weight=1.2 nS'"
)
@click.argument("name", metavar="[NAME|FILE.py|LINK]", default="inverter")
@click.option(
    "--set",
    "assignments",
    metavar="ADDRESS=VALUE",
    multiple=True,
    help="Open the page with another value of a parameter; may be repeated.  'bioann show NAME "
    "--parameters' lists the addresses.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of this machine.  [default: a free one]",
)
@engine_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("."),
    show_default=True,
    help="Folder for the pair files and reports that the page makes.",
)
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def play(
    name: str,
    assignments: tuple[str, ...],
    port: int,
    engine: str,
    out: Path,
    no_browser: bool,
) -> None:
    """Explore a pair in a browser: sliders change both models, and both responses follow.

    The page is served by this machine for this machine, under an address with a random key, and
    loads nothing from elsewhere. The address holds all changed values: opened again with 'bioann
    play LINK', it is the same experiment. Ctrl-C ends it.
    """
    from bioann.explorer.serve import read_link, serve_explorer

    settings: dict[str, str] = {}
    if name.startswith(("http://", "https://")):
        name, settings = read_link(name)
    for assignment in assignments:
        address, equals, value = assignment.rpartition("=")
        if not equals or not address.strip():
            raise click.BadParameter(
                f"wanted ADDRESS=VALUE, got {assignment!r}. Try 'trials=4'.", param_hint="--set"
            )
        settings[address.strip()] = value.strip()

    def show_address(address: str) -> None:
        echo(f"{address}\nPress Ctrl-C to end.")
        if not no_browser:
            webbrowser.open(address)

    try:
        serve_explorer(
            name, settings=settings, port=port, engine=engine, folder=out, on_start=show_address
        )
    except TerminationRequest:  # its exit code says which signal ended the command
        raise
    except KeyboardInterrupt:
        echo("Ended.")
