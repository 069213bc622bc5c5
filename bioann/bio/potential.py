"""A half that answers with the membrane potential of a spiking network instead of its spikes."""

from __future__ import annotations

import dataclasses

import brian2 as b2
import numpy as np
import pandas as pd
import xarray as xr
from brian2 import ms

from bioann.bio.build import build
from bioann.bio.draw import Lanes
from bioann.bio.engine import check_step, execute, target
from bioann.bio.network import SpikingNetwork
from bioann.half import Explanation
from bioann.recording import bins, check_trials, rated
from bioann.stimulus import check_stimulus
from bioann.units import SI, Description, quantity, si


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Potential(Description):
    r"""Read the mean membrane potential of each population, above rest.

    .. math:: a = (\langle v \rangle - E_{rest}) / \Delta

    averaged over the neurons of a population and over the bins of the response, in the very run
    that the network makes with the same seed. Unlike a rate it can be negative: it shows what a
    silent cell does. A spike enters as the cell model shows it; a leaky integrate-and-fire cell
    shows only its reset.

    Parameters
    ----------
    network : SpikingNetwork
        What is run, always on the numpy engine.
    scale : quantity, optional
        The depolarisation that stands for activation 1, :math:`\Delta`.
    """

    network: SpikingNetwork
    scale: SI = quantity("mV", 15, above=0)

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
        checked = check_stimulus(stimulus, self.channels)
        width = si(bin_width, "ms", "bin_width")
        centres, steps = bins(checked, width)
        step = self.network.step if dt is None else si(dt, "ms", "Potential.run, dt")
        check_step(self.network, checked.attrs["dt"], step)
        conditions = tuple(str(c) for c in checked.condition.values)
        lanes = Lanes(conditions, check_trials(trials), seed, step)
        with target("numpy"):
            network = build(self.network, checked, lanes).network
            monitors = [self._watch(network, name, checked.attrs["dt"]) for name in self.units]
            network.add(*monitors)
            execute(network, checked.sizes["time"] * checked.attrs["dt"], f"{lanes.n} lanes")
        shape = (len(conditions), lanes.trials, -1, len(centres), steps)
        means = []
        for monitor, population in zip(monitors, self.network.populations, strict=True):
            v = monitor.v_[:, : len(centres) * steps].reshape(shape)
            means.append((v.mean(axis=(2, 4)) - population.cell.rest) / float(self.scale))
        return rated(np.stack(means, axis=-1), self.units, conditions, centres, dt=step)

    def _watch(self, network: b2.Network, name: str, every: float) -> b2.StateMonitor:
        group = next(o for o in network.objects if o.name == f"population_{name}")
        clock = b2.Clock(dt=every * b2.second, name=f"bioann_look_{name}")
        return b2.StateMonitor(group, "v", record=True, clock=clock, name=f"potential_{name}")

    def connections(self) -> pd.DataFrame:
        """List the network's connections."""
        return self.network.connections()

    def explain(self) -> tuple[Explanation, ...]:
        """Give the network's equations and parameters."""
        return self.network.explain()
