"""Weights that are the sum of a fast part, which decays, and a slow one."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.ann.learning.error_driven import check_goals, compute_error
from bioann.ann.learning.learning_rule import LearningRule, LearningStep
from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class FastSlow(LearningRule):
    r"""Error-driven learning of a fast and of a slow part of each weight (Hinton and Plaut 1987).

    .. math:: w = f + s, \quad \frac{df}{dt} = \eta \, (g - y) x - \frac{f}{\tau_f}, \quad
              \frac{ds}{dt} = \eta_s (g - y) x - \frac{s}{\tau_s}

    What was learned and then forgotten is relearned faster, because the slow part is still there.
    A weight with one part, ``slow_rate=0 * Hz``, is forgotten without savings.

    Parameters
    ----------
    goals : str or tuple of str
        Stimulus channels of the wanted activation of each target unit.
    tau_fast : quantity, optional
        Time constant of the decay of the fast part, above 0, in ms.
    slow_rate : quantity, optional
        Learning rate of the slow part, at least 0, in Hz.
    tau_slow : quantity or None, optional
        Time constant of the decay of the slow part, above 0, in ms; None for no decay.
    """

    _: dataclasses.KW_ONLY
    goals: tuple[str, ...] = ()
    tau_fast: SI = quantity("ms", 1000, above=0, symbol="tau_f", meaning="fast decay")
    slow_rate: SI = quantity(
        "Hz", 0.1, at_least=0, symbol="eta_s", meaning="learning rate, slow part"
    )
    tau_slow: SI | None = quantity("ms", optional=True, above=0)

    hidden_variables = ("slow",)
    equation = (
        "w = f + s, quad (d f) / (d t) = eta (g - y) x - f / tau_f, quad "
        "(d s) / (d t) = eta_s (g - y) x - s / tau_s"
    )

    def check(self) -> None:
        """Store `goals` as a tuple; raise `DescriptionError` if one is missing."""
        super().check()
        self.set_field("goals", (self.goals,) if isinstance(self.goals, str) else self.goals)
        check_goals(self, self.goals)
        if self.update != "additive":
            raise DescriptionError(
                f"{self.title()}, update", "'additive', since the parts are added",
                repr(self.update), "Leave it out.",
            )  # fmt: skip

    @property
    def signal_channels(self) -> tuple[str, ...]:
        """The channels of the wanted activations."""
        return self.goals

    def make_state(self, shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
        """Return a slow part of 0: the initial weights are fast."""
        return {"slow": np.zeros(shape)}

    def compute_change(self, step: LearningStep) -> np.ndarray:
        """Compute the change of the sum, and advance the slow part."""
        gradient = compute_error(step) * step.dt
        slow = step.state["slow"]
        fast = step.weights - slow
        slow_decay = 1.0 if self.tau_slow is None else np.exp(-step.dt / self.tau_slow)
        step.state["slow"] = slow * slow_decay + self.slow_rate * gradient
        fast = fast * np.exp(-step.dt / self.tau_fast) + self.rate * gradient
        return np.asarray(fast + step.state["slow"] - step.weights)
