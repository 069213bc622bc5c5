"""What differs between two runs of a pair: parameters, code, rules, settings, versions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from bioann.comparison.stored_comparison import StoredComparison
from bioann.runs.pair_record import is_code, list_content_changes

#: Settings of a run that change its numbers, by their names in reports.
SETTINGS = {
    "seed": "seed",
    "trials": "trials",
    "wirings": "wirings",
    "engine": "engine",
    "dt_s": "time step [s]",
}


@dataclasses.dataclass(frozen=True)
class ChangeCause:
    """One respect in which two runs differ, so that their results may.

    Parameters
    ----------
    kind : str
        ``"parameter"``, ``"code"``, ``"hash"`` (of both together), ``"rule of a claim"``,
        ``"setting"`` or ``"version"``.
    item : str
        Path of a value of the pair, name of a setting or package, or id of a claim.
    first, second : str
        Its value in both runs; empty where a run does not have it.
    """

    kind: str
    item: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.kind} {self.item}: {self.first or 'none'} \N{RIGHTWARDS ARROW} " + (
            self.second or "none"
        )


def list_causes(first: StoredComparison, second: StoredComparison) -> Iterator[ChangeCause]:
    """Yield the respects in which two runs differ."""
    yield from _list_description_causes(first, second)
    rules = [dict(zip(s.claims.id, s.claims.rule, strict=True)) for s in (first, second)]
    for claim_id in rules[0].keys() & rules[1].keys():
        if rules[0][claim_id] != rules[1][claim_id]:
            yield ChangeCause("rule of a claim", claim_id, rules[0][claim_id], rules[1][claim_id])
    for key, name in SETTINGS.items():
        values = [str(s.provenance.get(key, "")) for s in (first, second)]
        if values[0] != values[1]:
            yield ChangeCause("setting", name, *values)
    versions = [_read_versions(s) for s in (first, second)]
    for package in dict.fromkeys((*versions[0], *versions[1])):
        numbers = [str(v.get(package, "")) for v in versions]
        if numbers[0] != numbers[1]:
            yield ChangeCause("version", package, *numbers)


def _list_description_causes(
    first: StoredComparison, second: StoredComparison
) -> Iterator[ChangeCause]:
    """Yield the values and functions of the pair that differ, or its hash if none is recorded."""
    hashes = [str(s.provenance.get("pair_hash", "")) for s in (first, second)]
    if hashes[0] == hashes[1]:
        return
    yield ChangeCause("hash", "of description and code", *hashes)
    if not all(s.provenance.get("pair_content") for s in (first, second)):
        return
    attrs = [
        {
            "pair_content": s.provenance["pair_content"],
            "versions": json.dumps(_read_versions(s)),
        }
        for s in (first, second)
    ]
    for path, old, new in list_content_changes(*attrs):
        kind = "code" if is_code(old or new) else "parameter"
        yield ChangeCause(kind, path, old, new)


def _read_versions(stored: StoredComparison) -> dict[str, Any]:
    versions = stored.provenance.get("versions")
    return versions if isinstance(versions, dict) else {}
