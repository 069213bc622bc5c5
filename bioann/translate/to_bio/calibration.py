"""Measure the transfer of every population in the network itself, and linearise it.

One run serves all layers: the target of a neuron is computed from the measured rates of its
presynaptic neurons, so that the error of one layer is not attributed to the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import scipy
import xarray as xr

from bioann.translate.to_ann.measured import compute_neuron_rates
from bioann.translate.to_bio.conductance_network import NetworkBlueprint, Transfer
from bioann.translate.to_bio.recurrent_gain import fit_common_gain
from bioann.translate.to_bio.unit_groups import UnitGroup, spread_copies

#: First steps of a fit: of the gain, and of offset and spread over the largest activation.
GAIN_STEP, OFFSET_STEP = 0.1, 0.1
#: Currents that differ by less than this share of the largest are one.
ROUNDING_ERROR = 1e-9


@dataclasses.dataclass(frozen=True)
class CalibrationFit:
    """The linearised transfer of a population.

    Parameters
    ----------
    transfer : Transfer
        Gain, offset and spread of the current with the smallest error.
    rms_error : float
        Remaining root mean square of rate minus target rate, over the largest target rate; copies
        are averaged.
    highest_rate : float
        Highest rate in the calibration, in Hz.
    silent_neurons : tuple of int
        Indices of neurons that should have fired in the calibration and never did.
    largest_error : float
        Largest remaining error over the largest target rate, mostly at the onset of firing.
    """

    transfer: Transfer
    rms_error: float
    highest_rate: float
    silent_neurons: tuple[int, ...]
    largest_error: float = 0.0


def compute_activations(
    blueprint: NetworkBlueprint, rates: Mapping[str, np.ndarray], u: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the activations of channels and units, each ``(condition, .)``, from rates.

    Parameters are those of `compute_target_activations`.
    """
    channels, units = np.zeros(u.shape), np.zeros((len(u), len(blueprint.ann.units)))
    for group in blueprint.groups:
        neuron_activations = rates[f"{group.name}_glutamate"] / group.rate_per_activation
        contributions = neuron_activations * group.readout_weights
        total = channels if group.is_input else units
        np.add.at(total.T, group.member_of_neuron, contributions.T)
    return channels, units


def compute_target_activations(
    blueprint: NetworkBlueprint, rates: Mapping[str, np.ndarray], u: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute the target activation of each neuron from the measured rates of the others.

    Parameters
    ----------
    blueprint : NetworkBlueprint
        Blueprint of the network.
    rates : mapping of str to numpy.ndarray, shape (condition, neuron)
        Measured rates in Hz, by population.
    u : numpy.ndarray, shape (condition, channel)
        Activation of the stimulus channels.

    Returns
    -------
    dict of str to numpy.ndarray, shape (condition, neuron)
        Target activations by population; below zero the neuron should be silent.
    """
    ann = blueprint.ann
    channels, units = compute_activations(blueprint, rates, u)
    x = units @ ann.W.T + (channels if blueprint.has_input_neurons else u) @ ann.W_in.T + ann.bias
    targets = {}
    for group in blueprint.groups:
        y = group.target_activations(u if group.is_input else x)
        targets[f"{group.name}_glutamate"] = y
        partners = blueprint.find_inhibitory_partners(group)
        if len(partners) and not blueprint.twins:
            partner_rates = rates[f"{group.name}_glutamate"][:, partners]
            targets[f"{group.name}_GABA"] = partner_rates / group.rate_per_activation
    return targets


def fit_transfer(
    transfer: Transfer,
    y: np.ndarray,
    rate: np.ndarray,
    rate_per_activation: float,
    n_copies: int = 1,
) -> CalibrationFit:
    r"""Fit gain, offset and spread so that a population's rate is closest to its target.

    The curve :math:`F(z)` over the current :math:`z = \alpha y + \beta + \sigma p` of the copy at
    position :math:`p` (in units of kappa) is tabulated as a non-decreasing curve; then
    :math:`\alpha', \beta', \sigma'` are those that make
    :math:`\langle (\overline{F(\alpha' y + \beta' + \sigma' p)} - \overline{\max(y, 0)})^2 \rangle`
    smallest over the same :math:`y`, the bars being means over copies.

    Parameters
    ----------
    transfer : Transfer
        Transfer of the population in the run.
    y, rate : numpy.ndarray, shape (condition, neuron)
        Target activation and measured rate in Hz; the copies of a neuron are adjacent.
    rate_per_activation : float
        Rate in Hz that corresponds to activation 1.
    n_copies : int, optional
        Copies of each neuron; a single one has no spread.

    Returns
    -------
    CalibrationFit
        With an unchanged transfer where nothing fires.
    """
    r = rate / rate_per_activation
    top = max(float(y.max()), 0.0)
    should_fire = (y > 0.1 * top).any(axis=0) if top else np.zeros(y.shape[1], bool)
    silent_neurons = tuple(np.flatnonzero(should_fire & ~(rate > 0).any(axis=0)).tolist())
    highest_rate = float(rate.max(initial=0.0))
    y, r = y.reshape(-1, n_copies), r.reshape(-1, n_copies)
    in_range = (y.mean(axis=1) > -top) & (top > 0)
    if not (rate > 0).any() or not in_range.any():
        return CalibrationFit(
            transfer, 0.0 if not should_fire.any() else 1.0, highest_rate, silent_neurons
        )
    y, r = y[in_range], r[in_range]
    z = transfer.relative_current(y, spread_copies(n_copies))
    knots, curve = _tabulate_response(z.ravel(), r.ravel())
    best, errors = _fit_to_table(transfer, y, knots, curve, OFFSET_STEP * top)
    rms_error = float(np.sqrt((errors**2).mean())) / top
    largest_error = float(np.abs(errors).max()) / top
    return CalibrationFit(best, rms_error, highest_rate, silent_neurons, largest_error)


def _fit_to_table(
    start: Transfer, y: np.ndarray, knots: np.ndarray, curve: np.ndarray, step: float
) -> tuple[Transfer, np.ndarray]:
    """Fit a transfer to a table by least squares; return it and the error at each point."""
    copy_positions = spread_copies(y.shape[1])
    target = np.maximum(y, 0.0).mean(axis=1)

    def errors_of(parameters: np.ndarray) -> np.ndarray:
        z = Transfer(*parameters).relative_current(y, copy_positions)
        return np.asarray(_interpolate_response(z, knots, curve).mean(axis=1) - target)

    initial = np.array([start.gain, start.offset, start.spread or step])[: 2 + (y.shape[1] > 1)]
    # From an offset of zero, the default steps of SciPy are too small to leave the local minimum.
    steps = np.diag([GAIN_STEP, -step, step][: len(initial)])
    options = {
        "xatol": 1e-4,
        "fatol": 1e-9,
        "initial_simplex": initial + np.pad(steps, ((1, 0), (0, 0))),
    }
    optimum = scipy.optimize.minimize(
        lambda p: float((errors_of(p) ** 2).mean()), initial, method="Nelder-Mead", options=options
    )
    return Transfer(*map(float, optimum.x)), errors_of(optimum.x)


def _tabulate_response(z: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit the non-decreasing curve over `z` closest to the points; zero at rheobase.

    Points at one current are averaged: sorted by their rounding errors, which differ between
    processors, they would make another curve, whose fit has other minima.
    """
    knots, rates, counts = _average_ties(z, r)
    curve = np.asarray(scipy.optimize.isotonic_regression(rates, weights=counts).x)
    if knots[0] > 0:
        knots, curve = np.append(0.0, knots), np.append(0.0, curve)
    return knots, curve


def _average_ties(z: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the different values of `z` in order, the mean of `r` at each, and their numbers."""
    order = np.argsort(z, kind="stable")
    z, r = z[order], r[order]
    steps = np.diff(z) > ROUNDING_ERROR * np.abs(z).max()
    starts = np.flatnonzero(np.append(True, steps))
    counts = np.diff(np.append(starts, len(z)))
    return np.add.reduceat(z, starts) / counts, np.add.reduceat(r, starts) / counts, counts


def _interpolate_response(z: np.ndarray, knots: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Interpolate a table; zero before it, and beyond it the mean slope of its upper half."""
    middle = min(int(np.searchsorted(curve, curve[-1] / 2)), len(knots) - 2)
    slope = (curve[-1] - curve[middle]) / max(knots[-1] - knots[middle], 1e-12)
    return np.interp(z, knots, curve, left=0.0) + slope * np.maximum(z - knots[-1], 0.0)


def calibrate_network(
    blueprint: NetworkBlueprint,
    stimulus: xr.DataArray,
    *,
    settle: float,
    seed: int,
    rounds: int,
    engine: str = "auto",
    loop_rounds: int = 0,
) -> tuple[dict[str, Transfer], dict[str, CalibrationFit]]:
    """Calibrate all populations in `rounds` runs, then the common gain in `loop_rounds` runs.

    The response with closed loops reveals an error of all gains that is too small to be measured in
    a single neuron.

    Parameters
    ----------
    blueprint : NetworkBlueprint
        Blueprint of the network.
    stimulus : xarray.DataArray
        Stimuli of the calibration, constant in time.
    settle : float
        Start in seconds of the window in which rates are averaged.
    seed : int
        Seed of the first run; each further run increases it by 1.
    rounds, loop_rounds : int
        Number of runs of each kind.
    engine : str, optional
        Engine that runs them, as for `SpikingNetwork.run`.

    Returns
    -------
    transfers : dict of str to Transfer
        Calibrated transfer of each population.
    fits : dict of str to CalibrationFit
        Result of the last round for each population.
    """
    transfers = {
        f"{b.name}_{t}": Transfer() for b in blueprint.groups for t in ("glutamate", "GABA")
    }
    assert blueprint.ann.channels is not None
    u = stimulus.sel(channel=list(blueprint.ann.channels)).values[:, -1]
    duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
    fits: dict[str, CalibrationFit] = {}
    for k in range(rounds + loop_rounds):
        network = blueprint.build_network(transfers)
        recording = network.run(stimulus, trials=1, seed=seed + k, engine=engine)
        rates = compute_neuron_rates(recording, network.sizes, settle, duration)
        if k >= rounds:
            units = compute_activations(blueprint, rates, u)[1]
            gain = fit_common_gain(blueprint.ann, stimulus, units, settle)
            transfers |= _scale_gains(blueprint, transfers, 1 / gain)
            continue
        for name, y in compute_target_activations(blueprint, rates, u).items():
            group = _find_group(blueprint, name)
            fits[name] = fit_transfer(
                transfers[name], y, rates[name], group.rate_per_activation, group.n_copies
            )
            transfers[name] = fits[name].transfer
        if blueprint.twins:
            for group in blueprint.groups:
                transfers[f"{group.name}_GABA"] = transfers[f"{group.name}_glutamate"]
    return transfers, fits


def _scale_gains(
    blueprint: NetworkBlueprint, transfers: Mapping[str, Transfer], factor: float
) -> dict[str, Transfer]:
    """Scale the gains of the neurons of units; interneurons follow their partners unchanged."""
    kinds = ("glutamate", "GABA") if blueprint.twins else ("glutamate",)
    names = [f"{group.name}_{kind}" for group in blueprint.unit_groups() for kind in kinds]
    return {n: dataclasses.replace(transfers[n], gain=transfers[n].gain * factor) for n in names}


def _find_group(blueprint: NetworkBlueprint, population: str) -> UnitGroup:
    name = population.rpartition("_")[0]
    return next(b for b in blueprint.groups if b.name == name)
