"""Which claims were stated before a run: the recording has their hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bioann.base.content.content import Content, list_contents_without_defaults

BEFORE, AFTER, UNKNOWN = "before the run", "after the run", "unknown"
#: Fields of a claim that say what its outcomes answer: they do not decide the outcome.
ANSWERS = ("supported", "refuted", "depends", "undecided", "answer_score")


def read_claims(claims: Sequence[Any]) -> tuple[Content, ...]:
    """Return the content of each claim: its sentence, source and rules with their measures."""
    return list_contents_without_defaults(claims, without=ANSWERS)


def pack_claims(claims: Sequence[Any], contents: Sequence[Content]) -> str:
    """Return the hash of each claim, with its id, as one attribute of a recording."""
    pairs = zip(contents, claims, strict=True)
    return json.dumps({content.hash: claim.id for content, claim in pairs})


def find_claim_times(claims: Sequence[Any], attrs: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return when each claim was stated, as far as a recording proves it.

    Parameters
    ----------
    claims : sequence of Claim
        The claims of the pair that is compared with the recording.
    attrs : mapping
        Attributes of the recording.

    Returns
    -------
    tuple of str
        ``"before the run"`` for a claim whose hash is in the recording; ``"after the run"`` for
        one that was added or changed since; ``"unknown"`` if the recording has no hashes, or the
        claim has a function whose code cannot be read.
    """
    if "claims" not in attrs:
        return (UNKNOWN,) * len(claims)
    recorded = json.loads(str(attrs["claims"]))
    times = []
    for content in read_claims(claims):
        is_recorded = content.hash in recorded
        times.append((UNKNOWN if content.unhashed else BEFORE) if is_recorded else AFTER)
    return tuple(times)
