"""A small part of Markdown; the rest stays text."""

import pytest

from bioann.reporting.markdown import parse_markdown, parse_runs
from bioann.reporting.rich_text import RichText, TextRun


def test_blocks_keep_their_order_and_kind():
    text = """# A *heading* #
Two lines
of one paragraph.

- one
- two
  goes on
1. first
2) second

* last"""
    styles = [
        ("heading", ["A heading"]),
        ("paragraph", ["Two lines of one paragraph."]),
        ("bullets", ["one", "two goes on"]),
        ("numbers", ["first", "second"]),
        ("bullets", ["last"]),
    ]
    blocks = parse_markdown(text)
    assert [
        (block.style, ["".join(run.text for run in line) for line in block.lines])
        for block in blocks
    ] == styles


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("a *b* c", [("a ", ""), ("b", "emphasis"), (" c", "")]),
        ("**b** and __c__", [("b", "strong"), (" and ", ""), ("c", "strong")]),
        ("`*x*` _y_", [("*x*", "code"), (" ", ""), ("y", "emphasis")]),
        ("2 * 3 * 4", [("2 * 3 * 4", "")]),
        ("snake_case_name", [("snake_case_name", "")]),
        (r"\*no\*", [("*no*", "")]),
        ("<b>raw</b> [x](y)", [("<b>raw</b> [x](y)", "")]),
        ("*open", [("*open", "")]),
    ],
)
def test_emphasis_is_that_of_words(text, runs):
    assert parse_runs(text) == tuple(TextRun(*run) for run in runs)


@pytest.mark.parametrize("text", ["", " \n\n", "- \n-   "])
def test_no_words_no_blocks(text):
    assert parse_markdown(text) == ()


def test_marks_alone_do_not_hang_the_parser():
    assert parse_markdown("*" * 3000 + "_" * 3000 + "a")


@pytest.mark.parametrize("style", ["paragraph", "heading", "bullets", "numbers"])
def test_a_block_has_words(style):
    with pytest.raises(ValueError, match="its text in words"):
        RichText(style, ((TextRun("  "),),))
    with pytest.raises(ValueError, match="a style among"):
        RichText(style, ((TextRun("x", "loud"),),))
