"""Gain of rate units: change of rate for a small change of input, recurrence included."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import ms

from bioann.ann.network import RateNetwork
from bioann.stimuli.stimulus import make_stimulus

#: Settling time of a network in seconds, and change of input over which a slope is taken.
SETTLING_TIME, SLOPE_STEP = 0.6, 0.05


def compute_unit_gains(network: RateNetwork, operating_points: xr.DataArray) -> xr.DataArray:
    r"""Compute the gain of every unit at given operating points.

    .. math:: \frac{dr_i}{db_i} = \left[(1 - S W)^{-1} S\right]_{ii}

    with `S` the slopes of the activations at the steady state (over the divisor, and with
    :math:`W - x D` for `W`, where there are divisive weights `D` and the activation is at `x`).
    The slope of a gated unit is multiplied by its gate, and its activation before the gate is a
    weight from the gating unit. A weight times the gain of its target is the effect of the
    connection. It corresponds to the effective weight of a synapse
    (`bioann.translate.effective_weights.measure`).

    Parameters
    ----------
    network : RateNetwork
        The network whose units are characterised.
    operating_points : xarray.DataArray, dimensions (condition, channel)
        Activation of each channel at each operating point.

    Returns
    -------
    xarray.DataArray, dimension (unit)
        Gain averaged over the operating points.
    """
    channels = list(network.channels or ())
    ordered = operating_points.transpose("condition", "channel")
    points = ordered.sel(channel=channels).values
    # With the channels that the network ignores: it may have none, a stimulus may not.
    levels = np.repeat(ordered.values[:, None], round(SETTLING_TIME / 1e-3), axis=1)
    stimulus = make_stimulus(levels, channels=[str(c) for c in ordered.channel.values])
    activation = network.run(stimulus, trials=1, seed=0, bin_width=10 * ms)["activation"]
    rates = activation.isel(trial=0, time=-1).transpose("condition", "unit").values
    summed_input = network.summed_input(rates, points)
    slopes = np.stack(
        [
            (phi(summed_input[:, k] + SLOPE_STEP / 2) - phi(summed_input[:, k] - SLOPE_STEP / 2))
            / SLOPE_STEP
            for k, phi in enumerate(network.activation)
        ],
        axis=-1,
    )
    slopes = slopes / network.input_divisor(rates, points)
    gates = network.gate_indices()
    gated = np.flatnonzero(gates >= 0)
    slopes[:, gated] *= rates[:, gates[gated]]
    weights = network.W
    if network.divisive is not None:
        weights = weights - summed_input[:, :, None] * network.divisive
    response = np.eye(len(network.units)) - slopes[:, :, None] * weights
    for unit in gated:
        response[:, unit, gates[unit]] -= network.activation[unit](summed_input[:, unit])
    unit_gains = np.diagonal(np.linalg.inv(response), axis1=1, axis2=2) * slopes
    return xr.DataArray(unit_gains.mean(axis=0), dims="unit", coords={"unit": list(network.units)})
