"""Pairs of other packages are found, and broken packages are left out with one line."""

import warnings
from importlib import metadata

import pytest

from bioann.pair_files import find

BROKEN = {
    "exits": ("raise SystemExit('bye')", "SystemExit: bye"),
    "fails": ("1 / 0", "ZeroDivisionError: division by zero"),
    "needs": ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make packages and their entry points, as pip does."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(*names):
        for name in names:
            package = tmp_path / f"bioann_test_{name}"
            package.mkdir()
            (package / "__init__.py").write_text(BROKEN.get(name, ("",))[0])
            (package / "pairs.py").write_text('"""Pairs."""')
        entries = [
            metadata.EntryPoint(f"other_{n}", f"bioann_test_{n}.pairs", find.GROUP) for n in names
        ]
        monkeypatch.setattr(find.metadata, "entry_points", lambda group: entries)
        find.find_entry_file.cache_clear()

    return make


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_package_costs_one_line_and_the_others_are_listed(install, name):
    install(name, "sound")
    message = f"leaves out pair 'other_{name}' of the installed package .*{BROKEN[name][1]}"
    with pytest.warns(UserWarning, match=message):
        pairs = find.list_pairs()
    assert "other_sound" in pairs
    assert "inverter" in pairs
    assert f"other_{name}" not in pairs
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find.list_pairs() == pairs, "said once"


def test_an_entry_without_a_module_is_left_out(monkeypatch):
    entries = [metadata.EntryPoint("other", "bioann_test_absent", find.GROUP)]
    monkeypatch.setattr(find.metadata, "entry_points", lambda group: entries)
    find.find_entry_file.cache_clear()
    with pytest.warns(UserWarning, match="there is no such module"):
        assert "other" not in find.list_pairs()
