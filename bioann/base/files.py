"""Files that appear whole or not at all, and what to say when they cannot be written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from bioann.base.errors import BioannError, OutputError

_OTHER_FOLDER_REMEDY = "Choose another folder, or make this one writable."
#: What to say about the errors that a user can do something about: wanted, got, do.
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
    errno.EEXIST: ("a folder", "a file of that name", _OTHER_FOLDER_REMEDY),
}


@contextlib.contextmanager
def write_atomically(*paths: str | Path) -> Iterator[tuple[Path, ...]]:
    """Write files that appear together, each whole, or not at all.

    Inside the ``with`` block, write to the temporary paths that it gives; they stand beside their
    targets and keep their suffixes. Whatever stood at the targets stays until the end.

    Parameters
    ----------
    *paths : str or pathlib.Path
        Where the files shall appear; folders are made.

    Yields
    ------
    tuple of pathlib.Path
        Where to write, in the order of `paths`.

    Raises
    ------
    OutputError
        If a folder cannot be made or written, a path is a folder, or the disk is full. Neither
        the temporary files nor any of the targets is left behind then.
    """
    targets = tuple(Path(p) for p in paths)
    token = secrets.token_hex(4)
    temporary = tuple(t.with_name(f".{t.stem}.{token}{t.suffix}") for t in targets)
    try:
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir():
                raise OutputError(
                    f"file {target}", "a file", "a folder of that name", "Choose another name."
                )
        yield temporary
        _move_into_place(temporary, targets)
    except BioannError:
        raise
    except OSError as error:
        raise output_error(error, " and ".join(map(str, targets))) from error
    finally:
        for path in temporary:
            with contextlib.suppress(OSError):
                path.unlink()


def _move_into_place(temporary: tuple[Path, ...], targets: tuple[Path, ...]) -> None:
    """Give finished files their names."""
    for path in temporary:
        # Some file systems say that they are full only when they are asked to keep the bytes.
        with path.open("rb") as file:
            os.fsync(file.fileno())
    new_targets: list[Path] = []
    try:
        for path, target in zip(temporary, targets, strict=True):
            path.replace(target)
            new_targets.append(target)
    except OSError:
        # Seen only when somebody else changes the folder meanwhile: better none than a mixture.
        for target in new_targets:
            target.unlink()
        raise


def output_error(error: OSError, where: str) -> OutputError:
    """Turn an error of the operating system into one that says what to do.

    Parameters
    ----------
    error : OSError
        What came.
    where : str
        The file or folder.

    Returns
    -------
    OutputError
        To be raised by the caller.
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
    """Make a folder if it is not there, and check that a file can be written to it.

    Parameters
    ----------
    folder : str or pathlib.Path
        The folder.

    Returns
    -------
    pathlib.Path
        The same.

    Raises
    ------
    OutputError
        If it cannot be made or written.
    """
    path = Path(folder)
    probe = path / f".probe.{secrets.token_hex(4)}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"\0")
    except OSError as error:
        raise output_error(error, str(folder)) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    return path
