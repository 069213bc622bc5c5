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
class Matrices:
    """Weights between units, from channels, and biases, while they are added up."""

    units: list[str]
    channels: list[str]
    W: np.ndarray
    W_in: np.ndarray
    bias: np.ndarray


def wired(
    network: SpikingNetwork,
    sites: Mapping[str, TargetPopulation],
    sums: Mapping[str, SignedSumFit],
    taus: Mapping[str, SI],
    scale: float,
    *,
    each: bool,
    seed: int,
) -> tuple[RateNetwork, tuple[str, ...]]:
    """Build the rate network.

    Parameters
    ----------
    network : SpikingNetwork
        The biological half.
    sites, sums : mapping of str to Site, SignedSum
        Of each population; sums in Hz.
    taus : mapping of str to quantity
        Time constant of each population's units.
    scale : float
        Rate in Hz that counts as activation 1.
    each : bool
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
    rows = {name: unit_names(name, network.sizes[name], each) for name in network.units}
    parts = dict.fromkeys(
        (channel, a.coding)
        for a in network.afferents
        if not isinstance(a, CurrentAfferent) and a.coding in ("on", "off")
        for channel in (a.channels if isinstance(a, ElectrodeArray) else (a.channel,))
    )
    helpers = tuple(f"{channel} {coding}" for channel, coding in parts)
    units = [u for names in rows.values() for u in names] + list(helpers)
    channels = list(network.channels)
    made = Matrices(
        units,
        channels,
        np.zeros((len(units), len(units))),
        np.zeros((len(units), len(channels))),
        np.zeros(len(units)),
    )
    for (channel, coding), name in zip(parts, helpers, strict=True):
        sign = 1.0 if coding == "on" else -1.0
        made.W_in[units.index(name), channels.index(channel)] = sign
    shunts = dataclasses.replace(
        made, W=np.zeros_like(made.W), W_in=np.zeros_like(made.W_in), bias=np.zeros(len(units))
    )
    for name, at in sites.items():
        _fill(made, shunts, network, at, sums[name], rows, scale, seed)
    phi: list[Any] = []
    tau: list[Any] = []
    for name, names in rows.items():
        phi += [curve(sums[name], scale, sites[name].inputs.cell.refractory_period)] * len(names)
        tau += [taus[name]] * len(names)
    phi += [Relu()] * len(helpers)
    tau += [None] * len(helpers)
    # What divides while nothing comes in is divided out beforehand.
    base = 1 + shunts.bias
    divides = any(found.divisor for found in sums.values())
    built = RateNetwork(
        tuple(units),
        made.W / base[:, None],
        made.W_in / base[:, None],
        made.bias / base,
        tuple(tau),
        tuple(phi),
        tuple(channels),
        shunts.W / base[:, None] if divides else None,
        shunts.W_in / base[:, None] if divides else None,
    )
    return built, helpers


def unit_names(population: str, n: int, each: bool) -> list[str]:
    """Name the unit of a population, or those of its neurons."""
    return [f"{population}[{k}]" for k in range(n)] if each else [population]


def _fill(
    made: Matrices,
    shunts: Matrices,
    network: SpikingNetwork,
    at: TargetPopulation,
    found: SignedSumFit,
    rows: Mapping[str, Sequence[str]],
    scale: float,
    seed: int,
) -> None:
    """Add what reaches one population, at its effective potential, and what shunts it."""
    v = found.potential
    mine = [made.units.index(u) for u in rows[at.name]]
    made.bias[mine] += at.injection_bias(v) / scale
    shunts.bias[mine] += (
        found.divisor
        * sum(g for g, e in at.inputs.constant_conductances if at.is_shunting(e))
        / at.leak_conductance
    )
    for a in at.inputs.synaptic_inputs:
        one = charge_per_input_spike(a.receptor, 1.0, v, at) / at.spike_charge
        _add(made, network, at, a, one / scale, rows, scale, seed)
        if found.divisor and at.is_shunting(getattr(a.receptor, "reversal", None)):
            share = found.divisor * a.receptor.time_integral() / at.leak_conductance
            _add(shunts, network, at, a, share, rows, scale, seed)
    for e in at.inputs.electrodes:
        one = e.current / at.spike_charge / scale
        if isinstance(e, CurrentAfferent):
            made.W_in[mine, made.channels.index(e.channel)] += one
            continue
        strengths, constant = e.strengths, e.constant
        if len(mine) != len(strengths):
            strengths, constant = strengths.mean(axis=0, keepdims=True), constant.mean()
        made.bias[mine] += one * constant
        for channel, column in zip(e.channels, strengths.T, strict=True):
            if e.coding in ("on", "off"):
                made.W[mine, made.units.index(f"{channel} {e.coding}")] += one * column
            else:
                made.W_in[mine, made.channels.index(channel)] += one * column


def _add(
    made: Matrices,
    network: SpikingNetwork,
    at: TargetPopulation,
    a: SynapticInput,
    one: float,
    rows: Mapping[str, Sequence[str]],
    scale: float,
    seed: int,
) -> None:
    """Add what arrives by one pathway; `one` is what a spike per second counts per siemens."""
    mine = [made.units.index(u) for u in rows[at.name]]
    part, push = a.pathway, one * a.weight * a.n_synapses
    if isinstance(part, Background):
        made.bias[mine] += push * part.rate
    elif isinstance(part, Projection):
        columns = [made.units.index(u) for u in rows[a.source]]
        if len(mine) == len(columns) == 1:
            made.W[mine[0], columns[0]] += push * scale
            return
        block = network.strengths(part, seed) * one * scale
        if len(rows[at.name]) != network.sizes[at.name]:
            block = block.mean(axis=0, keepdims=True)
        if len(columns) != block.shape[1]:
            block = block.sum(axis=1, keepdims=True)
        made.W[np.ix_(mine, columns)] += block
    elif part.coding in ("on", "off"):
        made.W[mine, made.units.index(f"{part.channel} {part.coding}")] += push * part.rate
    else:
        made.W_in[mine, made.channels.index(part.channel)] += push * part.rate
        if part.coding == "baseline":
            made.bias[mine] += push * part.rate * part.baseline


def curve(found: SignedSumFit, scale: float, refractory: float) -> Tabulated:
    """Write a curve in activation.

    Below its first point it falls to zero, above its last it rises as it did to the highest rate
    that the refractory period allows (twice its last without one), and stays there.
    """
    x, y = np.round(found.x / scale, DIGITS), np.round(np.maximum(found.y, 0) / scale, DIGITS)
    x, first = np.unique(x, return_index=True)
    y = y[first]
    if y[0] > 0:
        slope = max((y[1] - y[0]) / (x[1] - x[0]), 1e-3) if len(x) > 1 else 1.0
        x, y = np.concatenate([[x[0] - y[0] / slope], x]), np.concatenate([[0.0], y])
    x, y = np.concatenate([[x[0] - 1.0], x]), np.concatenate([[0.0], y])
    top = max(1 / refractory / scale if refractory > 0 else 2 * y[-1], y[-1])
    slope = (y[-1] - y[-2]) / (x[-1] - x[-2])
    if slope > 0 and top > y[-1]:
        x, y = np.append(x, x[-1] + (top - y[-1]) / slope), np.append(y, top)
    x, y = np.append(x, x[-1] + 1.0), np.append(y, y[-1])
    return Tabulated(tuple(x), tuple(y))
