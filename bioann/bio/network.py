"""The spiking model: a description of a conductance-based spiking network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.base.units import SI, Description, quantity, to_si
from bioann.bio import engines
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.connection_table import explain_network, find_network_flags, make_connection_table
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.engines import Programs, Record
from bioann.bio.modulation.modulation import Modulation
from bioann.bio.population import Injection, Population, check_identifier
from bioann.bio.projection import Projection
from bioann.bio.receptors import Receptor, resolve_receptor
from bioann.bio.validation import (
    check_input_target,
    check_modulation_target,
    check_receptor_compartment,
)
from bioann.model import Explanation


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SpikingNetwork(Description):
    """Populations, what reaches them, and the projections between them.

    Parameters
    ----------
    populations : tuple of Population
        At least one; their names are the units of this model.
    afferents : tuple of Afferent, CurrentAfferent or ElectrodeArray, optional
        What carries the stimulus.
    projections : tuple of Projection, optional
        Synapses between populations.
    injections : tuple of Injection, optional
        Constant currents and conductances.
    modulations : tuple of Modulation, optional
        What neuromodulators do, and where.
    dt : quantity, optional
        Time step of runs that are not given another; the shortest that the cells ask for unless
        given (0.1 ms for those that integrate and fire).

    Raises
    ------
    UnknownNameError
        If an afferent, projection or injection names a population that is not there.
    DescriptionError
        If two parts have one name, a receptor does not fit the transmitter, or a connectivity
        does not fit the populations.
    """

    populations: tuple[Population, ...]
    afferents: tuple[Afferent | CurrentAfferent | ElectrodeArray, ...] = ()
    projections: tuple[Projection, ...] = ()
    injections: tuple[Injection, ...] = ()
    modulations: tuple[Modulation, ...] = ()
    dt: SI | None = quantity("ms", optional=True, above=0)

    kind = "spiking network"

    def check(self) -> None:
        """Check that all parts fit, and give each projection its receptor."""
        for field in ("populations", "afferents", "projections", "injections", "modulations"):
            value = getattr(self, field)
            self.set_field(field, tuple(value) if isinstance(value, (tuple, list)) else (value,))
        sizes = self.sizes
        if not sizes or len(sizes) != len(self.populations):
            raise DescriptionError(
                "SpikingNetwork, populations",
                "at least one population, each with its own name",
                f"{[p.name for p in self.populations]}",
                "Name each population once.",
            )
        for member in (*self.afferents, *self.injections):
            check_input_target(member, self)
        self.set_field("projections", tuple(self._resolve_projection(p) for p in self.projections))
        names = [p.name for p in self.projections]
        if len(set(names)) != len(names):
            duplicates = sorted({n for n in names if names.count(n) > 1})
            raise DescriptionError(
                "SpikingNetwork, projections",
                "a different name for each projection",
                f"twice {duplicates}",
                'Tell them apart with Projection(..., name="...").',
            )
        for population in self.populations:
            for receptor in self.receptors_of(population.name):
                check_receptor_compartment(receptor, population)
        for modulation in self.modulations:
            check_modulation_target(modulation, self)

    def _resolve_projection(self, projection: Projection) -> Projection:
        transmitters = {p.name: p.transmitter for p in self.populations}
        for name in (projection.source, projection.target):
            if name not in transmitters:
                raise unknown_name_error(projection.title(), "population", name, transmitters)
        check_identifier(projection.name, f"{projection.title()}, name")
        receptor = resolve_receptor(
            projection.receptor, transmitters[projection.source], projection.title()
        )
        try:
            sizes = self.sizes
            projection.connectivity.check_sizes(sizes[projection.source], sizes[projection.target])
        except DescriptionError as error:
            error.obj = f"{projection.title()}, {error.obj}"
            raise
        return dataclasses.replace(projection, receptor=receptor)

    @property
    def sizes(self) -> dict[str, int]:
        """Neurons in each population."""
        return {p.name: p.n for p in self.populations}

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations."""
        return tuple(self.sizes)

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels: of afferents, of rewards, of modulators."""
        channels: list[str] = []
        for a in self.afferents:
            channels += a.channels if isinstance(a, ElectrodeArray) else (a.channel,)
        for projection in self.projections:
            channels += projection.long_term_rule.channels if projection.long_term_rule else ()
        channels += [m.channel for modulation in self.modulations for m in modulation.modulators]
        return tuple(dict.fromkeys(channels))

    @property
    def default_step(self) -> float:
        """Time step in seconds of runs that are not given another."""
        return min(p.cell.max_step for p in self.populations) if self.dt is None else float(self.dt)

    def get_population(self, name: str) -> Population:
        """Give a population by its name."""
        return next(p for p in self.populations if p.name == name)

    def receptors_of(self, name: str) -> tuple[Receptor, ...]:
        """List the receptors that a population has, each once, in the order of description."""
        receptors: list[Receptor | str | None] = [
            b.receptor for b in self.get_population(name).background
        ]
        members = (*self.afferents, *self.projections, *self.injections)
        receptors += [getattr(p, "receptor", None) for p in members if p.target == name]
        return tuple(dict.fromkeys(r for r in receptors if isinstance(r, Receptor)))

    def draw_conductances(self, projection: Projection, seed: int) -> np.ndarray:
        """Draw the conductance of every synapse of a projection.

        Parameters
        ----------
        projection : Projection
            One of this network's.
        seed : int
            Decides who is connected; the same in every lane of a run.

        Returns
        -------
        numpy.ndarray, shape (n_post, n_pre)
            In siemens, zero where there is no synapse.
        """
        strengths = projection.connectivity.draw_matrix(*self._draw_arguments(projection, seed))
        return strengths * float(projection.weight)

    def draw_synapses(
        self, projection: Projection, seed: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """List the synapses that `draw_conductances` has, without those that are not there.

        Returns
        -------
        post, pre : numpy.ndarray of int, shape (synapse,)
            Neurons.
        strength : numpy.ndarray, shape (synapse,)
            In units of the projection's weight.
        """
        return projection.connectivity.draw_synapses(*self._draw_arguments(projection, seed))

    def _draw_arguments(
        self, projection: Projection, seed: int
    ) -> tuple[int, int, bool, np.random.Generator]:
        """Give what a connectivity draws from."""
        sizes = self.sizes
        rng = make_rng(seed, "projection", projection.name)
        recurrent = projection.source == projection.target
        return sizes[projection.source], sizes[projection.target], recurrent, rng

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
    ) -> xr.Dataset:
        """Simulate all conditions and trials in one network, a lane each.

        Lanes that do not fit into memory together run one part after the other, and a long compiled
        run shares its lanes out among all cores; no number depends on that.

        Parameters
        ----------
        stimulus : xarray.DataArray
            Dimensions ``(condition, time, channel)``, in activation.
        trials : int
            Lanes per condition; they differ in all that is random but who is connected to whom.
        seed : int
            Decides everything random.
        engine : {'auto', 'numpy', 'cython', 'cpp'}, optional
            What executes the equations; `bioann.bio.engines` says how ``'auto'`` chooses.
        dt : quantity, optional
            Time step; the network's own unless given.
        bin_width : quantity, optional
            Width of the bins of the population rate.
        weights : xarray.Dataset, optional
            A recording of an earlier run: projections whose weights it holds start from them, and
            from its choice of who is connected to whom, whatever the seed.
        grid : quantity, optional
            Step to which input spikes are rounded, a whole number of `dt`; `dt` unless given. A
            rerun with half the step keeps the same input with it (see `bioann.audit`).
        record : Record, optional
            What is kept besides the rates: spikes unless told otherwise.
        memory : float, optional
            Bytes that the run may take, as far as can be estimated; half of what is free unless
            given.

        Returns
        -------
        xarray.Dataset
            ``rate`` in Hz (condition, trial, time, unit), ``n_neurons`` and the spikes; with
            `record` ``count_<population>`` (condition, trial, neuron) and
            ``voltage_<population>`` in volt (condition, trial, step, neuron); for each
            projection that learns its final weights, ``weight_<projection>`` in siemens
            ``(condition, trial, synapse_<projection>)`` with coordinates ``pre_<projection>``
            and ``post_<projection>``.

        Raises
        ------
        StimulusError
            If the stimulus lacks a channel, is not finite, or asks for a negative rate.
        SimulationError
            If `dt` is longer than the fastest time constant, or the engine is not there; or, with
            what its part of the lanes recorded in ``recording``, if a population runs away.
        """
        options = {"trials": trials, "seed": seed, "engine": engine, "dt": dt, "weights": weights}
        options |= {"bin_width": bin_width, "grid": grid, "record": record, "memory": memory}
        return self.start_run(stimulus, **options, at_once=True)(Programs())

    def start_run(self, stimulus: xr.DataArray, **options: Any) -> Callable[[Programs], xr.Dataset]:
        """Begin a run that other work can go beside; arguments are those of `run`.

        What is given finishes it and returns the recording, from any thread; it is told where to
        list the programs that it starts.
        """
        return engines.start_run(self, stimulus, **options)

    def rerun_at_half_step(
        self,
        stimulus: xr.DataArray,
        *,
        trials: int,
        seed: int,
        engine: str = "auto",
        dt: SI | None = None,
        bin_width: SI = 10 * ms,
        weights: xr.Dataset | None = None,
    ) -> xr.Dataset:
        """Answer once more with half the time step and the same input; arguments as for `run`.

        Input spikes arrive at the steps of the longer one, so that what differs is the error of
        the integration. (Where a network is chaotic any error grows into another sample of it.)
        """
        step = self.default_step if dt is None else to_si(dt, "ms", "SpikingNetwork.run, dt")
        grid = step * 1e3 * ms
        options = {"trials": trials, "seed": seed, "engine": engine, "bin_width": bin_width}
        return self.run(stimulus, dt=grid / 2, grid=grid, weights=weights, **options)

    def connections(self) -> pd.DataFrame:
        """List afferents and projections; columns as in `bioann.model`."""
        return make_connection_table(self)

    def explain(self) -> tuple[Explanation, ...]:
        """Give the equations and parameters of cells and receptors."""
        return explain_network(self)

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Name silent and saturated populations and receptors of unclear sign."""
        return find_network_flags(self, recording)
