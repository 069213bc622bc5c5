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
