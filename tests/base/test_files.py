import errno
import os
import resource
import sys
from pathlib import Path

import pytest

import bioann as ba
from bioann.base.errors import OutputError, SimulationError
from bioann.base.files import check_writable, write_atomically


def listed(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_files_appear_together_and_only_at_the_end(tmp_path):
    paths = tmp_path / "new" / "a.html", tmp_path / "new" / "a.pdf"
    with write_atomically(*paths) as (html, pdf):
        html.write_text("page")
        pdf.write_bytes(b"print")
        assert (html.suffix, pdf.suffix) == (".html", ".pdf")
        assert not any(p.exists() for p in paths)
    assert [p.read_text() for p in paths] == ["page", "print"]
    assert listed(tmp_path / "new") == ["a.html", "a.pdf"]


def test_files_have_the_permissions_of_any_other_file(tmp_path):
    (tmp_path / "plain").write_text("")
    with write_atomically(tmp_path / "ours") as (path,):
        path.write_text("")
    modes = {(tmp_path / name).stat().st_mode for name in ("plain", "ours")}
    assert len(modes) == 1


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), ValueError("a bug")])
def test_an_interrupted_block_leaves_what_was_there(tmp_path, interruption):
    (tmp_path / "a.html").write_text("old")

    def interrupted():
        with write_atomically(tmp_path / "a.html", tmp_path / "a.pdf") as (html, _):
            html.write_text("new")
            raise interruption

    with pytest.raises(type(interruption)):
        interrupted()
    assert listed(tmp_path) == ["a.html"]
    assert (tmp_path / "a.html").read_text() == "old"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "a.html").write_text("old")
    whole = Path.write_bytes

    def half_written(path: Path, content: bytes) -> int:
        whole(path, content[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def write():
        with write_atomically(tmp_path / "a.html", tmp_path / "a.pdf") as (html, pdf):
            html.write_text("new")
            pdf.write_bytes(b"print")

    monkeypatch.setattr(Path, "write_bytes", half_written)
    with pytest.raises(OutputError) as caught:
        write()
    assert str(caught.value) == (
        f"output {tmp_path / 'a.html'} and {tmp_path / 'a.pdf'}: wanted room for the files, got a "
        "full disk (No space left on device). Free some space, or choose another folder; nothing "
        "half-written was left behind."
    )
    assert listed(tmp_path) == ["a.html"]
    assert (tmp_path / "a.html").read_text() == "old"


def test_a_write_that_the_system_cuts_short_leaves_nothing(tmp_path, tiny_comparison, monkeypatch):
    # Bytecode of a library that is first imported here would be cut short, too, and stay.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OutputError, match="wanted a file that can be written, got an error"):
            ba.save_recording(tiny_comparison.run.recording, tmp_path / "tiny.nc")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert listed(tmp_path) == []


def test_files_that_cannot_all_get_their_names_get_none(tmp_path, monkeypatch):
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.suffix == ".pdf":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return replace(path, target)

    def write():
        with write_atomically(tmp_path / "a.html", tmp_path / "a.pdf") as paths:
            for path in paths:
                path.write_text("new")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="a folder that can be written, got no permission"):
        write()
    assert listed(tmp_path) == []


@pytest.mark.parametrize("has_links", [True, False])
def test_a_rename_that_fails_brings_the_earlier_files_back(tmp_path, monkeypatch, has_links):
    (tmp_path / "a.html").write_text("old")
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.suffix == ".pdf":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return replace(path, target)

    def link(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links")

    def write():
        names = ("a.html", "new.json", "a.pdf")
        with write_atomically(*(tmp_path / name for name in names)) as paths:
            for path in paths:
                path.write_text("new")

    monkeypatch.setattr(Path, "replace", refuse)
    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", link)
    with pytest.raises(OutputError, match="Input/output error"):
        write()
    assert listed(tmp_path) == ["a.html"]
    assert (tmp_path / "a.html").read_text() == "old"


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    longest = "a" * 250 + ".html"
    with write_atomically(tmp_path / longest) as (path,):
        path.write_text("page")
    assert listed(tmp_path) == [longest]
    with (
        pytest.raises(OutputError, match=r"255 bytes\), got a longer one"),
        write_atomically(tmp_path / f"a{longest}") as (path,),
    ):
        path.write_text("page")
    assert listed(tmp_path) == [longest]


def test_a_path_without_a_name_is_no_file():
    with pytest.raises(OutputError, match="the path of a file"), write_atomically("."):
        pass


def test_an_error_of_ours_passes_unchanged(tmp_path):
    ours = SimulationError("x", "y", "z", "w")

    def write():
        with write_atomically(tmp_path / "a"):
            raise ours

    with pytest.raises(SimulationError) as caught:
        write()
    assert caught.value is ours


def test_a_folder_in_the_way_of_a_file(tmp_path):
    (tmp_path / "a.nc").mkdir()
    with (
        pytest.raises(OutputError, match="wanted a file, got a folder of that name"),
        write_atomically(tmp_path / "a.nc"),
    ):
        pytest.fail("not reached")
    assert listed(tmp_path) == ["a.nc"]


@pytest.mark.parametrize("below", [(), ("sub",)])
def test_a_file_in_the_way_of_a_folder(tmp_path, below):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError, match=r"wanted a folder, got .* Choose another folder"):
        check_writable(file.joinpath(*below))


def test_a_folder_without_permission(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="a folder that can be written, got no permission"):
            check_writable(tmp_path / "sub")
    finally:
        tmp_path.chmod(0o700)


def test_checking_a_folder_leaves_nothing(tmp_path):
    (tmp_path / "a").mkdir()
    check_writable(tmp_path / "a")
    check_writable(tmp_path / "b" / "c")
    assert listed(tmp_path) == ["a"]


def test_a_failed_write_leaves_no_folder(tmp_path):
    with pytest.raises(ZeroDivisionError), write_atomically(tmp_path / "b" / "c" / "x.nc"):
        raise ZeroDivisionError
    assert listed(tmp_path) == []
