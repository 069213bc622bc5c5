"""The spiking model: a description of a conductance-based spiking network."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.base.arguments import name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, quantity, to_si
from bioann.bio import engines
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.connection_table import explain_network, make_connection_table
from bioann.bio.connectivity import Connectivity
from bioann.bio.constant_input_table import make_constant_input_table
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.engines import Programs, Record
from bioann.bio.fibres import FibrePathway
from bioann.bio.injection import Injection
from bioann.bio.members import sort_members
from bioann.bio.modulation.modulation import Modulation
from bioann.bio.network_flags import find_network_flags
from bioann.bio.neuron_parameters import draw_members, has_drawn_neurons
from bioann.bio.population import Population
from bioann.bio.postsynaptic_receptors import list_receptors
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent
from bioann.bio.synapse_values import draw_matrix_of
from bioann.bio.validation import (
    check_input_target,
    check_modulation_targets,
    check_modulators,
    check_pathway_names,
    check_receptor_compartment,
    resolve_projection,
)
from bioann.stimuli.stimulus import check_stimulus


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SpikingNetwork(Description):
    """Populations of spiking neurons, their inputs, and the projections between them.

    Parameters
    ----------
    populations : tuple of Population
        At least one; their names are the units of this model.
    afferents : tuple, optional
        Inputs that carry channels of the stimulus, each an `Afferent`, `CurrentAfferent` or
        `ElectrodeArray`; and `ScheduledAfferent`, whose spike times are given.
    projections : tuple of Projection, optional
        Synapses between populations, or within one.
    injections : tuple of Injection, optional
        Constant currents and conductances.
    modulations : tuple of Modulation, optional
        Effects of neuromodulators on cells, synapses and plasticity.
    dt : quantity, optional
        Default time step, a time; the shortest that a cell of the network needs unless given
        (0.1 ms for integrate-and-fire cells).

    Raises
    ------
    UnknownNameError
        If an afferent, projection or injection names a population that does not exist.
    DescriptionError
        If two populations or two projections have the same name, a receptor does not fit the
        transmitter, or a connectivity does not fit the sizes of the populations.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> network = ba.SpikingNetwork(
    ...     populations=(ba.Population("E", 80, "glutamate"), ba.Population("I", 20, "GABA")),
    ...     afferents=(ba.Afferent("light", "E", 1 * nS, fibres=10),),
    ...     projections=(ba.Projection("E", "I", 0.2 * nS), ba.Projection("I", "E", 0.5 * nS)),
    ... )
    >>> network.units, network.channels
    (('E', 'I'), ('light',))
    """

    populations: tuple[Population, ...]
    afferents: tuple[Afferent | ScheduledAfferent | CurrentAfferent | ElectrodeArray, ...] = ()
    projections: tuple[Projection, ...] = ()
    injections: tuple[Injection, ...] = ()
    modulations: tuple[Modulation, ...] = ()
    dt: SI | None = quantity("ms", optional=True, above=0)

    kind, has_numbered_trials = "spiking network", True

    @classmethod
    def of_members(cls, *members: Any, dt: SI | None = None) -> SpikingNetwork:
        """Return the network that consists of some members, whatever their order.

        Parameters
        ----------
        *members : Population, Projection, Injection, Modulation, or any kind of afferent
            Each kind in the order in which the network lists it.
        dt : quantity, optional
            Default time step, as for `SpikingNetwork`.

        Examples
        --------
        >>> import bioann as ba
        >>> from brian2 import nS
        >>> network = ba.SpikingNetwork.of_members(
        ...     ba.Population("E", 80, "glutamate"),
        ...     ba.Population("I", 20, "GABA"),
        ...     ba.Afferent("light", "E", 1 * nS, fibres=10),
        ...     ba.Projection("E", "I", 0.2 * nS),
        ... )
        >>> len(network.populations), len(network.afferents), len(network.projections)
        (2, 1, 1)
        """
        return cls(**sort_members(members), dt=dt)

    def check(self) -> None:
        """Check that the parts fit each other, and resolve the receptor of each projection."""
        for field in ("populations", "afferents", "projections", "injections", "modulations"):
            value = getattr(self, field)
            self.set_field(field, tuple(value) if isinstance(value, (tuple, list)) else (value,))
        if not self.sizes or len(self.sizes) != len(self.populations):
            raise DescriptionError(
                "SpikingNetwork, populations",
                "at least one population, each with its own name",
                f"{[p.name for p in self.populations]}",
                "Name each population once.",
            )
        for member in (*self.afferents, *self.injections):
            check_input_target(member, self)
        self.set_field("projections", tuple(resolve_projection(p, self) for p in self.projections))
        check_pathway_names(self.fibres, self.projections)
        for population in self.populations:
            for receptor in self.receptors_of(population.name):
                check_receptor_compartment(receptor, population)
        for modulation in self.modulations:
            check_modulation_targets(modulation, self)
        check_modulators(self.modulations, self)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of neurons of each population, by name."""
        return {p.name: p.n for p in self.populations}

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations, in the order of description."""
        return tuple(self.sizes)

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels that afferents, reward-modulated synapses and modulators read."""
        channels: list[str] = []
        for a in self.afferents:
            if isinstance(a, ElectrodeArray):
                channels += a.channels
            elif not isinstance(a, ScheduledAfferent):
                channels.append(a.channel)
        for pathway in (*self.fibres, *self.projections):
            channels += pathway.long_term_rule.channels if pathway.long_term_rule else ()
        modulators = (m for modulation in self.modulations for m in modulation.modulators)
        channels += [m.channel for m in modulators if not m.population]
        return tuple(dict.fromkeys(channels))

    @property
    def fibres(self) -> tuple[FibrePathway, ...]:
        """Afferents that are fibres, not electrodes."""
        return tuple(a for a in self.afferents if isinstance(a, FibrePathway))

    @property
    def default_step(self) -> float:
        """Time step in seconds of a run without a `dt` of its own."""
        return min(p.cell.max_step for p in self.populations) if self.dt is None else float(self.dt)

    def set_field(self, field: str, value: Any) -> None:
        """Set a field while the network is described, and forget what followed from it."""
        super().set_field(field, value)
        self._kept.clear()

    @functools.cached_property
    def _kept(self) -> dict[Any, Any]:
        """What follows from the fields and is asked for many times in a run."""
        return {}

    @property
    def has_drawn_wiring(self) -> bool:
        """Whether synapses or parameters are drawn: all that a run draws once for all its lanes."""
        if "is drawn" not in self._kept:
            junctions = (p.gap_junctions for p in self.populations if p.gap_junctions is not None)
            members = (*self.fibres, *self.projections, *junctions)
            is_drawn = has_drawn_neurons(self) or any(member.is_drawn for member in members)
            self._kept["is drawn"] = is_drawn
        return bool(self._kept["is drawn"])

    def get_population(self, name: str) -> Population:
        """Return the population of a name; `UnknownNameError` if there is none."""
        for population in self.populations:
            if population.name == name:
                return population
        raise unknown_name_error(self.title(), "population", name, self.units)

    def receptors_of(self, name: str) -> tuple[Receptor, ...]:
        """Return the receptors of a population, each once, in the order of description."""
        key = "receptors", name
        if key not in self._kept:
            self._kept[key] = list_receptors(self, name)
        receptors: tuple[Receptor, ...] = self._kept[key]
        return receptors

    def get_connectivity(self, projection: Projection) -> Connectivity:
        """Return the connectivity of a projection, with positions if it needs them."""
        source, target = (self.get_population(p) for p in (projection.source, projection.target))
        return projection.connectivity.with_positions(source.positions, target.positions)

    def expected_synapse_count(self, projection: Projection) -> float:
        """Return the expected number of synapses of a projection."""
        sizes = self.sizes[projection.source], self.sizes[projection.target]
        return self.get_connectivity(projection).expected_synapse_count(*sizes)

    def draw_parameters(self, seed: int, wiring: int = 0) -> SpikingNetwork:
        """Return a copy whose neurons have the values that their distributions draw.

        Parameters
        ----------
        seed : int
            Seed of the run.
        wiring : int, optional
            Number of the wiring; all lanes of one wiring have the same neurons.

        Returns
        -------
        SpikingNetwork
            Each distribution of a value per neuron is replaced by an array of shape ``(n,)``; those
            of synapses stay (`draw_conductances` and `draw_delays` draw their values). The network
            itself if there is none.
        """
        if not has_drawn_neurons(self):
            return self
        return dataclasses.replace(self, **draw_members(self, seed, wiring))

    def draw_conductances(self, projection: Projection, seed: int, wiring: int = 0) -> np.ndarray:
        """Draw the conductance of every synapse of a projection.

        Parameters
        ----------
        projection : Projection
            A projection of this network.
        seed : int
            Seed of the run.
        wiring : int, optional
            Number of the wiring; all lanes of one wiring have the same connections.

        Returns
        -------
        numpy.ndarray, shape (n_post, n_pre)
            Peak conductance of each pair in siemens: the sum over its synapses, 0 if it has none.
        """
        arguments = projection.make_draw_arguments(self.sizes, seed, wiring)
        if "weight" in projection.heterogeneous_fields:
            return draw_matrix_of(self, projection, "weight", seed, wiring)
        matrix = self.get_connectivity(projection).draw_matrix(*arguments)
        return matrix * float(projection.weight)

    def draw_delays(self, projection: Projection, seed: int, wiring: int = 0) -> np.ndarray:
        """Draw the delay of every synapse of a projection; parameters as for `draw_conductances`.

        Returns
        -------
        numpy.ndarray, shape (n_post, n_pre)
            Delay in seconds, before it is rounded to whole time steps; 0 where there is no synapse.
        """
        return draw_matrix_of(self, projection, "delay", seed, wiring)

    def draw_synapses(
        self, projection: Projection, seed: int, wiring: int = 0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw the synapses of a projection as a list; parameters as for `draw_conductances`.

        Returns
        -------
        post, pre : numpy.ndarray of int, shape (synapse,)
            Index of the postsynaptic and of the presynaptic neuron in its population.
        strength : numpy.ndarray, shape (synapse,)
            Relative strength: the factor of the connectivity on the weight of the synapse.
        """
        arguments = projection.make_draw_arguments(self.sizes, seed, wiring)
        return self.get_connectivity(projection).draw_synapses(*arguments)

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
        grid: SI | None = None,
        record: Record | None = None,
        memory: float | None = None,
        noise_keys: Sequence[str] | None = None,
        wirings: int = 1,
        first_trial: int = 0,
    ) -> xr.Dataset:
        """Simulate all conditions and trials in one network per wiring, one lane each.

        Lanes that do not fit into memory together run in batches one after the other, and a long
        compiled run spreads its lanes over all cores; the numbers do not depend on that.

        Parameters
        ----------
        stimulus : xarray.DataArray
            Activation of each channel, dimensions ``(condition, time, channel)``.
        trials : int
            Repetitions of each condition, at least 1. Trials differ in input spikes, background and
            initial states.
        seed : int
            Seed of all random numbers of the run, 0 or larger.
        engine : {'auto', 'numpy', 'cython', 'cpp', 'cpp_standalone'}, optional
            What executes the equations; `bioann.bio.engines` describes how ``'auto'`` chooses.
        dt : quantity, optional
            Time step, a time; that of the network unless given.
        bin_width : quantity, optional
            Width of the bins of the population rates, a whole number of stimulus steps.
        weights : xarray.Dataset, optional
            Recording of an earlier run: projections whose learned weights it holds start from
            these weights and have these connections, whatever the seed.
        grid : quantity, optional
            Step to which input spikes are rounded, a whole number of `dt`; `dt` unless given. With
            it a rerun at half the step keeps the same input (see `bioann.audit`).
        record : Record, optional
            What is recorded besides the population rates; all spikes unless given.
        memory : float, optional
            Upper limit in bytes of the memory of the run, which is estimated; half of the free
            memory unless given.
        noise_keys : sequence of str, optional
            One key per condition. Conditions with the same key have the same input spikes (where
            their rates are the same), background and initial states in each trial (common random
            numbers), so their difference is free of that noise. The condition labels unless given.
        wirings : int, optional
            Number of independent draws of the synapses, at most `trials`: trial `k` has wiring
            ``k % wirings``, and otherwise the random numbers that it has with one wiring.
        first_trial : int, optional
            Number of the first trial, whose input spikes and wiring it decides.

        Returns
        -------
        xarray.Dataset
            ``rate`` in Hz (condition, trial, time, unit), ``n_neurons`` and the spikes; if synapses
            are drawn, the coordinate ``wiring`` (trial); with `record` ``count_<population>``
            (condition, trial, neuron), ``voltage_<population>`` in volt (condition, trial, step,
            neuron), ``state_<population>_<variable>`` in SI units (condition, trial, sample_time,
            neuron) and ``weight_course_<projection>`` (condition, trial, sample_time, synapse); for
            each projection that learns its final weights, ``weight_<projection>`` in
            siemens ``(condition, trial, synapse_<projection>)`` with coordinates
            ``pre_<projection>`` and ``post_<projection>``.

        Raises
        ------
        StimulusError
            If the stimulus lacks a channel, is not finite, or makes a rate negative.
        SimulationError
            If `dt` is longer than the fastest time constant, or the engine is not available; or if
            a population runs away, with the recording of its batch of lanes in ``recording``.
        """
        options = {"trials": trials, "seed": seed, "engine": engine, "dt": dt, "weights": weights}
        options |= {"bin_width": bin_width, "grid": grid, "record": record, "memory": memory}
        options |= {"noise_keys": noise_keys, "wirings": wirings, "first_trial": first_trial}
        checked = check_stimulus(stimulus, self.channels)
        return self.start_run(checked, at_once=True, **options)(Programs())

    def start_run(self, stimulus: xr.DataArray, **options: Any) -> Callable[[Programs], xr.Dataset]:
        """Begin a run that can go on at the same time as others.

        Parameters
        ----------
        stimulus : xarray.DataArray
            As for `run`, checked (`bioann.stimuli.stimulus.check_stimulus`).
        **options : object
            Keyword arguments of `run`.

        Returns
        -------
        callable
            ``finish(programs)`` completes the run from any thread and returns its recording;
            `programs` lists the programs that it starts.
        """
        return engines.start_run(self, stimulus, **options)

    def rerun_at_half_step(
        self, stimulus: xr.DataArray, *, dt: SI | None = None, **options: Any
    ) -> xr.Dataset:
        """Run once more with half the time step and the same input; parameters as for `run`.

        Input spikes arrive at the steps of the longer time step, so that the recordings differ only
        by the error of the integration. (In a chaotic network any error grows, and the rerun is
        another sample of the same distribution.)
        """
        step = self.default_step if dt is None else to_si(dt, "ms", "SpikingNetwork.run, dt")
        grid = step * 1e3 * ms
        return self.run(stimulus, dt=grid / 2, grid=grid, **options)

    def connections(self) -> pd.DataFrame:
        """Return the table of afferents and projections, with `bioann.model.CONNECTION_COLUMNS`."""
        return make_connection_table(self)

    def constant_inputs(self) -> pd.DataFrame:
        """Return background input and injections, with `bioann.model.CONNECTION_COLUMNS`."""
        return make_constant_input_table(self)

    def explain(self) -> tuple[Equation, ...]:
        """Return the equations and parameters of cells and receptors for the report."""
        return explain_network(self)

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Return warnings: silent or too fast populations, receptors of unclear or wrong sign."""
        return find_network_flags(self, recording)
