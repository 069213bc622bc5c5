"""``bioann inspect``: summarise the signs of the weights of a trained network in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bioann.cli.echo import echo

if TYPE_CHECKING:
    from bioann.ann.signs.census import Census

#: Columns of the table that is printed.
TABLE_COLUMNS = (
    "layer",
    "weights",
    "targets",
    "sources",
    "n",
    "negative",
    "balance",
    "mixed",
    "norm",
)


@click.command(
    "inspect",
    epilog="\b\nExample:\n"
    "  bioann inspect classifier.onnx --out reports\n"
    "  bioann inspect weights.npz --rows sources --json",
)
@click.argument("file", metavar="FILE.onnx|.nir|.npz|.safetensors", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for NAME.html, .pdf, .json and four tables as .csv.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all tables as JSON.")
@click.option(
    "--rows",
    type=click.Choice(["targets", "sources"]),
    help="What the rows of a weight matrix are, in a .npz or .safetensors file; by default what "
    "biases, shapes and names tell.",
)
def inspect_file(file: Path, out: Path | None, as_json: bool, rows: str | None) -> None:
    """Summarise the signs of the weights of a trained network.

    Per layer: share and distribution of negative weights, units whose outgoing weights have both
    signs (a violation of Dale's principle), excitatory-inhibitory balance, and spectra. No code in
    the file is executed.
    """
    from bioann.ann.interop.weights_from_file import read_file_weights
    from bioann.ann.signs.census import census_of
    from bioann.reporting.census_document import summarise_census

    weights = read_file_weights(file, rows=rows)
    census = census_of(weights.matrices)
    report_paths = [] if out is None else _write_reports(census, file, weights.notes, out)
    if as_json:
        echo(_format_json(census, file, weights.notes))
        return
    echo(_format_table(census))
    echo(summarise_census(census))
    for note in weights.notes:
        echo(f"  note: {note}")
    for path in report_paths:
        echo(f"  {path}")


def _format_table(census: Census) -> str:
    """Format the table of layers for a terminal."""
    return census.layers[list(TABLE_COLUMNS)].to_string(
        index=False,
        formatters={
            **dict.fromkeys(("negative", "mixed"), "{:.1%}".format),
            **dict.fromkeys(("balance", "norm"), "{:.3g}".format),
        },
    )


def _format_json(census: Census, file: Path, notes: tuple[str, ...]) -> str:
    """Format all tables as strict JSON, in which NaN is null."""
    tables = {
        name: json.loads(table.to_json(orient="records", double_precision=15))
        for name, table in vars(census).items()
    }
    content = {"file": file.name, "notes": notes, **tables}
    return json.dumps(content, indent=2, ensure_ascii=False)


def _write_reports(census: Census, file: Path, notes: tuple[str, ...], out: Path) -> list[Path]:
    """Write report, JSON and tables: all of them, or none."""
    from bioann.reporting.census_document import make_census_document
    from bioann.reporting.write import write_document

    other_files = {f"{file.stem}.json": (_format_json(census, file, notes) + "\n").encode()}
    for name, table in vars(census).items():
        other_files[f"{file.stem}_{name}.csv"] = table.to_csv(index=False).encode()
    document = make_census_document(census, file.stem, file.name, notes)
    return write_document(document, out, file.stem, other_files)
