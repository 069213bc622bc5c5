r"""Gradients of dense layers as products of inputs and back-propagated errors.

The gradient of a weight is :math:`\partial L / \partial w_{ij} = \sum_b \delta_{bi} x_{bj}`, with
the input :math:`x_b` of sample `b` and the back-propagated error
:math:`\delta_{bi} = \partial L / \partial z_{bi}` of the summed input :math:`z_b = W x_b + b`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bioann.ann.layers.dense import Dense
from bioann.ann.training.jax_optax import import_jax
from bioann.ann.training.model import NamedArrays, TrainableLayeredNetwork, TrainableNetwork
from bioann.base.errors import DescriptionError


def require_dense_layers(model: TrainableNetwork) -> TrainableLayeredNetwork:
    """Return a model whose learned layers are all dense and static.

    Raises
    ------
    DescriptionError
        For another kind of network or layer, whose gradient is no product of two factors.
    """
    if isinstance(model, TrainableLayeredNetwork):
        others = [
            (name, type(layer).__name__)
            for name, layer in zip(model.network.names, model.network.layers, strict=True)
            if layer.trainable_fields and not (isinstance(layer, Dense) and layer.tau is None)
        ]
        if not others:
            return model
    else:
        others = [("network", "a rate network")]
    name, kind = others[0]
    raise DescriptionError(
        f"Snapshots, gradients of {name!r}",
        "static Dense layers, in which a gradient is input times back-propagated error",
        kind,
        "Use gradients=False; updates=True records the changes of all weights.",
    )


def split_gradient(
    model: TrainableLayeredNetwork,
    compute_loss: Callable[[Any], Any],
    parameters: NamedArrays,
    x: Any,
    key: Any,
) -> dict[str, tuple[Any, Any]]:
    """Compute inputs and back-propagated errors of all dense layers for a batch, in JAX.

    Parameters
    ----------
    model : TrainableLayeredNetwork
        The network that is trained, see `require_dense_layers`.
    compute_loss : callable
        ``compute_loss(output)``, the mean loss of the batch.
    parameters : dict of str to array
        Parameters of the network.
    x : array, shape (sample, time, ...)
        Inputs to the network.
    key : array
        JAX key from which dropout is drawn.

    Returns
    -------
    dict of str to (array, array)
        Inputs (sample, time, input) and errors (sample, time, unit) by the name of the weights.
    """
    jax = import_jax()
    index = {
        name: k
        for k, name in enumerate(model.network.names)
        if model.network.layers[k].trainable_fields
    }
    # A bias of its own for every sample has the error of that sample as its gradient.
    biases = {
        f"{name}.bias": jax.numpy.broadcast_to(
            parameters[f"{name}.bias"], (*x.shape[:2], *parameters[f"{name}.bias"].shape)
        )
        for name in index
    }

    def compute_batch_loss(sample_biases: NamedArrays) -> tuple[Any, Any]:
        outputs = model.compute_outputs({**parameters, **sample_biases}, x, key)
        return compute_loss(outputs[-1]), outputs

    errors, outputs = jax.grad(compute_batch_loss, has_aux=True)(biases)
    inputs = [x, *outputs]
    return {f"{name}.W": (inputs[k], errors[f"{name}.bias"]) for name, k in index.items()}
