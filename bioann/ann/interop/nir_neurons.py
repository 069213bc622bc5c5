r"""Neuron nodes of NIR as rate units: the stationary rate of each neuron in closed form.

The definitions are those of nir 1.0.8 (``nir/ir/neuron.py``; Pedersen et al. 2024, Nature
Communications 15, 8122). `I` is the summed input of a neuron, constant here; times are in seconds
and rates in hertz.

=========  =============================================================  ===================
node       output of the unit                                             time constant
=========  =============================================================  ===================
LI         :math:`v = v_{leak} + R I`                                     :math:`\tau`
CubaLI     :math:`i = w_{in} I`, then :math:`v = v_{leak} + R i`          :math:`\tau_{syn}`, :math:`\tau_{mem}`
LIF        :math:`1/T`, with the interval below                           :math:`\tau`
CubaLIF    :math:`i = w_{in} I`, then the rate of a LIF cell for `i`      :math:`\tau_{syn}`, :math:`\tau_{mem}`
IF         :math:`\max(R I, 0) / (v_{thr} - v_{reset})`                   none
Threshold  1 for :math:`I > \theta`, else 0                               none
=========  =============================================================  ===================

A LIF neuron fires at constant input above rheobase, :math:`v_{leak} + R I > v_{thr}`, in intervals

.. math:: T = \tau \ln \frac{v_{leak} + R I - v_{reset}}{v_{leak} + R I - v_{thr}}

A pair of units for each neuron of CubaLI obeys its equations exactly, as LI does. The rate of a LIF
neuron has no time constant of its own: that of the membrane is an approximation during changes.
"""  # noqa: E501

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from bioann.ann.activations.activation import Activation, Linear, Relu, Threshold
from bioann.ann.activations.transfer_functions import LIFRate, Scaled
from bioann.ann.interop.nir_graph import NirNode

#: Nodes whose output are spikes.
SPIKING_KINDS = ("LIF", "CubaLIF", "IF")
#: Parameters that give the shape of a population, by the type of its node.
SHAPE_PARAMETERS = {
    **dict.fromkeys(("LI", "IF", "LIF", "CubaLI", "CubaLIF"), "r"),
    "Threshold": "threshold",
    "Scale": "scale",
}

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class UnitStage:
    """Units of a population, one per neuron, whose summed input is a multiple of their input.

    Attributes
    ----------
    suffix : str
        What the name of the node is extended by: ``".synapse"`` for the synapses of a neuron.
    gain : numpy.ndarray, shape (neuron,)
        Factor of the input.
    offset : numpy.ndarray, shape (neuron,)
        What is added to the input then, in activation.
    tau : numpy.ndarray or None, shape (neuron,)
        Time constant in seconds; None for static units.
    activation : tuple of Activation
        Activation function of each unit.
    """

    suffix: str
    gain: np.ndarray
    offset: np.ndarray
    tau: np.ndarray | None
    activation: tuple[Activation, ...]


def make_unit_stages(node: NirNode, shape: Shape) -> list[UnitStage]:
    """Return the units of a neuron node: one per neuron, or synapse and membrane for each.

    Parameters
    ----------
    node : NirNode
        Node with a type in `NEURON_KINDS`.
    shape : tuple of int
        Shape of the population.

    Returns
    -------
    list of UnitStage
        Each receives the output of the one before it, the first the input of the node.

    Raises
    ------
    ForeignFileError
        If a parameter is missing, or out of the range in which the neuron has a stationary rate;
        the message names the node.
    """
    return NEURON_KINDS[node.kind](node, shape)


def _make_leaky_integrator(node: NirNode, shape: Shape) -> list[UnitStage]:
    return [_make_membrane(node, shape, "tau")]


def _make_current_leaky_integrator(node: NirNode, shape: Shape) -> list[UnitStage]:
    return [_make_synapse(node, shape), _make_membrane(node, shape, "tau_mem")]


def _make_spiking(node: NirNode, shape: Shape) -> list[UnitStage]:
    return [_make_rate_units(node, shape, "tau")]


def _make_current_spiking(node: NirNode, shape: Shape) -> list[UnitStage]:
    return [_make_synapse(node, shape), _make_rate_units(node, shape, "tau_mem")]


def _make_integrate_and_fire(node: NirNode, shape: Shape) -> list[UnitStage]:
    resistance = _read_positive(node, "r", shape)
    heights = resistance / _read_threshold_distance(node, shape)
    activations = [Scaled(Relu(), height=height) for height in heights.tolist()]
    return [_make_static_stage(shape, activations)]


def _make_threshold(node: NirNode, shape: Shape) -> list[UnitStage]:
    stage = _make_static_stage(shape, [Threshold()] * int(np.prod(shape)))
    return [dataclasses.replace(stage, offset=-node.read_numbers("threshold", shape))]


def _make_synapse(node: NirNode, shape: Shape) -> UnitStage:
    gain = node.read_numbers("w_in", shape, 1.0)
    tau = _read_positive(node, "tau_syn", shape)
    return UnitStage(".synapse", gain, np.zeros(len(gain)), tau, (Linear(),) * len(gain))


def _make_membrane(node: NirNode, shape: Shape, tau: str) -> UnitStage:
    gain = node.read_numbers("r", shape)
    leak = node.read_numbers("v_leak", shape)
    return UnitStage("", gain, leak, _read_positive(node, tau, shape), (Linear(),) * len(gain))


def _make_rate_units(node: NirNode, shape: Shape, tau: str) -> UnitStage:
    """Return units with the stationary rate of LIF neurons; the weights keep their unit."""
    taus, resistance = _read_positive(node, tau, shape), _read_positive(node, "r", shape)
    rheobase = node.read_numbers("v_threshold", shape) - node.read_numbers("v_leak", shape)
    gains = resistance / _read_threshold_distance(node, shape)
    activations = [
        Scaled(LIFRate(refractory=0.0), height=1 / t, gain=gain, threshold=current)
        for t, gain, current in zip(
            taus.tolist(), gains.tolist(), (rheobase / resistance).tolist(), strict=True
        )
    ]
    return dataclasses.replace(_make_static_stage(shape, activations), tau=taus)


def _make_static_stage(shape: Shape, activations: Sequence[Activation]) -> UnitStage:
    size = int(np.prod(shape))
    return UnitStage("", np.ones(size), np.zeros(size), None, tuple(activations))


def _read_threshold_distance(node: NirNode, shape: Shape) -> np.ndarray:
    """Return the distance from reset to threshold, which has to be above 0."""
    distance = node.read_numbers("v_threshold", shape) - node.read_numbers("v_reset", shape, 0.0)
    return _require_positive(node, "v_threshold - v_reset", distance)


def _read_positive(node: NirNode, name: str, shape: Shape) -> np.ndarray:
    return _require_positive(node, name, node.read_numbers(name, shape))


def _require_positive(node: NirNode, name: str, numbers: np.ndarray) -> np.ndarray:
    if (numbers > 0).all():
        return numbers
    index = int(np.flatnonzero(numbers <= 0)[0])
    raise node.error(
        f"{name} above 0, for a stationary rate in closed form",
        f"{numbers[index]:g} at neuron {index}",
        "Change the parameter, or leave the neuron out.",
    )


#: How the units of each type of node are made.
NEURON_KINDS: dict[str, Callable[[NirNode, Shape], list[UnitStage]]] = {
    "LI": _make_leaky_integrator,
    "CubaLI": _make_current_leaky_integrator,
    "LIF": _make_spiking,
    "CubaLIF": _make_current_spiking,
    "IF": _make_integrate_and_fire,
    "Threshold": _make_threshold,
}
