"""Transfer curves: the rate of a population as a function of its input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from brian2 import ms, second

from bioann.base.arguments import name_argument_errors
from bioann.base.arrays import to_floats
from bioann.base.errors import SimulationError, unknown_name_error
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.units import SI, to_si
from bioann.bio.afferent import Afferent, CurrentAfferent
from bioann.bio.engines import list_candidates
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Population
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs
from bioann.recordings.recording import check_trials
from bioann.stimuli.levels import cross_levels
from bioann.stimuli.waveforms import steps

#: Theories without noise, under slow and under fast noise; and simulation.
METHODS = ("noise-free", "adiabatic", "siegert", "measured")
#: Start in seconds of the averaged window of a measurement.
SETTLING_TIME = 0.3


@name_argument_errors
def measure_transfer(
    population: Population,
    afferents: Sequence[Afferent | CurrentAfferent],
    levels: Mapping[str, Sequence[float]],
    method: str,
    *,
    trials: int = 10,
    seed: int = DEFAULT_SEED,
    duration: SI = 1300 * ms,
    engine: str = "auto",
) -> xr.DataArray:
    """Compute the steady rate of a population over a grid of inputs.

    Parameters
    ----------
    population : Population
        The population; its background is part of its input.
    afferents : sequence of Afferent
        Excitatory and inhibitory input of the population. Other populations that project to it
        are represented by afferents with their conductance, number and rate.
    levels : mapping of str to sequence of float
        Activations of each channel; the grid is their product.
    method : {'noise-free', 'adiabatic', 'siegert', 'measured'}
        The cell's own rate at the mean conductances; that averaged over their distribution
        (`bioann.theory.adiabatic_rate`); Siegert's formula for fast noise
        (`bioann.theory.siegert_rate_of_cell`); or simulated, all points of the grid as lanes of one
        run.
    trials : int, optional
        Trials of a measurement, at least 1.
    seed : int, optional
        Seed of a measurement.
    duration : quantity, optional
        Duration of each trial of a measurement, of which the first 300 ms are discarded.
    engine : str, optional
        Engine that runs a measurement, as for `SpikingNetwork.run`.

    Returns
    -------
    xarray.DataArray
        Rate in Hz, one dimension for each channel; ``trial`` first if measured.

    Raises
    ------
    UnknownNameError
        If there is no method of that name.
    BioannError
        If the theory does not apply or the run fails.
    """
    if method not in METHODS:
        raise unknown_name_error("transfer", "method", method, METHODS)
    check_trials(trials)
    list_candidates(engine)
    seconds = to_si(duration, "ms", "transfer, duration")
    channels = list(levels)
    axes = [to_floats(levels[c], f"transfer, levels of {c!r}") for c in channels]
    network = SpikingNetwork((population,), tuple(afferents))
    coords = dict(zip(channels, axes, strict=True))
    dims = tuple(channels)
    if method == "measured":
        rates = _simulate_grid(network, coords, trials, seed, seconds, engine)
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
    seconds: float,
    engine: str,
) -> np.ndarray:
    """Simulate the grid, a lane for each point and trial."""
    if seconds <= SETTLING_TIME:
        raise SimulationError(
            "transfer, duration",
            f"more than the {SETTLING_TIME * 1e3:g} ms that are discarded",
            f"{seconds * 1e3:g} ms",
            "Use about 1300 * ms.",
        )
    stimulus = steps(cross_levels(dict(levels)), duration=seconds * second)
    recording = network.run(stimulus, trials=trials, seed=seed, engine=engine, bin_width=50 * ms)
    rate = recording["rate"].sel(time=slice(SETTLING_TIME, None)).mean("time").isel(unit=0)
    shape = [len(v) for v in levels.values()]
    return rate.transpose("trial", "condition").values.reshape(trials, *shape)
