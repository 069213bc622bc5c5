"""Spike-timing-dependent plasticity of pairs of spikes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.units import SI, quantity
from bioann.bio.plasticity.plasticity import LongTermPlasticity, dimensionless_number


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PairSTDP(LongTermPlasticity):
    r"""Pre before post strengthens, post before pre weakens.

    .. math:: \Delta s = A_+ e^{-\Delta t / \tau_+} \; (\Delta t \ge 0), \quad
              \Delta s = -A_- e^{\Delta t / \tau_-} \; (\Delta t < 0), \quad
              \Delta t = t_{post} - t_{pre}

    summed over all pairs, or over nearest neighbours, and added to the strength :math:`s`, the
    weight in units of the projection's.

    Parameters
    ----------
    A_plus, A_minus : float, optional
        Both >= 0.
    tau_plus, tau_minus : quantity, optional
        Widths of the window.
    nearest : bool, optional
        Let each spike meet only the last one of the other side.
    upper : float or None, optional
        Largest strength; Song et al. start from weights below their bound, so that 1 is theirs.
    """

    A_plus: float = dimensionless_number(0.005, symbol="A_+", meaning="potentiation of a pair")
    A_minus: float = dimensionless_number(0.00525, symbol="A_-", meaning="depression of a pair")
    tau_plus: SI = quantity("ms", 20, above=0, symbol="tau_+", meaning="window, pre before post")
    tau_minus: SI = quantity("ms", 20, above=0, symbol="tau_-", meaning="window, post before pre")
    nearest: bool = False

    model = """
    dpre_trace/dt = -pre_trace/tau_plus : 1 (event-driven)
    dpost_trace/dt = -post_trace/tau_minus : 1 (event-driven)
    """
    equation = (
        'Delta s = A_+ e^(-Delta t \\/ tau_+) "for" Delta t >= 0, quad '
        'Delta s = -A_- e^(Delta t \\/ tau_-) "for" Delta t < 0, quad 0 <= s <= s_"max"'
    )
    source = "Song, Miller and Abbott 2000"

    def check(self) -> None:
        """Raise `DescriptionError` for negative amplitudes: the signs are the rule's."""
        super().check()
        for field in ("A_plus", "A_minus"):
            if not getattr(self, field) >= 0:
                remedy = "The rule itself adds A_plus and takes away A_minus."
                raise self.field_error(field, "a number >= 0", remedy)

    @property
    def on_pre(self) -> str:
        """Weaken by what is left of the last postsynaptic spikes."""
        return "change = -A_minus*post_trace\npre_trace = " + (
            "1" if self.nearest else "pre_trace + 1"
        )

    @property
    def on_post(self) -> str:
        """Strengthen by what is left of the last presynaptic spikes."""
        return "change = A_plus*pre_trace\npost_trace = " + (
            "1" if self.nearest else "post_trace + 1"
        )

    def stdp_window(self, delta: Any) -> np.ndarray:
        """Give the change by one pair, `delta` = post minus pre in seconds."""
        delta = np.asarray(delta, dtype=float)
        later = self.A_plus * np.exp(-np.abs(delta) / self.tau_plus)
        return np.where(delta >= 0, later, -self.A_minus * np.exp(-np.abs(delta) / self.tau_minus))

    def window_integral(self) -> float:
        """Give the area of the window in seconds: the drift per product of uncorrelated rates."""
        return float(self.A_plus * self.tau_plus - self.A_minus * self.tau_minus)
