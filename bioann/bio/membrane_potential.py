"""A model that answers with the membrane potential of a spiking network instead of its spikes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.base.units import SI, Description, quantity, to_si
from bioann.bio.engines import Record
from bioann.bio.network import SpikingNetwork
from bioann.model import Explanation
from bioann.recordings.recording import label_activations


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Potential(Description):
    r"""Read the mean membrane potential of each population, above rest.

    .. math:: a = (\langle v \rangle - E_{rest}) / \Delta

    averaged over neurons of a population and over the bins of the response, in the very run
    that the network makes with the same seed. Unlike a rate it can be negative: it shows what a
    silent cell does. A spike enters as the cell model shows it; a leaky integrate-and-fire cell
    shows only its reset.

    Parameters
    ----------
    network : SpikingNetwork
        What is run.
    scale : quantity, optional
        The depolarisation that stands for activation 1, :math:`\Delta`.
    neurons : int, optional
        How many neurons of each population are looked at, at most.
    """

    network: SpikingNetwork
    scale: SI = quantity("mV", 15, above=0)
    neurons: int = 5

    kind = "spiking network, read by its potentials"

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the populations."""
        return self.network.units

    @property
    def channels(self) -> tuple[str, ...]:
        """Stimulus channels of the network."""
        return self.network.channels

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
        """Simulate and average the potential; arguments as for ``SpikingNetwork.run``."""
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
        """List the network's connections."""
        return self.network.connections()

    def explain(self) -> tuple[Explanation, ...]:
        """Give the network's equations and parameters."""
        return self.network.explain()
