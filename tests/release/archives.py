"""What wheel and source distribution hold, compared with the files of the repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tests.release.checks import CheckFailedError

#: Folders at the top that are installed as parts of the package.
MAPPED = ("analyses", "models")
#: Files of the repository that only its own tools read.
ONLY_IN_REPOSITORY = re.compile(r"\.ci/|\.gitignore$|bioann/(analyses|models)$")
#: Files that setuptools adds to a source distribution.
ADDED_TO_SDIST = re.compile(r"PKG-INFO$|setup\.cfg$|bioann\.egg-info/")
#: How many names of files a line shows.
SHOWN_NAMES = 5


def list_tracked_files(repository: Path) -> list[str]:
    """Return the files that git tracks, and that are there, relative to the repository."""
    result = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True
    )
    names = result.stdout.split("\0")
    return [name for name in names if name and (repository / name).exists()]


def copy_files(names: Iterable[str], repository: Path, target: Path) -> None:
    """Copy files, links as links: a build in the repository would find leftovers of others."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(repository / name, target / name, follow_symlinks=False)


def list_wheel(wheel: Path) -> set[str]:
    """Return the files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def list_sdist(sdist: Path) -> set[str]:
    """Return the files of a source distribution, without its outermost folder."""
    with tarfile.open(sdist) as archive:
        return {m.name.partition("/")[2] for m in archive.getmembers() if not m.isdir()}


def check_wheel(names: set[str], tracked: Iterable[str]) -> str:
    """Require all of the package, its licence and its command, and nothing else."""
    packaged = {name for name in names if ".dist-info/" not in name}
    metadata = {name.partition(".dist-info/")[2] for name in names - packaged}
    expected = {
        name if name.startswith("bioann/") else f"bioann/{name}"
        for name in tracked
        if name.startswith(("bioann/", *(f"{folder}/" for folder in MAPPED)))
        and not ONLY_IN_REPOSITORY.match(name)
    }
    _require_equal("the wheel", packaged, expected)
    needed = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
    if needed - metadata:
        raise CheckFailedError(f"the wheel lacks {_join(needed - metadata)}")
    return f"{len(names)} files: the package, its licence, no tests"


def check_sdist(names: set[str], tracked: Iterable[str]) -> str:
    """Require every file of the repository that tests, documentation and a build need."""
    expected = {name for name in tracked if not ONLY_IN_REPOSITORY.match(name)}
    added = {name for name in names - expected if ADDED_TO_SDIST.match(name)}
    _require_equal("the source distribution", names - added, expected)
    return f"{len(names)} files: the package, its tests and its documentation"


def _require_equal(archive: str, names: set[str], expected: set[str]) -> None:
    problems = []
    if expected - names:
        problems.append(f"lacks {_join(expected - names)}")
    if names - expected:
        problems.append(f"holds files that should not be there: {_join(names - expected)}")
    if problems:
        raise CheckFailedError(f"{archive} {' and '.join(problems)}")


def _join(names: set[str]) -> str:
    shown = ", ".join(sorted(names)[:SHOWN_NAMES])
    hidden = len(names) - SHOWN_NAMES
    return f"{shown} and {hidden} more" if hidden > 0 else shown
