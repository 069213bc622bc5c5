"""Options of a run, in the form in which the models of a pair take them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import xarray as xr

from bioann import model
from bioann.base.randomness import make_rng
from bioann.base.units import SI


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """Options that are the same for all models of one run.

    Parameters
    ----------
    trials : int
        Repetitions of each condition, each with its own input spikes; at least 1.
    seed : int
        Seed of all random numbers, 0 or larger.
    bin_width : quantity
        Width of the response bins, a time.
    engine : {'auto', 'numpy', 'cython', 'cpp', 'cpp_standalone'}, optional
        What executes spiking models.
    dt : quantity, optional
        Time step of spiking models, a time; their own unless given.
    weights : mapping of str to xarray.Dataset, optional
        Recordings from whose learned weights models start, by their name in the recording of the
        pair: ``"bio"``, ``"ann"`` or that of a control.
    wirings : int, optional
        Independent draws of the connections of a model that draws them.
    first_trial : int, optional
        Number of the first trial, of a run that continues another one.
    """

    trials: int
    seed: int
    bin_width: SI
    engine: str = "auto"
    dt: SI | None = None
    weights: Mapping[str, xr.Dataset] = dataclasses.field(default_factory=dict)
    wirings: int = 1
    first_trial: int = 0

    def seed_of(self, any_model: Any) -> int:
        """Return the seed of a model: another one if it can not start at the first trial."""
        if not self.first_trial or model.has_numbered_trials(any_model):
            return self.seed
        return int(make_rng(self.seed, "from trial", self.first_trial).integers(2**62))

    def for_any_model(self, any_model: Any) -> dict[str, Any]:
        """Return the keyword arguments of ``run`` that every model takes."""
        seed = self.seed_of(any_model)
        options = {"trials": self.trials, "seed": seed, "bin_width": self.bin_width}
        if self.first_trial and model.has_numbered_trials(any_model):
            options["first_trial"] = self.first_trial
        return options

    def for_rate_model(self, ann: Any) -> dict[str, Any]:
        """Return those of the rate model, which may start from learned weights."""
        return self.for_any_model(ann) | self._learned("ann")

    def for_control(self, control: Any, name: str) -> dict[str, Any]:
        """Return those of a model that may have neurons, by its name in the recording."""
        wirings = {"wirings": self.wirings} if model.has_drawn_wiring(control) else {}
        options = {"engine": self.engine, "dt": self.dt} | self.for_any_model(control) | wirings
        return options | self._learned(name)

    def for_spiking_model(self, bio: Any) -> dict[str, Any]:
        """Return those of the spiking model, which may start from learned weights."""
        return self.for_control(bio, "bio")

    def _learned(self, name: str) -> dict[str, Any]:
        """Return the argument of ``run`` for a model that starts from learned weights."""
        return {"weights": self.weights[name]} if name in self.weights else {}
