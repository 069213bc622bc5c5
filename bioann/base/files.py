"""Atomic writes: files appear complete or not at all. Errors that say why a write failed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from bioann.base.errors import BioannError, OutputError

_OTHER_FOLDER_REMEDY = "Choose another folder, or make this one writable."
#: Messages for the errors that a user can fix: expected, got, remedy.
_ERROR_TEXTS = {
    errno.ENOSPC: (
        "room for the files",
        "a full disk",
        "Free some space, or choose another folder; nothing half-written was left behind.",
    ),
    errno.EDQUOT: (
        "room for the files",
        "a disk quota that is used up",
        "Free some space, or choose another folder; nothing half-written was left behind.",
    ),
    errno.EACCES: ("a folder that can be written", "no permission", _OTHER_FOLDER_REMEDY),
    errno.EPERM: ("a folder that can be written", "no permission", _OTHER_FOLDER_REMEDY),
    errno.EROFS: ("a folder that can be written", "a read-only file system", _OTHER_FOLDER_REMEDY),
    errno.ENOTDIR: ("a folder", "a path that leads through a file", _OTHER_FOLDER_REMEDY),
    errno.ENAMETOOLONG: (
        "a name that the file system can hold (mostly 255 bytes)",
        "a longer one",
        "Shorten the name of the pair or the path of the folder.",
    ),
    errno.EEXIST: ("a folder", "a file of that name", _OTHER_FOLDER_REMEDY),
}


@contextlib.contextmanager
def write_atomically(*paths: str | Path) -> Iterator[tuple[Path, ...]]:
    """Write several files atomically: all of them appear complete, or none appears.

    Inside the ``with`` block, write to the temporary paths, which lie in the folders of their
    targets and have the same suffixes. Existing targets are replaced when the block ends.

    Parameters
    ----------
    *paths : str or pathlib.Path
        The target files; missing folders are created.

    Yields
    ------
    tuple of pathlib.Path
        Temporary files to write to, in the order of `paths`.

    Raises
    ------
    OutputError
        If a folder cannot be created or written, a path is a folder, or the disk is full. No
        temporary file and no new target remains.
    """
    targets = tuple(Path(p) for p in paths)
    token = secrets.token_hex(8)
    # Without the name of the target, which may be as long as the file system allows.
    names = [f".{token}-{k}" for k in range(len(targets))]
    try:
        temporary = tuple(t.with_name(n + t.suffix) for t, n in zip(targets, names, strict=True))
        backups = tuple(t.with_name(f"{n}.old") for t, n in zip(targets, names, strict=True))
        if any("\0" in str(target) for target in targets):
            raise ValueError("a name with a null character")
    except ValueError as error:  # a path without a name, such as "."
        raise OutputError("output", "the path of a file", str(error), "Name a file.") from error
    missing_folders: list[Path] = []
    try:
        for target in targets:
            missing_folders += list_missing_folders(target.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir():
                raise OutputError(
                    f"file {target}", "a file", "a folder of that name", "Choose another name."
                )
        yield temporary
        _move_into_place(temporary, targets, backups)
    except BioannError:
        raise
    except OSError as error:
        raise output_error(error, " and ".join(map(str, targets))) from error
    finally:
        for path in (*temporary, *backups):
            with contextlib.suppress(OSError):
                path.unlink()
        remove_empty_folders(missing_folders)


def _move_into_place(
    temporary: tuple[Path, ...], targets: tuple[Path, ...], backups: tuple[Path, ...]
) -> None:
    """Rename complete temporary files to their targets; if one fails, all are as before."""
    for path in temporary:
        # Some file systems report that they are full only when data are flushed to the disk.
        with path.open("rb") as file:
            os.fsync(file.fileno())
    new_targets: list[Path] = []
    try:
        for path, target, backup in zip(temporary, targets, backups, strict=True):
            if len(targets) > 1 and target.exists():
                _copy_file(target, backup)
            path.replace(target)
            new_targets.append(target)
    except BaseException:
        for target, backup in zip(new_targets, backups, strict=False):
            if backup.exists():
                backup.replace(target)
            else:
                target.unlink()
        raise


def _copy_file(path: Path, copy: Path) -> None:
    """Give a file a second name, or copy it where the file system has one name for each."""
    try:
        copy.hardlink_to(path)
    except OSError:
        shutil.copy2(path, copy)


def output_error(error: OSError, where: str) -> OutputError:
    """Build an error with a remedy from an error of the operating system.

    Parameters
    ----------
    error : OSError
        The error that the operating system raised.
    where : str
        The file or folder that could not be written, as the user wrote it.

    Returns
    -------
    OutputError
        The error, for the caller to raise.
    """
    reason = error.strerror or str(error)
    texts = _ERROR_TEXTS.get(error.errno or 0)
    expected, got, remedy = texts or (
        "a file that can be written",
        "an error",
        _OTHER_FOLDER_REMEDY,
    )
    return OutputError(f"output {where}", expected, f"{got} ({reason})", remedy)


def check_writable(folder: str | Path) -> Path:
    """Check that a file can be written to a folder, and leave the disk as it was.

    Parameters
    ----------
    folder : str or pathlib.Path
        Path of the folder; a missing one is created by what is written to it.

    Returns
    -------
    pathlib.Path
        The same path.

    Raises
    ------
    OutputError
        If the folder cannot be created or written.
    """
    path = Path(folder)
    probe = path / f".probe.{secrets.token_hex(4)}"
    missing_folders = list_missing_folders(path)
    try:
        try:
            _write_probe(probe)
        except FileNotFoundError:  # another process has just checked, too, and removed the folder
            _write_probe(probe)
    except OSError as error:
        raise output_error(error, str(folder)) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
        remove_empty_folders(missing_folders)
    return path


def _write_probe(probe: Path) -> None:
    """Write a file of one byte, with its folders."""
    probe.parent.mkdir(parents=True, exist_ok=True)
    probe.write_bytes(b"\0")


def list_missing_folders(path: Path) -> list[Path]:
    """Return the folders that do not exist yet among a path and its parents, deepest first."""
    return [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]


def remove_empty_folders(folders: Sequence[Path]) -> None:
    """Remove folders in their order, except those that contain something."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()
