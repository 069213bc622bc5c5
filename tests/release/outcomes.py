"""Which environments passed, kept beside the archives, so that a later run can leave them out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

#: File in the folder of the archives.
FILE_NAME = "environments.json"


class EnvironmentOutcomes:
    """The environments that passed, each with the hash of the archive that was installed there.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the archives.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def read(self) -> dict[str, str]:
        """Return hashes of archives by environment; none if no run has been noted."""
        if not self.path.exists():
            return {}
        return json.loads(self.path.read_text(encoding="utf-8"))

    def note(self, environment: str, archive: Path, *, passed: bool) -> None:
        """Note an environment that passed, or forget it: it is to be tried again."""
        hashes = self.read()
        hashes.pop(environment, None)
        if passed:
            hashes[environment] = hash_file(archive)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(hashes, indent=1), encoding="utf-8")

    def find_reason_to_skip(self, environment: str, archive: Path) -> str | None:
        """Return when an environment passed, in words; None if it did not."""
        noted = self.read().get(environment)
        if noted is None:
            return None
        same = noted == hash_file(archive)
        return "passed before" if same else "passed before, with an earlier archive"


def hash_file(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
