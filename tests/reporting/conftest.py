"""A document with every block kind in it, and a reader of pages."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure as Drawing

from bioann.base.equations import Equation, Symbol
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
from bioann.reporting.svg import to_svg

HOSTILE = "<script>alert('x')</script> & #strong[a] $x$ *b* _c_ @d `e` \\ {{ f }} {% g %} // h"


@dataclass
class Page(HTMLParser):
    """Start tags in order, with their attributes, and all text."""

    source: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self):
        super().__init__()
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        self.text += data

    def values(self, attribute):
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def read():
    return Page


@pytest.fixture
def hostile():
    return HOSTILE


def drawing(key):
    figure = Drawing(figsize=(3, 2))
    axes = figure.subplots()
    axes.plot([0, 1, 2], [0, 1, 0], marker="o", label=HOSTILE.replace("$", ""))
    axes.set_title("rate (Hz)")
    axes.legend()
    return to_svg(figure, key)


@pytest.fixture
def draw():
    return drawing


def make_document(text=HOSTILE):
    """Build the document afresh, figures and all."""
    scatter, rates = (Figure(drawing(key), f"{key}: {text}", text) for key in ("scatter", "rates"))
    symbols = (
        Symbol('V_"th"', "threshold", "-50", "mV", "Wang 2002"),
        Symbol("tau", text, "", "ms", ""),
    )
    verdict = Badge("supported", "good", text)
    link = Link(text, "https://doi.org/10.1000/x?a=1&b=2")
    table = Table(
        text,
        ("Name " + text, "Value", "Verdict", "Source"),
        ((text, "0.92 [0.88, 0.95]", verdict, link),) * 60,
        note=text,
    )
    numbers = Table("Numbers", ("a", "b"), (("1", "x"),), align=("center", "right"))
    equation = Equation(text, 'tau (dif V)/(dif t) = V_"th" - V', symbols)
    return Document(
        f"Title {text}",
        f"Question {text}",
        f"Answer {text}",
        (verdict, Badge("refuted", "bad", text)),
        (
            Section(
                f"First {text}", (Paragraph(text), scatter, rates, equation, Equation(text, ""))
            ),
            Section("Second", (table, numbers, equation, Notice("warning", text))),
        ),
        text,
    )


@pytest.fixture
def make():
    return make_document
