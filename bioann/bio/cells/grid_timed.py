"""Integrate-and-fire cells whose spikes lie on the grid of time steps, as Brian2 scripts have them.

The other cells time a spike within its step (`bioann.bio.integration.spike_timing`). These ones
spike, reset and leave their refractory period at the start of a time step, and are integrated by
one of Brian2's methods, so that a network that `bioann.from_brian2` reads repeats its script.
"""

from __future__ import annotations

import dataclasses

from bioann.base.errors import unknown_name_error
from bioann.bio.cells.adex import AdEx
from bioann.bio.cells.eif import EIF
from bioann.bio.cells.lif import LIF

#: Integration methods: bioann's, which is exact for linear equations as Brian2's ``"exact"`` is,
#: and Brian2's others for equations without noise.
GRID_METHODS = ("exponential_midpoint", "exponential_euler", "euler", "rk2", "rk4", "heun")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GridLIF(LIF):
    """Leaky integrate-and-fire cell with spikes on the grid of time steps.

    Parameters and equations are those of `LIF`. An interspike interval is the passage time from
    reset to threshold, rounded up to whole time steps, and the refractory period less one step: the
    step of the spike counts towards it, as in Brian2. `rate` knows no steps and has neither.

    Parameters
    ----------
    method : str, optional
        Integration method, one of `GRID_METHODS`.
    """

    method: str = "exponential_euler"  # type: ignore[misc]  # a field here, a constant elsewhere

    spike_timing = "step"

    def check(self) -> None:
        """Raise an error for potentials in an impossible order, or an unknown method."""
        super().check()
        check_grid_method(self.method, self.title())


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GridEIF(EIF):
    """Exponential integrate-and-fire cell with spikes on the grid of time steps.

    Parameters and equations are those of `EIF`.

    Parameters
    ----------
    method : str, optional
        Integration method, one of `GRID_METHODS`.
    """

    method: str = "euler"  # type: ignore[misc]

    spike_timing = "step"

    def check(self) -> None:
        """Raise an error for potentials in an impossible order, or an unknown method."""
        super().check()
        check_grid_method(self.method, self.title())


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class GridAdEx(AdEx):
    """Adaptive exponential integrate-and-fire cell with spikes on the grid of time steps.

    Parameters and equations are those of `AdEx`.

    Parameters
    ----------
    method : str, optional
        Integration method, one of `GRID_METHODS`.
    """

    method: str = "euler"  # type: ignore[misc]

    spike_timing = "step"

    def check(self) -> None:
        """Raise an error for potentials in an impossible order, or an unknown method."""
        super().check()
        check_grid_method(self.method, self.title())


def check_grid_method(method: str, obj: str) -> None:
    """Raise `UnknownNameError` for a method that is none of `GRID_METHODS`."""
    if method not in GRID_METHODS:
        raise unknown_name_error(obj, "integration method", method, GRID_METHODS)
