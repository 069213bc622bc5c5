"""The views of objects: what draws them stands on a higher floor than the objects.

It is imported by name when somebody looks, because runs and scores need nothing that draws. All
imports of this kind are in this module.
"""

from __future__ import annotations

import importlib
from typing import Any


def render_for_notebook(kind: str, obj: Any) -> str:
    """Return the HTML that a notebook shows for an object.

    Parameters
    ----------
    kind : str
        What the object is: a key of `bioann.reporting.notebook.VIEWS`.
    obj : object
        Object that the notebook shows.

    Returns
    -------
    str
        A fragment of a page, with its own style; all text of the object is escaped.
    """
    html: str = importlib.import_module("bioann.reporting.notebook").render_object(kind, obj)
    return html


def draw_named_figure(comparison: Any, name: str) -> Any:
    """Return a figure of the report of a comparison.

    Parameters
    ----------
    comparison : Comparison
        The result of `bioann.compare`.
    name : str
        Name of the figure; see `bioann.figures.draw_figure`.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    named_figures = importlib.import_module("bioann.reporting.figures.named_figures")
    return named_figures.draw_figure(comparison, name)


def render_report_pages(comparison: Any, endings: Any, additions: Any) -> dict[str, bytes]:
    """Return the pages of a report by their endings; see `bioann.reporting.report_pages`."""
    report_pages = importlib.import_module("bioann.reporting.report_pages")
    pages: dict[str, bytes] = report_pages.render_pages(comparison, endings, additions)
    return pages


def render_figures(comparison: Any, formats: Any) -> dict[str, bytes]:
    """Return the files of figures by their names; see `bioann.reporting.figure_files`."""
    figure_files = importlib.import_module("bioann.reporting.figure_files")
    files: dict[str, bytes] = figure_files.render_figure_files(comparison, formats)
    return files


def render_index_page(title: str, rows: Any) -> str:
    """Return the page that links several reports; see `bioann.reporting.html.render_index`."""
    html: str = importlib.import_module("bioann.reporting.html").render_index(title, rows)
    return html
