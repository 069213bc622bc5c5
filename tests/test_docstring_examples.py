"""Every public name has an example in its docstring, and the examples print what they say."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path

import pytest

import bioann as ba

#: `SI` is an alias of typing, which has a docstring of its own.
NAMES = sorted(name for name in dir(ba) if name[0] != "_" and name != "SI")
#: Names in a namespace are found by its name, those at the top level by their own.
OBJECTS = {name: getattr(ba, name) for name in NAMES} | {
    f"{space}.{name}": getattr(module, name)
    for space in NAMES
    if inspect.ismodule(module := getattr(ba, space))
    for name in dir(module)
    if name[0] != "_" and name not in NAMES and inspect.getdoc(getattr(module, name))
}
#: What examples need besides bioann itself, by name.
LIBRARIES = {"train": "jax", "from_onnx": "onnx", "to_onnx": "onnx", "from_sklearn": "sklearn"}
#: Prints that differ between platforms or releases of libraries are written with "...".
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def read_examples(name: str) -> doctest.DocTest:
    """Return the examples of a docstring; they see only what they import or define themselves."""
    docstring = inspect.getdoc(OBJECTS[name]) or ""
    return doctest.DocTestParser().get_doctest(docstring, {}, f"bioann.{name}", None, 0)


def run_examples(test: doctest.DocTest) -> str:
    """Run examples, and return what they printed that they do not say; empty if nothing."""
    lines: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=OPTIONS).run(test, out=lines.append)
    return "".join(lines)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_an_example_that_imports_what_it_uses(name: str) -> None:
    test = read_examples(name)
    assert test.examples, f"bioann.{name} has no example in its docstring"
    assert any(example.source == "import bioann as ba\n" for example in test.examples)
    numpydoc = not inspect.ismodule(OBJECTS[name])
    assert ("Examples\n--------\n>>> " in (inspect.getdoc(OBJECTS[name]) or "")) is numpydoc


@pytest.mark.parametrize("name", [name for name in OBJECTS if read_examples(name).examples])
def test_examples_print_what_they_say(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in LIBRARIES:
        pytest.importorskip(LIBRARIES[name])
    monkeypatch.chdir(tmp_path)
    assert run_examples(read_examples(name)) == ""


def test_an_example_that_prints_something_else_is_reported() -> None:
    source = ">>> 1 + 1\n3\n"
    test = doctest.DocTestParser().get_doctest(source, {}, "bioann.wrong", None, 0)
    assert "Expected:\n    3\nGot:\n    2" in run_examples(test)


def test_few_examples_are_shown_without_being_run() -> None:
    """They need minutes of simulation, a library of the reader's own, or a file of theirs."""
    not_run = [
        name
        for name in NAMES
        if all(
            doctest.SKIP in example.options
            for example in read_examples(name).examples
            if not example.source.startswith(("import", "from"))
        )
    ]
    assert len(not_run) <= 15, not_run
