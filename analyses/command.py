"""What the commands of all analyses share: their options and errors, what they write and say.

An analysis computes, and makes a document; `analysis_command` turns its function into a command,
`report_results` writes the report and prints the answer, or all numbers as JSON.
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
    """Several values with commas between them, each of one type."""

    name = "list"

    def __init__(self, item_type: click.ParamType) -> None:
        self.item_type = item_type

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert every value; a wrong one is named by the type it should have."""
        if isinstance(value, tuple):
            return value
        return tuple(self.item_type.convert(item.strip(), param, ctx) for item in value.split(","))


class AnalysisCommand(click.Command):
    """A command that ends with a sentence, not with a traceback, when something is wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and note when it began."""
        ctx.obj = time.perf_counter()
        try:
            return super().invoke(ctx)
        except ba.BioannError as error:
            raise click.ClickException(str(error)) from error


def analysis_command(
    description: str | None, example: str, *, engine: str = "auto"
) -> Callable[[Any], AnalysisCommand]:
    """Make a command of a function, with ``--out``, ``--engine`` and ``--json``.

    Parameters
    ----------
    description : str
        The script's docstring; its first paragraph becomes the help.
    example : str
        A command line that works.
    engine : str
        The default of ``--engine``.

    Returns
    -------
    callable
        A decorator. The function gets ``out``, ``engine`` and ``as_json`` beside its own options.
    """
    options = (
        click.option("--out", type=click.Path(path_type=Path), default="reports",
                     show_default=True, help="Folder for the report."),
        click.option("--engine", default=engine, show_default=True),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
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
    """Write the report; print all numbers as one JSON object, or the answer and where it stands.

    Parameters
    ----------
    report : Document
        What the analysis found.
    out : pathlib.Path
        Folder for it.
    stem : str
        Name of its files, without an ending.
    result : dict
        What JSON is to say; the seconds that all of it took are added.
    as_json : bool
        Whether to print that.
    lines : tuple of str
        Lines to print instead of the report's answer.
    other_files : dict of str to bytes, optional
        More files for the folder, by name.

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
    for line in lines or (report.answer,):
        click.echo(line)
    click.echo(f"wrote {files[0]} and {', '.join(file.suffix for file in files[1:])}")
