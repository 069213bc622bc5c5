"""Units that give another unit a memory of its own activity: adaptation and depression."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
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
        The network.
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
        The network.
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
