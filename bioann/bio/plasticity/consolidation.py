"""A synapse with a fast visible strength and a slow hidden one."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.units import SI, quantity
from bioann.bio.plasticity.pair_stdp import PairSTDP
from bioann.bio.plasticity.plasticity import LongTermPlasticity
from bioann.bio.plasticity.reward import check_inner_rule


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Consolidation(LongTermPlasticity):
    r"""Two beakers joined by a tube: learning fills the visible one.

    .. math:: \frac{ds}{dt} = \frac{h - s}{\tau_f} + \Delta s_{rule}, \quad
              \frac{dh}{dt} = \frac{s - h}{\tau_h}

    What is learnt fades into the hidden strength :math:`h` with :math:`1/(1/\tau_f + 1/\tau_h)`
    and stays there as the share :math:`\tau_f / (\tau_f + \tau_h)`. Where the visible strength
    is wiped out, the hidden one brings part of it back, and the same level is learnt again sooner
    (savings).

    Parameters
    ----------
    rule : LongTerm, optional
        What changes the visible strength at spikes.
    tau_fast, tau_slow : quantity, optional
        Of the visible and of the hidden strength.

    Notes
    -----
    Exact: between spikes both are exponentials. Both are >= 0, for each moves toward the other.
    The chain of Benna and Fusi 2016 with two beakers and no leak.
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
        """Raise `DescriptionError` for a hidden strength that is not the slow one."""
        super().check()
        check_inner_rule(self.rule, self.title())
        if not self.tau_slow > self.tau_fast:
            raise self.field_error(
                "tau_slow", "a time above tau_fast", "The hidden strength is the slow one."
            )

    @property
    def model(self) -> str:  # type: ignore[override]
        """The rule's traces and the hidden strength."""
        return f"{self.rule.model}\nhidden : 1\nsince : second"

    @property
    def on_pre(self) -> str:
        """Do as the rule."""
        return self.rule.on_pre

    @property
    def on_post(self) -> str:
        """Do as the rule."""
        return self.rule.on_post

    @property
    def advance_code(self) -> str:
        """Let the two strengths approach each other since the last spike."""
        return """
        flown = (strength - hidden)*(1 - exp(-(t - since)*(1/tau_fast + 1/tau_slow)))
        strength = strength - flown*tau_slow/(tau_fast + tau_slow)
        hidden = hidden + flown*tau_fast/(tau_fast + tau_slow)
        since = t
        """

    def brian_namespace(self) -> dict[str, Any]:
        """Give the parameters of the rule, too; the bound is the one here."""
        return self.rule.brian_namespace() | super().brian_namespace()

    def advance_to_end(
        self, state: dict[str, np.ndarray], end: float, reward: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Let the two strengths approach each other until the end."""
        rate = 1 / self.tau_fast + 1 / self.tau_slow
        flow = -np.expm1(-(end - state["since"]) * rate) * (state["strength"] - state["hidden"])
        total = self.tau_fast + self.tau_slow
        return {
            "strength": state["strength"] - flow * self.tau_slow / total,
            "hidden": state["hidden"] + flow * self.tau_fast / total,
        }
