"""Measure the transfer of every population in the network itself, and straighten it.

One run answers for all layers: what a neuron should fire for is computed from the measured rates
of the neurons before it, so that the error of one layer is not taken for that of the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy.optimize import isotonic_regression, minimize

from bioann.translate.to_ann.measured import compute_neuron_rates
from bioann.translate.to_bio.conductance_network import Assembly, Transfer
from bioann.translate.to_bio.recurrent_gain import common_gain
from bioann.translate.to_bio.unit_groups import Bank, places

#: First steps of a fit: of the gain; and of offset and spread over the largest activation.
STEP, SPREAD = 0.1, 0.1


@dataclasses.dataclass(frozen=True)
class Fit:
    """The straightened transfer of a population.

    Parameters
    ----------
    transfer : Transfer
        Gain, offset and spread of the current that make the rate follow best.
    error : float
        Root mean square of rate minus wanted rate that is left, over the largest wanted rate;
        copies are taken together.
    highest : float
        Highest rate in the calibration, in Hz.
    silent : tuple of int
        Neurons that should have fired in the calibration and never did.
    worst : float
        Largest error that is left, over the largest wanted rate: mostly where firing begins.
    """

    transfer: Transfer
    error: float
    highest: float
    silent: tuple[int, ...]
    worst: float = 0.0


def activations(
    assembly: Assembly, rates: Mapping[str, np.ndarray], u: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Read channels and units, each ``(condition, .)``, from neurons; arguments as for `wanted`."""
    channels, units = np.zeros(u.shape), np.zeros((len(u), len(assembly.ann.units)))
    for bank in assembly.banks:
        told = rates[f"{bank.name}_glutamate"] / bank.per_activation * bank.worth
        into = channels if bank.channels else units
        np.add.at(into.T, bank.unit, told.T)
    return channels, units


def wanted(
    assembly: Assembly, rates: Mapping[str, np.ndarray], u: np.ndarray
) -> dict[str, np.ndarray]:
    """Give what each neuron should fire for, in activation, from what the others fired.

    Parameters
    ----------
    assembly : Assembly
        The network.
    rates : mapping of str to numpy.ndarray, shape (condition, neuron)
        Measured, in Hz.
    u : numpy.ndarray, shape (condition, channel)
        The stimulus.

    Returns
    -------
    dict of str to numpy.ndarray, shape (condition, neuron)
        By population; below zero the neuron should be silent.
    """
    ann = assembly.ann
    channels, units = activations(assembly, rates, u)
    x = units @ ann.W.T + (channels if assembly.spiking_inputs else u) @ ann.W_in.T + ann.bias
    found = {}
    for bank in assembly.banks:
        y = bank.target(u if bank.channels else x)
        found[f"{bank.name}_glutamate"] = y
        partners = assembly.inhibitory(bank)
        if len(partners) and not assembly.twins:
            driving = rates[f"{bank.name}_glutamate"][:, partners] / bank.per_activation
            found[f"{bank.name}_GABA"] = driving
    return found


def straightened(
    transfer: Transfer, y: np.ndarray, rate: np.ndarray, per_activation: float, copies: int = 1
) -> Fit:
    r"""Choose gain, offset and spread so that a population's rate follows what is wanted.

    The curve :math:`F(z)` of the current :math:`z = \alpha y + \beta + \sigma p` of the copy at
    place :math:`p` (in units of kappa) is tabulated, as a curve that never falls; then
    :math:`\alpha', \beta', \sigma'` are those that make
    :math:`\langle (\overline{F(\alpha' y + \beta' + \sigma' p)} - \overline{\max(y, 0)})^2 \rangle`
    smallest over the same :math:`y`, the bars being means over copies.

    Parameters
    ----------
    transfer : Transfer
        That of the run.
    y, rate : numpy.ndarray, shape (condition, neuron)
        Wanted activation, measured rate in Hz; the copies of a neuron together.
    per_activation : float
        Rate in Hz that stands for activation 1.
    copies : int, optional
        Of each neuron; a neuron without has no spread.

    Returns
    -------
    Fit
        With the present transfer where nothing fires.
    """
    r = rate / per_activation
    top = max(float(y.max()), 0.0)
    should = (y > 0.1 * top).any(axis=0) if top else np.zeros(y.shape[1], bool)
    silent = tuple(np.flatnonzero(should & ~(rate > 0).any(axis=0)).tolist())
    highest = float(rate.max(initial=0.0))
    y, r = y.reshape(-1, copies), r.reshape(-1, copies)
    near = (y.mean(axis=1) > -top) & (top > 0)
    if not (rate > 0).any() or not near.any():
        return Fit(transfer, 0.0 if not should.any() else 1.0, highest, silent)
    y, r = y[near], r[near]
    knots, curve = _table(transfer.current(y, places(copies)).ravel(), r.ravel())
    best, off = _fitted(transfer, y, knots, curve, SPREAD * top)
    error, worst = float(np.sqrt((off**2).mean())) / top, float(np.abs(off).max()) / top
    return Fit(best, error, highest, silent, worst)


def _fitted(
    start: Transfer, y: np.ndarray, knots: np.ndarray, curve: np.ndarray, step: float
) -> tuple[Transfer, np.ndarray]:
    """Fit a transfer to a table by least squares; give the error at each point, too."""
    among = places(y.shape[1])
    line = np.maximum(y, 0.0).mean(axis=1)

    def off(parameters: np.ndarray) -> np.ndarray:
        z = Transfer(*parameters).current(y, among)
        return np.asarray(_follow(z, knots, curve).mean(axis=1) - line)

    free = np.array([start.gain, start.offset, start.spread or step])[: 2 + (y.shape[1] > 1)]
    # Steps of a size that tells: those that SciPy takes from an offset of zero stay in its dip.
    steps = np.diag([STEP, -step, step][: len(free)])
    options = {
        "xatol": 1e-4,
        "fatol": 1e-9,
        "initial_simplex": free + np.pad(steps, ((1, 0), (0, 0))),
    }
    found = minimize(
        lambda p: float((off(p) ** 2).mean()), free, method="Nelder-Mead", options=options
    )
    return Transfer(*map(float, found.x)), off(found.x)


def _table(z: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the curve that rises with `z` and is nearest to the points; from zero at rheobase on."""
    order = np.argsort(z)
    knots, curve = z[order], np.asarray(isotonic_regression(r[order]).x)
    if knots[0] > 0:
        knots, curve = np.append(0.0, knots), np.append(0.0, curve)
    return knots, curve


def _follow(z: np.ndarray, knots: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Interpolate a table; zero before it, and beyond it the slope from half its height on."""
    half = min(int(np.searchsorted(curve, curve[-1] / 2)), len(knots) - 2)
    slope = (curve[-1] - curve[half]) / max(knots[-1] - knots[half], 1e-12)
    return np.interp(z, knots, curve, left=0.0) + slope * np.maximum(z - knots[-1], 0.0)


def calibrated(
    assembly: Assembly,
    stimulus: xr.DataArray,
    *,
    settle: float,
    seed: int,
    rounds: int,
    engine: str = "auto",
    loops: int = 0,
) -> tuple[dict[str, Transfer], dict[str, Fit]]:
    """Run, straighten, and run again; then `loops` times with all loops closed.

    A closed loop shows an error of all gains that is too small to be seen in any neuron.

    Returns
    -------
    transfers : dict of str to Transfer
        By population.
    fits : dict of str to Fit
        Of the last round.
    """
    transfers = {f"{b.name}_{t}": Transfer() for b in assembly.banks for t in ("glutamate", "GABA")}
    assert assembly.ann.channels is not None
    u = stimulus.sel(channel=list(assembly.ann.channels)).values[:, -1]
    duration = stimulus.sizes["time"] * stimulus.attrs["dt"]
    fits: dict[str, Fit] = {}
    for k in range(rounds + loops):
        network = assembly.network(transfers)
        recorded = network.run(stimulus, trials=1, seed=seed + k, engine=engine)
        rates = compute_neuron_rates(recorded, network.sizes, settle, duration)
        if k >= rounds:
            units = activations(assembly, rates, u)[1]
            gain = common_gain(assembly.ann, stimulus, units, settle)
            transfers |= _scaled(assembly, transfers, 1 / gain)
            continue
        for name, y in wanted(assembly, rates, u).items():
            bank = _bank(assembly, name)
            fits[name] = straightened(
                transfers[name], y, rates[name], bank.per_activation, bank.copies
            )
            transfers[name] = fits[name].transfer
        if assembly.twins:
            for bank in assembly.banks:
                transfers[f"{bank.name}_GABA"] = transfers[f"{bank.name}_glutamate"]
    return transfers, fits


def _scaled(
    assembly: Assembly, transfers: Mapping[str, Transfer], factor: float
) -> dict[str, Transfer]:
    """Scale the gains of the neurons of units; interneurons follow their partners as before."""
    kinds = ("glutamate", "GABA") if assembly.twins else ("glutamate",)
    names = [f"{bank.name}_{kind}" for bank in assembly.targets() for kind in kinds]
    return {n: dataclasses.replace(transfers[n], gain=transfers[n].gain * factor) for n in names}


def _bank(assembly: Assembly, population: str) -> Bank:
    name = population.rpartition("_")[0]
    return next(b for b in assembly.banks if b.name == name)
