"""Every program in the documentation runs, and what it links and names is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import bioann as ba
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


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_programs_in_the_docs_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for program in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL):
        exec(compile(program, page.name, "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_public_names_in_the_docs_exist(page: Path) -> None:
    for path in re.findall(r"`(?:ba|bioann)\.([\w.]+)", page.read_text("utf-8")):
        value: object = ba
        for name in path.split("."):
            if not hasattr(value, name):
                value = importlib.import_module(f"{value.__name__}.{name}")  # type: ignore[attr-defined]
            else:
                value = getattr(value, name)
