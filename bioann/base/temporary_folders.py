"""Temporary folders that do not outlive their process by more than the next start of bioann.

A folder is made only while its lock file, of the same name with ``.lock`` added, is locked. The
system releases the lock when the process ends, however it ends: a folder whose lock is free has no
owner any more, and `sweep_folders` removes it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

#: Prefix of the folder of a process among the temporary files of the system.
PROCESS_PREFIX = "bioann-process-"

_process_folders: dict[tuple[int, str], Path] = {}


@contextlib.contextmanager
def make_locked_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder with a lock of its own, and remove both at the end of the ``with`` block.

    Parameters
    ----------
    parent : pathlib.Path
        Folder in which it is made.
    prefix : str
        Beginning of its name.

    Yields
    ------
    pathlib.Path
        The empty folder, which only this user can read.

    Raises
    ------
    OSError
        If `parent` cannot be written.
    """
    folder = parent / f"{prefix}{secrets.token_hex(8)}"
    lock = FileLock(_lock_path(folder))
    with lock:
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            _remove_folder(folder)


def sweep_folders(parent: Path, prefix: str) -> None:
    """Remove the folders of `make_locked_folder` whose processes have ended; other users' stay."""
    with contextlib.suppress(OSError):
        for folder in parent.glob(f"{prefix}*"):
            if not folder.name.endswith(".lock") and _is_own(folder):
                _sweep_folder(folder)


def _sweep_folder(folder: Path) -> None:
    lock_path = _lock_path(folder)
    if not lock_path.exists() or not _is_own(lock_path):
        return
    with contextlib.suppress(Timeout, OSError), FileLock(lock_path, timeout=0):
        _remove_folder(folder)


def _is_own(path: Path) -> bool:
    """Return whether a file is this user's and no link, behind which another's file could be."""
    with contextlib.suppress(OSError):
        is_link = path.is_symlink()
        return not is_link and (not hasattr(os, "getuid") or path.stat().st_uid == os.getuid())
    return False


def _lock_path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # Windows does not remove a file that is locked
        _lock_path(folder).unlink()


def process_folder() -> Path:
    """Return the folder for temporary files of this process, which is removed when it exits.

    Raises
    ------
    OSError
        If there is no folder for temporary files that can be written.
    """
    parent, process = tempfile.gettempdir(), os.getpid()
    folder = _process_folders.get((process, parent))
    if folder is None or not folder.is_dir():  # a long session may outlive a cleaning of /tmp
        sweep_folders(Path(parent), PROCESS_PREFIX)
        stack = contextlib.ExitStack()
        folder = stack.enter_context(make_locked_folder(Path(parent), PROCESS_PREFIX))
        _process_folders[process, parent] = folder
        atexit.register(_close_in_process, process, stack)
    return folder


def _close_in_process(process: int, stack: contextlib.ExitStack) -> None:
    if os.getpid() == process:  # not in a fork of it
        stack.close()
