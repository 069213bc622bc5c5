"""Write signed sums as the matrices of a rate network, for populations or for neurons."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.ann.activations.activation import Relu
from bioann.ann.activations.transfer_functions import Tabulated
from bioann.ann.network import RateNetwork
from bioann.base.units import SI
from bioann.bio.afferent import CurrentAfferent
from bioann.bio.electrodes import ElectrodeArray
from bioann.bio.network import SpikingNetwork
from bioann.bio.population import Background
from bioann.bio.projection import Projection
from bioann.translate.presynaptic_input import SynapticInput
from bioann.translate.target import TargetPopulation, charge_per_input_spike
from bioann.translate.to_ann.signed_sum import SignedSumFit

#: Digits that a curve is written with.
DIGITS = 6


@dataclasses.dataclass
class RateMatrices:
    """Weights between units, from channels, and biases, while they are added up."""

    units: list[str]
    channels: list[str]
    W: np.ndarray
    W_in: np.ndarray
    bias: np.ndarray


def build_rate_network(
    network: SpikingNetwork,
    targets: Mapping[str, TargetPopulation],
    fits: Mapping[str, SignedSumFit],
    taus: Mapping[str, SI],
    scale: float,
    *,
    per_neuron: bool,
    seed: int,
) -> tuple[RateNetwork, tuple[str, ...]]:
    """Build the rate network.

    Parameters
    ----------
    network : SpikingNetwork
        The spiking model.
    targets, fits : mapping of str to TargetPopulation, SignedSumFit
        Of each population; sums in Hz.
    taus : mapping of str to quantity
        Time constant of each population's units.
    scale : float
        Rate in Hz that counts as activation 1.
    per_neuron : bool
        Whether each neuron becomes a unit.
    seed : int
        Of the run whose choice of who is connected is meant.

    Returns
    -------
    network : RateNetwork
        One unit for each population or neuron. A channel that an afferent reads by its positive or
        negative part gets a static ReLU unit for that part.
    helpers : tuple of str
        Names of these.
    """
    unit_names_of = {
        name: unit_names(name, network.sizes[name], per_neuron) for name in network.units
    }
    channel_codings = dict.fromkeys(
        (channel, a.coding)
        for a in network.afferents
        if not isinstance(a, CurrentAfferent) and a.coding in ("on", "off")
        for channel in (a.channels if isinstance(a, ElectrodeArray) else (a.channel,))
    )
    helpers = tuple(f"{channel} {coding}" for channel, coding in channel_codings)
    units = [u for names in unit_names_of.values() for u in names] + list(helpers)
    channels = list(network.channels)
    matrices = RateMatrices(
        units,
        channels,
        np.zeros((len(units), len(units))),
        np.zeros((len(units), len(channels))),
        np.zeros(len(units)),
    )
    for (channel, coding), name in zip(channel_codings, helpers, strict=True):
        sign = 1.0 if coding == "on" else -1.0
        matrices.W_in[units.index(name), channels.index(channel)] = sign
    divisive_matrices = dataclasses.replace(
        matrices,
        W=np.zeros_like(matrices.W),
        W_in=np.zeros_like(matrices.W_in),
        bias=np.zeros(len(units)),
    )
    for name, target in targets.items():
        _add_population(
            matrices, divisive_matrices, network, target, fits[name], unit_names_of, scale, seed
        )
    activations: list[Any] = []
    time_constants: list[Any] = []
    for name, names in unit_names_of.items():
        refractory_period = targets[name].inputs.cell.refractory_period
        activations += [tabulate_curve(fits[name], scale, refractory_period)] * len(names)
        time_constants += [taus[name]] * len(names)
    activations += [Relu()] * len(helpers)
    time_constants += [None] * len(helpers)
    # What divides while nothing comes in is divided out beforehand.
    resting_divisor = 1 + divisive_matrices.bias
    is_divisive = any(fit.divisor for fit in fits.values())
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
    """Name the unit of a population, or those of its neurons."""
    return [f"{population}[{k}]" for k in range(n_neurons)] if per_neuron else [population]


def _add_population(
    matrices: RateMatrices,
    divisive_matrices: RateMatrices,
    network: SpikingNetwork,
    target: TargetPopulation,
    fit: SignedSumFit,
    unit_names_of: Mapping[str, Sequence[str]],
    scale: float,
    seed: int,
) -> None:
    """Add what reaches one population, at its effective potential, and what shunts it."""
    potential = fit.potential
    rows = [matrices.units.index(u) for u in unit_names_of[target.name]]
    matrices.bias[rows] += target.injection_bias(potential) / scale
    conductances = target.inputs.constant_conductances
    shunt = sum(g for g, reversal in conductances if target.is_shunting(reversal))
    divisive_matrices.bias[rows] += fit.divisor * shunt / target.leak_conductance
    for synapse in target.inputs.synaptic_inputs:
        weight = (
            charge_per_input_spike(synapse.receptor, 1.0, potential, target) / target.spike_charge
        )
        _add_synapses(
            matrices, network, target, synapse, weight / scale, unit_names_of, scale, seed
        )
        if fit.divisor and target.is_shunting(getattr(synapse.receptor, "reversal", None)):
            divisive_weight = (
                fit.divisor * synapse.receptor.time_integral() / target.leak_conductance
            )
            _add_synapses(
                divisive_matrices,
                network,
                target,
                synapse,
                divisive_weight,
                unit_names_of,
                scale,
                seed,
            )
    for electrode in target.inputs.electrodes:
        weight = electrode.current / target.spike_charge / scale
        if isinstance(electrode, CurrentAfferent):
            matrices.W_in[rows, matrices.channels.index(electrode.channel)] += weight
            continue
        strengths, constant = electrode.strengths, electrode.constant
        if len(rows) != len(strengths):
            strengths, constant = strengths.mean(axis=0, keepdims=True), constant.mean()
        matrices.bias[rows] += weight * constant
        for channel, column in zip(electrode.channels, strengths.T, strict=True):
            if electrode.coding in ("on", "off"):
                matrices.W[rows, matrices.units.index(f"{channel} {electrode.coding}")] += (
                    weight * column
                )
            else:
                matrices.W_in[rows, matrices.channels.index(channel)] += weight * column


def _add_synapses(
    matrices: RateMatrices,
    network: SpikingNetwork,
    target: TargetPopulation,
    synapse: SynapticInput,
    weight_per_siemens: float,
    unit_names_of: Mapping[str, Sequence[str]],
    scale: float,
    seed: int,
) -> None:
    """Add what arrives by one pathway.

    `weight_per_siemens` is what a spike per second counts per siemens.
    """
    rows = [matrices.units.index(u) for u in unit_names_of[target.name]]
    pathway, weight = synapse.pathway, weight_per_siemens * synapse.weight * synapse.n_synapses
    if isinstance(pathway, Background):
        matrices.bias[rows] += weight * pathway.rate
    elif isinstance(pathway, Projection):
        columns = [matrices.units.index(u) for u in unit_names_of[synapse.source]]
        if len(rows) == len(columns) == 1:
            matrices.W[rows[0], columns[0]] += weight * scale
            return
        block = network.draw_conductances(pathway, seed) * weight_per_siemens * scale
        if len(unit_names_of[target.name]) != network.sizes[target.name]:
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
    """Write a curve in activation.

    Below its first point it falls to zero, above its last it rises as it did to the highest rate
    that the refractory period allows (twice its last without one), and stays there.
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
