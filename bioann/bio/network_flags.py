"""Warnings about the run of a spiking network: rates and signs that mislead."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bioann.base.text import describe_silent, format_setting, join_names
from bioann.base.units import in_unit
from bioann.bio.description import NetworkDescription
from bioann.bio.population import Population
from bioann.bio.receptors import Receptor
from bioann.bio.scheduled_afferent import ScheduledAfferent

#: Fraction of the maximal rate, 1 / t_ref, above which a population counts as saturated.
SATURATION_SHARE = 0.7
#: Fewest time steps from a spike of a neuron to its next: one to reset, one to cross.
STEPS_BETWEEN_SPIKES = 2
#: Share of shortest intervals above which the time step limits the rate of a population.
LIMITED_SHARE = 0.05


def find_network_flags(network: NetworkDescription, recording: xr.Dataset) -> tuple[str, ...]:
    """Return warnings about silent or too fast populations and receptors of doubtful sign.

    Parameters
    ----------
    network : NetworkDescription
        Network that was simulated.
    recording : xarray.Dataset
        Recording of the network, with ``rate`` in Hz (condition, trial, time, unit).

    Returns
    -------
    tuple of str
        One sentence per silent population, per population that its refractory period or the time
        step limits, and per receptor whose reversal potential contradicts its transmitter; one for
        scheduled afferents.
    """
    mean = recording["rate"].mean(["trial", "time"])
    peak_rates = [(p, float(mean.sel(unit=p.name).max())) for p in network.populations]
    flags = [*describe_silent("Population", [p.name for p, peak in peak_rates if peak == 0])]
    for p, peak in peak_rates:
        if p.cell.refractory_period > 0 and peak > SATURATION_SHARE / p.cell.refractory_period:
            flags.append(
                f"Population {p.name!r} reaches {peak:.0f} Hz, over {SATURATION_SHARE:.0%} of the "
                "maximal rate that its refractory period allows: near saturation no single weight "
                "describes an input."
            )
        if _is_limited_by_step(p, recording):
            dt = format_setting(in_unit(recording.attrs["dt"], "ms"), "ms")
            flags.append(
                f"Neurons of {p.name!r} fire at every second time step of {dt}, faster than which "
                "no neuron can: their rate is too low. Weaken their input, or give them a "
                "refractory period or the network a shorter dt."
            )
    targets = [repr(a.target) for a in network.fibres if isinstance(a, ScheduledAfferent)]
    if targets:
        flags.append(
            "Effective weights are measured without the scheduled spikes to "
            f"{join_names(targets)}, because they describe a steady state."
        )
    return (*flags, *find_receptor_flags(network))


def _is_limited_by_step(population: Population, recording: xr.Dataset) -> bool:
    """Return whether neurons of a population fire as often as the time step allows."""
    dt, cell = float(recording.attrs.get("dt", 0)), population.cell
    shortest = STEPS_BETWEEN_SPIKES * dt
    # A cell that shapes its own spike takes many steps for it.
    if not dt or not cell.reset or cell.refractory_period >= shortest:
        return False
    if "spike_time" not in recording:
        return bool(recording["rate"].sel(unit=population.name).max() > 0.5 / shortest)
    unit = list(recording.unit.values).index(population.name)
    index = np.flatnonzero(recording["spike_unit"].values == unit)
    fields = ("spike_condition", "spike_trial", "spike_neuron")
    labels = [recording[name].values[index] for name in fields]
    order = np.lexsort(labels)  # stable: the spikes of a neuron stay in time order
    is_same_neuron = np.all([np.diff(label[order]) == 0 for label in labels], axis=0)
    intervals = np.diff(recording["spike_time"].values[index][order])[is_same_neuron]
    return bool(np.mean(intervals < shortest + dt / 2) > LIMITED_SHARE) if len(intervals) else False


def find_receptor_flags(network: NetworkDescription) -> tuple[str, ...]:
    """Return a sentence per population and receptor whose sign is not that of its transmitter.

    Parameters
    ----------
    network : NetworkDescription
        Network whose receptors are examined.

    Returns
    -------
    tuple of str
        Receptors for GABA that reverse above threshold and those for glutamate that reverse at rest
        or below, which have the opposite effect; and those that reverse in between.
    """
    flags = []
    for p in network.populations:
        reversals: dict[tuple[str, str], list[str]] = {}
        for r in network.receptors_of(p.name):
            problem = _describe_wrong_side(r, p)
            if problem:
                potential = format_setting(in_unit(r.reversal, "mV"))
                reversals.setdefault((r.name, problem), []).append(potential)
        flags += [
            f"{name} in {p.name!r} reverses at {join_names(values)} mV, {problem}"
            for (name, problem), values in reversals.items()
        ]
    return tuple(flags)


def _describe_wrong_side(receptor: Receptor, population: Population) -> str:
    """Write where a receptor reverses and what follows; empty if it has its transmitter's sign."""
    cell, reversal = population.cell, receptor.reversal
    if reversal is None:
        return ""
    lowest = cell.starting_potential
    name = "rest" if cell.resting_potential == lowest else "reset"
    if lowest < reversal <= cell.firing_threshold:
        return (
            f"between {name} and threshold: the sign of its effect depends on the operating point."
        )
    if receptor.transmitter == "GABA" and reversal > cell.firing_threshold:
        return "above threshold: it excites at every rate."
    if receptor.transmitter == "glutamate" and reversal <= lowest:
        return f"at {name} or below: it inhibits at every rate."
    return ""
