"""A sigmoid unit with one input, trained by gradient descent of the logistic loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from math import exp, log

import numpy as np
from scipy.special import expit

from bioann.base.description import Description
from bioann.claims.measure import measure
from bioann.claims.rules.score import Score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class SigmoidUnit(Description):
    r"""A unit that is trained from zero; its trajectory is computed when it is first read.

    With the output :math:`y = 1 / (1 + e^{-w x - b})`, the gradient of the logistic loss is

    .. math:: \partial L / \partial w = \overline{(y - \text{target}) \, x}, \quad
              \partial L / \partial b = \overline{y - \text{target}}.

    Parameters
    ----------
    x, target : sequence of float
        Input and target output (0 or 1) of each training point.
    steps : int
        Number of gradient steps, 1 or more.
    rate : float
        Learning rate, above 0.
    positive : bool, optional
        Whether a negative weight is set to zero after every step; the bias is not constrained.
    decay : float, optional
        Decay :math:`\lambda \ge 0` of the weight, not of the bias: the penalty
        :math:`\lambda w^2 / 2` of the loss summed over the points.
    """

    x: Sequence[float]
    target: Sequence[float]
    steps: int
    rate: float
    positive: bool = False
    decay: float = 0.0

    @cached_property
    def trajectory(self) -> np.ndarray:
        """Weight and bias after each step, shape (step, 2)."""
        w = b = 0.0
        points = list(zip(self.x, self.target, strict=True))
        trajectory: list[float] = []
        for _ in range(self.steps):
            gradient_w, gradient_b = self.decay * w, 0.0
            for value, label in points:
                error = 1 / (1 + exp(-w * value - b)) - label
                gradient_w += error * value
                gradient_b += error
            w -= self.rate * gradient_w / len(points)
            b -= self.rate * gradient_b / len(points)
            if self.positive and w < 0:
                w = 0.0
            trajectory += (w, b)
        return np.array(trajectory).reshape(-1, 2)

    def compute_output(self, x: float | np.ndarray, step: int) -> np.ndarray:
        """Compute the output for inputs `x` after a step of the training, counted from 1."""
        w, b = self.trajectory[step - 1]
        output: np.ndarray = expit(w * x + b)
        return output

    def compute_separation(self) -> float:
        """Compute the smallest output for a target of 1 minus the largest for a target of 0."""
        is_one = np.asarray(self.target) > 0.5
        output = self.compute_output(np.asarray(self.x), self.steps)
        return float(output[is_one].min() - output[~is_one].max())

    def compute_weight_growth(self) -> float:
        """Compute the growth of the weight's size per factor e of steps, over the last 90 %."""
        earlier, last = np.abs(self.trajectory[[self.steps // 10 - 1, -1], 0])
        return float(last - earlier) / log(10)

    def compute_width_ratio(self) -> float:
        r"""Compute the width of the transition at the end over that after 1 % of the training.

        From 90 % to 10 % of the output it is :math:`2 \ln 9 / |w|`.
        """
        early, last = self.trajectory[[self.steps // 100 - 1, -1], 0]
        return float(early / last)

    @property
    def weight_growth(self) -> Score:
        """Score of `compute_weight_growth`; 2 for two points that the unit gets right."""
        name = "growth of the trained weight per factor e of training steps"
        return measure(self.compute_weight_growth, name, best=2).of()

    @property
    def width_ratio(self) -> Score:
        """Score of `compute_width_ratio`."""
        name = "width of the trained unit at the end over that after 1% of training"
        return measure(self.compute_width_ratio, name).of()
