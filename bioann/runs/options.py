"""Options of a run, as the models of a pair take them."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.base.units import SI


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """What is the same for all models of one run.

    Parameters
    ----------
    trials : int
        Repetitions of each condition, each with its own input spikes.
    seed : int
        Seed of everything random.
    bin_width : quantity
        Width of the response bins, a time.
    engine : str, optional
        What executes spiking models.
    dt : quantity, optional
        Time step of spiking models; their own unless given.
    weights : xarray.Dataset, optional
        A recording of the spiking model whose learned weights it starts from.
    """

    trials: int
    seed: int
    bin_width: SI
    engine: str = "auto"
    dt: SI | None = None
    weights: xr.Dataset | None = None

    def for_any_model(self) -> dict[str, Any]:
        """Return the keyword arguments that every model takes."""
        return {"trials": self.trials, "seed": self.seed, "bin_width": self.bin_width}

    def for_control(self) -> dict[str, Any]:
        """Return the keyword arguments of a control, which starts from its own weights."""
        return {"engine": self.engine, "dt": self.dt} | self.for_any_model()

    def for_spiking_model(self) -> dict[str, Any]:
        """Return the keyword arguments of the spiking model."""
        learned = {} if self.weights is None else {"weights": self.weights}
        return self.for_control() | learned
