"""Units added to a network: adaptation and depression of a unit, and the gain of a region."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bioann.ann.activations.activation import resolve_activation
from bioann.ann.time_constant import TimeConstant
from bioann.base.arguments import check_minimum
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, to_si


def add_adaptation(network: Any, unit: str, strength: float, tau: SI) -> Any:
    r"""Return a network in which a unit adapts.

    A linear unit ``<unit>_adaptation`` follows the activation `r` of the unit and is subtracted
    from its input,

    .. math:: \tau_a \frac{da}{dt} = -a + b r, \quad r = \phi(I - a).

    Where :math:`\phi` has the slope `G`, a step of the input has an effect that falls to
    :math:`1 / (1 + G b)` of that at the onset, with the time constant
    :math:`\tau_a / (1 + G b)` (Benda and Herz 2003).

    Parameters
    ----------
    network : RateNetwork
        Network to which units are added; it stays as it is.
    unit : str
        Name of the unit that adapts.
    strength : float
        Strength `b`: what is subtracted from the input per activation in the steady state, 0 or
        more.
    tau : quantity
        Time constant :math:`\tau_a` of the adaptation, above 0, in ms.

    Returns
    -------
    RateNetwork
        With one more unit.

    Raises
    ------
    UnknownNameError
        If there is no such unit.
    DescriptionError
        If the unit adapts already, or the strength is negative.
    """
    index = _find_unit(network, unit, "RateNetwork.add_adaptation")
    check_minimum("RateNetwork.add_adaptation", 0, strength=strength)
    larger = _append_units(network, [f"{unit}_adaptation"], [TimeConstant(tau)])
    W = np.array(larger.W)
    W[-1, index], W[index, -1] = strength, -1.0
    return dataclasses.replace(larger, W=W)


def add_depression(network: Any, unit: str, utilisation: float, tau: SI, rate: SI) -> Any:
    r"""Return a network in which the output of a unit depresses (Tsodyks and Markram 1997).

    A spike takes the share `U` of the resources `x` of its synapses, which recover with
    :math:`\tau_{rec}`. At the rate `R r` of the presynaptic neurons,

    .. math:: \frac{dx}{dt} = \frac{1 - x}{\tau_{rec}} - U x R r,

    the mean of the model over Poisson spikes. Three units are added: ``<unit>_depletion`` is
    :math:`1 - x`, ``<unit>_resources`` is `x`, and ``<unit>_transmitted`` is the product `x r`,
    from which all connections of the unit start. In the steady state
    :math:`x = 1 / (1 + U \tau_{rec} R r)`: above the limiting frequency
    :math:`1 / (U \tau_{rec})` what is transmitted hardly depends on the rate.

    Parameters
    ----------
    network : RateNetwork
        Network to which units are added; it stays as it is.
    unit : str
        Name of the unit whose output depresses.
    utilisation : float
        Utilisation `U`, above 0 and at most 1.
    tau : quantity
        Recovery time constant :math:`\tau_{rec}`, above 0, in ms.
    rate : quantity
        Firing rate `R` that activation 1 of the unit stands for, in Hz.

    Returns
    -------
    RateNetwork
        With three more units.

    Raises
    ------
    UnknownNameError
        If there is no such unit.
    DescriptionError
        If its output depresses already, or `utilisation` is out of range.
    """
    index, caller = _find_unit(network, unit, "RateNetwork.add_depression"), "RateNetwork"
    if not 0 < utilisation <= 1:
        raise DescriptionError(
            f"{caller}.add_depression, utilisation",
            "a share above 0 and at most 1",
            f"{utilisation!r}",
            "It is the share of the resources that one spike uses.",
        )
    recovery = TimeConstant(tau)
    names = [f"{unit}_{state}" for state in ("depletion", "resources", "transmitted")]
    larger = _append_units(network, names, [recovery, None, None])
    depletion, resources, transmitted = range(len(network.units), len(larger.units))
    W, bias = np.array(larger.W), np.array(larger.bias)
    W[:, transmitted], W[:, index] = W[:, index], 0.0
    W[transmitted, index] = 1.0
    W[depletion, transmitted] = utilisation * recovery.tau * to_si(rate, "Hz", f"{caller}, rate")
    W[resources, depletion], bias[resources] = -1.0, 1.0
    gates = {**larger.gates, names[2]: names[1]}
    return dataclasses.replace(larger, W=W, bias=bias, gates=gates)


def add_regional_gain(
    network: Any, region: str, connections: Mapping[str, Sequence[str]], gain: str
) -> Any:
    r"""Return a network in which the weights of a region share a gain.

    .. math:: \Delta W_{ij} = (m - 1) W_{ij}

    for all connections of the region, with the activation `m` of one unit: what a neuromodulator
    that scales synapses does to the weights. Relative to the weights the change is one number, and
    within the region the matrix of changes is a multiple of that of the weights. A shared bias
    needs no further unit: it is a column of `W` from a unit to those of the region.

    For each source a linear unit ``<source>_<region>`` is added, which the unit `gain` gates, and
    from which the connections of the region start.

    Parameters
    ----------
    network : RateNetwork
        Network to which units are added; it stays as it is.
    region : str
        Name of the region.
    connections : mapping of str to sequence of str
        By source, a unit or a channel, the units that its connections in the region reach.
    gain : str
        Name of the unit whose activation multiplies the weights.

    Returns
    -------
    RateNetwork
        With one more unit per source.

    Raises
    ------
    UnknownNameError
        If there is no such unit or source.
    DescriptionError
        If the region has no connections, or a connection in it has no weight.
    """
    caller = f"RateNetwork.add_regional_gain, region {region!r}"
    _find_unit(network, gain, caller)
    if not connections:
        remedy = "Name at least one source and its targets."
        raise DescriptionError(caller, "at least one connection", "none", remedy)
    names = [f"{source}_{region}" for source in connections]
    larger = _append_units(network, names, [None] * len(names))
    W, W_in = np.array(larger.W), np.array(larger.W_in)
    sources = (*network.units, *network.channels)
    for relay, (source, targets) in enumerate(connections.items(), start=len(network.units)):
        if source not in sources:
            raise unknown_name_error(caller, "unit or channel", source, sources)
        is_unit = source in network.units
        matrix = W if is_unit else W_in
        column = (network.units if is_unit else network.channels).index(source)
        for target in targets:
            row = _find_unit(network, target, caller)
            if matrix[row, column] == 0:
                remedy = "Give it a weight, or leave it out of the region."
                raise DescriptionError(
                    caller, "connections with a weight", f"none of {source} to {target}", remedy
                )
            W[row, relay], matrix[row, column] = matrix[row, column], 0.0
        matrix[relay, column] = 1.0
    gates = {**larger.gates, **dict.fromkeys(names, gain)}
    return dataclasses.replace(larger, W=W, W_in=W_in, gates=gates)


def _find_unit(network: Any, unit: str, caller: str) -> int:
    if unit not in network.units:
        raise unknown_name_error(caller, "unit", unit, network.units)
    return int(network.units.index(unit))


def _append_units(network: Any, names: Sequence[str], taus: Sequence[TimeConstant | None]) -> Any:
    """Return the network with linear units that have no connections."""
    n = len(names)
    linear = resolve_activation("linear", "RateNetwork")
    changes: dict[str, Any] = {
        "units": (*network.units, *names),
        "W": np.pad(network.W, ((0, n), (0, n))),
        "W_in": np.pad(network.W_in, ((0, n), (0, 0))),
        "bias": np.pad(network.bias, (0, n)),
        "tau": (*network.tau, *taus),
        "activation": (*network.activation, *[linear] * n),
    }
    if network.divisive is not None:
        changes["divisive"] = np.pad(network.divisive, ((0, n), (0, n)))
        changes["divisive_in"] = np.pad(network.divisive_in, ((0, n), (0, 0)))
    return dataclasses.replace(network, **changes)
