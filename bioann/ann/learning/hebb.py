"""Hebb's rule, and Oja's rule with a bound of its own."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.learning.learning_rule import LearningRule, LearningStep


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Hebb(LearningRule):
    r"""Weights grow with the product of both activations (Hebb 1949).

    .. math:: \frac{dw_{ij}}{dt} = \eta \, y_i x_j

    A linear unit, :math:`y = w x`, follows :math:`\dot w = \eta \, C w` with the second moments
    :math:`C = \langle x x^T \rangle` of its inputs: weights grow without bound along the leading
    eigenvector. Parameters are those of `LearningRule`.
    """

    equation = "(d w_(i j)) / (d t) = eta y_i x_j"

    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute the product of both activations, times the rate and the step."""
        return np.asarray(self.rate * step.dt * step.coincidence)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Oja(LearningRule):
    r"""Hebb's rule with a decay that keeps the weights of a linear unit at length 1 (Oja 1982).

    .. math:: \frac{dw_{ij}}{dt} = \eta \, (y_i x_j - y_i^2 w_{ij})

    The weights of a linear unit converge to the eigenvector of the largest eigenvalue of the second
    moments of its inputs. Parameters are those of `LearningRule`.
    """

    equation = "(d w_(i j)) / (d t) = eta (y_i x_j - y_i^2 w_(i j))"

    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute Hebb's product less the decay, times the rate and the step."""
        decay = step.post[:, :, None] ** 2 * step.weights
        return np.asarray(self.rate * step.dt * (step.coincidence - decay))
