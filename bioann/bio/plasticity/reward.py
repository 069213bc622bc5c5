"""Three factors: pairs make a synapse eligible, and a later reward makes the change."""

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
    r"""Reward-modulated plasticity with an eligibility trace.

    .. math:: \frac{dc}{dt} = -\frac{c}{\tau_e} + \Delta s_{rule}, \quad
              \frac{ds}{dt} = k \, R(t) \, c

    `R` is a stimulus channel in activation, of any sign: reward minus what was expected.

    Parameters
    ----------
    channel : str
        Stimulus channel of the reward.
    rule : LongTerm, optional
        What makes a synapse eligible.
    tau_e : quantity, optional
        Decay of the eligibility.
    gain : quantity, optional
        `k`: change per second of a synapse of eligibility 1 at reward 1.

    Notes
    -----
    Exact: the reward is constant within a stimulus step, and the eligibility is integrated in
    closed form from event to event. Eligibility ends with the run; strengths stay.
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
        """Raise `DescriptionError` for a rule that cannot wait for a reward."""
        super().check()
        check_inner_rule(self.rule, self.title())
        if not isinstance(self.channel, str) or not self.channel:
            raise self.field_error("channel", "the name of a stimulus channel", "Write 'reward'.")

    @property
    def channels(self) -> tuple[str, ...]:
        """Give the channel of the reward."""
        return (self.channel,)

    @property
    def model(self) -> str:  # type: ignore[override]
        """The rule's traces and the eligibility."""
        return f"{self.rule.model}\neligibility : 1\nsince : second"

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
        """Take in the reward since the last event; it was constant since then."""
        return """
        kept = exp(-(t - since)/tau_e)
        earned = gain*tau_e*reward(t - dt/2, lane_post)*eligibility*(1 - kept)
        strength = clip(strength + earned, 0, upper)
        eligibility = eligibility*kept
        since = t
        """

    def change_code(self, gate: str) -> str:
        """Make the synapse eligible."""
        return f"eligibility = eligibility + {gate}*change"

    def brian_namespace(self) -> dict[str, Any]:
        """Give the parameters of the rule, too; the bound is the one here."""
        return self.rule.brian_namespace() | super().brian_namespace()

    def advance_to_end(
        self, state: dict[str, np.ndarray], end: float, reward: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Take in the reward between the last event and the end."""
        assert reward is not None
        share = 1 - np.exp(-(end - state["since"]) / self.tau_e)
        change = self.gain * self.tau_e * reward * state["eligibility"] * share
        upper = np.inf if self.upper is None else self.upper
        return {"strength": np.clip(state["strength"] + change, 0, upper)}


def check_inner_rule(rule: object, obj: str) -> None:
    """Raise `DescriptionError` unless a rule only makes changes, and can be wrapped."""
    if not isinstance(rule, LongTermPlasticity) or rule.advance_code:
        raise DescriptionError(
            f"{obj}, rule",
            "a rule that changes strengths at spikes",
            repr(rule),
            "Use PairSTDP(), TripletSTDP() or InhibitorySTDP().",
        )
