"""Runs in phases: train, wait, lesion, train again, as one model of a pair."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann import model
from bioann.ann.learning.plastic_network import PlasticRateNetwork
from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, StimulusError, unknown_name_error
from bioann.base.units import SI, quantity, to_si
from bioann.bio.network import SpikingNetwork
from bioann.recordings.join_phases import join_phases
from bioann.runs.options import RunOptions
from bioann.stimuli.stimulus import check_stimulus, time_step

#: Distance of the trial numbers of two phases, which decide their input spikes.
TRIALS_PER_PHASE = 10**6


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Lesion(Description):
    """A change of learned weights, or of a hidden variable of their rule, between two phases.

    Parameters
    ----------
    variable : str
        Name in the recording: ``weight_<name>`` of the projection, afferent or rule that learns, or
        ``<variable>_<name>`` of a hidden variable of its rule.
    strength : float, optional
        New value of all synapses, as a multiple of the weight of the projection or afferent; in
        activation for a rate network. At least 0 for synapses.
    factor : float, optional
        Number that the values are multiplied by, at least 0; needed without `strength`.
    """

    variable: str
    strength: float | None = None
    factor: float | None = None

    def check(self) -> None:
        """Raise `DescriptionError` unless there is a strength or a factor, and it is finite."""
        numbers = [x for x in (self.strength, self.factor) if x is not None]
        if len(numbers) != 1 or not np.isfinite(numbers[0]) or (self.factor or 0.0) < 0:
            raise DescriptionError(
                f"Lesion of {self.variable!r}",
                "either a finite strength, or a factor of at least 0",
                f"strength {self.strength}, factor {self.factor}",
                "Write Lesion('weight_a_to_b', factor=0.0) to silence what was learned.",
            )

    def apply(self, recording: xr.Dataset, unit_weight: float) -> xr.Dataset:
        """Return a recording with the changed values.

        Parameters
        ----------
        recording : xarray.Dataset
            Recording of the phase before the lesion.
        unit_weight : float
            Value of the strength 1 in the unit of the recording.
        """
        values = recording[self.variable]
        if self.strength is not None:
            changed = xr.full_like(values, self.strength * unit_weight)
        else:
            assert self.factor is not None
            changed = values * self.factor
        return recording.assign({self.variable: changed})


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
        The model; of a spiking network with drawn connections all phases have the first wiring.
    phases : tuple of Phase
        Its phases, at least one; together they last as long as the stimulus.

    Raises
    ------
    DescriptionError
        If the model cannot learn, or the first phase has a lesion.
    UnknownNameError
        If a lesion names what does not learn.
    """

    model: SpikingNetwork | PlasticRateNetwork
    phases: tuple[Phase, ...]

    def check(self) -> None:
        """Check the phases, and that all lesions are of something that learns."""
        self.set_field("phases", tuple(self.phases))
        learners = {name for name, _ in self._list_learners()}
        if not learners or not self.phases or self.phases[0].lesions:
            raise DescriptionError(
                "Protocol",
                "a model that learns, and phases of which the first has no lesion",
                f"{model.kind_of(self.model)} with {len(learners)} learning rules, phases "
                f"{[phase.name for phase in self.phases]}",
                "Give a projection, an afferent or a rate network a learning rule.",
            )
        for phase in self.phases:
            for lesion in phase.lesions:
                if lesion.variable not in learners:
                    raise unknown_name_error(
                        f"Protocol, phase {phase.name!r}, lesion",
                        "learned variable",
                        lesion.variable,
                        sorted(learners),
                    )

    def _list_learners(self) -> list[tuple[str, float]]:
        """Return the variables that learn, each with the value of its strength 1 in SI."""
        if isinstance(self.model, PlasticRateNetwork):
            rules = [(rule.name, rule.hidden_variables, 1.0) for rule in self.model.rules]
        else:
            pathways = (*self.model.fibres, *self.model.projections)
            rules = [
                (p.name, p.long_term_rule.hidden_variables, float(p.weight))
                for p in pathways
                if p.long_term_rule is not None
            ]
        return [
            (f"{variable}_{name}", weight)
            for name, hidden, weight in rules
            for variable in ("weight", *hidden)
        ]

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
        first_trial: int = 0,
    ) -> xr.Dataset:
        """Run the phases one after the other.

        Parameters
        ----------
        stimulus : xarray.DataArray, dimensions (condition, time, channel)
            Activation of the stimulus channels, as long as all phases together.
        trials, seed, engine, dt, bin_width, first_trial : optional
            As for the model; each phase has input spikes of its own.
        weights : xarray.Dataset, optional
            Recording of an earlier run, from whose learned weights the first phase starts.

        Returns
        -------
        xarray.Dataset
            Responses and spikes of all phases; learned weights and hidden variables at the end.

        Raises
        ------
        StimulusError
            If the phases do not last as long as the stimulus.
        """
        checked = check_stimulus(stimulus, self.channels)
        stops = self._find_stops(checked, to_si(bin_width, "ms", "Protocol.run, bin_width"))
        starts = [0, *stops[:-1]]
        unit_weights, recordings = dict(self._list_learners()), []
        for number, phase in enumerate(self.phases):
            for lesion in phase.lesions:
                assert weights is not None
                weights = lesion.apply(weights, unit_weights[lesion.variable])
            options = RunOptions(
                trials, seed, bin_width, engine, dt, weights,
                first_trial=first_trial + number * TRIALS_PER_PHASE,
            )  # fmt: skip
            stretch = checked.isel(time=slice(starts[number], stops[number]))
            stretch = stretch.assign_coords(time=stretch.time - stretch.time[0])
            weights = self.model.run(stretch, **options.for_spiking_model(self.model))
            recordings.append(weights)
        step = time_step(checked)
        return join_phases(recordings, [start * step for start in starts])

    def _find_stops(self, stimulus: xr.DataArray, bin_width: float) -> list[int]:
        """Return the stimulus step at which each phase ends; `StimulusError` unless they fit."""
        step, end, stops = time_step(stimulus), 0.0, []
        for phase in self.phases:
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
                f"Protocol of {len(self.phases)} phases",
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
