"""Losses of a batch, in JAX."""

from __future__ import annotations

from typing import Any

from bioann.ann.training.jax_optax import import_jax, import_optax


def compute_loss(kind: str, output: Any, target: Any, weight: Any) -> Any:
    r"""Compute the mean loss of a batch.

    Parameters
    ----------
    kind : {'cross-entropy', 'mse'}
        :math:`-\ln \mathrm{softmax}(y)_{c}` of the class `c`, or the squared error averaged over
        all outputs.
    output : array, shape (batch, time, ...)
        Outputs of the network; logits for cross-entropy.
    target : array, shape (batch, time) or like `output`
        Class numbers for cross-entropy, else the target outputs.
    weight : array, shape (batch, time)
        Weight of each sample and time step in the mean, 0 or more.

    Returns
    -------
    array
        The loss, a scalar.
    """
    xp = import_jax().numpy
    if kind == "cross-entropy":
        losses = import_optax().softmax_cross_entropy_with_integer_labels(output, target)
    else:
        losses = ((output - target) ** 2).mean(axis=tuple(range(2, output.ndim)))
    return (losses * weight).sum() / xp.maximum(weight.sum(), 1e-12)
