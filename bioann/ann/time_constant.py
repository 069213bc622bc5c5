"""The time constant of a rate unit."""

from __future__ import annotations

import dataclasses

from bioann.base.description import Description
from bioann.base.units import SI, format_quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TimeConstant(Description):
    """The time constant of a unit, which prints as a Brian2 quantity."""

    tau: SI = dataclasses.field(metadata={"unit": "ms", "above": 0})

    def __repr__(self) -> str:
        return format_quantity(self.tau, "ms")

    def remedy_for(self, field: str) -> str:
        """Return the remedy for a time constant that is not above 0."""
        return "Give a positive time, or tau=None for a static unit."
