"""Models: anything that turns a stimulus into responses of named units."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, SimulationError
from bioann.base.text import check_names
from bioann.base.units import SI

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

    A model may also have ``kind`` (text), ``sizes`` (neurons by population), ``connections()``,
    ``constant_inputs()``, ``gates`` (for some units the unit that multiplies their activation),
    ``explain()``, ``flags(recording)``, ``shuffle_signs(count, seed=...)``,
    ``rerun_at_half_step(stimulus, ...)`` (`run` with half its time step and the same input),
    ``start_run(stimulus, ...)`` (see `ParallelModel`), ``has_drawn_wiring`` (see
    `DrawnWiringModel`), ``has_numbered_trials`` (true if ``run`` takes ``first_trial``, so that
    trials 0 to 4 and 5 to 9 are those of one run of 10), ``has_fixed_duration`` (true if all its
    stimuli last equally long) and ``is_recorded`` (true of recorded data, which have
    ``second_half()``: the model of the trials that are the noise ceiling). The functions of this
    module call them, and have a default for models without.

    Attributes
    ----------
    units : tuple of str
        Names of its populations or units, in the order of the responses.
    channels : tuple of str
        Names of the stimulus channels that it reads.

    Examples
    --------
    >>> import bioann as ba
    >>> model: ba.Model = ba.RateNetwork(("unit",))
    >>> model.units, model.channels
    (('unit',), ('unit',))
    """

    @property
    def units(self) -> tuple[str, ...]:
        """Names of its populations or units, in the order of the responses."""
        ...

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the stimulus channels that it reads."""
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
        """Return the responses to a stimulus, as `bioann.recordings.recording` describes them.

        Parameters
        ----------
        stimulus : xarray.DataArray
            Activation of each channel, dimensions ``(condition, time, channel)``.
        trials : int
            Repetitions of each condition, at least 1.
        seed : int
            Seed of all random numbers of the run, 0 or larger.
        engine : str, optional
            What executes a spiking model; others ignore it.
        dt : quantity, optional
            Time step, a time; that of the model unless given.
        bin_width : quantity, optional
            Width of the response bins, a whole number of stimulus steps.
        """
        ...


@runtime_checkable
class ParallelModel(Protocol):
    """A model whose run can be started, and finished while other models run."""

    def start_run(self, stimulus: xr.DataArray, **options: Any) -> Callable[[Any], xr.Dataset]:
        """Start a run; parameters as for ``run``, with a stimulus that was checked.

        Returns
        -------
        callable
            ``finish(programs)`` completes the run from any thread and returns its recording;
            `programs` lists the programs that it starts (`bioann.bio.engines.parallel.Programs`).
        """
        ...


@runtime_checkable
class DrawnWiringModel(Protocol):
    """A model whose connections may be drawn from the seed, and which can run on several draws.

    If they are, its ``run`` takes ``wirings`` (int), the number of independent draws, and returns a
    recording with the coordinate of `bioann.recordings.wirings` along ``trial``.
    """

    @property
    def has_drawn_wiring(self) -> bool:
        """Whether connections or parameters are drawn, which all trials of one wiring share."""
        ...


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """A run with nothing left to wait for; called, it returns its recording."""

    recording: xr.Dataset

    def __call__(self, programs: Any) -> xr.Dataset:
        """Return the recording."""
        return self.recording


def kind_of(model: Any) -> str:
    """Return the kind of a model: its ``kind``, or the name of its class."""
    return str(getattr(model, "kind", type(model).__name__))


def sizes_of(model: Any) -> dict[str, int] | None:
    """Return the number of neurons of each population; None if the model has no neurons."""
    return dict(model.sizes) if hasattr(model, "sizes") else None


def connections_of(model: Any) -> pd.DataFrame:
    """Return the connections of a model, with `CONNECTION_COLUMNS`; no rows if it has none."""
    if hasattr(model, "connections"):
        table: pd.DataFrame = model.connections()
        return table
    return pd.DataFrame({name: [] for name in CONNECTION_COLUMNS})


def constant_inputs_of(model: Any) -> pd.DataFrame:
    """Return background, bias and injected input as such a table; no rows if it has none."""
    if hasattr(model, "constant_inputs"):
        table: pd.DataFrame = model.constant_inputs()
        return table
    return pd.DataFrame({name: [] for name in CONNECTION_COLUMNS})


def gates_of(model: Any) -> dict[str, str]:
    """Return the unit that multiplies the activation of each gated unit; empty if it has none."""
    return dict(model.gates) if hasattr(model, "gates") else {}


def explain_model(model: Any) -> tuple[Equation, ...]:
    """Return the equations and parameters of a model for the report; empty if it has none."""
    return tuple(model.explain()) if hasattr(model, "explain") else ()


def flags_of(model: Any, recording: xr.Dataset) -> tuple[str, ...]:
    """Return warnings about a run that left the range in which the model is valid."""
    return tuple(model.flags(recording)) if hasattr(model, "flags") else ()


def shuffle_signs(model: Any, count: int, *, seed: int) -> tuple[Any, ...]:
    """Return up to `count` models with shuffled signs; none if the model has no signed weights."""
    return tuple(model.shuffle_signs(count, seed=seed)) if hasattr(model, "shuffle_signs") else ()


def has_drawn_wiring(model: Any) -> bool:
    """Return whether a model draws connections or parameters for a wiring; False by default."""
    return isinstance(model, DrawnWiringModel) and model.has_drawn_wiring


def describe_interface(model: Any) -> tuple[Any, ...]:
    """Return what others ask of a model besides running it: units, channels, sizes and kinds.

    Parameters
    ----------
    model : Model
        Any model.

    Returns
    -------
    tuple
        Equal for two models if a pair or the plan of a run treats them alike.
    """
    return (
        type(model),
        tuple(model.units),
        tuple(model.channels),
        sizes_of(model),
        has_drawn_wiring(model),
        has_numbered_trials(model),
        has_fixed_duration(model),
        is_recorded(model),
    )


def has_numbered_trials(model: Any) -> bool:
    """Return whether a run of a model can start at any trial; False unless it says so."""
    return bool(getattr(model, "has_numbered_trials", False))


def has_fixed_duration(model: Any) -> bool:
    """Return whether a model runs on stimuli of one duration alone; False unless it says so."""
    return bool(getattr(model, "has_fixed_duration", False))


def is_recorded(model: Any) -> bool:
    """Return whether the responses of a model are recorded data; False unless it says so."""
    return bool(getattr(model, "is_recorded", False))


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
    for field in ("units", "channels"):
        check_names(getattr(model, field), f"{obj}, {field}")
