"""The memory that responses take, checked before a run."""

from __future__ import annotations

import xarray as xr

from bioann.base.errors import SimulationError
from bioann.base.memory import check_memory


def check_response_size(obj: str, stimulus: xr.DataArray, trials: int, n_units: int) -> None:
    """Raise `SimulationError` if responses at every step of a stimulus do not fit into memory.

    Parameters
    ----------
    obj : str
        The model, for the error.
    stimulus : xarray.DataArray
        Stimulus of the run, dimensions ``(condition, time, channel)``.
    trials : int
        Trials of each condition.
    n_units : int
        Number of units or populations.
    """
    n_conditions, n_steps = stimulus.sizes["condition"], stimulus.sizes["time"]
    items = f"{trials} trial(s) of {n_conditions} condition(s)"
    n_bytes = 8.0 * trials * n_conditions * n_steps * n_units
    check_memory(SimulationError, f"{obj}, trials", items, n_bytes, "Ask for fewer trials.")
