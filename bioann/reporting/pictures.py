"""A drawing as a block of a document."""

from __future__ import annotations

from bioann.reporting.document import Figure
from bioann.reporting.style import Drawing, house_style
from bioann.reporting.svg import to_svg


def picture(drawing: Drawing, key: str) -> Figure:
    """Turn a drawing into a block."""
    with house_style():  # matplotlib makes ticks while it saves
        return Figure(to_svg(drawing.figure, key), drawing.alt, drawing.caption)
