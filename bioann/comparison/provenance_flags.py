"""Warnings about what the recording of a comparison does not prove."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bioann.base.content.libraries import find_version
from bioann.base.text import join_names
from bioann.runs.pair_record import has_same_bytecode

#: Packages whose version changes only how a report looks.
_LAYOUT_PACKAGES = {"python", "matplotlib", "typst"}


def flag_provenance(attrs: Mapping[Any, Any], claims_after_run: Sequence[str]) -> tuple[str, ...]:
    """Return a warning for everything that a recording does not prove about pair and claims.

    Parameters
    ----------
    attrs : mapping
        Attributes of the recording.
    claims_after_run : sequence of str
        Ids of claims that were added or changed after the run.

    Returns
    -------
    tuple of str
        Sentences for the report; none if the recording proves what was run.
    """
    flags = []
    if "pair_content" not in attrs:
        flags.append("The recording does not identify its pair: it may be of another version.")
    elif not has_same_bytecode(attrs):
        flags.append(
            "The recording was made by another version of Python: the code of functions could not "
            "be compared."
        )
    if unhashed := json.loads(str(attrs.get("unhashed", "[]"))):
        flags.append(
            f"Code that cannot be read: {join_names(unhashed)}. The recording does not prove which "
            "version of it was run."
        )
    recorded_versions = json.loads(str(attrs.get("versions", "{}")))
    changes = [
        f"{package} {version} (now {find_version(package)})"
        for package, version in recorded_versions.items()
        if package not in _LAYOUT_PACKAGES and find_version(package) != version
    ]
    if changes:
        flags.append(f"The run was recorded with {join_names(changes)}.")
    if claims_after_run:
        ids = join_names(claims_after_run, limit=20)
        flags.append(f"Stated after the run, or changed since: {ids}.")
    return tuple(flags)
