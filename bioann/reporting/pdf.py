"""A document as PDF, typeset by typst: vector figures, contents, page numbers."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from importlib import resources
from typing import Any, Literal

import typst

from bioann.base.equations import Equation
from bioann.base.errors import OutputError
from bioann.base.printable import clean_text
from bioann.reporting.document import Document, Table
from bioann.reporting.svg import embedded_fonts, equation_svg


def render_pdf(document: Document) -> bytes:
    """Render a report as PDF.

    Parameters
    ----------
    document : Document
        The content of the report.

    Returns
    -------
    bytes
        The file; deterministic.

    Raises
    ------
    DescriptionError
        If an equation is not Typst math.
    OutputError
        If typst cannot typeset the document; with its diagnostic.
    """
    return typeset_document(document, "pdf")[0]


def typeset_document(
    document: Document,
    page_format: Literal["pdf", "png", "svg"],
    *,
    pixels_per_inch: float | None = None,
) -> list[bytes]:
    """Typeset a report as one PDF or as a picture of every page.

    Parameters
    ----------
    document : Document
        The content of the report.
    page_format : {'pdf', 'png', 'svg'}
        Format of the result.
    pixels_per_inch : float, optional
        Resolution of PNG pictures; 144 unless given.

    Returns
    -------
    list of bytes
        The PDF alone, or the picture of every page in their order.

    Raises
    ------
    DescriptionError
        If an equation is not Typst math.
    OutputError
        If typst cannot typeset the document; with its diagnostic.
    """
    template = resources.files("bioann.reporting") / "templates" / "report.typ"
    data = json.dumps(_to_json_data(document), ensure_ascii=False)
    try:
        pages = typst.compile(
            template.read_bytes(),
            format=page_format,
            ppi=pixels_per_inch,
            font_paths=embedded_fonts(),
            ignore_system_fonts=True,
            # Text is passed as data, so typst never parses it as markup.
            sys_inputs={"document": data},
            timestamp=0,
        )
        return pages if isinstance(pages, list) else [pages]
    except typst.TypstError as error:
        _check_equations(document)
        obj = f"PDF of {document.title!r}"
        remedy = f"Typst says: {error.diagnostic}"
        raise OutputError(obj, "a document that typst can set", error.message, remedy) from error


def _check_equations(document: Document) -> None:
    """Raise the error that names the formula if a formula is invalid."""
    for section in document.sections:
        for equation in (block for block in section.blocks if isinstance(block, Equation)):
            for formula in (equation.typst, *(symbol.symbol for symbol in equation.symbols)):
                equation_svg(formula)


def _to_json_data(value: Any) -> Any:
    """Convert dataclasses to dictionaries with their ``kind``, and clean all text."""
    if is_dataclass(value):
        data = {field.name: _to_json_data(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, Table):
            data["align"] = list(value.alignment)
        data.pop("narrow_svg", None)  # paper is wide enough for the other drawing
        return {"kind": type(value).__name__} | data
    if isinstance(value, str):
        return clean_text(value)
    return [_to_json_data(item) for item in value] if isinstance(value, tuple | list) else value
