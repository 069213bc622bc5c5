"""Synaptic consolidation: a fast visible and a slow hidden strength."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import scipy

from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.plasticity.pair_stdp import PairSTDP
from bioann.bio.plasticity.plasticity import LongTermPlasticity
from bioann.bio.plasticity.reward import check_inner_rule


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Consolidation(LongTermPlasticity):
    r"""A fast visible strength that exchanges with a slow hidden one (two coupled beakers).

    .. math:: \frac{ds}{dt} = \frac{h - s}{\tau_f} + \Delta s_{rule}, \quad
              \frac{dh}{dt} = \frac{s - h}{\tau_h}

    A learned change of the strength :math:`s` decays into the hidden strength :math:`h` with time
    constant :math:`1/(1/\tau_f + 1/\tau_h)`; the fraction :math:`\tau_f / (\tau_f + \tau_h)`
    persists. After the visible strength has been erased, the hidden one restores part of it, and
    relearning is faster (savings).

    Parameters
    ----------
    rule : LongTermPlasticity, optional
        Rule that changes the visible strength at spikes.
    tau_fast, tau_slow : quantity, optional
        Time constants of the visible and of the hidden strength, > 0; `tau_slow` above `tau_fast`.

    Notes
    -----
    The integration is exact: between spikes both strengths are exponentials. Each relaxes towards
    the other, so both stay >= 0. The model is the chain of Benna and Fusi 2016 with two beakers
    and no leak.
    """

    rule: LongTermPlasticity = dataclasses.field(default_factory=PairSTDP)
    tau_fast: SI = quantity("ms", 2000, above=0, symbol="tau_f", meaning="visible strength")
    tau_slow: SI = quantity("ms", 20000, above=0, symbol="tau_h", meaning="hidden strength")

    hidden_variables = ("hidden",)
    equation = (
        "(d s) / (d t) = (h - s) / tau_f + Delta s, quad (d h) / (d t) = (s - h) / tau_h, quad "
        '0 <= s <= s_"max"'
    )
    source = "form: Benna and Fusi 2016, two beakers; times: bioann's default"

    def check(self) -> None:
        """Raise `DescriptionError` for an unsuitable inner rule, or `tau_slow` too short."""
        super().check()
        check_inner_rule(self.rule, self.title())
        if not self.tau_slow > self.tau_fast:
            remedy = "The hidden strength is the slow one."
            raise self.field_error("tau_slow", self.tau_slow, "a time above tau_fast", remedy)

    @property
    def inner_rule(self) -> LongTermPlasticity:
        """The rule that changes the visible strength."""
        return self.rule

    @property
    def model(self) -> str:  # type: ignore[override]
        """Brian2 equations: the traces of the inner rule, and the hidden strength."""
        return f"{self.rule.model}\nhidden : 1\nsince : second"

    @property
    def on_pre(self) -> str:
        """Code of the inner rule."""
        return self.rule.on_pre

    @property
    def on_post(self) -> str:
        """Code of the inner rule."""
        return self.rule.on_post

    @property
    def advance_code(self) -> str:
        """Brian2 code: relax both strengths towards each other since the last event."""
        return """
        flown = (strength - hidden)*(1 - exp(-(t - since)*(1/tau_fast + 1/tau_slow)))
        strength = strength - flown*tau_slow/(tau_fast + tau_slow)
        hidden = hidden + flown*tau_fast/(tau_fast + tau_slow)
        since = t
        """

    def brian_namespace(self) -> dict[str, Any]:
        """Return the parameters of both rules; ``upper`` is that of this one."""
        return self.rule.brian_namespace() | super().brian_namespace()

    def predict_strengths(
        self, time: float, *, drive: float = 0.0, strength: float = 0.0, hidden: float = 0.0
    ) -> tuple[float, float]:
        r"""Compute both strengths after a time at a constant drive, without bounds.

        Parameters
        ----------
        time : float
            In seconds, >= 0.
        drive : float, optional
            Change of the visible strength by the inner rule, per second.
        strength, hidden : float, optional
            Visible and hidden strength at the start.

        Returns
        -------
        strength, hidden : float
            Their difference relaxes to :math:`a \tau` with :math:`1/\tau = 1/\tau_f + 1/\tau_h`;
            :math:`\tau_f s + \tau_h h` grows by :math:`\tau_f a` per second.
        """
        tau = 1 / (1 / self.tau_fast + 1 / self.tau_slow)
        total = self.tau_fast * (strength + drive * time) + self.tau_slow * hidden
        difference = drive * tau + (strength - hidden - drive * tau) * np.exp(-time / tau)
        sum_of_taus = self.tau_fast + self.tau_slow
        return (
            float((total + self.tau_slow * difference) / sum_of_taus),
            float((total - self.tau_fast * difference) / sum_of_taus),
        )

    def predict_learning_time(self, goal: float, *, drive: float, hidden: float = 0.0) -> float:
        """Compute the time in seconds in which the visible strength rises from 0 to a goal.

        Parameters
        ----------
        goal : float
            Visible strength to reach, above 0.
        drive : float
            Change of the visible strength by the inner rule, per second, above 0.
        hidden : float, optional
            Hidden strength at the start, >= 0: the larger, the faster the goal is reached.

        Raises
        ------
        DescriptionError
            If the strength does not rise to the goal.
        """
        if not (goal > 0 and drive > 0 and hidden >= 0):
            raise DescriptionError(
                "Consolidation.predict_learning_time",
                "a goal and a drive above 0, and a hidden strength of at least 0",
                f"goal {goal:g}, drive {drive:g}, hidden {hidden:g}",
                "Use predict_strengths for a strength that falls.",
            )
        # The strength falls behind the drive by at most the share that the hidden one takes.
        longest = goal / drive * (self.tau_fast + self.tau_slow) / self.tau_fast
        return float(
            scipy.optimize.brentq(
                lambda t: self.predict_strengths(t, drive=drive, hidden=hidden)[0] - goal,
                0.0,
                longest,
            )
        )

    def advance_to_end(
        self, state: dict[str, np.ndarray], end: float, reward: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Relax both strengths towards each other until the end of the run."""
        rate = 1 / self.tau_fast + 1 / self.tau_slow
        flow = -np.expm1(-(end - state["since"]) * rate) * (state["strength"] - state["hidden"])
        total = self.tau_fast + self.tau_slow
        return {
            "strength": state["strength"] - flow * self.tau_slow / total,
            "hidden": state["hidden"] + flow * self.tau_fast / total,
        }
