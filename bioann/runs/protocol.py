"""Runs in phases: train, wait, lesion, train again, as one model of a pair."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import xarray as xr
from brian2 import ms

from bioann import model
from bioann.ann.learning.plastic_network import PlasticRateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import (
    DescriptionError,
    SimulationError,
    StimulusError,
    unknown_name_error,
)
from bioann.base.text import check_names
from bioann.base.units import SI, quantity, to_si
from bioann.bio.engines import Record
from bioann.bio.network import SpikingNetwork
from bioann.recordings.join_phases import join_phases
from bioann.recordings.recording import make_response_bins
from bioann.runs.lesion import LearnedVariable, Lesion, check_lasting_states, list_learned_variables
from bioann.stimuli.stimulus import check_stimulus, time_step

#: Distance of the trial numbers of two phases, which decide their input spikes: the least common
#: multiple of all numbers up to 24, so that a trial keeps its wiring (trial number modulo wirings).
TRIALS_PER_PHASE = 5_354_228_880


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Phase(Description):
    """A stretch of a protocol.

    Parameters
    ----------
    name : str
        Name of the phase, for errors.
    duration : quantity
        Its duration, above 0, in ms: a whole number of response bins.
    lesions : Lesion or tuple of Lesion, optional
        What changes before it begins; none in the first phase.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import second
    >>> ba.Phase("training", 2 * second).name
    'training'
    """

    name: str
    duration: SI = quantity("ms", above=0)
    lesions: tuple[Lesion, ...] = ()

    def check(self) -> None:
        """Store `lesions` as a tuple."""
        lesions = (self.lesions,) if isinstance(self.lesions, Lesion) else tuple(self.lesions)
        self.set_field("lesions", lesions)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Protocol(Description):
    """A learning model that runs in phases: each begins with the weights of the one before.

    Between phases only learned weights and the hidden variables of their rules last; potentials,
    conductances, rates and the traces of single spikes start anew. A single phase without lesions
    is a run of the model.

    Parameters
    ----------
    model : SpikingNetwork or PlasticRateNetwork
        The model; a trial of a spiking network with drawn connections has one wiring in all phases.
    phases : tuple of Phase
        Its phases, at least one, with names of their own; together they last as long as the
        stimulus.
    completed : int, optional
        Number of phases that ran before, fewer than all: a run begins with the phase after them,
        on a stimulus of the remaining ones, from the recording that its `weights` are.

    Raises
    ------
    DescriptionError
        If the model cannot learn, or learns thresholds (`IntrinsicPlasticity`) in several phases;
        if the first phase has a lesion, or a lesion sets a strength that the model cannot have.
    UnknownNameError
        If a lesion names what does not learn.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS, second
    >>> cells = (ba.Population("E", 10, "glutamate"), ba.Population("I", 10, "GABA"))
    >>> learning = ba.Projection("E", "I", 0.5 * nS, plasticity=ba.plasticity.PairSTDP())
    >>> network = ba.SpikingNetwork(cells, projections=(learning,))
    >>> halved = ba.Lesion("weight_E_to_I", factor=0.5)
    >>> phases = (ba.Phase("first", second), ba.Phase("second", second, halved))
    >>> protocol = ba.Protocol(network, phases)
    """

    model: SpikingNetwork | PlasticRateNetwork
    phases: tuple[Phase, ...]
    completed: int = 0

    has_fixed_duration = True

    def check(self) -> None:
        """Check the phases, and that all lesions are of something that learns."""
        phases = (self.phases,) if isinstance(self.phases, Phase) else tuple(self.phases)
        self.set_field("phases", phases)
        learned = self._learned_variables
        if not learned or not phases or phases[0].lesions:
            raise DescriptionError(
                "Protocol",
                "a model that learns, and phases of which the first has no lesion",
                f"{model.kind_of(self.model)} with {len(learned)} learned variables, phases "
                f"{[phase.name for phase in phases]}",
                "Give a projection, an afferent or a rate network a learning rule.",
            )
        check_lasting_states(self.model, len(phases))
        names = [phase.name for phase in phases]
        check_names(names, "Protocol, phases")
        if len(set(names)) < len(names) or self.completed not in range(len(phases)):
            raise DescriptionError(
                "Protocol",
                "phases with names of their own, and fewer completed ones than there are",
                f"phases {names}, completed {self.completed!r}",
                "Name each phase once; completed counts from the first.",
            )
        for phase in phases:
            for lesion in phase.lesions:
                if lesion.variable not in learned:
                    where = f"Protocol, phase {phase.name!r}, lesion"
                    kind = "learned variable"
                    raise unknown_name_error(where, kind, lesion.variable, sorted(learned))
                lesion.check_strength(learned[lesion.variable])

    @property
    def _learned_variables(self) -> dict[str, LearnedVariable]:
        return {variable.name: variable for variable in list_learned_variables(self.model)}

    @property
    def kind(self) -> str:
        """Kind of the model."""
        return model.kind_of(self.model)

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations or units."""
        return self.model.units

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the stimulus channels."""
        return self.model.channels

    @property
    def sizes(self) -> dict[str, int]:
        """Number of neurons of each population; a rate network has no such attribute."""
        if isinstance(self.model, SpikingNetwork):
            return self.model.sizes
        raise AttributeError("a rate network has no neurons")

    @property
    def has_numbered_trials(self) -> bool:
        """Whether a run can start at any trial."""
        return model.has_numbered_trials(self.model)

    @property
    def has_drawn_wiring(self) -> bool:
        """Whether connections or parameters are drawn, which all phases of a trial share."""
        return model.has_drawn_wiring(self.model)

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
        weights: xr.Dataset | None = None,
        wirings: int = 1,
        first_trial: int = 0,
        record: Record | None = None,
    ) -> xr.Dataset:
        """Run the phases one after the other.

        Parameters
        ----------
        stimulus : xarray.DataArray, dimensions (condition, time, channel)
            Activation of the stimulus channels, as long as all phases that run.
        trials, seed, engine, dt, bin_width, wirings, first_trial, record : optional
            As for the model; each phase has input spikes of its own.
        weights : xarray.Dataset, optional
            Recording of an earlier run, from whose learned weights the first phase starts; needed
            after completed phases, which it is the recording of.

        Returns
        -------
        xarray.Dataset
            Responses and spikes of all phases; learned weights and hidden variables at the end.

        Raises
        ------
        StimulusError
            If the phases do not last as long as the stimulus.
        SimulationError
            If phases are completed, and there is no recording of them.
        """
        numbered = model.has_numbered_trials(self.model)
        shared: dict[str, Any] = {"engine": engine, "dt": dt, "bin_width": bin_width}
        shared |= {"wirings": wirings} if self.has_drawn_wiring else {}
        shared |= {} if record is None else {"record": record}

        def run_phase(number: int, stretch: xr.DataArray, weights: xr.Dataset | None) -> xr.Dataset:
            trial = first_trial + number * TRIALS_PER_PHASE
            options = shared | ({"first_trial": trial} if numbered else {})
            return self.model.run(stretch, trials=trials, seed=seed, weights=weights, **options)

        return self._run_phases(stimulus, to_si(bin_width, "ms", "bin_width"), weights, run_phase)

    def rerun_at_half_step(
        self,
        stimulus: xr.DataArray,
        *,
        bin_width: SI = 10 * ms,
        weights: xr.Dataset | None = None,
        first_trial: int = 0,
        **options: Any,
    ) -> xr.Dataset:
        """Run once more with half the time step and the same input; parameters as for `run`."""

        def run_phase(number: int, stretch: xr.DataArray, weights: xr.Dataset | None) -> xr.Dataset:
            phase: dict[str, Any] = {"bin_width": bin_width, "weights": weights}
            phase["first_trial"] = first_trial + number * TRIALS_PER_PHASE
            return model.rerun_at_half_step(self.model, self.title(), stretch, **options, **phase)

        return self._run_phases(stimulus, to_si(bin_width, "ms", "bin_width"), weights, run_phase)

    def _run_phases(
        self,
        stimulus: xr.DataArray,
        bin_width: float,
        weights: xr.Dataset | None,
        run_phase: Callable[[int, xr.DataArray, xr.Dataset | None], xr.Dataset],
    ) -> xr.Dataset:
        """Run each phase on its part of the stimulus from the recording before, and join them."""
        if self.completed and weights is None:
            raise SimulationError(
                f"Protocol after {self.completed} completed phases",
                "weights: the recording of these phases",
                "none",
                "Pass what run() of the earlier phases returned.",
            )
        checked = check_stimulus(stimulus, self.channels)
        stops, step = self._find_stops(checked, bin_width), time_step(checked)
        starts, recordings = [0, *stops[:-1]], []
        for number, (start, stop) in enumerate(zip(starts, stops, strict=True), self.completed):
            for lesion in self.phases[number].lesions:
                assert weights is not None
                weights = lesion.apply(weights, self._learned_variables[lesion.variable].unit)
            stretch = checked.isel(time=slice(start, stop))
            stretch = stretch.assign_coords(time=stretch.time - stretch.time[0])
            weights = run_phase(number, stretch, weights)
            recordings.append(weights)
        # The bins of one run: sums of floats would differ from them.
        joined = join_phases(recordings, [start * step for start in starts])
        return joined.assign_coords(time=make_response_bins(checked, bin_width)[0])

    def _find_stops(self, stimulus: xr.DataArray, bin_width: float) -> list[int]:
        """Return the stimulus step at which each phase ends; `StimulusError` unless they fit."""
        step, end, stops = time_step(stimulus), 0.0, []
        for phase in self.phases[self.completed :]:
            end += float(phase.duration)
            n_bins = float(phase.duration) / bin_width
            if abs(n_bins - round(n_bins)) > 1e-6:
                raise StimulusError(
                    f"Protocol, phase {phase.name!r}",
                    f"a whole number of response bins ({bin_width * 1e3:g} ms)",
                    f"{float(phase.duration) * 1e3:g} ms",
                    "Change its duration, or bin_width.",
                )
            stops.append(round(end / step))
        n_steps = stimulus.sizes["time"]
        if stops[-1] != n_steps:
            raise StimulusError(
                f"Protocol of {len(stops)} phases",
                f"phases that last as long as the stimulus, {n_steps * step * 1e3:g} ms",
                f"{end * 1e3:g} ms",
                "Change the durations of the phases.",
            )
        return stops

    def connections(self) -> pd.DataFrame:
        """Return the connections of the model, with `bioann.model.CONNECTION_COLUMNS`."""
        return model.connections_of(self.model)

    def constant_inputs(self) -> pd.DataFrame:
        """Return the constant inputs of the model, with `bioann.model.CONNECTION_COLUMNS`."""
        return model.constant_inputs_of(self.model)

    def explain(self) -> tuple[Equation, ...]:
        """Return the equations and parameters of the model."""
        return model.explain_model(self.model)

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Return the warnings of the model about the whole run."""
        return model.flags_of(self.model, recording)
