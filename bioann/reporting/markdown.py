"""A small, safe part of Markdown as blocks of a report: paragraphs, headings, emphasis, lists.

Everything else, raw HTML and links included, stays the text that it is.
"""

from __future__ import annotations

import re
from itertools import groupby

from bioann.reporting.rich_text import RichText, TextRun

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*")
_ITEM = re.compile(r"\s*(?:([-*+])|(\d{1,9})[.)])\s+(.*)")
#: Code comes first, because nothing inside it is emphasis; a backslash protects a mark.
_RUN = re.compile(
    r"\\(?P<escaped>[\\`*_#+.()\-])"
    r"|`(?P<code>[^`]+)`"
    r"|(?P<two>\*\*|__)(?=\S)(?P<strong>.+?)(?<=\S)(?P=two)"
    r"|(?<![\w*])(?P<one>[*_])(?![\s*_])(?P<emphasis>.+?)(?<![\s*_])(?P=one)(?!\w)"
)


def parse_markdown(text: str) -> tuple[RichText, ...]:
    """Convert Markdown to blocks of a report.

    Parameters
    ----------
    text : str
        Paragraphs between empty lines, headings with ``#``, lists with ``-`` or ``1.``, and
        ``*emphasis*``, ``**strong**`` and ```code```.

    Returns
    -------
    tuple of RichText
        The blocks in their order; none for a text without words.
    """
    lines = [(_classify_line(line), line) for line in text.expandtabs(4).splitlines()]
    blocks = []
    for style, group in groupby(_join_continuations(lines), key=lambda line: line[0]):
        contents = [line for _, line in group]
        if style in ("bullets", "numbers"):
            items = (_ITEM.fullmatch(line) for line in contents)
            parsed = tuple(parse_runs(item[3]) for item in items if item and item[3].strip())
            blocks += [RichText(style, parsed)] if parsed else []
        elif style:
            blocks += [RichText(style, (parse_runs(line),)) for line in contents if line.strip()]
    return tuple(blocks)


def _classify_line(line: str) -> str:
    """Return the style that a line begins; ``paragraph`` may also go on with the line before."""
    if not line.strip():
        return ""
    if (heading := _HEADING.fullmatch(line)) and heading[1]:
        return "heading"
    if item := _ITEM.fullmatch(line):
        return "bullets" if item[1] else "numbers"
    return "paragraph"


def _join_continuations(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join the lines of a paragraph or an item, and take the marks from headings."""
    joined: list[tuple[str, str]] = []
    for style, line in lines:
        if style == "heading" and (heading := _HEADING.fullmatch(line)):
            joined.append((style, heading[1]))
        elif style == "paragraph" and joined and joined[-1][0] not in ("", "heading"):
            before, text = joined[-1]
            joined[-1] = (before, f"{text} {line.strip()}")
        else:
            joined.append((style, line if style != "paragraph" else line.strip()))
    return joined


def parse_runs(text: str) -> tuple[TextRun, ...]:
    """Split a line into pieces that are set alike; emphasis does not nest."""
    runs: list[TextRun] = []

    def add_run(words: str, emphasis: str = "") -> None:
        if words and runs and runs[-1].emphasis == emphasis == "":
            runs[-1] = TextRun(runs[-1].text + words)
        elif words:
            runs.append(TextRun(words, emphasis))

    end = 0
    for match in _RUN.finditer(text):
        add_run(text[end : match.start()])
        kind = next(name for name in ("escaped", "code", "strong", "emphasis") if match[name])
        add_run(match[kind], "" if kind == "escaped" else kind)
        end = match.end()
    add_run(text[end:])
    return tuple(runs)
