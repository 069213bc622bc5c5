"""What a model is: anything that turns a stimulus into responses of named units."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.base.errors import DescriptionError, SimulationError
from bioann.base.randomness import make_rng
from bioann.base.units import SI, Description, to_code, to_si
from bioann.recordings.recording import check_trials, label_activations, make_response_bins
from bioann.stimuli.stimulus import check_stimulus

#: Columns of the table of a model's connections. `drive` is +1, or -1 where the source drives the
#: connection by its negative part, as a stimulus channel does an OFF afferent.
CONNECTION_COLUMNS = (
    "source",
    "source_kind",
    "target",
    "sign",
    "strength",
    "strength_unit",
    "label",
    "mechanism",
    "drive",
)


class Model(Protocol):
    """One description of a circuit that can be run.

    A model may also offer ``kind`` (text), ``connections()``, ``explain()``, ``flags(recording)``,
    ``shuffle_signs(count, seed=...)``, ``rerun_at_half_step(stimulus, ...)`` (`run` with half its
    time step and the same input) and ``start_run(stimulus, ...)``; the functions of this module
    call them and do without.

    Attributes
    ----------
    units : tuple of str
        Names of what it responds with: populations or units.
    channels : tuple of str
        Stimulus channels that it reads.
    """

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the last axis of the responses."""
        ...

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels that it reads."""
        ...

    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
    ) -> xr.Dataset:
        """Respond to a stimulus; the dataset is described in `bioann.recordings.recording`."""
        ...


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One symbol of an equation: Typst math, meaning, value as text, unit, source."""

    symbol: str
    meaning: str
    value: str
    unit: str
    source: str


@dataclasses.dataclass(frozen=True)
class Explanation:
    """An equation in Typst math with its caption and parameters; the equation may be empty."""

    title: str
    equation: str
    parameters: tuple[Parameter, ...]


def kind_of(model: Any) -> str:
    """Return what a model is: its ``kind``, or the name of its class."""
    return str(getattr(model, "kind", type(model).__name__))


def connections_of(model: Any) -> pd.DataFrame:
    """Return a model's connections, with `CONNECTION_COLUMNS`; empty if it does not tell them."""
    if hasattr(model, "connections"):
        table: pd.DataFrame = model.connections()
        return table
    return pd.DataFrame({name: [] for name in CONNECTION_COLUMNS})


def explain_model(model: Any) -> tuple[Explanation, ...]:
    """Return a model's equations and parameters for the report; empty if it has none."""
    return tuple(model.explain()) if hasattr(model, "explain") else ()


def flags_of(model: Any, recording: xr.Dataset) -> tuple[str, ...]:
    """Return warnings about a run that left the range in which the model is valid."""
    return tuple(model.flags(recording)) if hasattr(model, "flags") else ()


def shuffle_signs(model: Any, count: int, *, seed: int) -> tuple[Any, ...]:
    """Return up to `count` models with shuffled signs; none if the model has no signed weights."""
    return tuple(model.shuffle_signs(count, seed=seed)) if hasattr(model, "shuffle_signs") else ()


def start_run(model: Any, stimulus: xr.DataArray, **options: Any) -> Callable[[Any], xr.Dataset]:
    """Start the run of a model; one that has no ``start_run`` is run at once.

    The function that is returned finishes the run and returns its recording, from any thread; its
    argument lists the programs that it starts (`bioann.bio.engines.parallel.Programs`).
    """
    if hasattr(model, "start_run"):
        finish: Callable[[Any], xr.Dataset] = model.start_run(stimulus, **options)
        return finish
    recording = model.run(stimulus, **options)
    return lambda programs: recording


def rerun_at_half_step(model: Any, obj: str, stimulus: xr.DataArray, **options: Any) -> xr.Dataset:
    """Run a model with half its time step; `SimulationError` if it has no time step."""
    if not hasattr(model, "rerun_at_half_step"):
        raise SimulationError(
            obj,
            "a model that can be rerun with half its time step",
            kind_of(model),
            "Run it without audit, or add rerun_at_half_step(stimulus, ...), a method like run().",
        )
    recording: xr.Dataset = model.rerun_at_half_step(stimulus, **options)
    return recording


def check_model(model: Any, obj: str) -> None:
    """Raise `DescriptionError` unless an object has the members of a `Model`."""
    missing_members = [name for name in ("run", "units", "channels") if not hasattr(model, name)]
    if missing_members:
        raise DescriptionError(
            obj,
            "a model: an object with run(...), units and channels",
            f"{type(model).__name__} without {', '.join(missing_members)}",
            "Wrap a function in FunctionModel, or a Brian2 build function in BrianNetwork.",
        )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FunctionModel(Description):
    """A model that is any function of the stimulus: a torch model, a closed form, a table.

    Parameters
    ----------
    function : callable
        ``function(stimulus, rng) -> array`` of activations, shape ``(condition, time, unit)``,
        one value per stimulus step. `rng` is a `numpy.random.Generator`.
    units : tuple of str
        Names of the last axis.
    channels : tuple of str
        Stimulus channels that it reads.
    random : bool, optional
        Whether trials differ. The function is then called for each condition and trial by itself,
        with a generator of its own; without it once for all.
    """

    function: Callable[[xr.DataArray, np.random.Generator], Any]
    units: tuple[str, ...]
    channels: tuple[str, ...]
    random: bool = False

    kind = "function"

    def check(self) -> None:
        """Raise `DescriptionError` unless `function` can be called and units are named."""
        for field in ("units", "channels"):
            names = getattr(self, field)
            self.set_field(field, (names,) if isinstance(names, str) else tuple(names))
        if not callable(self.function) or not self.units:
            raise DescriptionError(
                "FunctionModel",
                "a function and at least one unit name",
                f"{self.function!r}, units {self.units}",
                "Pass function=f, units=('name', ...), channels=('name', ...).",
            )

    def run(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
    ) -> xr.Dataset:
        """Call the function and average its activations in bins."""
        checked = check_stimulus(stimulus, self.channels)
        trials = check_trials(trials)
        centres, steps = make_response_bins(checked, to_si(bin_width, "ms", "bin_width"))
        names = checked.condition.values
        if self.random:
            conditions = [checked.isel(condition=[c]) for c in range(len(names))]
            activations = np.array(
                [
                    [
                        self._call_function(one, seed, one.condition.item(), k)[0]
                        for k in range(trials)
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
        # A copy, so that a function that writes into its argument harms nobody else.
        returned = self.function(stimulus.copy(deep=True), make_rng(seed, "callable", *lane))
        activations = np.asarray(returned, dtype=float)
        shape = (stimulus.sizes["condition"], stimulus.sizes["time"], len(self.units))
        if activations.shape != shape:
            raise SimulationError(
                f"FunctionModel of {to_code(self.function)}",
                f"shape (condition, time, unit) = {shape}",
                f"shape {activations.shape}",
                "Return one activation per condition, stimulus step and unit.",
            )
        return activations

    def explain(self) -> tuple[Explanation, ...]:
        """Return no equation, only the name of the function."""
        name = getattr(self.function, "__qualname__", repr(self.function))
        return (Explanation(f"Function {name}", "", ()),)
