"""Write signed sums as the matrices of a rate network, for populations or for neurons."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from brian2 import ms

from bioann.ann.activations.activation import Relu
from bioann.ann.activations.transfer_functions import Tabulated
from bioann.ann.network import RateNetwork
from bioann.bio.afferent import CurrentAfferent
from bioann.bio.background import Background
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.projection import Projection
from bioann.bio.theory.synaptic_input import SynapticInput
from bioann.translate.to_ann.design_points import list_rectified_channels
from bioann.translate.to_ann.population_curves import PopulationCurves
from bioann.translate.to_ann.signed_sum import SignedSumFit

#: Decimal digits of a tabulated curve.
DIGITS = 6


@dataclasses.dataclass
class RateMatrices:
    """Weights between units and from channels, and biases, while they are summed."""

    units: list[str]
    channels: list[str]
    W: np.ndarray
    W_in: np.ndarray
    bias: np.ndarray


def build_rate_network(curves: PopulationCurves) -> tuple[RateNetwork, tuple[str, ...]]:
    """Build the rate network from the curves of all populations.

    Parameters
    ----------
    curves : PopulationCurves
        The curves, the populations that they belong to, and the names of the units.

    Returns
    -------
    network : RateNetwork
        With the units of `curves`, and a static ReLU unit for each positive or negative part of a
        channel that an afferent uses.
    helpers : tuple of str
        Names of the ReLU units.
    """
    rectified_channels = list_rectified_channels(curves.network)
    helpers = tuple(f"{channel} {coding}" for channel, coding in rectified_channels)
    units = [u for names in curves.unit_names_of.values() for u in names] + list(helpers)
    channels = list(curves.network.channels)
    matrices, divisive_matrices = (
        RateMatrices(
            units,
            channels,
            np.zeros((len(units), len(units))),
            np.zeros((len(units), len(channels))),
            np.zeros(len(units)),
        )
        for _ in range(2)
    )
    for (channel, coding), name in zip(rectified_channels, helpers, strict=True):
        sign = 1.0 if coding == "on" else -1.0
        matrices.W_in[units.index(name), channels.index(channel)] = sign
    for name in curves.targets:
        _add_population(matrices, divisive_matrices, curves, name)
    activations: list[Any] = []
    time_constants: list[Any] = []
    for name, names in curves.unit_names_of.items():
        refractory_period = curves.targets[name].cell.refractory_period
        phi = tabulate_curve(curves.fits[name], curves.scale, refractory_period)
        activations += [phi] * len(names)
        time_constants += [curves.time_constant(name) * 1e3 * ms] * len(names)
    activations += [Relu()] * len(helpers)
    time_constants += [None] * len(helpers)
    # The divisor at zero input is a constant factor of the weights.
    resting_divisor = 1 + divisive_matrices.bias
    is_divisive = any(fit.divisor for fit in curves.fits.values())
    rate_network = RateNetwork(
        tuple(units),
        matrices.W / resting_divisor[:, None],
        matrices.W_in / resting_divisor[:, None],
        matrices.bias / resting_divisor,
        tuple(time_constants),
        tuple(activations),
        tuple(channels),
        divisive_matrices.W / resting_divisor[:, None] if is_divisive else None,
        divisive_matrices.W_in / resting_divisor[:, None] if is_divisive else None,
    )
    return rate_network, helpers


def unit_names(population: str, n_neurons: int, per_neuron: bool) -> list[str]:
    """Return the names of a population's units: one, or one for each neuron."""
    return [f"{population}[{k}]" for k in range(n_neurons)] if per_neuron else [population]


def _add_population(
    matrices: RateMatrices, divisive_matrices: RateMatrices, curves: PopulationCurves, name: str
) -> None:
    """Add the input of one population at its effective potential, and its shunting input."""
    target, fit, scale = curves.targets[name], curves.fits[name], curves.scale
    rows = [matrices.units.index(u) for u in curves.unit_names_of[name]]
    matrices.bias[rows] += target.injection_bias(fit.potential) / scale
    leak = target.cell.leak_conductance
    conductances = target.inputs.constant_conductances
    shunt = sum(g for g, reversal in conductances if target.is_shunting(reversal))
    divisive_matrices.bias[rows] += fit.divisor * shunt / leak
    for synapse in target.inputs.synaptic_inputs:
        charge = target.charge_per_input_spike(synapse.receptor, 1.0, fit.potential)
        _add_synapses(matrices, curves, name, synapse, charge / target.spike_charge / scale)
        if fit.divisor and target.is_shunting(synapse.receptor.reversal):
            divisive_weight = fit.divisor * synapse.receptor.time_integral() / leak
            _add_synapses(divisive_matrices, curves, name, synapse, divisive_weight)
    for electrode in target.inputs.electrodes:
        _add_electrode(matrices, rows, electrode, electrode.current / target.spike_charge / scale)


def _add_electrode(
    matrices: RateMatrices,
    rows: list[int],
    electrode: CurrentAfferent | ElectrodeArray,
    weight: float,
) -> None:
    """Add injected currents to the rows of a population; `weight` is that of the whole current."""
    if isinstance(electrode, CurrentAfferent):
        matrices.W_in[rows, matrices.channels.index(electrode.channel)] += weight
        return
    strengths, constant = electrode.strengths, electrode.constant
    if len(rows) != len(strengths):
        strengths, constant = strengths.mean(axis=0, keepdims=True), constant.mean()
    matrices.bias[rows] += weight * constant
    for channel, column in zip(electrode.channels, strengths.T, strict=True):
        if electrode.coding in ("on", "off"):
            helper = matrices.units.index(f"{channel} {electrode.coding}")
            matrices.W[rows, helper] += weight * column
        else:
            matrices.W_in[rows, matrices.channels.index(channel)] += weight * column


def _add_synapses(
    matrices: RateMatrices,
    curves: PopulationCurves,
    name: str,
    synapse: SynapticInput,
    weight_per_siemens: float,
) -> None:
    """Add the synapses of one pathway; `weight_per_siemens` is that of 1 Hz at 1 siemens."""
    unit_names_of, scale = curves.unit_names_of, curves.scale
    rows = [matrices.units.index(u) for u in unit_names_of[name]]
    pathway, weight = synapse.pathway, weight_per_siemens * synapse.weight * synapse.n_synapses
    if isinstance(pathway, Background):
        matrices.bias[rows] += weight * pathway.rate
    elif isinstance(pathway, Projection):
        columns = [matrices.units.index(u) for u in unit_names_of[synapse.source]]
        if len(rows) == len(columns) == 1:
            matrices.W[rows[0], columns[0]] += weight * scale
            return
        strengths = curves.network.draw_conductances(pathway, curves.seed)
        block = strengths * weight_per_siemens * scale
        if len(rows) != curves.network.sizes[name]:
            block = block.mean(axis=0, keepdims=True)
        if len(columns) != block.shape[1]:
            block = block.sum(axis=1, keepdims=True)
        matrices.W[np.ix_(rows, columns)] += block
    elif pathway.coding in ("on", "off"):
        matrices.W[rows, matrices.units.index(f"{pathway.channel} {pathway.coding}")] += (
            weight * pathway.rate
        )
    else:
        matrices.W_in[rows, matrices.channels.index(pathway.channel)] += weight * pathway.rate
        if pathway.coding == "baseline":
            matrices.bias[rows] += weight * pathway.rate * pathway.baseline


def tabulate_curve(fit: SignedSumFit, scale: float, refractory_period: float) -> Tabulated:
    """Tabulate a curve in units of activation.

    Below its first point it falls to zero. Above its last point it continues with the same slope to
    the highest rate that the refractory period allows (without one, twice its last value), and
    stays there.

    Parameters
    ----------
    fit : SignedSumFit
        The curve, in Hz.
    scale : float
        Rate in Hz that corresponds to activation 1.
    refractory_period : float
        Refractory period in seconds; 0 for none.
    """
    x, y = np.round(fit.x / scale, DIGITS), np.round(np.maximum(fit.y, 0) / scale, DIGITS)
    x, first = np.unique(x, return_index=True)
    y = y[first]
    if y[0] > 0:
        slope = max((y[1] - y[0]) / (x[1] - x[0]), 1e-3) if len(x) > 1 else 1.0
        x, y = np.concatenate([[x[0] - y[0] / slope], x]), np.concatenate([[0.0], y])
    x, y = np.concatenate([[x[0] - 1.0], x]), np.concatenate([[0.0], y])
    top = max(1 / refractory_period / scale if refractory_period > 0 else 2 * y[-1], y[-1])
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    if slope > 0 and top > y[-1]:
        x, y = np.append(x, x[-1] + (top - y[-1]) / slope), np.append(y, top)
    x, y = np.append(x, x[-1] + 1.0), np.append(y, y[-1])
    return Tabulated(tuple(x), tuple(y))
