"""Every program in the documentation runs, and what it links and names is there."""

from __future__ import annotations

import importlib
import re
import shlex
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

import bioann as ba
from bioann.cli.main import main
from bioann.pair_files.find import list_subjects

DOCS = Path(__file__).parent.parent / "docs"
#: Folders that ``make docs`` writes.
GENERATED = {"_build", "gallery", "tutorial_pages", "names"}
PAGES = [p for p in sorted(DOCS.rglob("*.md")) if not GENERATED & set(p.relative_to(DOCS).parts)]
LINKS = [
    (page, link)
    for page in PAGES
    for link in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", page.read_text("utf-8"))
]
GALLERY_PAGES = {f"{name}.md" for name in (*list_subjects(), "index", "claims_by_source")}


def name_page(value: object) -> str:
    return str(value.relative_to(DOCS)) if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("page", "link"), LINKS, ids=name_page)
def test_every_page_that_the_docs_link_is_there(page: Path, link: str) -> None:
    target = (page.parent / link).resolve()
    if target.parent == DOCS / "gallery":
        assert target.name in GALLERY_PAGES
    elif not GENERATED & set(target.parts):
        assert target.exists()


class Block(NamedTuple):
    """Lines between two fences: where the first is in its page, the language, and the text."""

    line: int
    language: str
    text: str


def list_blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, those in lists and in other directives included."""
    pattern = (
        r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>\w*)[^\n`]*\n(?P<text>.*?)^ *(?P=fence) *$"
    )
    for match in re.finditer(pattern, text, flags=re.DOTALL | re.MULTILINE):
        line = text[: match.start("text")].count("\n") + 1
        yield Block(line, match["language"], textwrap.dedent(match["text"]))


def run_programs(page: Path) -> None:
    """Run the Python blocks of a page; the error of one names the page and the line."""
    for block in list_blocks(page.read_text("utf-8")):
        if block.language not in ("python", "py"):
            continue
        # Empty lines before it give each line the number that it has in the page.
        source = "\n" * (block.line - 1) + block.text
        try:
            exec(compile(source, str(page), "exec"), {"__name__": "__main__"})
        except BaseException as error:
            inside = [
                frame.lineno
                for frame in traceback.extract_tb(error.__traceback__)
                if frame.filename == str(page)
            ]
            line = inside[-1] if inside else getattr(error, "lineno", None) or block.line
            raise AssertionError(f"{page}:{line}: {type(error).__name__}: {error}") from error


#: Pages whose programs take more than three seconds; ``make docs-check`` runs them.
LONG_PAGES = {
    "developers/how_a_run_flows.md",
    "guides/brian2_scripts.md",
    "guides/lessons.md",
    "guides/measured_networks.md",
    "guides/sweeps.md",
    "start/reading_a_report.md",
}


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow if name_page(page) in LONG_PAGES else ())
        for page in PAGES
    ],
    ids=name_page,
)
def test_programs_in_the_docs_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_programs(page)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("x = 1\n\ny = 1 / 0", ":7: ZeroDivisionError"),
        ("x = 1\ny = = 2", ":6: SyntaxError"),
        ("def f():\n    raise SystemExit(2)\n\n\nf()", ":6: SystemExit: 2"),
        ('import json\njson.loads("{")', ":6: JSONDecodeError"),
    ],
)
def test_a_program_that_fails_is_named_by_page_and_line(
    program: str, message: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\nText `x`.\n\n```python\n{program}\n```\n".replace("\n\nT", "\nT"))
    with pytest.raises(AssertionError, match=re.escape(f"{page}{message}")):
        run_programs(page)


def test_blocks_in_lists_and_with_longer_fences_are_found() -> None:
    text = "- a\n\n  ```python\n  x = 1\n  ```\n\n````py\ny = '```'\n````\n```{image} a.svg\n```\n"
    *programs, image = list_blocks(text)
    assert programs == [Block(4, "python", "x = 1\n"), Block(8, "py", "y = '```'\n")]
    assert image.language == ""


def join_continued_lines(block: Block) -> Iterator[tuple[int, str]]:
    """Yield the lines of a shell block with their numbers; those that end in a backslash as one."""
    start, command = block.line, ""
    for number, line in enumerate(block.text.splitlines(), block.line):
        start = start if command else number
        command += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield start, command
            command = ""


def list_commands(text: str) -> Iterator[tuple[int, str]]:
    """Yield the ``bioann`` commands in shell blocks and in the text of a page, with their lines."""
    for block in list_blocks(text):
        if block.language in ("sh", "bash", "console"):
            for number, line in join_continued_lines(block):
                if match := re.match(r"(?:\$ )?(?:\S*/)?(bioann\s.*)", line):
                    yield number, " ".join(match[1].split())
    # Blocks become empty lines, so that the numbers of the others remain.
    prose = re.sub(r"(?ms)^ *```.*?^ *```", lambda m: "\n" * m[0].count("\n"), text)
    for match in re.finditer(r"(?<!`)`(bioann\s[^`]+)`(?!`)", prose):
        yield prose[: match.start()].count("\n") + 1, " ".join(match[1].split())


def find_command_error(text: str) -> str | None:
    """Return what is wrong with a command: a name or an option that does not exist, or a value."""
    _, *words = shlex.split(text, comments=True)
    command: click.Command = main
    context = click.Context(command, info_name="bioann")
    while isinstance(command, click.Group) and words:
        if words[0].startswith("-"):
            break
        name, *words = words
        inner = command.get_command(context, name)
        if inner is None:
            return f"no command {name!r}"
        command, context = inner, click.Context(inner, parent=context, info_name=name)
    try:
        values, extra, _ = command.make_parser(context).parse_args(words)
        for parameter in command.params:
            value = values.get(parameter.name or "")
            # Capital letters stand for a value; files need not be there.
            is_file = isinstance(parameter.type, (click.Path, click.File))
            if isinstance(value, str) and not value.isupper() and not is_file:
                parameter.type_cast_value(context, value)
    except click.UsageError as error:
        return error.format_message()
    return f"{extra[0]!r} is one argument too many" if extra else None


ALL_PAGES = [*PAGES, DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_commands_in_the_docs_exist_with_their_options(page: Path) -> None:
    errors = [
        f"{page}:{line}: {command}: {error}"
        for line, command in list_commands(page.read_text("utf-8"))
        if (error := find_command_error(command))
    ]
    assert errors == [], "\n" + "\n".join(errors)


def list_options(command: click.Command, context: click.Context) -> set[str]:
    """Return the options of a command and of those inside it."""
    options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            options |= list_options(inner, context)
    return options


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_options_that_the_docs_name_alone_exist(page: Path) -> None:
    options = list_options(main, click.Context(main))
    named = re.findall(r"`(--[a-z][a-z-]*)[^`]*`", page.read_text("utf-8"))
    assert [name for name in named if name not in options] == []


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("bioann run inverter --trials 3", None),
        ("bioann run NAME --engine ENGINE", None),
        ("bioann run --no-vary", None),
        ("bioann runn inverter", "no command 'runn'"),
        ("bioann run inverter --trails 3", "No such option"),
        ("bioann run inverter --trials", "requires an argument"),
        ("bioann run inverter --trials three", "'three' is not a valid integer"),
        ("bioann doctor inverter", "'inverter' is one argument too many"),
    ],
)
def test_wrong_commands_are_reported(command: str, error: str | None) -> None:
    result = find_command_error(command)
    assert result is None if error is None else error in (result or "")


def test_commands_are_found_in_blocks_and_in_text() -> None:
    page = """Run `bioann
run a`.

```sh
# a comment
.venv/bin/bioann new b --study \\
  --force
$ bioann list
make test
```

`bioann.models` and ``bioann x`` are none; `bioann check c` is.
"""
    assert list(list_commands(page)) == [
        (6, "bioann new b --study --force"),
        (8, "bioann list"),
        (1, "bioann run a"),
        (12, "bioann check c"),
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_public_names_in_the_docs_exist(page: Path) -> None:
    for path in re.findall(r"`(?:ba|bioann)\.([\w.]+)", page.read_text("utf-8")):
        value: object = ba
        for name in path.split("."):
            if not hasattr(value, name):
                value = importlib.import_module(f"{value.__name__}.{name}")  # type: ignore[attr-defined]
            else:
                value = getattr(value, name)
