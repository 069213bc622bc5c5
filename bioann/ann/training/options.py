"""How a network is trained: everything but the network, the data and the seed."""

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
    r"""The options of a training.

    Parameters
    ----------
    optimiser : {'adam', 'momentum', 'sgd'}, optional
        Adam (Kingma and Ba 2015), stochastic gradient descent with or without momentum.
    rate : float, optional
        Learning rate.
    loss : {'cross-entropy', 'mse'}, optional
        Cross-entropy of class numbers, of which the outputs are the logits; or mean squared error.
    epochs : int, optional
        Passes through the data.
    batch : int, optional
        Samples in a step; the last step of an epoch may have fewer.
    decay : float, optional
        Weight decay :math:`\lambda`: a step also takes :math:`\eta \lambda w` off each weight, not
        off biases, and not through the optimiser (Loshchilov and Hutter 2019).
    momentum : float, optional
        Of the optimiser of that name.
    clip : float, optional
        Largest norm of a gradient; a longer one is scaled down to it. None unless given.
    constraint : SignConstraint, optional
        Which signs the weights may have.
    initialisation : Initialisation, optional
        How the weights are drawn; None begins with the network's own.
    patience : int, optional
        Stop after as many epochs without a better validation loss, and keep the best weights.
    precision : {'single', 'double'}, optional
        32 or 64 bits. A training that is taken up again continues bit by bit in either.
    record : {'epoch', 'step'}, optional
        How often the signs of the weights are looked at.
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
        """Raise `DescriptionError` for what cannot be trained."""
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
                    f"one of bioann's, {kind.__name__}",
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
