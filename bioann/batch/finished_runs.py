"""Which pairs and studies of a command have finished, so that a stopped command can go on.

The folder of the reports has a file ``.finished/NAME.json`` for each pair or study, written after
its reports: a hash of what was run and how, hashes of the files that were written, and the results
that the command prints and puts into its index.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bioann.base.content.content import list_content
from bioann.base.content.libraries import find_version
from bioann.base.content.text import hash_values
from bioann.base.errors import BioannError
from bioann.base.files import write_atomically
from bioann.batch.record_json import decode_record, encode_record
from bioann.runs.provenance import VERSIONED_PACKAGES
from bioann.studies.cache import hash_source

FOLDER = ".finished"
#: Number of the layout of the files; another one for every change that a reader must know.
LAYOUT = 1


def hash_request(subject: Any, options: Mapping[str, Any]) -> str:
    """Return a hash of a pair or study with its code, of how it is run, and of the versions.

    Parameters
    ----------
    subject : Pair or Study
        What is run and reported.
    options : mapping of str to object
        Everything else that results and reports depend on.

    Returns
    -------
    str
        Equal for equal results; empty if it has code that cannot be read, so that nobody knows.
    """
    content = list_content(subject)
    if content.unhashed:
        return ""
    packages = dict.fromkeys((*VERSIONED_PACKAGES, *content.libraries))
    versions = {f"version of {name}": find_version(name) for name in packages}
    texts = {f"option {name}": repr(value) for name, value in options.items()}
    source = {"source of bioann": hash_source()}
    return hash_values({**content.values, **versions, **texts, **source})


@dataclasses.dataclass(frozen=True)
class FinishedRuns:
    """What has finished in the folder of a command.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the reports.
    classes : mapping of str to type
        Classes that a record may have, from `list_record_classes`.
    """

    folder: Path
    classes: Mapping[str, type]

    def record_path(self, name: str) -> Path:
        """Return the file of a pair or study."""
        return self.folder / FOLDER / f"{name}.json"

    def write_record(self, name: str, key: str, files: Sequence[Path], result: Any) -> None:
        """Record that a pair or study has finished.

        Parameters
        ----------
        name : str
            Its name.
        key : str
            From `hash_request`; nothing is recorded if it is empty.
        files : sequence of pathlib.Path
            The files that were written for it.
        result : object
            What `encode_record` can write.
        """
        if not key:
            return
        record = {
            "layout": LAYOUT,
            "key": key,
            "files": {str(file.relative_to(self.folder)): hash_file(file) for file in files},
            "result": encode_record(result),
        }
        with write_atomically(self.record_path(name)) as (temporary,):
            temporary.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")

    def read_result(self, name: str, key: str) -> Any:
        """Return the result of a pair or study that has finished with this key; None otherwise.

        It has not finished if a file that was written for it is missing or has changed, or if its
        record cannot be read: it is run again then.
        """
        try:
            record = json.loads(self.record_path(name).read_text(encoding="utf-8"))
            if not key or (record["layout"], record["key"]) != (LAYOUT, key):
                return None
            if any(hash_file(self.folder / f) != h for f, h in record["files"].items()):
                return None
            return decode_record(record["result"], dict(self.classes))
        except (OSError, KeyError, TypeError, ValueError, AttributeError, BioannError):
            return None


def hash_file(path: Path) -> str:
    """Return the hash of the content of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
