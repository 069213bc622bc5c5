"""A spiking model whose response is the mean membrane potential instead of the firing rate."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.base.arguments import check_minimum, name_argument_errors
from bioann.base.description import Description
from bioann.base.equations import Equation
from bioann.base.units import SI, quantity, to_si
from bioann.bio.engines import Record
from bioann.bio.network import SpikingNetwork
from bioann.bio.network_flags import find_receptor_flags
from bioann.recordings.recording import label_activations


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Potential(Description):
    r"""Spiking network whose response is the mean depolarisation of each population.

    .. math:: a = (\langle v \rangle - E_{rest}) / \Delta

    The potential is averaged over neurons and response bins of the same run that the network makes
    with this seed. Unlike a firing rate, the response can be negative, so it resolves subthreshold
    input to a silent population. Spikes contribute as the cell model simulates them: a leaky
    integrate-and-fire cell has only the reset.

    Parameters
    ----------
    network : SpikingNetwork
        Network whose membrane potentials are recorded.
    scale : quantity, optional
        Depolarisation :math:`\Delta` that corresponds to activation 1, > 0.
    neurons : int, optional
        Number of neurons recorded per population; all neurons of smaller populations.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import mV, nS
    >>> network = ba.SpikingNetwork((ba.Population("cell", 20, "glutamate", background=2 * nS),))
    >>> silent_cell = ba.Potential(network, scale=15 * mV)
    """

    network: SpikingNetwork
    scale: SI = quantity("mV", 15, above=0)
    neurons: int = 5

    kind = "spiking network, membrane potential"

    def check(self) -> None:
        """Check that at least one neuron is recorded."""
        check_minimum("Potential", 1, neurons=self.neurons)

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations."""
        return self.network.units

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels that the network reads."""
        return self.network.channels

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
    ) -> xr.Dataset:
        """Simulate the network and average the potential; arguments as in `SpikingNetwork.run`."""
        width = to_si(bin_width, "ms", "bin_width")
        step = self.network.default_step if dt is None else to_si(dt, "ms", "Potential.run, dt")
        sizes = self.network.sizes
        record = Record(False, voltage={k: range(min(n, self.neurons)) for k, n in sizes.items()})
        options = {"trials": trials, "seed": seed, "engine": engine, "bin_width": bin_width}
        recording = self.network.run(stimulus, dt=dt, record=record, **options)
        steps = round(width / step)
        means = []
        for population in self.network.populations:
            v = recording[f"voltage_{population.name}"].values  # (condition, trial, time, neuron)
            population_mean = v[:, :, : recording.sizes["time"] * steps].mean(axis=3)
            binned = population_mean.reshape(*population_mean.shape[:2], -1, steps).mean(axis=3)
            means.append((binned - population.cell.resting_potential) / float(self.scale))
        conditions = [str(c) for c in recording.condition.values]
        response = np.stack(means, axis=-1)
        return label_activations(
            response, self.units, conditions, recording.time.values, **recording.attrs
        )

    def connections(self) -> pd.DataFrame:
        """Return the network's connections, one row each."""
        return self.network.connections()

    def constant_inputs(self) -> pd.DataFrame:
        """Return the network's background input and injections, one row each."""
        return self.network.constant_inputs()

    def explain(self) -> tuple[Equation, ...]:
        """Return the network's equations and parameters."""
        return self.network.explain()

    def flags(self, recording: xr.Dataset) -> tuple[str, ...]:
        """Return warnings about receptors of unclear or wrong sign; a potential has no rate."""
        return find_receptor_flags(self.network)
