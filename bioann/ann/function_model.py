"""A model that is a function of the stimulus."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_whole_number, name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.as_code import to_code
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, SimulationError
from bioann.base.randomness import make_rng
from bioann.base.text import check_names
from bioann.base.units import SI, to_si
from bioann.base.user_code import name_user_errors
from bioann.recordings.recording import check_trials, label_activations, make_response_bins
from bioann.recordings.size import check_response_size
from bioann.stimuli.stimulus import check_stimulus


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FunctionModel(Description):
    """A model that is a function of the stimulus: a torch model, a closed form, a table.

    Parameters
    ----------
    function : callable
        ``function(stimulus, rng)`` returns activations, shape ``(condition, time, unit)``, one
        value per stimulus step. `rng` is a `numpy.random.Generator`.
    units : tuple of str
        Names of the units: the last axis of the activations.
    channels : tuple of str
        Names of the stimulus channels that the function reads.
    random : bool, optional
        Whether trials differ. If so, the function is called once for each condition and trial, with
        a generator of their own; otherwise once for all conditions.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import ms
    >>> double = ba.FunctionModel(lambda stimulus, rng: 2 * stimulus.values, ("unit",), ("x",))
    >>> stimulus = ba.steps({"x": [0.0, 0.5]}, duration=100 * ms)
    >>> float(double.run(stimulus, trials=1, seed=1)["activation"].max())
    1.0
    """

    function: Callable[[xr.DataArray, np.random.Generator], Any]
    units: tuple[str, ...]
    channels: tuple[str, ...]
    random: bool = False

    kind, has_numbered_trials = "function", True

    def check(self) -> None:
        """Raise `DescriptionError` unless `function` can be called and units are named."""
        for field in ("units", "channels"):
            names = getattr(self, field)
            self.set_field(field, (names,) if isinstance(names, str) else tuple(names))
            check_names(getattr(self, field), f"FunctionModel, {field}")
        if not callable(self.function) or not self.units:
            raise DescriptionError(
                "FunctionModel",
                "a function and at least one unit name",
                f"{self.function!r}, units {self.units}",
                "Pass function=f, units=('name', ...), channels=('name', ...).",
            )

    @name_argument_errors
    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
        first_trial: int = 0,
    ) -> xr.Dataset:
        """Call the function and average its activations in bins."""
        checked = check_stimulus(stimulus, self.channels)
        trials = check_trials(trials)
        check_whole_number(first_trial, "first_trial", 0, SimulationError)
        if dt is not None:
            to_si(dt, "ms", "FunctionModel.run, dt")
        centres, steps = make_response_bins(checked, to_si(bin_width, "ms", "bin_width"))
        names = checked.condition.values
        check_response_size("FunctionModel", checked, trials if self.random else 1, len(self.units))
        if self.random:
            conditions = [checked.isel(condition=[c]) for c in range(len(names))]
            activations = np.array(
                [
                    [
                        self._call_function(one, seed, one.condition.item(), k)[0]
                        for k in range(first_trial, first_trial + trials)
                    ]
                    for one in conditions
                ]
            )
        else:
            activations = self._call_function(checked, seed)[:, None]
        whole_bins = activations[:, :, : len(centres) * steps]
        binned = whole_bins.reshape(*whole_bins.shape[:2], len(centres), steps, -1).mean(axis=3)
        return label_activations(binned, self.units, names, centres, random=int(self.random))

    def _call_function(self, stimulus: xr.DataArray, seed: int, *lane: object) -> np.ndarray:
        """Call the function, and check the shape of what it returns."""
        # A copy: a function that writes into its argument must not change the shared stimulus.
        obj = f"FunctionModel of {to_code(self.function)}"
        rng = make_rng(seed, "callable", *lane)
        with name_user_errors(obj, "a function that returns activations"):
            returned = self.function(stimulus.copy(deep=True), rng)
        activations = to_floats(returned, obj, SimulationError)
        shape = (stimulus.sizes["condition"], stimulus.sizes["time"], len(self.units))
        if activations.shape != shape:
            raise SimulationError(
                obj,
                f"shape (condition, time, unit) = {shape}",
                f"shape {activations.shape}",
                "Return one activation per condition, stimulus step and unit.",
            )
        return activations

    def explain(self) -> tuple[Equation, ...]:
        """Return no equation, only the name of the function."""
        name = getattr(self.function, "__qualname__", repr(self.function))
        return (Equation(f"Function {name}", ""),)
