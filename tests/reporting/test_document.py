"""A document refuses what could not be rendered or read."""

import pytest

from bioann.base.equations import Equation, Symbol
from bioann.base.errors import DescriptionError
from bioann.reporting.document import (
    Badge,
    Document,
    Figure,
    Link,
    Notice,
    Paragraph,
    Section,
    Table,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path id="a"/></svg>'


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Paragraph("  "), "its text in words"),
        (lambda: Equation("", "x"), "its caption in words"),
        (lambda: Symbol("x", ""), "meaning"),
        (lambda: Figure(SVG, "", "A caption"), "Figure 'A caption': wanted its alt in words"),
        (lambda: Figure("PNG", "alt", "c"), "SVG text"),
        (lambda: Figure(SVG.replace("<path", "<script"), "alt", "c"), "without scripts"),
        (lambda: Figure(SVG.replace("<path", "<path onload='x'"), "alt", "c"), "without scripts"),
        (lambda: Figure(SVG.replace("<path", '<image href="a.png"'), "alt", "c"), "fetched"),
        (lambda: Figure(SVG.replace("<path", '<path fill="url(x.svg#a)"'), "alt", "c"), "fetched"),
        (lambda: Notice("loud", "x"), "a tone among"),
        (lambda: Badge("x", "loud"), "a tone among"),
        (lambda: Link("x", "javascript:alert(1)"), "Other schemes could run code"),
        (lambda: Table("t", (), ()), "at least one column"),
        (lambda: Table("t", ("a", "b"), (("1", "2"), ("1",))), "Table 't', row 1: wanted 2 cells"),
        (lambda: Table("t", ("a",), ((0.5,),)), "Format numbers first"),
        (lambda: Table("t", ("a",), (), align=("up",)), "alignments"),
        (lambda: Table("t", ("a",), (), align=("left", "left")), "1 alignments"),
        (lambda: Section("s", ("text",)), "one of these kinds"),
        (lambda: Document("t", "q", "", (), (Section("s", ()),)), "its summary in words"),
        (lambda: Document("t", "q", "a", (), ()), "at least one section"),
    ],
)
def test_refuses_and_says_what_to_do(make, words):
    with pytest.raises(DescriptionError) as error:
        make()
    assert words in str(error.value)


def test_two_figures_may_not_share_ids():
    twins = tuple(Figure(SVG, "alt", caption) for caption in ("one", "two"))
    with pytest.raises(DescriptionError, match=r"Figure 'two'.*own key"):
        Document("t", "q", "a", (), (Section("s", twins),))


def test_only_columns_of_numbers_go_right():
    rows = (
        ("left", "-0.5", "0.92 [0.88, 0.95]", "12 ms", "–", "", "5 left units", "−1e-3"),
        ("right", "1", "n/a", "≥ 3 %", "–", "x", "7", "2 × 10^4"),
    )
    sides = Table("t", tuple("abcdefgh"), rows).alignment
    assert sides == ("left", "right", "right", "right", "left", "left", "left", "right")


def test_a_given_alignment_wins():
    assert Table("t", ("a",), (("1",),), align=("center",)).alignment == ("center",)


def test_blocks_are_frozen():
    with pytest.raises(AttributeError):
        Paragraph("x").text = "y"


@pytest.mark.parametrize("href", ["a.html", "a/b.pdf", "#s1", "https://doi.org/x", "mailto:a@b.c"])
def test_plain_links_are_welcome(href):
    assert Link("x", href).href == href
