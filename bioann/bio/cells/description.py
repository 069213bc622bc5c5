"""Members of a cell model that the solver of steady rates uses.

`bioann.bio.cells.cell.Cell` asks the solver for its rate, and the solver reads the cell's
equations: it names this Protocol instead, so that no import runs in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class CellDescription(Protocol):
    """Equations of a cell; the members are those of `Cell`."""

    @property
    def model(self) -> str:
        """Brian2 equations."""
        ...

    @property
    def threshold(self) -> str:
        """Brian2 condition of a spike."""
        ...

    @property
    def reset(self) -> str:
        """Brian2 statements after a spike."""
        ...

    @property
    def refractory_condition(self) -> str:
        """Brian2 condition under which no other spike is counted."""
        ...

    @property
    def compartments(self) -> Mapping[str, str]:
        """Variable of the potential of each compartment."""
        ...

    @property
    def refractory_period(self) -> float:
        """Refractory period in seconds."""
        ...

    def brian_namespace(self) -> dict[str, Any]:
        """Return the values of the names in the equations."""
        ...

    def resting_state(self) -> dict[str, float]:
        """Return the state variables at rest, in SI units."""
        ...
