"""Options that several commands have in common."""

from collections.abc import Sequence
from pathlib import Path

import click

from bioann.base.errors import unknown_name_error
from bioann.base.seeds import DEFAULT_SEED

#: Formats of reports, and of figures as files of their own.
FORMATS = ("html", "pdf", "json", "csv", "nc")
FIGURE_FORMATS = ("svg", "pdf", "png")

seed_option = click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="Seed of all random numbers.",
)

method_option = click.option(
    "--method",
    type=click.Choice(["theory", "measured", "identification"]),
    default="theory",
    show_default=True,
    help="How a rate network is derived: with transfer functions by theory or from a run "
    "(measured), or with weights, too, fitted to responses (identification). The last two are the "
    "same for a model without a description, and for recorded data.",
)

engine_option = click.option(
    "--engine",
    default="auto",
    show_default=True,
    help="Engine of the spiking model: auto, numpy, cython, cpp or cpp_standalone.",
)

wirings_option = click.option(
    "--wirings",
    type=click.IntRange(1),
    help="Independent draws of the connections of networks that draw them, at most the trials.  "
    "[default: the pair's own number, or 10]",
)

figures_option = click.option(
    "--figures",
    default="",
    metavar="svg,pdf,png",
    help="Also write each figure in these formats, with its data as CSV, to DIR/NAME_figures.",
)

robustness_option = click.option(
    "--robustness",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("reports/robustness.csv"),
    show_default=True,
    help="Table of 'bioann robustness', shown beside the verdicts if it has these pairs.",
)

no_vary_option = click.option(
    "--no-vary",
    is_flag=True,
    help="Leave out the slider of a pair that varies a parameter, which takes one more run of both "
    "models with few trials for each value.",
)


def parse_formats(
    text: str, supported: Sequence[str], option: str, kind: str = "format"
) -> tuple[str, ...]:
    """Return the formats in an option; `UnknownNameError` for one that is not supported."""
    formats = tuple(dict.fromkeys(name.strip().lower() for name in text.split(","))) if text else ()
    for name in formats:
        if name not in supported:
            raise unknown_name_error(option, kind, name, supported)
    return formats


resume_option = click.option(
    "--resume",
    is_flag=True,
    help="Go on where a stopped command was: what it has finished in this folder, with the same "
    "pair, code, versions and options, is not run again.",
)

scheduler_option = click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help="Run on the workers of this dask scheduler."
)
