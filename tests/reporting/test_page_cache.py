"""A report that follows from the same comparison and code is read instead of drawn again."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from brian2 import second

import bioann as ba
from bioann.reporting import contents, page_cache
from bioann.reporting.contents import Additions, render_contents
from bioann.reporting.page_cache import list_pages, make_page_key, read_pages, write_pages

STIMULUS = ba.steps({"x": np.linspace(0, 1, 5)}, duration=second)


def respond(stimulus, rng):
    return stimulus.values + rng.normal(0, 0.05, stimulus.shape)


def make_pair(**fields):
    bio = ba.FunctionModel(respond, units=("unit",), channels=("x",), random=True)
    same = ba.Correspondence((ba.Match("unit", "unit"),))
    fields = {"stimulus": STIMULUS, "question": "Are they equal?", **fields}
    return ba.Pair("identity", bio, ba.RateNetwork("unit", channels="x"), same, **fields)


def compare_pair(seed=1, trials=4, **fields):
    return ba.compare(make_pair(**fields).run(trials=trials, seed=seed))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def drawn(monkeypatch):
    """Formats that were rendered anew, one set for each report."""
    rendered = []
    render = contents.render_new_contents

    def render_and_note(comparison, endings, additions):
        rendered.append(set(endings))
        return render(comparison, endings, additions)

    monkeypatch.setattr(contents, "render_new_contents", render_and_note)
    return rendered


def test_an_equal_comparison_gives_the_same_bytes_without_drawing(drawn):
    endings = (".html", ".pdf", ".json", ".csv", ".nc")
    first, second_time = (render_contents(compare_pair(), endings) for _ in range(2))
    assert first == second_time
    assert tuple(second_time) == endings
    assert drawn == [set(endings), {".json", ".csv", ".nc"}]


@pytest.mark.slow
def test_what_a_report_shows_is_in_its_key():
    """Each change of the run, the pair, the comparison or the additions gives another key."""
    comparison = compare_pair()
    quoted = ba.figures.ResponseCurves("x", message="Both follow the input.")
    keys = [
        make_page_key(comparison),
        make_page_key(compare_pair(seed=2)),
        make_page_key(compare_pair(trials=5)),
        make_page_key(compare_pair(question="Are they the same?")),
        make_page_key(compare_pair(source="nobody")),
        make_page_key(compare_pair(figures=(quoted,))),
        make_page_key(ba.compare(comparison.run, level=0.9)),
        make_page_key(dataclasses.replace(comparison, flags=("noticed",))),
        make_page_key(comparison, Additions(("responses.svg",), "identity_figures")),
    ]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    assert make_page_key(compare_pair()) == keys[0]


def test_a_change_of_a_recorded_array_changes_the_key():
    comparison = compare_pair()
    key = make_page_key(comparison)
    comparison.recording["bio"]["activation"].values[0, 0, 0, 0] += 1e-12
    assert make_page_key(comparison) != key


def test_a_change_of_the_package_changes_the_key(monkeypatch):
    comparison = compare_pair()
    key = make_page_key(comparison)
    monkeypatch.setattr(page_cache, "describe_sources", lambda: "/reporting/style.py 1 2")
    assert make_page_key(comparison) != key
    monkeypatch.undo()
    monkeypatch.setattr(page_cache, "find_version", lambda package: "99")
    assert make_page_key(comparison) != key


def test_the_sources_are_those_of_the_package():
    lines = page_cache.describe_sources().splitlines()
    paths = {line.split(" ")[0] for line in lines}
    assert {"/reporting/style.py", "/reporting/templates/report.typ", "/pair.py"} <= paths
    size = Path(page_cache.__file__).stat().st_size
    assert any(line.startswith(f"/reporting/page_cache.py {size} ") for line in lines)


@pytest.mark.slow
def test_figures_of_a_users_code_are_drawn_every_time(drawn):
    def draw(comparison):
        return ba.figures.ResponseCurves("x")(comparison)

    comparison = compare_pair(figures=(draw,))
    assert make_page_key(comparison) == ""
    for _ in range(2):
        render_contents(comparison, (".html",))
    assert drawn == [{".html"}] * 2
    assert not list_pages()


@pytest.mark.slow
def test_additions_of_a_user_are_not_kept(tmp_path):
    ba.report(compare_pair(), tmp_path / "identity.html", extra=("# More",))
    assert not list_pages()


@pytest.mark.parametrize("damaged", [slice(None, -3), slice(0), slice(9, None)])
def test_a_damaged_page_is_rendered_again(damaged):
    write_pages("key", {".html": b"<html>" * 100, ".pdf": b"%PDF"})
    (page,) = (path for path, _ in list_pages() if ".html" in path.name)
    page.write_bytes(page.read_bytes()[damaged])
    assert read_pages("key", (".html", ".pdf")) == {".pdf": b"%PDF"}


@pytest.mark.slow
def test_without_a_folder_nothing_is_kept_and_nothing_fails(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert render_contents(compare_pair(), (".html",))[".html"].startswith(b"<!DOCTYPE html>")
    assert not list_pages()


def test_the_least_recently_used_pages_go_first(monkeypatch):
    monkeypatch.setattr(page_cache, "MAX_BYTES", 2500)
    rng = np.random.default_rng(1)
    for k, key in enumerate(("a", "b", "a", "c")):
        write_pages(key, {".pdf": rng.bytes(1000)})
        for path, _ in list_pages():
            if path.name.startswith(key):
                page_cache.os.utime(path, (k, k))
    assert [path.name[0] for path, _ in list_pages()] == ["c", "a"]
    assert page_cache.clear_pages() == 2
    assert not list_pages()
