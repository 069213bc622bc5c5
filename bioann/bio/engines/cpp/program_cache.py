"""Compiled programs, kept in the user's cache folder from one run to the next.

An entry is a folder with a program and ``entry.json``. It is built under another name and renamed
when it is complete, under a lock of its own: if two processes need the same program, one compiles
and the other waits. An incomplete entry (a killed build, a damaged file) is detected by the hash in
``entry.json`` and built again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_cache_path

from bioann.base.errors import OutputError
from bioann.base.temporary_folders import make_locked_folder, sweep_folders
from bioann.bio.integration.step_constants import StepConstant

#: Bytes that programs may take before the least recently used ones are removed.
MAX_BYTES = 512 * 2**20
PROGRAM_FILE, ENTRY_FILE = "program", "entry.json"
#: Prefix of the folders in which entries are built.
BUILDING_PREFIX = "building-"


@dataclasses.dataclass(frozen=True)
class CachedProgram:
    """A complete entry of the cache.

    Attributes
    ----------
    folder : pathlib.Path
        Folder of the entry, named by its key.
    title : str
        Populations that the program simulates, for the user.
    step_constants : dict of str to dict of str to StepConstant
        By group, the constant factors that the program reads besides the numbers of the plan.
    last_used : float
        Time of last use, in seconds since 1970.
    size : int
        Disk space in bytes.
    """

    folder: Path
    title: str
    step_constants: Mapping[str, Mapping[str, StepConstant]]
    last_used: float
    size: int

    @property
    def path(self) -> Path:
        """Path of the executable."""
        return self.folder / PROGRAM_FILE


def cache_folder() -> Path:
    """Return the folder of bioann's caches: ``bioann`` in ``$XDG_CACHE_HOME``.

    Without that variable, in the user's cache folder: ``~/.cache`` on Linux.
    """
    return user_cache_path("bioann")


def programs_folder() -> Path:
    """Return the folder of compiled programs."""
    return cache_folder() / "programs"


def hash_key(*texts: str) -> str:
    """Return the key of an entry: a hash of the texts that its program depends on."""
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


def find_program(key: str) -> CachedProgram | None:
    """Return a complete entry and mark it as used; None if there is none."""
    program = _read_entry(programs_folder() / key)
    if program is not None:
        os.utime(program.folder / ENTRY_FILE)
    return program


def find_or_build(
    key: str, title: str, build: Callable[[Path], Mapping[str, Mapping[str, StepConstant]]]
) -> CachedProgram:
    """Return an entry; build it unless it exists and is complete.

    Parameters
    ----------
    key : str
        Key of the entry (`hash_key`).
    title : str
        Populations that the program simulates, for the user.
    build : callable
        ``build(path) -> step_constants`` compiles the program and writes it to `path`.

    Returns
    -------
    CachedProgram
        The complete entry.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full; no incomplete entry is left.
    """
    try:
        programs_folder().mkdir(parents=True, exist_ok=True)
        # The system releases it when this process ends, however it ends.
        with FileLock(cache_folder() / "locks" / key):
            program = find_program(key)  # another process may have built it meanwhile
            if program is None:
                _build_program(key, title, build)
                program = find_program(key)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"cache {programs_folder()}",
            "a writable folder, and disk space for a program there and for temporary files",
            str(error),
            "Run 'bioann cache --clear', set XDG_CACHE_HOME or TMPDIR to another folder, or use "
            "engine='numpy'.",
        ) from error
    assert program is not None
    evict_programs(keep_key=key)
    return program


def _build_program(
    key: str, title: str, build: Callable[[Path], Mapping[str, Mapping[str, StepConstant]]]
) -> None:
    with make_locked_folder(programs_folder(), BUILDING_PREFIX) as parent:
        folder = parent / key
        folder.mkdir()
        step_constants = build(folder / PROGRAM_FILE)
        entry = {
            "title": title,
            "hash": _hash_file(folder / PROGRAM_FILE),
            "factors": {
                group: {name: _constant_as_json(c) for name, c in constants.items()}
                for group, constants in step_constants.items()
            },
        }
        (folder / ENTRY_FILE).write_text(json.dumps(entry), encoding="utf-8")
        target = programs_folder() / key
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        folder.rename(target)


def _read_entry(folder: Path) -> CachedProgram | None:
    """Read an entry; None unless it is complete."""
    try:
        entry = json.loads((folder / ENTRY_FILE).read_text(encoding="utf-8"))
        if _hash_file(folder / PROGRAM_FILE) != entry["hash"]:
            return None
        step_constants = {
            group: {name: _constant_from_json(c) for name, c in constants.items()}
            for group, constants in entry["factors"].items()
        }
        last_used = (folder / ENTRY_FILE).stat().st_mtime
        size = sum(f.stat().st_size for f in folder.iterdir())
        return CachedProgram(folder, entry["title"], step_constants, last_used, size)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _constant_as_json(constant: StepConstant) -> dict[str, object]:
    return {
        "kind": constant.kind,
        "expressions": constant.expressions,
        "h": constant.h,
        "place": constant.element,
    }


def _constant_from_json(entry: Mapping[str, Any]) -> StepConstant:
    expressions = tuple(tuple(row) for row in entry["expressions"])
    return StepConstant(entry["kind"], expressions, entry["h"], tuple(entry["place"]))


def _hash_file(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def list_programs() -> list[CachedProgram]:
    """List complete entries, the most recently used one first."""
    if not programs_folder().is_dir():
        return []
    folders = programs_folder().iterdir()
    programs = [program for folder in folders if (program := _read_entry(folder))]
    return sorted(programs, key=lambda program: -program.last_used)


def evict_programs(keep_key: str = "") -> None:
    """Remove the least recently used entries above `MAX_BYTES`, and leftovers of killed builds."""
    free_bytes = MAX_BYTES
    for program in list_programs():
        free_bytes -= program.size
        if free_bytes < 0 and program.folder.name != keep_key:
            shutil.rmtree(program.folder, ignore_errors=True)
    sweep_folders(programs_folder(), BUILDING_PREFIX)


def clear_cache() -> int:
    """Remove entries, locks, Cython modules and libraries; return the number of entries."""
    count = len(list_programs())
    names = ("locks", "cython", "libraries")
    for folder in (programs_folder(), *(cache_folder() / name for name in names)):
        shutil.rmtree(folder, ignore_errors=True)
    return count
