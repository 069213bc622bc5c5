"""Data of single seeds, kept in the user's cache folder from one run to the next.

A file holds the data of one seed of a study with its settings, and the key of everything that these
follow from: code of the function and of its helpers, settings, declaration, versions, and the
source of bioann. A file with another key is computed anew and replaced, as is one that is damaged.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr
from platformdirs import user_cache_path

from bioann.base.content.content import Content, list_content
from bioann.base.content.libraries import find_version
from bioann.base.content.text import hash_values
from bioann.base.errors import OutputError
from bioann.base.files import write_atomically
from bioann.recordings.storage import read_sealed_tree, recording_bytes
from bioann.studies.study import Study

#: Fields of a study that the data of a seed follow from.
COMPUTED_FIELDS = ("compute", "returns", "coordinates", "settings")
#: Packages whose versions matter, besides those that the function itself uses.
VERSIONED_PACKAGES = ("python", "numpy", "scipy", "xarray", "brian2", "jax", "jaxlib", "optax")
#: Folders of bioann that no data can follow from: what shows results.
PRESENTING_FOLDERS = frozenset(
    ("analyses", "models", "batch", "cli", "pair_files", "reporting", "studies", "testing")
)


@dataclasses.dataclass(frozen=True)
class StudyKey:
    """What the data of a study follow from, besides the seed.

    Parameters
    ----------
    content : Content
        Code, settings and declaration.
    versions : dict of str to str
        Versions of the packages that the data depend on, by name.
    """

    content: Content
    versions: Mapping[str, str]

    @property
    def hash(self) -> str:
        """16 hexadecimal digits."""
        versions = {f"version of {name}": text for name, text in self.versions.items()}
        return hash_values({**self.content.values, **versions, "bioann": hash_source()})

    @property
    def is_complete(self) -> bool:
        """Whether all code could be read; without it nothing may come from the cache."""
        return not self.content.unhashed


def make_study_key(study: Study) -> StudyKey:
    """Return what the data of a study follow from, besides the seed."""
    fields = {field.name for field in dataclasses.fields(study)}
    content = list_content(study, without=fields - set(COMPUTED_FIELDS))
    packages = dict.fromkeys((*VERSIONED_PACKAGES, *content.libraries))
    return StudyKey(content, {name: find_version(name) for name in packages})


@functools.cache
def hash_source() -> str:
    """Return a hash of the source of bioann, but for what only shows results."""
    root = Path(__file__).parent.parent
    hasher = hashlib.blake2b(digest_size=8)
    for file in sorted(root.rglob("*.py")):
        path = file.relative_to(root)
        if path.parts[0] not in PRESENTING_FOLDERS:
            hasher.update(f"\0{path.as_posix()}\0".encode() + file.read_bytes())
    return hasher.hexdigest()


def studies_folder() -> Path:
    """Return the folder of the data of studies."""
    return user_cache_path("bioann") / "studies"


def find_entry(study: Study, seed: int) -> Path:
    """Return the file for the data of a seed of a study with its settings."""
    settings = hash_values(list_content(study.settings).values)[:8]
    return studies_folder() / study.name / f"{settings}-{seed}.nc"


def read_entry(path: Path, key: str) -> xr.Dataset | None:
    """Return the data of a seed and what is known of them, or None if they have to be computed.

    Parameters
    ----------
    path : pathlib.Path
        The file of the seed.
    key : str
        Hash of what the data follow from.

    Returns
    -------
    xarray.Dataset or None
        Variables without labels, with the attributes ``key``, ``claims`` and ``seconds``.
    """
    if not path.exists():
        return None
    try:
        tree = read_sealed_tree(path, f"cache entry {path}", "data of a study", "Remove it.")
    except OutputError:  # damaged: computed anew
        return None
    dataset = tree.to_dataset()
    return dataset if dataset.attrs.get("key") == key else None


def write_entry(path: Path, data: xr.Dataset, attrs: Mapping[str, Any]) -> None:
    """Write the data of a seed: complete, or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The file of the seed.
    data : xarray.Dataset
        Its variables; labels are those of the study.
    attrs : mapping
        ``key``, ``claims`` and ``seconds``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    bare = data.drop_vars(list(data.coords))
    bare.attrs = dict(attrs)
    with write_atomically(path) as (temporary,):
        temporary.write_bytes(recording_bytes(xr.DataTree(bare)))


@dataclasses.dataclass(frozen=True)
class CachedStudy:
    """The data of a study in the cache, whatever its settings.

    Attributes
    ----------
    name : str
        Name of the study.
    n_seeds : int
        Number of files, one for each seed and settings.
    size : int
        Size of all files in bytes.
    last_written : float
        Time of the latest file, in seconds since 1970.
    """

    name: str
    n_seeds: int
    size: int
    last_written: float


def list_cached_studies() -> list[CachedStudy]:
    """List the studies with data in the cache, in alphabetical order."""
    statistics: dict[str, list[os.stat_result]] = {}
    for file in sorted(studies_folder().glob("*/*.nc")):
        with contextlib.suppress(FileNotFoundError):  # another process may have removed it
            statistics.setdefault(file.parent.name, []).append(file.stat())
    return [
        CachedStudy(name, len(files), sum(f.st_size for f in files), max(f.st_mtime for f in files))
        for name, files in statistics.items()
    ]


def clear_studies(name: str = "") -> int:
    """Remove the data of a study, or of all, and return the number of files removed."""
    files = sorted(studies_folder().glob(f"{name or '*'}/*.nc"))
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def join_claims(entries: list[str]) -> str:
    """Return the hashes of the claims that were stated before each of several entries, as JSON."""
    recorded = [json.loads(text) for text in entries]
    common = set(recorded[0]).intersection(*recorded[1:])
    return json.dumps({digest: recorded[0][digest] for digest in sorted(common)})
