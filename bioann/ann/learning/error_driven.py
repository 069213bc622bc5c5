"""Error-driven learning: gradient descent of the squared error of a unit."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.learning.learning_rule import LearningRule, LearningStep
from bioann.base.errors import DescriptionError
from bioann.base.text import check_names


def compute_error(step: LearningStep) -> np.ndarray:
    """Return goal minus output times each source's activation, shape (lane, target, source)."""
    error = step.signals - step.post
    return np.asarray(error[:, :, None] * step.pre[:, None, :])


def check_goals(rule: LearningRule, goals: tuple[str, ...]) -> None:
    """Raise `DescriptionError` unless there is one goal channel for each target unit."""
    check_names(goals, f"{rule.title()}, goals")
    if len(goals) != len(rule.target):
        raise DescriptionError(
            f"{rule.title()}, goals",
            f"one stimulus channel for each target unit ({len(rule.target)})",
            f"{len(goals)}",
            "Name the channels that carry the wanted activations, in the order of the targets.",
        )


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ErrorDriven(LearningRule):
    r"""The delta rule: weights follow the error of the output (Widrow and Hoff 1960).

    .. math:: \frac{dw_{ij}}{dt} = \eta \, (g_i - y_i) \, x_j

    For a linear unit it is the gradient descent of :math:`(g_i - y_i)^2 / 2` with the wanted
    activation :math:`g_i`. With the constraint `NonNegative` it is the projected gradient, whose
    mean reaches the non-negative least squares; with exponentiated updates it is the
    exponentiated gradient.

    Parameters
    ----------
    goals : str or tuple of str
        Stimulus channels of the wanted activation of each target unit.
    """

    _: dataclasses.KW_ONLY
    goals: tuple[str, ...] = ()

    equation = "(d w_(i j)) / (d t) = eta (g_i - y_i) x_j"

    def check(self) -> None:
        """Store `goals` as a tuple; raise `DescriptionError` unless each target has one."""
        super().check()
        self.set_field("goals", (self.goals,) if isinstance(self.goals, str) else self.goals)
        check_goals(self, self.goals)

    @property
    def signal_channels(self) -> tuple[str, ...]:
        """The channels of the wanted activations."""
        return self.goals

    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute the change of the weights."""
        return np.asarray(self.rate * step.dt * compute_error(step))
