"""Common options, errors and output of all analyses.

`analysis_command` makes a command of the function of an analysis; `report_results` writes its
report and prints a summary, or all results as JSON.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

import bioann as ba
from bioann.reporting.document import Document
from bioann.reporting.write import write_document


class CommaSeparated(click.ParamType):
    """Values of one type, separated by commas."""

    name = "list"

    def __init__(self, item_type: click.ParamType) -> None:
        self.item_type = item_type

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert every value; the error for an invalid one names the expected type."""
        if isinstance(value, tuple):
            return value
        return tuple(self.item_type.convert(item.strip(), param, ctx) for item in value.split(","))


class AnalysisCommand(click.Command):
    """A command that prints errors of bioann as one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and store its start time in the context."""
        ctx.obj = time.perf_counter()
        try:
            return super().invoke(ctx)
        except ba.BioannError as error:
            raise click.ClickException(str(error)) from error


def analysis_command(
    description: str | None, example: str, *, engine: str = "auto"
) -> Callable[[Any], AnalysisCommand]:
    """Return a decorator that makes a command with ``--out``, ``--engine`` and ``--json``.

    Parameters
    ----------
    description : str
        Docstring of the script; its first paragraph becomes the help text.
    example : str
        Example of a command line, for the help text.
    engine : str
        Default of the option ``--engine``.

    Returns
    -------
    callable
        The decorator; it passes ``out``, ``engine`` and ``as_json`` to the function, in addition
        to the function's own options.
    """
    options = (
        click.option("--out", type=click.Path(path_type=Path), default="reports",
                     show_default=True, help="Folder for the report."),
        click.option("--engine", default=engine, show_default=True,
                     help="Engine of the spiking models: auto, numpy, cython or cpp."),
        click.option("--json", "as_json", is_flag=True, help="Print results as one JSON object."),
    )  # fmt: skip

    def decorate(function: Any) -> AnalysisCommand:
        for option in reversed(options):
            function = option(function)
        help_text = (description or "").split("\n\n")[0] + f"\n\nExample: {example}"
        return click.command(cls=AnalysisCommand, help=help_text)(function)

    return decorate


def report_results(
    report: Document, out: Path, stem: str, result: Mapping[str, Any], *, as_json: bool,
    lines: tuple[str, ...] = (), other_files: dict[str, bytes] | None = None,
) -> None:  # fmt: skip
    """Write the report, and print either a summary or all results as one JSON object.

    Parameters
    ----------
    report : Document
        The report of the analysis.
    out : pathlib.Path
        Folder for all files; it is created if it does not exist.
    stem : str
        File name of the report without its suffix.
    result : dict
        Results for the JSON object, to which the wall time in seconds is added.
    as_json : bool
        Whether to print the JSON object instead of the summary.
    lines : tuple of str
        Lines of the summary; by default the summary of the report.
    other_files : dict of str to bytes, optional
        Contents of further files in the folder, by file name.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    files = write_document(report, out, stem, other_files)
    if as_json:
        seconds = time.perf_counter() - click.get_current_context().obj
        click.echo(json.dumps({**result, "wall_time_s": round(seconds, 1)}))
        return
    for line in lines or (report.summary,):
        click.echo(line)
    click.echo(f"wrote {files[0]} and {', '.join(file.suffix for file in files[1:])}")
