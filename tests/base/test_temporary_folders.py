import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from bioann.base import temporary_folders
from bioann.base.temporary_folders import make_locked_folder, process_folder, sweep_folders


def list_names(folder):
    return sorted(path.name for path in folder.iterdir())


def abandon_folder(parent, prefix="x-"):
    """Leave a folder as a killed process does: with its lock file, which nobody locks."""
    folder = parent / f"{prefix}abandoned"
    folder.mkdir()
    (folder / "large").write_bytes(b"0" * 1000)
    folder.with_name(f"{folder.name}.lock").touch()
    return folder


def test_a_folder_goes_with_its_block_also_after_an_error(tmp_path):
    def fail_inside():
        with make_locked_folder(tmp_path, "x-") as folder:
            (folder / "file").touch()
            assert folder.stat().st_mode & 0o077 == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_inside()
    assert list_names(tmp_path) == []


def test_what_a_killed_process_left_goes_and_what_is_in_use_stays(tmp_path):
    abandon_folder(tmp_path)
    other = tmp_path / "y-of-someone-else"
    other.mkdir()
    with make_locked_folder(tmp_path, "x-") as folder:
        sweep_folders(tmp_path, "x-")
        assert list_names(tmp_path) == [folder.name, f"{folder.name}.lock", other.name]


def test_a_folder_that_another_process_holds_stays(tmp_path):
    folder = abandon_folder(tmp_path)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        code = (
            "from pathlib import Path; from bioann.base.temporary_folders import sweep_folders; "
            f"sweep_folders(Path({str(tmp_path)!r}), 'x-')"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
    assert folder.is_dir()
    sweep_folders(tmp_path, "x-")
    assert list_names(tmp_path) == []


def test_neither_links_nor_folders_without_a_lock_are_swept(tmp_path):
    (tmp_path / "kept").write_text("kept")
    linked = tmp_path / "x-linked"
    linked.mkdir()
    (tmp_path / "x-linked.lock").symlink_to(tmp_path / "kept")
    (tmp_path / "x-link").symlink_to(linked)
    (tmp_path / "x-link.lock").touch()
    (tmp_path / "x-without").mkdir()
    before = list_names(tmp_path)
    sweep_folders(tmp_path, "x-")
    assert list_names(tmp_path) == before
    assert (tmp_path / "kept").read_text() == "kept"


def test_a_folder_that_cannot_be_swept_is_no_error(tmp_path):
    sweep_folders(tmp_path / "absent", "x-")
    sweep_folders(Path("/proc/1/root"), "x-")


def test_a_process_has_one_folder_until_it_is_cleaned_away(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stacks = []
    monkeypatch.setattr(
        temporary_folders.atexit, "register", lambda close, *arguments: stacks.append(arguments)
    )
    abandon_folder(tmp_path, temporary_folders.PROCESS_PREFIX)
    folder = process_folder()
    assert process_folder() == folder
    assert list_names(tmp_path) == [folder.name, f"{folder.name}.lock"]
    folder.rmdir()
    assert process_folder().is_dir()
    for process, stack in stacks:
        temporary_folders._close_in_process(process + 1, stack)
    assert process_folder().is_dir(), "a fork must not remove it"
    for process, stack in stacks:
        assert process == os.getpid()
        temporary_folders._close_in_process(process, stack)
    assert list_names(tmp_path) == []
