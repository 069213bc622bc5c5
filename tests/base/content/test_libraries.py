"""Code of a library is identified by its version, wherever the library is installed."""

from __future__ import annotations

import sys

import pytest

from bioann.base.content import libraries


@pytest.fixture(autouse=True)
def _fresh_answers():
    libraries._is_library_package.cache_clear()
    yield
    libraries._is_library_package.cache_clear()


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_packages_of_the_system_or_the_user_are_libraries(tmp_path, monkeypatch, folder):
    """An environment that sees them has their folders on its path."""
    package = tmp_path / folder / "packaged_elsewhere"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(sys.modules, "packaged_elsewhere", raising=False)
    __import__("packaged_elsewhere")
    assert libraries.is_library("packaged_elsewhere.part")


def test_a_file_of_a_user_is_no_library(tmp_path, monkeypatch):
    (tmp_path / "my_functions.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "my_functions", raising=False)
    __import__("my_functions")
    assert not libraries.is_library("my_functions")


def test_numpy_and_python_are_libraries():
    assert libraries.is_library("numpy.linalg")
    assert libraries.is_library("json.decoder")
