"""The members of a pair that a run needs.

`bioann.pair.Pair` starts its own run, and the run reads the pair: it names this Protocol instead,
so that imports form no circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class PairDescription(Protocol):
    """The models of a pair; the members are those of `bioann.pair.Pair`."""

    @property
    def name(self) -> str:
        """Name of the pair."""
        ...

    @property
    def bio(self) -> Any:
        """Spiking model."""
        ...

    @property
    def ann(self) -> Any:
        """Rate model."""
        ...

    @property
    def controls(self) -> Mapping[str, Any]:
        """Variants of the spiking model that are run as well, by name."""
        ...

    def title(self) -> str:
        """Return the name of the pair as errors print it."""
        ...
