"""What a report says, without a word on how it looks: a document of five closed block kinds.

Everything here is text that is already formatted. The renderers (`bioann.reporting.html`,
`bioann.reporting.pdf`) take a `Document` and nothing else, so they can never tell two
different stories.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from bioann.base.errors import DescriptionError

TONES = ("note", "good", "warning", "bad")
ALIGNMENTS = ("left", "center", "right")

_SAFE_LINK = re.compile(r"(?:https?://|mailto:|#|(?![a-zA-Z][a-zA-Z0-9+.-]*:))\S+")
_UNSAFE_SVG = re.compile(
    r"""<script|<foreignObject|\son\w+\s*=|href\s*=\s*["'](?!\#|data:)|url\(\s*["']?(?!\#|data:)|@import""",
    re.IGNORECASE,
)
_SVG_ID = re.compile(r'\sid="([^"]+)"')
_BLANK = frozenset(("", "-", "–", "—", "n/a", "nan"))
# A number, an interval, or a number with its unit: "-0.5", "0.92 [0.88, 0.95]", "12 ms", "3e-04".
_NUMBER = re.compile(r"(?=.*\d)[\d\s.,;()\[\]+\-−–±×^eE%<>≤≥≈~/]*(?:\s?[A-Za-zµΩ]{1,3})?")


def _require_that(condition: object, obj: str, expected: str, got: object, remedy: str) -> None:
    if not condition:
        raise DescriptionError(obj, expected, str(got), remedy)


def _require_text(obj: str, **texts: str) -> None:
    for name, text in texts.items():
        is_text = isinstance(text, str) and text.strip()
        _require_that(is_text, obj, f"its {name} in words", repr(text), f"Write its {name}.")


def _require_tone(obj: str, tone: str) -> None:
    _require_that(tone in TONES, obj, f"a tone among {TONES}", repr(tone), "Choose one of them.")


@dataclass(frozen=True)
class Badge:
    """A short coloured word such as a verdict; ``detail`` is the sentence printed beside it."""

    text: str
    tone: str
    detail: str = ""

    def __post_init__(self) -> None:
        _require_text("Badge", text=self.text)
        _require_tone(f"Badge {self.text!r}", self.tone)


@dataclass(frozen=True)
class Link:
    """A plain link: a relative path, an anchor, or a http(s) or mailto address."""

    text: str
    href: str

    def __post_init__(self) -> None:
        _require_text("Link", text=self.text)
        _require_that(
            _SAFE_LINK.fullmatch(self.href),
            f"Link {self.text!r}",
            "a relative, http(s) or mailto address without spaces",
            repr(self.href),
            "Other schemes could run code in the reader's browser.",
        )


TableCell = str | Badge | Link


@dataclass(frozen=True)
class Symbol:
    """One symbol of an equation: Typst math, its meaning, and its value with unit and source."""

    symbol: str
    meaning: str
    value: str = ""
    unit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _require_text(f"Symbol {self.symbol!r}", symbol=self.symbol, meaning=self.meaning)


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str

    def __post_init__(self) -> None:
        _require_text("Paragraph", text=self.text)


@dataclass(frozen=True)
class Equation:
    """A displayed equation in Typst math, and the table of what its symbols mean."""

    typst: str
    caption: str
    symbols: tuple[Symbol, ...] = ()

    def __post_init__(self) -> None:
        _require_text(f"Equation {self.typst!r}", formula=self.typst, caption=self.caption)


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    ``align`` holds one of "left", "center", "right" per column; where it is left empty, columns of
    numbers go right and all others left. ``note`` is small print under the table.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    note: str = ""
    align: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_text("Table", caption=self.caption)
        obj, n = f"Table {self.caption!r}", len(self.columns)
        _require_that(n, obj, "at least one column", "none", "Name its columns.")
        for i, row in enumerate(self.rows):
            _require_that(
                len(row) == n,
                f"{obj}, row {i}",
                f"{n} cells, one per column",
                f"{len(row)}: {row!r}",
                "Fill missing cells with an empty string.",
            )
            for cell in row:
                remedy = "Format numbers first, with as many digits as they are worth."
                expected = "a string, a Badge or a Link"
                _require_that(
                    isinstance(cell, TableCell), f"{obj}, row {i}", expected, repr(cell), remedy
                )
        is_valid = len(self.align) in (0, n) and set(self.align) <= set(ALIGNMENTS)
        remedy = f"Use {ALIGNMENTS}, or leave it empty."
        _require_that(is_valid, obj, f"{n} alignments", repr(self.align), remedy)

    @property
    def alignment(self) -> tuple[str, ...]:
        """Alignment of every column, as given or read off its cells."""
        if self.align:
            return self.align
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        return tuple("right" if _is_numeric(cells) else "left" for cells in columns)


def _is_numeric(cells: tuple[TableCell, ...]) -> bool:
    values = [c for c in cells if not (isinstance(c, str) and c.strip().lower() in _BLANK)]
    return bool(values) and all(isinstance(c, str) and _NUMBER.fullmatch(c) for c in values)


@dataclass(frozen=True)
class Figure:
    """A drawing as SVG text, with the words that replace it for who cannot see it."""

    svg: str
    alt: str
    caption: str

    def __post_init__(self) -> None:
        _require_text("Figure", caption=self.caption)
        obj = f"Figure {self.caption!r}"
        _require_text(obj, alt=self.alt)
        remedy = "Draw it with bioann.reporting.svg.to_svg."
        is_svg = self.svg.lstrip().startswith(("<svg", "<?xml")) and "<svg" in self.svg
        _require_that(is_svg, obj, "SVG text", repr(self.svg[:40]), remedy)
        unsafe_match = _UNSAFE_SVG.search(self.svg)
        expected = "an SVG without scripts and without anything to be fetched"
        _require_that(
            not unsafe_match, obj, expected, repr(unsafe_match and unsafe_match[0]), remedy
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id inside the drawing."""
        return tuple(_SVG_ID.findall(self.svg))


@dataclass(frozen=True)
class Notice:
    """A flag or a limit the reader must not miss."""

    tone: str
    text: str

    def __post_init__(self) -> None:
        _require_tone("Notice", self.tone)
        _require_text("Notice", text=self.text)


Block = Paragraph | Equation | Table | Figure | Notice


@dataclass(frozen=True)
class Section:
    """A titled run of blocks.

    With a `spread`, so many of its blocks fill a left page of the PDF, and the others the right
    page that faces it; each is shrunk until it fits. Zero lets the blocks run on.
    """

    title: str
    blocks: tuple[Block, ...]
    spread: int = 0

    def __post_init__(self) -> None:
        _require_text("Section", title=self.title)
        kinds = ", ".join(kind.__name__ for kind in get_args(Block))
        for block in self.blocks:
            remedy = "Say it with one of these five kinds."
            obj = f"Section {self.title!r}"
            _require_that(isinstance(block, Block), obj, kinds, type(block).__name__, remedy)


@dataclass(frozen=True)
class Document:
    """A whole report: the question and its answer first, then the sections that support it.

    ``verdicts`` are the badges under the answer, one per claim; ``contents`` puts a list of the
    sections there, too. With a ``sheet`` the PDF opens with one page on its side, in small print,
    that has a line for every claim; it takes the place of badges and contents.
    """

    title: str
    question: str
    answer: str
    verdicts: tuple[Badge, ...]
    sections: tuple[Section, ...]
    footer: str = ""
    contents: bool = True
    sheet: tuple[IndexRow, ...] = ()

    def __post_init__(self) -> None:
        _require_text("Document", title=self.title)
        obj = f"Document {self.title!r}"
        _require_text(obj, question=self.question, answer=self.answer)
        content = self.sections or self.sheet
        _require_that(content, obj, "at least one section, or a sheet", "none", "Add one.")
        earlier_ids: set[str] = set()
        for figure in self.iter_figures():
            repeated_ids = earlier_ids.intersection(figure.ids)
            remedy = "Give each figure its own key in to_svg."
            expected = "ids that no other figure has"
            _require_that(
                not repeated_ids,
                f"Figure {figure.caption!r}",
                expected,
                sorted(repeated_ids)[:3],
                remedy,
            )
            earlier_ids.update(figure.ids)

    def iter_figures(self) -> Iterator[Figure]:
        """All figures in the order of reading."""
        for section in self.sections:
            yield from (block for block in section.blocks if isinstance(block, Figure))


@dataclass(frozen=True)
class IndexRow:
    """One claim of one pair, as a line of the index that links several reports.

    ``number`` is the deciding number, already formatted; ``links`` lead to the pair's reports.
    Rows of one pair stand together. ``label`` and ``source`` of the claim may be missing.
    """

    pair: str
    question: str
    claim: str
    verdict: Badge
    number: str
    links: tuple[Link, ...]
    label: str = ""
    source: str = ""

    @property
    def sentence(self) -> str:
        """The claim with its label and its source."""
        label = f"{self.label}: " if self.label else ""
        return f"{label}{self.claim}{f' ({self.source})' if self.source else ''}"
