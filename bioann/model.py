"""What a half is: anything that answers a stimulus with responses of named units."""

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
from bioann.recordings.recording import bins, check_trials, rated
from bioann.stimuli.stimulus import check_stimulus

#: What a half tells of each connection. `drive` is +1, or -1 where the source drives it by its
#: negative part, as a stimulus channel does an OFF afferent.
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

    A half may also offer ``kind_of`` (text), ``connections_of()``, ``explain_model()``,
    ``flags(recorded)``, ``shuffle_signs(count, seed=...)``, ``rerun_at_half_step(stimulus, ...)``
    (`run` with half its time step and the same input) and ``start_run(stimulus, ...)`` (see
    `start_run`); the functions of this module ask for them and do without.

    Attributes
    ----------
    units : tuple of str
        Names of what it answers with: populations or units.
    channels : tuple of str
        Stimulus channels that it reads.
    """

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the last axis of the answer."""
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
        """Answer a stimulus; the dataset is described in `bioann.recordings.recording`."""
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


def kind_of(half: Any) -> str:
    """Say what a half is: its ``kind_of``, or the name of its class."""
    return str(getattr(half, "kind", type(half).__name__))


def connections_of(half: Any) -> pd.DataFrame:
    """List a half's connections with `CONNECTION_COLUMNS`; empty if it cannot look inside."""
    if hasattr(half, "connections"):
        listed: pd.DataFrame = half.connections()
        return listed
    return pd.DataFrame({name: [] for name in CONNECTION_COLUMNS})


def explain_model(half: Any) -> tuple[Explanation, ...]:
    """Give a half's equations and parameters for the report; empty if it has none to show."""
    return tuple(half.explain()) if hasattr(half, "explain") else ()


def flags_of(half: Any, recorded: xr.Dataset) -> tuple[str, ...]:
    """Say where a recorded run left the range in which the half means what it says."""
    return tuple(half.flags(recorded)) if hasattr(half, "flags") else ()


def shuffle_signs(half: Any, count: int, *, seed: int) -> tuple[Any, ...]:
    """Give up to `count` halves with random signs; none if the half has no weights to turn."""
    return tuple(half.shuffle_signs(count, seed=seed)) if hasattr(half, "shuffle_signs") else ()


def start_run(half: Any, stimulus: xr.DataArray, **asked: Any) -> Callable[[Any], xr.Dataset]:
    """Begin to run a half; one that has no ``start_run`` is run at once.

    What is given finishes the run and returns its answer, from any thread; its argument lists the
    programs that it starts (`bioann.bio.engines.parallel.Programs`).
    """
    if hasattr(half, "start_run"):
        finish: Callable[[Any], xr.Dataset] = half.start_run(stimulus, **asked)
        return finish
    recorded = half.run(stimulus, **asked)
    return lambda programs: recorded


def rerun_at_half_step(half: Any, obj: str, stimulus: xr.DataArray, **asked: Any) -> xr.Dataset:
    """Run a half with half its time step; `SimulationError` if it has none to halve."""
    if not hasattr(half, "rerun_at_half_step"):
        raise SimulationError(
            obj,
            "a half that can be rerun with half its time step",
            kind_of(half),
            "Run it without audit, or give it a method rerun_at_half_step(stimulus, ...) like run().",
        )
    again: xr.Dataset = half.rerun_at_half_step(stimulus, **asked)
    return again


def check_model(half: Any, obj: str) -> None:
    """Raise `DescriptionError` unless an object can stand as a half."""
    missing = [name for name in ("run", "units", "channels") if not hasattr(half, name)]
    if missing:
        raise DescriptionError(
            obj,
            "a half: an object with run(...), units and channels",
            f"{type(half).__name__} without {', '.join(missing)}",
            "Wrap a function in FunctionModel, or a Brian2 build function in BrianNetwork.",
        )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FunctionModel(Description):
    """A half that is any function of the stimulus: a torch model, a closed form, a table.

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
            given = getattr(self, field)
            self.set_field(field, (given,) if isinstance(given, str) else tuple(given))
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
        """Call the function and average its answer in bins."""
        checked = check_stimulus(stimulus, self.channels)
        trials = check_trials(trials)
        centres, steps = bins(checked, to_si(bin_width, "ms", "bin_width"))
        names = checked.condition.values
        if self.random:
            each = [checked.isel(condition=[c]) for c in range(len(names))]
            answer = np.array(
                [
                    [self._answer(one, seed, one.condition.item(), k)[0] for k in range(trials)]
                    for one in each
                ]
            )
        else:
            answer = self._answer(checked, seed)[:, None]
        kept = answer[:, :, : len(centres) * steps]
        binned = kept.reshape(*kept.shape[:2], len(centres), steps, -1).mean(axis=3)
        return rated(binned, self.units, names, centres, random=int(self.random))

    def _answer(self, stimulus: xr.DataArray, seed: int, *lane: object) -> np.ndarray:
        """Call the function, and check the shape of what it returns."""
        # A copy, so that a function that writes into its argument harms nobody else.
        given = self.function(stimulus.copy(deep=True), make_rng(seed, "callable", *lane))
        answer = np.asarray(given, dtype=float)
        want = (stimulus.sizes["condition"], stimulus.sizes["time"], len(self.units))
        if answer.shape != want:
            raise SimulationError(
                f"FunctionModel of {to_code(self.function)}",
                f"shape (condition, time, unit) = {want}",
                f"shape {answer.shape}",
                "Return one activation per condition, stimulus step and unit.",
            )
        return answer

    def explain(self) -> tuple[Explanation, ...]:
        """Return no equation, only the name of the function."""
        name = getattr(self.function, "__qualname__", repr(self.function))
        return (Explanation(f"Function {name}", "", ()),)
