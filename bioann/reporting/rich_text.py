"""Text with emphasis, headings and lists: what a report takes over from Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from bioann.base.errors import DescriptionError
from bioann.base.text import check_texts

#: What the lines of a block are, and how a piece of a line is set.
STYLES = ("paragraph", "heading", "bullets", "numbers")
EMPHASES = ("", "emphasis", "strong", "code")


@dataclass(frozen=True)
class TextRun:
    """Some words of a line that are set alike.

    Parameters
    ----------
    text : str
        The words, with the spaces around them.
    emphasis : {'', 'emphasis', 'strong', 'code'}, optional
        How they are set; plain by default.
    """

    text: str
    emphasis: str = ""


@dataclass(frozen=True)
class RichText:
    """A paragraph or a heading of one line, or a list with a line for each item.

    Parameters
    ----------
    style : {'paragraph', 'heading', 'bullets', 'numbers'}
        What the lines are.
    lines : tuple of tuple of TextRun
        The text of each line.

    Raises
    ------
    DescriptionError
        For another style or emphasis, or a line without words.
    """

    style: str
    lines: tuple[tuple[TextRun, ...], ...]

    def __post_init__(self) -> None:
        obj = f"RichText {self.style!r}"
        emphases = {run.emphasis for line in self.lines for run in line}
        if self.style not in STYLES or not emphases <= set(EMPHASES) or not self.lines:
            raise DescriptionError(
                obj,
                f"lines, a style among {STYLES}, emphases among {EMPHASES}",
                f"{len(self.lines)} lines, emphases {sorted(emphases)}",
                "Write Markdown instead, as for bioann.report(..., extra=[...]).",
            )
        for line in self.lines:
            check_texts(obj, text="".join(run.text for run in line))
