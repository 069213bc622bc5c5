"""The figures of a report as files: SVG, PDF or PNG, each with its data as CSV."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Collection, Iterable

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bioann.base.errors import unknown_name_error
from bioann.claims.judged_run import JudgedRun
from bioann.reporting import document
from bioann.reporting.document import Document, Link, Section
from bioann.reporting.figure_data import extract_figure_data
from bioann.reporting.figures.named_figures import list_figures
from bioann.reporting.style import house_style
from bioann.reporting.svg import to_svg

FIGURE_FORMATS = ("svg", "pdf", "png")
_PNG_DPI = 200


def check_figure_formats(formats: Iterable[str], obj: str) -> tuple[str, ...]:
    """Return formats of figures, each once; `UnknownNameError` for one that is not supported."""
    unique_formats = tuple(dict.fromkeys(formats))
    for name in unique_formats:
        if name not in FIGURE_FORMATS:
            raise unknown_name_error(obj, "figure format", name, FIGURE_FORMATS)
    return unique_formats


def render_figure_files(comparison: JudgedRun, formats: Collection[str]) -> dict[str, bytes]:
    """Draw all figures of a comparison or study, and render each in some formats, its data as CSV.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The result of `bioann.compare` or `bioann.run_study`.
    formats : collection of {'svg', 'pdf', 'png'}
        Formats of the figures; none for no files at all.

    Returns
    -------
    dict of str to bytes
        Contents by file name, such as ``responses.svg`` and ``responses.csv``; the same bytes for
        the same comparison.

    Raises
    ------
    UserCodeError
        If a figure of the pair raises an exception.
    """
    files: dict[str, bytes] = {}
    for name, draw in list_figures(comparison).items() if formats else ():
        drawing = draw()
        for kind in formats:
            files[f"{name}.{kind}"] = render_figure(drawing.figure, name, kind)
        data = extract_figure_data(drawing.figure) if drawing.data is None else drawing.data
        files[f"{name}.csv"] = data.to_csv(index=False, float_format="%.9g").encode()
    return files


def render_figure(figure: Figure, name: str, kind: str) -> bytes:
    """Render a figure as SVG, PDF or PNG, without dates or versions in it."""
    with house_style():  # matplotlib creates ticks when it saves
        if (engine := figure.get_layout_engine()) is not None:
            # Once: a second layout differs in the last digits, so bytes depended on the order.
            engine.execute(figure)
            figure.set_layout_engine("none")
        if kind == "svg":
            return to_svg(figure, name).encode()
        buffer, dpi = io.BytesIO(), figure.dpi
        try:
            if kind == "png":
                figure.dpi = _PNG_DPI
                FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
            else:
                with mpl.rc_context({"pdf.fonttype": 42}):
                    empty = {"CreationDate": None, "Creator": None, "Producer": None}
                    figure.savefig(buffer, format="pdf", metadata=empty)
        finally:
            figure.dpi = dpi
    return buffer.getvalue()


def link_figure_files(page: Document, folder: str, files: Collection[str]) -> Document:
    """Link the figures of a document to their files.

    Parameters
    ----------
    page : Document
        A report whose figures have names.
    folder : str
        Path of the folder of the files, relative to the page.
    files : collection of str
        Names of the files: that of the figure and an ending.

    Returns
    -------
    Document
        The same with links under each figure that has files.
    """

    def link_figure(figure: document.Figure) -> document.Figure:
        names = [file for file in files if file.rpartition(".")[0] == figure.name]
        links = [Link(name.rpartition(".")[2].upper(), f"{folder}/{name}") for name in names]
        return dataclasses.replace(figure, downloads=tuple(links))

    def link_section(section: Section) -> Section:
        blocks = (
            link_figure(block) if isinstance(block, document.Figure) else block
            for block in section.blocks
        )
        return dataclasses.replace(section, blocks=tuple(blocks))

    sections = tuple(map(link_section, page.sections))
    key_figure = page.key_figure and link_figure(page.key_figure)
    return dataclasses.replace(page, sections=sections, key_figure=key_figure)
