"""Refusal of trainings that start with silent units, which do not learn."""

from __future__ import annotations

import numpy as np

from bioann.ann.signs.constraints import SignConstraint
from bioann.ann.training.model import TrainableLayeredNetwork, TrainableNetwork
from bioann.base.errors import DescriptionError


def require_active_layers(
    model: TrainableNetwork, constraint: SignConstraint, x: np.ndarray, dt: float | None
) -> None:
    """Raise `DescriptionError` if weights of 0 or less silence a whole layer for all samples.

    Rectified units that are silent for every sample have a gradient of exactly 0, so that the
    training would end as it starts. Networks with drawn weights start with positive biases, see
    `TrainableNetwork.start_within_bounds`; this checks those that start with their own.

    Parameters
    ----------
    model : TrainableNetwork
        The network; only layered networks are checked.
    constraint : SignConstraint
        The sign constraint of the training.
    x : numpy.ndarray, shape (sample, time, ...)
        Inputs of all samples, in activation.
    dt : float or None
        Time step in seconds; None for samples without time.
    """
    if not isinstance(model, TrainableLayeredNetwork):
        return
    start, bounds = model.start_within_bounds(None, constraint, 0)
    inhibited = [
        bias.removesuffix(".bias")
        for bias, weights in model.rectified_arrays.items()
        if all((bounds[name][1] <= 0).all() for name in weights)
    ]
    if not inhibited:
        return
    outputs = model.make_network(start).forward(model.make_network(start).parameters, x, dt=dt)
    for name, output in zip(model.network.names, outputs, strict=True):
        if name in inhibited and np.ptp(output) == 0:
            raise DescriptionError(
                f"train, layer {name!r}",
                "units that some sample excites, so that they have a gradient",
                "weights of 0 or less, and biases that leave all units silent for all samples",
                "Give the layer positive biases, or pass an initialisation, which draws them.",
            )
