"""Three-factor learning: an eligibility that a later signal reads out."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.learning.learning_rule import LearningRule, LearningStep
from bioann.base.errors import DescriptionError
from bioann.base.text import shorten_repr
from bioann.base.units import SI, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ThreeFactor(LearningRule):
    r"""Activity leaves an eligibility, which a third factor turns into a change.

    .. math:: \tau_e \frac{de_{ij}}{dt} = -e_{ij} + y_i x_j, \quad
              \frac{dw_{ij}}{dt} = \eta \, m(t) \, e_{ij}

    A factor that comes a time :math:`d` after the activity has :math:`e^{-d / \tau_e}` of the
    effect that it has at once.

    Parameters
    ----------
    factor : str
        Stimulus channel of the third factor :math:`m`, of either sign.
    tau_e : quantity, optional
        Time constant of the eligibility, above 0, in ms.
    """

    _: dataclasses.KW_ONLY
    factor: str = ""
    tau_e: SI = quantity("ms", 1000, above=0, symbol="tau_e", meaning="eligibility trace")

    hidden_variables = ("eligibility",)
    equation = (
        "tau_e (d e_(i j)) / (d t) = -e_(i j) + y_i x_j, quad "
        "(d w_(i j)) / (d t) = eta m(t) e_(i j)"
    )

    def check(self) -> None:
        """Raise `DescriptionError` without a third factor."""
        super().check()
        if not isinstance(self.factor, str) or not self.factor:
            raise DescriptionError(
                f"{self.title()}, factor",
                "the stimulus channel of the third factor",
                shorten_repr(self.factor),
                "Write factor='reward', or use Hebb, which needs none.",
            )

    @property
    def signal_channels(self) -> tuple[str, ...]:
        """The channel of the third factor."""
        return (self.factor,)

    def make_state(self, shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
        """Return an eligibility of 0 for each weight."""
        return {"eligibility": np.zeros(shape)}

    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute the change of the weights, and let the eligibility follow the activity."""
        share = 1 - np.exp(-step.dt / self.tau_e)
        eligibility = step.state["eligibility"]
        eligibility = eligibility + share * (step.coincidence - eligibility)
        step.state["eligibility"] = eligibility
        return np.asarray(self.rate * step.dt * step.signals[:, :1, None] * eligibility)
