"""The rule of Bienenstock, Cooper and Munro, with a threshold that slides."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.learning.learning_rule import LearningRule, LearningStep
from bioann.base.units import SI, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class BCM(LearningRule):
    r"""Weights grow above a threshold of the output, and shrink below it.

    .. math:: \frac{dw_{ij}}{dt} = \eta \, x_j y_i (y_i - \theta_i), \quad
              \tau_\theta \frac{d\theta_i}{dt} = y_i^2 - \theta_i

    (Bienenstock, Cooper and Munro 1982, with the threshold of Intrator and Cooper 1992.) With one
    input pattern the output settles at 1, where it equals its own square; of several patterns it
    becomes selective for one. The threshold has to follow faster than the weights.

    Parameters
    ----------
    tau_threshold : quantity, optional
        Time constant of the threshold, above 0, in ms.
    """

    _: dataclasses.KW_ONLY
    tau_threshold: SI = quantity(
        "ms", 1000, above=0, symbol="tau_theta", meaning="sliding threshold"
    )

    hidden_variables = ("threshold",)
    equation = (
        "(d w_(i j)) / (d t) = eta x_j y_i (y_i - theta_i), quad "
        "tau_theta (d theta_i) / (d t) = y_i^2 - theta_i"
    )

    def make_state(self, shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
        """Return a threshold of 0 for each target unit."""
        return {"threshold": np.zeros(shape[:2])}

    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute the change of the weights, and move the threshold towards the squared output."""
        threshold = step.state["threshold"]
        excess = (step.post - threshold)[:, :, None]
        change = self.rate * step.dt * step.coincidence * excess
        share = 1 - np.exp(-step.dt / self.tau_threshold)
        step.state["threshold"] = threshold + share * (step.post**2 - threshold)
        return np.asarray(change)
