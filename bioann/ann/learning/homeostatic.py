"""Inhibitory plasticity that keeps an output at a target."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.learning.learning_rule import LearningRule, LearningStep
from bioann.ann.signs.constraints import NonPositive, SignConstraint


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Homeostatic(LearningRule):
    r"""Inhibition grows while the output is above its goal, and shrinks while it is below.

    .. math:: \frac{dw_{ij}}{dt} = -\eta \, x_j (y_i - y_0)

    The rate counterpart of the rule of Vogels et al. (2011) on weights of 0 or less. For a linear
    unit it is the gradient descent of :math:`(y_i - y_0)^2 / 2`.

    Parameters
    ----------
    goal : float, optional
        Activation :math:`y_0` of the target at which its weights stay.
    """

    _: dataclasses.KW_ONLY
    goal: float = 0.1
    constraint: SignConstraint = dataclasses.field(default_factory=NonPositive)

    equation = "(d w_(i j)) / (d t) = -eta x_j (y_i - y_0), quad w_(i j) <= 0"

    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute the change of the weights."""
        excess = (step.post - self.goal)[:, :, None]
        return np.asarray(-self.rate * step.dt * excess * step.pre[:, None, :])
