"""The views of objects in a notebook, which stand on a higher floor than the objects."""

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
        The object.

    Returns
    -------
    str
        A fragment of a page, with its own style; all text of the object is escaped.
    """
    # By name, when a notebook asks: runs and scores need nothing that draws, and what does stands
    # on a floor above.
    views = importlib.import_module("bioann.reporting.notebook")
    html: str = views.render_object(kind, obj)
    return html
