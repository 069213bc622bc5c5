import sys

import pytest

from bioann.base.errors import MissingExtraError
from bioann.base.optional import import_optional


def test_a_library_that_is_there_is_given():
    assert import_optional("json.decoder", "interop", "a file") is sys.modules["json.decoder"]


def test_a_missing_library_is_told_with_the_extra_that_brings_it():
    with pytest.raises(MissingExtraError) as caught:
        import_optional("not_a_library.inside", "interop", "ONNX file a.onnx")
    assert str(caught.value) == (
        "ONNX file a.onnx: wanted the library 'not_a_library.inside', got a Python without it. "
        "Install it with: pip install 'bioann[interop]'."
    )
    assert isinstance(caught.value, ImportError)


def test_a_library_that_misses_something_itself_is_not_taken_for_missing(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import not_a_library")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'not_a_library'"):
        import_optional("half_installed", "interop", "a file")
