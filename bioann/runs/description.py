"""What a run needs to know of a pair.

`bioann.pair.Pair` starts its own run, and the run reads the pair: it names this Protocol instead,
so that no import runs in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class PairDescription(Protocol):
    """The models of a pair; the members are those of `Pair`."""

    @property
    def name(self) -> str:
        """Name of the pair."""
        ...

    @property
    def bio(self) -> Any:
        """The spiking model."""
        ...

    @property
    def ann(self) -> Any:
        """The rate model."""
        ...

    @property
    def controls(self) -> Mapping[str, Any]:
        """Variants of the spiking model that are run beside it, by name."""
        ...

    def title(self) -> str:
        """Return the name of the pair as errors say it."""
        ...
