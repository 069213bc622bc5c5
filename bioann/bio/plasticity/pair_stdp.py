"""Pair-based spike-timing-dependent plasticity (STDP)."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.plasticity.plasticity import LongTermPlasticity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class PairSTDP(LongTermPlasticity):
    r"""Pair-based STDP: arrival before the spike potentiates, arrival after it depresses.

    .. math:: \Delta s = A_+ e^{-\Delta t / \tau_+} \; (\Delta t \ge 0), \quad
              \Delta s = -A_- e^{\Delta t / \tau_-} \; (\Delta t < 0), \quad
              \Delta t = t_{post} - (t_{pre} + d)

    :math:`\Delta t` counts from the arrival of the presynaptic spike, which follows the spike by
    the delay :math:`d` of the projection: a postsynaptic spike within the delay still depresses.
    The changes are summed over all pairs, or over nearest neighbours, and added to the strength
    :math:`s`, the synaptic weight divided by the projection's weight.

    Parameters
    ----------
    A_plus, A_minus : float, optional
        Magnitude of potentiation and depression by a coincident pair, >= 0, in units of the
        projection's weight.
    tau_plus, tau_minus : quantity, optional
        Time constants of the window for arrival before and after the postsynaptic spike, > 0.
    nearest : bool, optional
        Whether each spike pairs only with the most recent spike of the other neuron.
    upper : float or None, optional
        Upper bound of the strength, > 0; None for no bound. For the bound of Song et al., set the
        projection's weight to their maximal conductance and `upper` to 1.
    """

    A_plus: float = dimensionless_number(0.005, symbol="A_+", meaning="potentiation of a pair")
    A_minus: float = dimensionless_number(0.00525, symbol="A_-", meaning="depression of a pair")
    tau_plus: SI = quantity("ms", 20, above=0, symbol="tau_+", meaning="window, arrival first")
    tau_minus: SI = quantity("ms", 20, above=0, symbol="tau_-", meaning="window, arrival last")
    nearest: bool = False

    model = """
    dpre_trace/dt = -pre_trace/tau_plus : 1 (event-driven)
    dpost_trace/dt = -post_trace/tau_minus : 1 (event-driven)
    """
    equation = (
        'Delta s = A_+ e^(-Delta t \\/ tau_+) "for" Delta t >= 0, quad '
        'Delta s = -A_- e^(Delta t \\/ tau_-) "for" Delta t < 0, quad '
        'Delta t = t_"post" - (t_"pre" + d), quad 0 <= s <= s_"max"'
    )
    source = "Song, Miller and Abbott 2000"

    def check(self) -> None:
        """Raise `DescriptionError` if an amplitude is negative."""
        super().check()
        for field, amplitude in (("A_plus", self.A_plus), ("A_minus", self.A_minus)):
            if not amplitude >= 0:
                remedy = "The rule itself adds A_plus and subtracts A_minus."
                raise self.field_error(field, amplitude, "a number >= 0", remedy)

    @property
    def on_pre(self) -> str:
        """Brian2 code: depress by the postsynaptic trace, then update the presynaptic trace."""
        return "change = -A_minus*post_trace\npre_trace = " + (
            "1" if self.nearest else "pre_trace + 1"
        )

    @property
    def on_post(self) -> str:
        """Brian2 code: potentiate by the presynaptic trace, then update the postsynaptic trace."""
        return "change = A_plus*pre_trace\npost_trace = " + (
            "1" if self.nearest else "post_trace + 1"
        )

    def stdp_window(self, delta: Any) -> np.ndarray:
        """Return the change in strength by one pair.

        Parameters
        ----------
        delta : array_like of float
            Postsynaptic spike time minus arrival of the presynaptic spike, in seconds; the arrival
            is the presynaptic spike time plus the delay of the projection.

        Returns
        -------
        numpy.ndarray
            Change in strength, of the shape of `delta`.
        """
        delta = np.asarray(delta, dtype=float)
        later = self.A_plus * np.exp(-np.abs(delta) / self.tau_plus)
        return np.where(delta >= 0, later, -self.A_minus * np.exp(-np.abs(delta) / self.tau_minus))

    def window_integral(self) -> float:
        """Return the integral of the window in seconds: drift over product of Poisson rates."""
        return float(self.A_plus * self.tau_plus - self.A_minus * self.tau_minus)
