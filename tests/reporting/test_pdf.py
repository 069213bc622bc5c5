"""The PDF: same bytes twice, text that stays text, and errors that name their reason."""

import re
from dataclasses import replace

import pytest

from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, OutputError
from bioann.reporting.document import (
    Figure,
    Notice,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.pdf import render_pdf


def pages(pdf):
    return max(int(n) for n in re.findall(rb"/Count (\d+)", pdf))


def test_same_document_same_bytes(make):
    first = render_pdf(make())
    assert first.startswith(b"%PDF")
    assert first == render_pdf(make())


def test_title_survives_as_text(make, hostile):
    pdf = render_pdf(make())
    escaped = hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f"Title {escaped}" in pdf.decode("utf-8", "replace").replace("&apos;", "'")


def test_control_characters_do_not_reach_the_file(make):
    text = "a\x1b[2Jb\u202ec\0d"
    document = replace(make("short"), title=text, summary=text)
    pdf = render_pdf(document).decode("utf-8", "replace")
    assert "a\N{REPLACEMENT CHARACTER}[2Jbc\N{REPLACEMENT CHARACTER}d" in pdf
    assert "\x1b[2J" not in pdf


def test_text_is_never_read_as_markup(make):
    text = '#pagebreak() $ x $ ] ) #panic() #eval("1")'
    blocks = (Paragraph(text), Notice("note", text), Table(text, (text,), ((text,),), note=text))
    document = replace(make("short"), summary=text, footer=text, sections=(Section(text, blocks),))
    assert pages(render_pdf(document)) == 1  # a #pagebreak() would make it two


def test_long_tables_continue_on_the_next_page(make):
    document = make("short")
    (table,) = (b for b in document.sections[1].blocks[:1])
    short = replace(table, rows=table.rows[:1])
    long = replace(table, rows=table.rows * 4)
    first, second = (
        pages(render_pdf(replace(document, sections=(Section("s", (t,)),)))) for t in (short, long)
    )
    assert first == 1
    assert second > 2


def test_figures_stay_vectors(make):
    assert not re.search(rb"/Subtype\s*/Image", render_pdf(make()))


def test_it_is_tagged_with_the_alternative_texts(make):
    document = make("short")
    pdf = render_pdf(document)
    assert b"/StructTreeRoot" in pdf
    assert b"scatter: short" in pdf


@pytest.mark.parametrize("wrong", ["foo x", "x $ y", "#panic()"])
def test_wrong_equation_is_named(make, wrong):
    document = replace(make("text"), sections=(Section("s", (Equation("c", wrong),)),))
    with pytest.raises(DescriptionError) as error:
        render_pdf(document)
    assert repr(wrong) in str(error.value)


def test_typst_says_what_it_could_not_set(make):
    broken = Figure("<svg <svg", "alt", "Broken")
    document = replace(make("text"), sections=(Section("s", (Paragraph("x"), broken)),))
    with pytest.raises(OutputError) as error:
        render_pdf(document)
    assert "Typst says: error:" in str(error.value)
