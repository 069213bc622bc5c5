"""Transfer curves: the rate of a population as a function of what reaches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.base.errors import SimulationError, unknown_name_error
from bioann.base.units import SI, to_si
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.stimuli.waveforms import cross_levels, steps
from bioann.translate.presynaptic_input import presynaptic_inputs

#: Without noise; averaged over frozen conductances; under fast noise; simulated.
METHODS = ("noise-free", "adiabatic", "siegert", "measured")
#: A measured rate is read from here on.
SETTLING_TIME = 0.3


def measure_transfer(
    population: Population,
    afferents: Sequence[Afferent | CurrentAfferent],
    levels: Mapping[str, Sequence[float]],
    method: str,
    *,
    trials: int = 10,
    seed: int = 0,
    duration: SI = 1300 * ms,
    engine: str = "auto",
) -> xr.DataArray:
    """Give the steady rate of a population over a grid of inputs.

    Parameters
    ----------
    population : Population
        Whose rate; its background counts.
    afferents : sequence of Afferent
        What reaches it, excitation and inhibition. For other populations that project to it,
        write afferents with their conductance, number and rate.
    levels : mapping of str to sequence of float
        Levels of each channel, in activation; the grid is their product.
    method : {'noise-free', 'adiabatic', 'siegert', 'measured'}
        The cell's own rate at the mean conductances; that averaged over their distribution
        (`bioann.theory.adiabatic_rate`); Siegert's formula for fast noise
        (`bioann.theory.siegert_rate_of_cell`); or simulated, all points of the grid as lanes of one
        run.
    trials, seed, duration, engine : optional
        Of the measurement: each of so many trials simulates all neurons for `duration`, whose
        first 300 ms are not counted.

    Returns
    -------
    xarray.DataArray
        In Hz, one dimension for each channel; ``trial`` first if measured.

    Raises
    ------
    UnknownNameError
        For another method.
    BioannError
        From the theory or the run.
    """
    if method not in METHODS:
        raise unknown_name_error("transfer", "method", method, METHODS)
    channels = list(levels)
    axes = [np.asarray(levels[c], dtype=float) for c in channels]
    network = SpikingNetwork((population,), tuple(afferents))
    coords = dict(zip(channels, axes, strict=True))
    dims = tuple(channels)
    if method == "measured":
        rates = _simulate_grid(network, coords, trials, seed, duration, engine)
        dims = ("trial", *channels)
    else:
        points = dict(zip(channels, np.meshgrid(*axes, indexing="ij"), strict=True))
        inputs = presynaptic_inputs(network, population.name, seed=seed)
        rates = np.broadcast_to(inputs.steady_rate(method, points, {}), points[channels[0]].shape)
    return xr.DataArray(rates, dims=dims, coords=coords, name="rate", attrs={"units": "Hz"})


def _simulate_grid(
    network: SpikingNetwork,
    levels: Mapping[str, np.ndarray],
    trials: int,
    seed: int,
    duration: SI,
    engine: str,
) -> np.ndarray:
    """Simulate the grid, a lane for each point and trial."""
    seconds = to_si(duration, "ms", "transfer, duration")
    if seconds <= SETTLING_TIME:
        raise SimulationError(
            "transfer, duration",
            f"more than the {SETTLING_TIME * 1e3:g} ms that are not counted",
            f"{seconds * 1e3:g} ms",
            "Give 1300 * ms or so.",
        )
    stimulus = steps(cross_levels(dict(levels)), duration=duration)
    recording = network.run(stimulus, trials=trials, seed=seed, engine=engine, bin_width=50 * ms)
    rate = recording["rate"].sel(time=slice(SETTLING_TIME, None)).mean("time").isel(unit=0)
    shape = [len(v) for v in levels.values()]
    return rate.transpose("trial", "condition").values.reshape(trials, *shape)
