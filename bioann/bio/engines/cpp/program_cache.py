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
from bioann.bio.integration.step_constants import Factor

#: Bytes that programs may take before the least recently used ones go.
LIMIT = 512 * 2**20
PROGRAM, ENTRY = "program", "entry.json"


@dataclasses.dataclass(frozen=True)
class Entry:
    """A program in the cache.

    Attributes
    ----------
    folder : pathlib.Path
        Where it is.
    title : str
        What it simulates.
    factors : dict of str to dict of str to Factor
        What it wants to be told besides the plan.
    used : float
        When it was last used, in seconds since 1970.
    size : int
        Bytes.
    """

    folder: Path
    title: str
    factors: Mapping[str, Mapping[str, Factor]]
    used: float
    size: int

    @property
    def program(self) -> Path:
        """The program."""
        return self.folder / PROGRAM


def home() -> Path:
    """Give the folder of bioann's caches: ``$XDG_CACHE_HOME/bioann`` or ``~/.cache/bioann``."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bioann"


def programs() -> Path:
    """Give the folder of compiled programs."""
    return home() / "programs"


def key(*parts: str) -> str:
    """Hash what a program depends on."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def find(name: str) -> Entry | None:
    """Look for a whole entry, and note that it was used; None if there is none."""
    entry = _read(programs() / name)
    if entry is not None:
        os.utime(entry.folder / ENTRY)
    return entry


def obtain(
    name: str, title: str, build: Callable[[Path], Mapping[str, Mapping[str, Factor]]]
) -> Entry:
    """Give an entry, and build it if it is not there whole.

    Parameters
    ----------
    name : str
        From `key`.
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
        programs().mkdir(parents=True, exist_ok=True)
        with _lock(name):
            found = find(name)  # another process may have built it meanwhile
            if found is None:
                _build(name, title, build)
                found = find(name)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(
            f"cache {programs()}",
            "a folder that can be written, and room for a program there and for temporary files",
            str(error),
            "Run 'bioann cache --clear', set XDG_CACHE_HOME or TMPDIR to another folder, or use "
            "engine='numpy'.",
        ) from error
    assert found is not None
    evict(keep=name)
    return found


def _build(
    name: str, title: str, build: Callable[[Path], Mapping[str, Mapping[str, Factor]]]
) -> None:
    with tempfile.TemporaryDirectory(prefix="building-", dir=programs()) as made:
        folder = Path(made) / name
        folder.mkdir()
        factors = build(folder / PROGRAM)
        described = {
            "title": title,
            "hash": _hash(folder / PROGRAM),
            "factors": {
                group: {n: dataclasses.asdict(f) for n, f in found.items()}
                for group, found in factors.items()
            },
        }
        (folder / ENTRY).write_text(json.dumps(described), encoding="utf-8")
        place = programs() / name
        if place.exists():
            shutil.rmtree(place)
        folder.rename(place)


def _read(folder: Path) -> Entry | None:
    """Read an entry; None unless it is whole."""
    try:
        said = json.loads((folder / ENTRY).read_text(encoding="utf-8"))
        if _hash(folder / PROGRAM) != said["hash"]:
            return None
        factors = {
            group: {n: _factor(f) for n, f in found.items()}
            for group, found in said["factors"].items()
        }
        used = (folder / ENTRY).stat().st_mtime
        size = sum(f.stat().st_size for f in folder.iterdir())
        return Entry(folder, said["title"], factors, used, size)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _factor(said: Mapping[str, object]) -> Factor:
    rows = tuple(tuple(row) for row in said["expressions"])  # type: ignore[attr-defined]
    return Factor(said["kind"], rows, said["h"], tuple(said["place"]))  # type: ignore[arg-type]


def _hash(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """Let one process at a time build an entry; the lock ends with the process."""
    folder = home() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def entries() -> list[Entry]:
    """List whole entries, the last used one first."""
    if not programs().is_dir():
        return []
    found = [entry for folder in programs().iterdir() if (entry := _read(folder))]
    return sorted(found, key=lambda entry: -entry.used)


def evict(keep: str = "") -> None:
    """Remove the least recently used entries over `LIMIT`, and what killed builds have left."""
    room = LIMIT
    for entry in entries():
        room -= entry.size
        if room < 0 and entry.folder.name != keep:
            shutil.rmtree(entry.folder, ignore_errors=True)
    old = time.time() - 3600
    for left in programs().glob("building-*"):
        if left.stat().st_mtime < old:
            shutil.rmtree(left, ignore_errors=True)


def clear() -> int:
    """Remove everything; gives the number of entries that there were."""
    count = len(entries())
    for folder in (programs(), home() / "locks", home() / "cython"):
        shutil.rmtree(folder, ignore_errors=True)
    return count
