"""Input spikes of a Brian2 script: those of the run, or Poisson spikes drawn anew."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import xarray as xr

from bioann.bio.afferent import Afferent
from bioann.bio.builder.inputs import afferent_name
from bioann.bio.builder.plan import SpikeGeneratorPlan
from bioann.bio.description import NetworkDescription
from bioann.bio.interop.brian2_script_values import ScriptData

#: Highest probability of a spike per time step of a source of a Poisson group, which has at most
#: one: the variance of its counts is smaller than that of a Poisson process by this share.
_MAX_PROBABILITY = 0.01


@dataclasses.dataclass(frozen=True, eq=False)
class PoissonRates:
    """Rates of the fibres of an input whose spikes are independent Poisson processes.

    Parameters
    ----------
    n_sources : int
        Number of fibres.
    rates : numpy.ndarray, shape (time,) or (n_sources, 1)
        Rate in Hz of all fibres at each stimulus step, or of each fibre at all times.
    """

    n_sources: int
    rates: np.ndarray

    def split_sources(self, dt: float) -> PoissonRates:
        """Return several times as many sources with lower rates, at most one spike per 100 steps.

        Source ``i`` then stands for fibre ``i % n_sources``; `dt` is the time step in seconds.
        """
        share = max(math.ceil(self.rates.max() * dt / _MAX_PROBABILITY - 1e-9), 1)
        rates = self.rates / share
        if rates.ndim == 2:
            rates = np.tile(rates, (share, 1))
        return PoissonRates(share * self.n_sources, rates)


def list_poisson_rates(
    network: NetworkDescription, stimulus: xr.DataArray
) -> dict[str, PoissonRates]:
    """Return the rates of all inputs that are Poisson processes, by name of the Brian2 object.

    Parameters
    ----------
    network : NetworkDescription
        Network whose distributions have been drawn.
    stimulus : xarray.DataArray, dimensions (condition, time, channel)
        Checked stimulus of one condition, in activation.
    """
    inputs = {}
    conditions = [str(c) for c in stimulus.condition.values]
    for population in network.populations:
        for k, background in enumerate(population.background):
            name = f"background_{population.name}_{k}"
            rates = np.array([background.rate])
            if background.rates is not None:
                rates = background.rates[:, None]
            inputs[name] = PoissonRates(population.n, rates)
    for k, afferent in enumerate(network.afferents):
        if isinstance(afferent, Afferent) and afferent.kind == "poisson":
            activation = stimulus.sel(channel=afferent.channel).values
            rates = afferent.compute_rates(activation, conditions)[0]
            n_sources = afferent.count_fibres(network.sizes[afferent.target])
            inputs[afferent_name(afferent, k)] = PoissonRates(n_sources, rates)
    return inputs


def write_generator(
    generator: SpikeGeneratorPlan,
    poisson: PoissonRates | None,
    data: ScriptData,
    *,
    dt: float,
    by_fibre: bool,
) -> list[str]:
    """Write the spike generator of an input, and as a comment the Poisson group in its place.

    Parameters
    ----------
    generator : SpikeGeneratorPlan
        Input spikes of one lane.
    poisson : PoissonRates or None
        Rates of the input, if it is a Poisson process.
    data : ScriptData
        Collects units and arrays.
    dt : float
        Time step in seconds.
    by_fibre : bool
        Whether the sources are fibres with synapses of their own, instead of the target neurons.
    """
    name, spikes = generator.name, generator.spikes
    n_sources = spikes.n_neurons * spikes.n_slots
    lines = [f"# Input {name}: {spikes.n_spikes} spikes."]
    if spikes.n_slots > 1:
        lines += [
            f"# Source i + {spikes.n_neurons} has the second spike of source i in a time step, "
            "and so on,",
            "# because Brian2 allows one spike per source and step.",
        ]
    lines += [
        f"{name} = SpikeGeneratorGroup(",
        f"    {n_sources},",
        f"    {data.write_array(f'{name}.source', spikes.source_indices)},",
        f"    {data.write_array(f'{name}.step', spikes.steps)} * dt,",
        "    sorted=True,",
        "    clock=clock,",
        f'    name="{name}",',
        ")",
    ]
    if poisson is None:
        return lines
    if by_fibre:  # synapses count all sources, of which those beyond the fibres stay silent
        n_poisson = n_sources
    else:
        poisson = poisson.split_sources(dt)
        n_poisson = poisson.n_sources
    comment = "# Spikes of the same rate, drawn anew in each run, in place of those above:"
    return [*lines, comment, *_write_poisson_group(name, n_poisson, poisson, data)]


def _write_poisson_group(
    name: str, n_sources: int, poisson: PoissonRates, data: ScriptData
) -> list[str]:
    """Write the Poisson group that could replace a spike generator, as comments."""
    share = f"int(i < {poisson.n_sources})*" if n_sources > poisson.n_sources else ""
    options = []
    data.units.add("Hz")
    if poisson.rates.ndim == 2:
        rates = f"{data.write_array(f'{name}.rate', poisson.rates.ravel())} * Hz"
    elif (poisson.rates == poisson.rates[0]).all():
        rates = f'"{share}{poisson.rates[0]:.12g}*Hz"'
    else:
        rate = f"TimedArray({data.write_array(f'{name}.rate', poisson.rates)} * Hz, dt=stimulus_dt)"
        rates = f'"{share}rate(t)"'
        options.append(f'    namespace={{"rate": {rate}}},')
    lines = [f"{name} = PoissonGroup(", f"    {n_sources}, {rates},", *options]
    lines += [f'    clock=clock, name="{name}",', ")"]
    return [f"# {line}" for line in lines]
