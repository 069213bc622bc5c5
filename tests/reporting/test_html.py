"""The page: self-contained, safe, and readable by everybody."""

import re
from collections import Counter
from dataclasses import replace
from importlib import resources
from itertools import pairwise

import pytest

from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError
from bioann.base.printable import clean_text
from bioann.reporting.document import Badge, Figure, IndexRow, Link, Section
from bioann.reporting.html import render_html, render_index


def index_rows(text="text"):
    links = (Link("HTML", "a.html"), Link("PDF", "a.pdf"))
    verdict = Badge("depends", "warning")
    return [
        IndexRow(pair, text, f"claim {n} of {pair}", verdict, "0.5", links)
        for pair in ("first", "second")
        for n in range(2)
    ]


@pytest.fixture(params=["report", "index"])
def page(request, make, hostile):
    if request.param == "report":
        return render_html(make())
    return render_index("All", index_rows(hostile))


def test_same_document_same_text(make):
    assert render_html(make()) == render_html(make())
    assert render_index("t", index_rows()) == render_index("t", index_rows())


def test_text_stays_text(make, read, hostile):
    html = render_html(make())
    page = read(html)
    assert not page.named("script")
    for start in ("Title ", "Question ", "Answer ", "First ", "Name "):
        assert start + hostile in page.text
    assert f"rates: {hostile}" in page.values("aria-label")


def test_control_characters_do_not_reach_the_page(make, read):
    html = render_html(make("a\x1b[2Jb\u202ec\0d"))
    assert clean_text(html) == html
    assert "Question a\N{REPLACEMENT CHARACTER}[2Jbc\N{REPLACEMENT CHARACTER}d" in read(html).text
    index = render_index("t\x1b", index_rows("a\x9bb"))
    assert clean_text(index) == index


def test_nothing_is_fetched(page, read):
    tags = read(page).tags
    fetching = {"src", "srcset", "data", "action", "poster"}
    assert not [(tag, attrs) for tag, attrs in tags if fetching & set(attrs)]
    for tag, attrs in tags:
        for name in ("href", "xlink:href"):
            if tag != "a" and name in attrs:
                assert attrs[name].startswith(("#", "data:")), (tag, attrs)
    assert not re.search(r"@import|url\((?!#|data:)", page)
    assert "default-src 'none'" in page


def test_every_id_is_unique_and_every_reference_has_a_target(page, read):
    page = read(page)
    ids = Counter(page.values("id"))
    assert not [name for name, times in ids.items() if times > 1]
    targets = [name for value in page.values("aria-labelledby") for name in value.split()]
    anchors = [href[1:] for href in page.values("href") if href.startswith("#")]
    assert targets
    assert anchors
    assert set(targets + anchors) <= set(ids)


def test_every_drawing_is_an_image_with_a_name(make, read):
    drawings = read(render_html(make())).named("svg")
    assert len(drawings) == 2 + 2 * 3  # figures; an equation and its two symbols, twice
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in drawings)


def test_headings_stand_in_order_under_one_title(page, read):
    levels = [int(tag[1]) for tag, _ in read(page).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_the_frame_serves_keyboard_and_screen_reader(page, read):
    page = read(page)
    assert page.named("html") == [{"lang": "en"}]
    first_link = page.named("a")[0]
    assert first_link["href"] == "#content"
    (main,) = page.named("main")
    assert main["id"] == "content"
    assert len(page.named("header")) == 1
    assert len(page.named("table")) == len(page.named("caption")) > 0
    assert {attrs.get("scope") for attrs in page.named("th")} <= {"col", "row", "rowgroup"}
    scrollers = [a for a in page.named("div") if a.get("class") in ("scroll", "card", "formula")]
    assert all(a["tabindex"] == "0" and a["aria-labelledby"] for a in scrollers)


def test_contents_lead_to_every_section(make, read):
    page = read(render_html(make()))
    sections = [attrs["id"] for attrs in page.named("div") if attrs["class"] == "blocks"]
    assert len(sections) == 2
    assert {f"#{name}" for name in sections} <= set(page.values("href"))


def test_a_section_that_is_not_open_shows_its_title_alone(make, read):
    document = make()
    second = replace(document.sections[1], is_open=False)
    page = read(render_html(replace(document, sections=(document.sections[0], second))))
    assert ["open" in attrs for attrs in page.named("details")] == [True, False]
    assert len(page.named("summary")) == len(page.named("details"))
    # A link opens a section only if its target lies inside.
    tags = [tag for tag, _ in page.tags]
    assert tags[tags.index("details") :][:2] == ["details", "summary"]


def test_the_first_screen_has_question_answer_figures_and_verdicts(make, read, draw):
    key, scale = (Figure(draw(key), f"{key} drawn", f"{key} caption") for key in ("key", "scale"))
    page = render_html(replace(make("short"), key_figure=key, scale_figure=scale))
    cover = page[page.index("<header") : page.index("</header>")]
    contents = ("Question short", "Answer short", "key caption", "scale caption", "refuted")
    positions = [cover.index(text) for text in contents]
    assert positions == sorted(positions)


def test_index_names_each_pair_once_and_links_its_reports(read):
    page = read(render_index("All", index_rows()))
    headers = [attrs for attrs in page.named("th") if attrs["scope"] == "rowgroup"]
    assert [attrs["rowspan"] for attrs in headers] == ["2", "2"]
    assert page.values("href").count("a.pdf") == 2
    assert all(f"claim {n} of second" in page.text for n in range(2))


def test_index_says_what_all_came_to_and_where_else_it_stands(read, hostile):
    page = read(render_index("All", index_rows(), hostile, (Link("PDF", "atlas.pdf"),)))
    assert [attrs["class"] for attrs in page.named("p")] == ["summary", "links"]
    assert "atlas.pdf" in page.values("href")
    assert "<script>alert" in page.text, "what looks like a tag is text"
    assert read(render_index("All", index_rows())).named("p") == []


def test_wrong_equation_is_named(make):
    document = replace(make(), sections=(Section("s", (Equation("c", "foo x"),)),))
    with pytest.raises(DescriptionError, match="Equation 'foo x'"):
        render_html(document)


def palettes():
    css = (resources.files("bioann.reporting") / "templates" / "style.css").read_text()
    light, dark, paper = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    )
    return {"light": light, "dark": light | dark, "print": light | paper}


def luminance(colour):
    """Relative luminance of WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(ink, ground):
    high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("muted", "paper"),
        ("accent", "paper"),
        *((tone, f"{tone}-ground") for tone in ("note", "good", "warning", "bad")),
    ],
)
def test_every_text_colour_reaches_wcag_aa(scheme, ink, ground):
    colours = palettes()[scheme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


def test_contrast_agrees_with_the_extremes_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
