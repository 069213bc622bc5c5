"""Integrate-and-fire cells whose spikes lie on the grid of time steps, as Brian2 scripts have them.

The other cells time a spike within its step (`bioann.bio.integration.spike_timing`). These ones
spike, reset and leave their refractory period at the start of a time step, and are integrated by
one of Brian2's methods, so that a network that `bioann.from_brian2` reads repeats its script.
"""

from __future__ import annotations

import dataclasses

from bioann.base.errors import unknown_name_error
from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.eif import EIF
from bioann.bio.cells.lif import LIF

#: Integration methods: bioann's, which is exact for linear equations as Brian2's ``"exact"`` is,
#: and Brian2's others for equations without noise.
GRID_METHODS = ("exponential_midpoint", "exponential_euler", "euler", "rk2", "rk4", "heun")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GridTimed(Cell):
    """What the cells of this module have in common: spike timing, and a choice of method."""

    # A field here, a constant elsewhere; by keyword, so that the others keep their positions.
    method: str = dataclasses.field(default="euler", kw_only=True)  # type: ignore[misc]

    spike_timing = "step"

    def check(self) -> None:
        """Raise an error for potentials in an impossible order, or an unknown method."""
        super().check()
        if self.method not in GRID_METHODS:
            raise unknown_name_error(self.title(), "integration method", self.method, GRID_METHODS)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GridLIF(GridTimed, LIF):
    """Leaky integrate-and-fire cell with spikes on the grid of time steps.

    Parameters and equations are those of `LIF`. An interspike interval is the passage time from
    reset to threshold, rounded up to whole time steps, and the refractory period less one step: the
    step of the spike counts towards it, as in Brian2. `rate` knows no steps and has neither.

    Parameters
    ----------
    method : str, optional
        Integration method, one of `GRID_METHODS`.
    """

    method: str = dataclasses.field(  # type: ignore[misc]
        default="exponential_euler", kw_only=True
    )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GridEIF(GridTimed, EIF):
    """Exponential integrate-and-fire cell with spikes on the grid of time steps.

    Parameters and equations are those of `EIF`.

    Parameters
    ----------
    method : str, optional
        Integration method, one of `GRID_METHODS`.
    """


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GridAdEx(GridTimed, AdEx):
    """Adaptive exponential integrate-and-fire cell with spikes on the grid of time steps.

    Parameters and equations are those of `AdEx`.

    Parameters
    ----------
    method : str, optional
        Integration method, one of `GRID_METHODS`.
    """
