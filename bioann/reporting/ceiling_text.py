"""What the noise ceiling compares, for captions."""

from __future__ import annotations

from typing import Any

from bioann.model import is_recorded


def describe_repetition(comparison: Any) -> str:
    """Return what differs in the second run of the spiking model, to follow its name."""
    recorded = is_recorded(comparison.pair.bio)
    return "in other recorded trials" if recorded else "with another seed"
