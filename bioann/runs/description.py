"""The members of a pair that a run needs.

`bioann.pair.Pair` starts its own run, and the run reads the pair: it names this Protocol instead,
so that imports form no circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bioann.correspondence import Correspondence
from bioann.parameters.variation import Variation


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
    def correspondence(self) -> Correspondence:
        """Which populations correspond to which units."""
        ...

    @property
    def vary(self) -> Variation | None:
        """Parameter of the models that is varied, if any."""
        ...

    @property
    def controls(self) -> Mapping[str, Any]:
        """Variants of the spiking model that are run as well, by name."""
        ...

    @property
    def trials(self) -> int:
        """Trials of each condition, unless a run has its own number."""
        ...

    @property
    def wirings(self) -> int | None:
        """Number of wirings of a run, at most its trials; None for the default."""
        ...

    @property
    def has_drawn_wiring(self) -> bool:
        """Whether the connections of the spiking model or of a control are drawn."""
        ...

    @property
    def claims(self) -> tuple[Any, ...]:
        """What is believed about the circuit, with the rules of the verdicts."""
        ...

    @property
    def bin_width_quantity(self) -> Any:
        """Width of the response bins, a time with unit."""
        ...

    def title(self) -> str:
        """Return the name of the pair as errors print it."""
        ...
