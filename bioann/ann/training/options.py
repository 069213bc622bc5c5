"""Training options: everything but the network, the data and the seeds."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.ann.init import He, Initialisation
from bioann.ann.signs.constraints import Free, SignConstraint
from bioann.base.errors import DescriptionError
from bioann.base.units import Description

OPTIMISERS = ("sgd", "momentum", "adam")
LOSSES = ("cross-entropy", "mse")


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TrainingOptions(Description):
    r"""Options of a training: optimiser, loss, duration, sign constraint, initialisation.

    Parameters
    ----------
    optimiser : {'adam', 'momentum', 'sgd'}, optional
        Adam (Kingma and Ba 2015), or stochastic gradient descent with or without momentum.
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
        self._check_choice("optimiser", OPTIMISERS)
        self._check_choice("loss", LOSSES)
        self._check_choice("precision", ("single", "double"))
        self._check_choice("record", ("epoch", "step"))
        for field in ("epochs", "batch", "patience"):
            self._check_number(field, lambda v: v >= 1 and int(v) == v, "a whole number >= 1")
        for field in ("rate", "clip"):
            self._check_number(field, lambda v: v > 0, "a number above 0")
        self._check_number("decay", lambda v: v >= 0, "a number of 0 or more")
        self._check_number("momentum", lambda v: 0 <= v < 1, "0 <= momentum < 1")
        for field, kind in (("constraint", SignConstraint), ("initialisation", Initialisation)):
            value = getattr(self, field)
            if not isinstance(value, kind) and not (field == "initialisation" and value is None):
                raise DescriptionError(
                    f"TrainingOptions, {field}",
                    f"an object of type {kind.__name__}",
                    repr(value),
                    f"Write {field}={'NonNegative' if field == 'constraint' else 'He'}().",
                )

    def _check_choice(self, field: str, choices: tuple[str, ...]) -> None:
        if getattr(self, field) not in choices:
            raise DescriptionError(
                f"TrainingOptions, {field}",
                " or ".join(map(repr, choices)),
                repr(getattr(self, field)),
                "Choose one of them.",
            )

    def _check_number(self, field: str, is_valid: Any, expected: str) -> None:
        value = getattr(self, field)
        if value is None and field in ("patience", "clip"):
            return
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            is_allowed = False
        else:
            is_allowed = bool(np.isfinite(value) and is_valid(value))
        if not is_allowed:
            raise DescriptionError(
                f"TrainingOptions, {field}",
                expected,
                repr(value),
                f"Change {field}, or leave it out.",
            )
