"""What a file holds is read as Python would parse it."""

import ast
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from bioann.pair_files.scan_file import defines_function, find_summary, read_source

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("models/*.py"), *ROOT.glob("analyses/*.py"), *ROOT.glob("bioann/*.py")])

#: Pieces of which files are made: texts, comments and definitions, some of them inside others.
PIECES = (
    "def study():\n    pass\n", "    def study(): pass\n", "# def study():\n", "'''\n", '"""\n',
    'r"""\\"""\n', '"\\"" \n', "x = 'a\\\ndef study():\\\n'\n", '"""One\ndef study():\n"""\n',
    "class A:\n", "if True:\n", "def studying(): pass\n", "def study (a=1): pass\n", "'text'\n",
    "\n", "x = 1; y = '#'\n", "async def study(): pass\n", "@staticmethod\ndef study(): pass\n",
)  # fmt: skip


def parse_expected(source: str) -> tuple[str, bool]:
    """Return summary and whether there is a function study, by parsing the whole file."""
    tree = ast.parse(source)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    docstring = (ast.get_docstring(tree) or "").strip()
    return docstring.partition("\n")[0].rstrip(), "study" in names


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_scanning_finds_what_parsing_finds(source: str) -> None:
    try:
        expected = parse_expected(source)
    except SyntaxError:
        return
    assert (find_summary(source), defines_function(source, "study")) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_that_ship_are_read_as_parsed(path: Path) -> None:
    source = read_source(path)
    expected = parse_expected(path.read_text(encoding="utf-8"))
    assert (find_summary(source), defines_function(source, "study")) == expected


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("# A comment\n\n'Single quotes.'\n", "Single quotes."),
        ('r"""\n\n   First \\line.\n\nSecond."""\n', "First \\line."),
        ('"""A" \'and\' more."""\n', "A\" 'and' more."),
        ('"One " "text."\n', "One text."),
        ('("In parentheses.")\n', "In parentheses."),
        ("x = 'no docstring'\n", ""),
        ("", ""),
    ],
)
def test_docstrings_of_all_forms(text: str, summary: str) -> None:
    assert find_summary(text) == summary


def test_encodings(tmp_path: Path) -> None:
    path = tmp_path / "file.py"
    path.write_bytes('# -*- coding: latin-1 -*-\n"""Größe."""\n'.encode("latin-1"))
    assert find_summary(read_source(path)) == "Größe."
    path.write_bytes(b"\xef\xbb\xbf" + b'"""With a mark.\r\nMore."""\r\ndef study(): pass\r\n')
    assert find_summary(read_source(path)) == "With a mark."
    assert defines_function(read_source(path), "study")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="utf-8"):
        read_source(path)
