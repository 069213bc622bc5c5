"""Compiled programs, kept in the user's cache folder from one run to the next.

An entry is a folder with a program and ``entry.json``. It is written beside its place and renamed
into it when it is whole, under a lock of its own: of two processes that want the same program one
compiles and the other waits. What is not whole (a build that was killed, a damaged file) is found
by the size and hash that the entry states, and built again.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bioann.base.errors import OutputError
from bioann.bio.integration.step_constants import StepConstant

#: Bytes that programs may take before the least recently used ones go.
MAX_BYTES = 512 * 2**20
PROGRAM_FILE, ENTRY_FILE = "program", "entry.json"


@dataclasses.dataclass(frozen=True)
class CachedProgram:
    """A program in the cache.

    Attributes
    ----------
    folder : pathlib.Path
        Where it is.
    title : str
        What it simulates.
    step_constants : dict of str to dict of str to Factor
        What it wants to be told besides the plan.
    last_used : float
        When it was last used, in seconds since 1970.
    size : int
        Bytes.
    """

    folder: Path
    title: str
    step_constants: Mapping[str, Mapping[str, StepConstant]]
    last_used: float
    size: int

    @property
    def program(self) -> Path:
        """The program."""
        return self.folder / PROGRAM_FILE


def cache_folder() -> Path:
    """Give the folder of bioann's caches: ``$XDG_CACHE_HOME/bioann`` or ``~/.cache/bioann``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bioann"


def programs_folder() -> Path:
    """Give the folder of compiled programs."""
    return cache_folder() / "programs"


def hash_key(*parts: str) -> str:
    """Hash what a program depends on."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def find_program(name: str) -> CachedProgram | None:
    """Look for a whole entry, and note that it was used; None if there is none."""
    entry = _read_entry(programs_folder() / name)
    if entry is not None:
        os.utime(entry.folder / ENTRY_FILE)
    return entry


def find_or_build(
    name: str, title: str, build: Callable[[Path], Mapping[str, Mapping[str, StepConstant]]]
) -> CachedProgram:
    """Give an entry, and build it if it is not there whole.

    Parameters
    ----------
    name : str
        From `hash_key`.
    title : str
        What it simulates.
    build : callable
        ``build(program) -> factors`` writes the program.

    Returns
    -------
    Entry
        Whole.

    Raises
    ------
    OutputError
        If the folder cannot be written, or the disk is full; nothing half-made is left.
    """
    try:
        programs_folder().mkdir(parents=True, exist_ok=True)
        with _lock_entry(name):
            found = find_program(name)  # another process may have built it meanwhile
            if found is None:
                _build_program(name, title, build)
                found = find_program(name)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"cache {programs_folder()}",
            "a folder that can be written, and room for a program there and for temporary files",
            str(error),
            "Run 'bioann cache --clear', set XDG_CACHE_HOME or TMPDIR to another folder, or use "
            "engine='numpy'.",
        ) from error
    assert found is not None
    evict_programs(keep=name)
    return found


def _build_program(
    name: str, title: str, build: Callable[[Path], Mapping[str, Mapping[str, StepConstant]]]
) -> None:
    with tempfile.TemporaryDirectory(prefix="building-", dir=programs_folder()) as made:
        folder = Path(made) / name
        folder.mkdir()
        factors = build(folder / PROGRAM_FILE)
        described = {
            "title": title,
            "hash": _hash_file(folder / PROGRAM_FILE),
            "factors": {
                group: {n: dataclasses.asdict(f) for n, f in found.items()}
                for group, found in factors.items()
            },
        }
        (folder / ENTRY_FILE).write_text(json.dumps(described), encoding="utf-8")
        place = programs_folder() / name
        if place.exists():
            shutil.rmtree(place)
        folder.rename(place)


def _read_entry(folder: Path) -> CachedProgram | None:
    """Read an entry; None unless it is whole."""
    try:
        said = json.loads((folder / ENTRY_FILE).read_text(encoding="utf-8"))
        if _hash_file(folder / PROGRAM_FILE) != said["hash"]:
            return None
        factors = {
            group: {n: _parse_step_constant(f) for n, f in found.items()}
            for group, found in said["factors"].items()
        }
        used = (folder / ENTRY_FILE).stat().st_mtime
        size = sum(f.stat().st_size for f in folder.iterdir())
        return CachedProgram(folder, said["title"], factors, used, size)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _parse_step_constant(said: Mapping[str, object]) -> StepConstant:
    rows = tuple(tuple(row) for row in said["expressions"])  # type: ignore[attr-defined]
    return StepConstant(said["kind"], rows, said["h"], tuple(said["place"]))  # type: ignore[arg-type]


def _hash_file(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


@contextmanager
def _lock_entry(name: str) -> Iterator[None]:
    """Let one process at a time build an entry; the lock ends with the process."""
    folder = cache_folder() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def list_programs() -> list[CachedProgram]:
    """List whole entries, the last used one first."""
    if not programs_folder().is_dir():
        return []
    found = [entry for folder in programs_folder().iterdir() if (entry := _read_entry(folder))]
    return sorted(found, key=lambda entry: -entry.last_used)


def evict_programs(keep: str = "") -> None:
    """Remove the least recently used entries over `MAX_BYTES`, and what killed builds have left."""
    room = MAX_BYTES
    for entry in list_programs():
        room -= entry.size
        if room < 0 and entry.folder.name != keep:
            shutil.rmtree(entry.folder, ignore_errors=True)
    old = time.time() - 3600
    for left in programs_folder().glob("building-*"):
        if left.stat().st_mtime < old:
            shutil.rmtree(left, ignore_errors=True)


def clear_cache() -> int:
    """Remove everything; gives the number of entries that there were."""
    count = len(list_programs())
    for folder in (programs_folder(), cache_folder() / "locks", cache_folder() / "cython"):
        shutil.rmtree(folder, ignore_errors=True)
    return count
