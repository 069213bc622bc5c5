"""The folder of a sweep: one file for each point, written when it has finished.

``sweep.json`` says what is swept. The result of a point is ``points/ab/abcd....json``; its name is
the hash of the values of the point, of the pair with its code, and of the options of the runs, so
that every machine that sees the folder finds the same names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bioann.base.errors import BioannError
from bioann.base.files import output_error, write_atomically

MANIFEST = "sweep.json"
#: Number of the layout of the files; another one for every change that a reader must know.
LAYOUT = 1
#: Differences between two sweeps that an error lists at most.
MAX_DIFFERENCES = 4


class SweepError(BioannError):
    """A folder of another sweep, or of none; or a sweep that cannot go on."""


@dataclasses.dataclass(frozen=True)
class SweepFolder:
    """Files of the results of a sweep.

    Parameters
    ----------
    path : str
        The folder.
    key : str
        Hash of the pair, its code and the options of the runs.
    """

    path: str
    key: str

    def name_point(self, values: Sequence[float]) -> str:
        """Return the name of the file of a point."""
        text = json.dumps([self.key, [float(value).hex() for value in values]])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def point_path(self, name: str) -> Path:
        """Return the file of a point by its name."""
        return Path(self.path) / "points" / name[:2] / f"{name}.json"

    def has_point(self, values: Sequence[float]) -> bool:
        """Return whether a point has finished."""
        return self.point_path(self.name_point(values)).exists()

    def write_point(self, values: Sequence[float], result: dict[str, Any]) -> None:
        """Write the result of a point, complete or not at all."""
        path = self.point_path(self.name_point(values))
        text = json.dumps(result, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with write_atomically(path) as (temporary,):
            temporary.write_text(text, encoding="utf-8")

    def read_point(self, values: Sequence[float]) -> dict[str, Any] | None:
        """Return the result of a point; None if it has not finished.

        Raises
        ------
        SweepError
            If the file is damaged.
        """
        path = self.point_path(self.name_point(values))
        try:
            result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise SweepError(
                f"file {path}",
                "the result of a point of a sweep",
                f"{type(error).__name__}: {error}",
                "Delete it, and run the sweep again: only this point is run.",
            ) from error
        return result

    def list_points(self) -> set[str]:
        """Return the names of the points that have finished."""
        names: set[str] = set()
        points = Path(self.path) / "points"
        if points.is_dir():
            for folder in os.scandir(points):
                if folder.is_dir():
                    files = (Path(file.name) for file in os.scandir(folder.path))
                    names.update(f.stem for f in files if f.suffix == ".json" and len(f.stem) == 32)
        return names

    def remove_point(self, values: Sequence[float]) -> None:
        """Remove the result of a point, so that it is run again."""
        self.point_path(self.name_point(values)).unlink(missing_ok=True)


def hash_manifest(manifest: dict[str, Any]) -> str:
    """Return the hash of what all points of a sweep have in common."""
    common = {name: manifest[name] for name in ("layout", "subject", "options")}
    return hashlib.sha256(json.dumps(common, sort_keys=True).encode()).hexdigest()[:16]


def open_folder(path: str | Path, manifest: dict[str, Any]) -> SweepFolder:
    """Open the folder of a sweep, or make it.

    Parameters
    ----------
    path : str or pathlib.Path
        The folder.
    manifest : dict
        What is swept: ``layout``, ``subject``, ``options`` and ``design``.

    Raises
    ------
    SweepError
        If the folder has another sweep, or other files.
    OutputError
        If it cannot be written.
    """
    folder, file = Path(path), Path(path) / MANIFEST
    if file.exists():
        check_same_sweep(read_manifest(folder), manifest, folder)
    else:
        try:
            other_files = sorted(p.name for p in folder.iterdir()) if folder.exists() else []
        except OSError as error:
            raise output_error(error, str(folder)) from error
        if other_files:
            got = f"other files, such as {other_files[0]!r}"
            remedy = "Choose another folder."
            raise SweepError(f"folder {folder}", "an empty folder, or a sweep", got, remedy)
        with write_atomically(file) as (temporary,):
            temporary.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return SweepFolder(str(folder.resolve()), hash_manifest(manifest))


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Return what a folder says that it sweeps; `SweepError` if it is no folder of a sweep."""
    file = Path(folder) / MANIFEST
    expected = f"the folder of a sweep, with a file {MANIFEST}"
    remedy = "Name the folder that 'bioann sweep --out' wrote."
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SweepError(f"folder {folder}", expected, "none", remedy) from error
    except (OSError, ValueError) as error:
        got = f"{type(error).__name__}: {error}"
        raise SweepError(f"file {file}", "a file of JSON", got, remedy) from error
    names = {"layout", "subject", "options", "design"}
    if not isinstance(manifest, dict) or names - manifest.keys() or manifest["layout"] != LAYOUT:
        got = "a file without them, or with another layout"
        raise SweepError(f"file {file}", f"the entries {', '.join(sorted(names))}", got, remedy)
    return manifest


def check_same_sweep(stored: dict[str, Any], manifest: dict[str, Any], folder: Path) -> None:
    """Raise `SweepError` unless a folder has the sweep that is run."""
    new_manifest = json.loads(json.dumps(manifest))
    differences = [
        f"{field} {name} is {shorten_json(old.get(name))}, not {shorten_json(new.get(name))}"
        for field in ("subject", "options", "design")
        for old, new in ((stored[field], new_manifest[field]),)
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
    if differences:
        more = len(differences) - MAX_DIFFERENCES
        text = "; ".join(differences[:MAX_DIFFERENCES]) + (f"; and {more} more" if more > 0 else "")
        raise SweepError(
            f"folder {folder}",
            "the folder of this sweep",
            f"one of another sweep: {text}",
            "Choose another folder, or run the sweep as it was.",
        )


def shorten_json(value: Any) -> str:
    """Return a value as JSON, shortened if it is long."""
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:76]} ..."
