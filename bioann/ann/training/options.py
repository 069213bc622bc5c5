"""Training options: everything but the network, the data and the seeds."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bioann.ann.init import He, Initialisation
from bioann.ann.signs.constraints import Free, SignConstraint
from bioann.base.description import Description
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr

OPTIMISERS = ("sgd", "momentum", "adam", "exponentiated")
LOSSES = ("cross-entropy", "mse")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TrainingOptions(Description):
    r"""Options of a training: optimiser, loss, duration, sign constraint, initialisation.

    Parameters
    ----------
    optimiser : {'adam', 'momentum', 'sgd', 'exponentiated'}, optional
        Adam (Kingma and Ba 2015); stochastic gradient descent with or without momentum; or
        exponentiated gradients of weights, which never cross zero, with gradient descent of biases:
        :math:`w \leftarrow w \exp(-\eta\, \mathrm{sign}(w)\, \partial L / \partial w)` (Kivinen and
        Warmuth 1997).
    rate : float, optional
        Learning rate :math:`\eta`, above 0.
    loss : {'cross-entropy', 'mse'}, optional
        Cross-entropy of class numbers, with the outputs as logits; or mean squared error.
    epochs : int, optional
        Passes through the data, at least 1.
    batch : int, optional
        Samples per step, at least 1; the last step of an epoch may have fewer.
    decay : float, optional
        Weight decay :math:`\lambda`, 0 or more: each step also subtracts :math:`\eta \lambda w`
        from weights (not biases), decoupled from the optimiser (Loshchilov and Hutter 2019).
    momentum : float, optional
        Momentum of the optimiser ``'momentum'``, at least 0 and below 1.
    clip : float, optional
        Largest norm of the gradient, above 0; longer gradients are scaled down. None (the default)
        for no clipping.
    constraint : SignConstraint, optional
        Sign constraint on the weights; `Free` by default.
    initialisation : Initialisation, optional
        Distribution of the initial weights, `He` by default; None starts from the network's own.
    patience : int, optional
        Number of epochs without a lower validation loss after which a seed stops and its best
        weights are kept, at least 1. None (the default) trains for all epochs.
    precision : {'single', 'double'}, optional
        32 or 64 bits. A resumed training is identical to the last bit in both.
    record : {'epoch', 'step'}, optional
        Interval at which the signs of the weights are recorded.
    """

    optimiser: str = "adam"
    rate: float = 1e-3
    loss: str = "cross-entropy"
    epochs: int = 50
    batch: int = 32
    decay: float = 0.0
    momentum: float = 0.9
    clip: float | None = None
    constraint: SignConstraint = dataclasses.field(default_factory=Free)
    initialisation: Initialisation | None = dataclasses.field(default_factory=He)
    patience: int | None = None
    precision: str = "single"
    record: str = "epoch"

    def check(self) -> None:
        """Raise `DescriptionError` for values that are not allowed."""
        _check_choice("optimiser", self.optimiser, OPTIMISERS)
        _check_choice("loss", self.loss, LOSSES)
        _check_choice("precision", self.precision, ("single", "double"))
        _check_choice("record", self.record, ("epoch", "step"))
        _check_number("epochs", self.epochs, _is_count, "a whole number >= 1")
        _check_number("batch", self.batch, _is_count, "a whole number >= 1")
        if self.patience is not None:
            _check_number("patience", self.patience, _is_count, "a whole number >= 1")
        _check_number("rate", self.rate, lambda v: v > 0, "a number above 0")
        if self.clip is not None:
            _check_number("clip", self.clip, lambda v: v > 0, "a number above 0")
        _check_number("decay", self.decay, lambda v: v >= 0, "a number of 0 or more")
        _check_number("momentum", self.momentum, lambda v: 0 <= v < 1, "0 <= momentum < 1")
        _check_type("constraint", self.constraint, SignConstraint, "NonNegative()")
        if self.initialisation is not None:
            _check_type("initialisation", self.initialisation, Initialisation, "He()")


def _check_choice(field: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        expected = " or ".join(map(repr, choices))
        raise DescriptionError(
            f"TrainingOptions, {field}", expected, repr(value), "Choose one of them."
        )


def _is_count(value: float) -> bool:
    return value >= 1 and int(value) == value


def _check_number(field: str, value: Any, is_valid: Callable[[float], bool], expected: str) -> None:
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (is_number and value < math.inf and is_valid(value)):
        raise DescriptionError(
            f"TrainingOptions, {field}",
            expected,
            shorten_repr(value),
            f"Change {field}, or leave it out.",
        )


def _check_type(field: str, value: Any, kind: type, example: str) -> None:
    if not isinstance(value, kind):
        raise DescriptionError(
            f"TrainingOptions, {field}",
            f"an object of type {kind.__name__}",
            repr(value),
            f"Write {field}={example}.",
        )
