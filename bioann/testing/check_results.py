"""Results of checks, of pairs and of studies."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bioann.base.errors import BioannError, UserCodeError
from bioann.pair_files.load import error_in_pair_file


@dataclasses.dataclass(frozen=True)
class CheckResult:
    """Result of a check: its name, whether it was passed, and why not or what it left out."""

    name: str
    passed: bool
    message: str = ""


def describe_file_error(path: Path, expected: str, error: BaseException) -> str:
    """Return the message for whatever a check of a file raised; one of user code names its line."""
    if isinstance(error, BioannError) and not isinstance(error, UserCodeError):
        return str(error)
    return str(error_in_pair_file(path, expected, error))
