"""Three-factor plasticity: spike pairs leave an eligibility trace that a later reward reads out."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError
from bioann.base.units import SI, quantity
from bioann.bio.plasticity.pair_stdp import PairSTDP
from bioann.bio.plasticity.plasticity import LongTermPlasticity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class RewardSTDP(LongTermPlasticity):
    r"""Reward-modulated STDP with an eligibility trace.

    .. math:: \frac{dc}{dt} = -\frac{c}{\tau_e} + \Delta s_{rule}, \quad
              \frac{ds}{dt} = k \, R(t) \, c

    The reward `R` is a stimulus channel of either sign, in activation: reward minus expected
    reward.

    Parameters
    ----------
    channel : str
        Name of the stimulus channel that carries the reward.
    rule : LongTermPlasticity, optional
        Rule whose strength changes :math:`\Delta s_{rule}` add to the eligibility.
    tau_e : quantity, optional
        Time constant of the eligibility trace, > 0.
    gain : quantity, optional
        Learning rate `k`: change in strength per second at eligibility 1 and reward 1, > 0.

    Notes
    -----
    The integration is exact: the reward is constant within a stimulus step, and the eligibility is
    integrated in closed form between events. A recording stores strengths, not eligibility.
    """

    channel: str
    rule: LongTermPlasticity = dataclasses.field(default_factory=PairSTDP)
    tau_e: SI = quantity("ms", 1000, above=0, symbol="tau_e", meaning="eligibility trace")
    gain: SI = quantity("Hz", 1, above=0, symbol="k", meaning="learning rate at reward 1")

    advances_every_step = True
    equation = (
        "(d c) / (d t) = -c / tau_e + Delta s, quad (d s) / (d t) = k R(t) c, quad "
        '0 <= s <= s_"max"'
    )
    source = "Izhikevich 2007; gain: bioann's default"

    def check(self) -> None:
        """Raise `DescriptionError` for an unsuitable inner rule or no channel."""
        super().check()
        check_inner_rule(self.rule, self.title())
        if not isinstance(self.channel, str) or not self.channel:
            raise self.field_error(
                "channel", self.channel, "the name of a stimulus channel", "Write 'reward'."
            )

    @property
    def inner_rule(self) -> LongTermPlasticity:
        """The rule whose changes add to the eligibility."""
        return self.rule

    @property
    def channels(self) -> tuple[str, ...]:
        """The stimulus channel of the reward."""
        return (self.channel,)

    @property
    def model(self) -> str:  # type: ignore[override]
        """Brian2 equations: the traces of the inner rule, and the eligibility."""
        return f"{self.rule.model}\neligibility : 1\nsince : second"

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
        """Brian2 code: integrate the reward since the last event, during which it is constant."""
        return """
        kept = exp(-(t - since)/tau_e)
        earned = gain*tau_e*reward(t - dt/2, lane_post)*eligibility*(1 - kept)
        strength = clip(strength + earned, 0, upper)
        eligibility = eligibility*kept
        since = t
        """

    def change_code(self, gate: str) -> str:
        """Write the code that adds ``change`` to the eligibility."""
        return f"eligibility = eligibility + {gate}*change"

    def brian_namespace(self) -> dict[str, Any]:
        """Return the parameters of both rules; ``upper`` is that of this one."""
        return self.rule.brian_namespace() | super().brian_namespace()

    def advance_to_end(
        self, state: dict[str, np.ndarray], end: float, reward: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Integrate the reward between the last event and the end of the run."""
        assert reward is not None
        share = 1 - np.exp(-(end - state["since"]) / self.tau_e)
        change = self.gain * self.tau_e * reward * state["eligibility"] * share
        upper = np.inf if self.upper is None else self.upper
        return {"strength": np.clip(state["strength"] + change, 0, upper)}


def check_inner_rule(rule: object, obj: str) -> None:
    """Raise `DescriptionError` unless a rule changes strengths only at spikes."""
    if not isinstance(rule, LongTermPlasticity) or rule.advance_code:
        raise DescriptionError(
            f"{obj}, rule",
            "a long-term rule that changes strengths only at spikes",
            repr(rule),
            "Use PairSTDP(), TripletSTDP() or InhibitorySTDP().",
        )
