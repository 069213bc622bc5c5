"""The adaptive exponential integrate-and-fire cell."""

from __future__ import annotations

import dataclasses

import numpy as np
from brian2 import Quantity, ms, mV, nS, pA, pF

from bioann.base.declared import from_field
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.units import SI, in_unit, quantity
from bioann.bio.cells.cell import Cell, check_below
from bioann.bio.cells.passage_time import ExponentialMembrane, compute_passage_time

_COLUMNS = ("C", "g_L", "E_L", "V_T", "Delta_T", "a", "tau_w", "b", "V_r")

#: Parameters of the patterns of Naud et al. 2008, from Brian2's example (adapted to the figures by
#: P. Mueller): pF, nS, mV, mV, mV, nS, ms, pA, mV, and the step in pA.
PATTERNS: dict[str, tuple[float, ...]] = {
    "tonic": (200, 10, -70, -50, 2, 2, 30, 0, -58, 500),
    "adapting": (200, 12, -70, -50, 2, 2, 300, 60, -58, 500),
    "initial burst": (130, 18, -58, -50, 2, 4, 150, 120, -50, 400),
    "regular bursting": (200, 10, -58, -50, 2, 2, 120, 100, -46, 210),
    "delayed accelerating": (200, 12, -70, -50, 2, -10, 300, 0, -58, 300),
    "delayed regular bursting": (100, 10, -65, -50, 2, -10, 90, 30, -47, 110),
    "transient": (100, 10, -65, -50, 2, 10, 90, 100, -47, 180),
    "irregular": (100, 12, -60, -50, 2, -11, 130, 30, -48, 160),
}


def _pattern_numbers(name: str) -> tuple[float, ...]:
    if name not in PATTERNS:
        raise unknown_name_error("AdEx.with_pattern", "firing pattern", name, PATTERNS)
    return PATTERNS[name]


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AdEx(Cell):
    r"""Adaptive exponential integrate-and-fire (Brette and Gerstner 2005).

    .. math:: C \frac{dv}{dt} = g_L (E_L - v) + g_L \Delta_T e^{(v - V_T)/\Delta_T}
              - w + I_{syn} + I_{inj}
    .. math:: \tau_w \frac{dw}{dt} = a (v - E_L) - w

    and at :math:`v > V_{cut}` a spike, :math:`v \leftarrow V_r`, :math:`w \leftarrow w + b`.

    Parameters
    ----------
    C, g_L, E_L : quantity, optional
        Membrane capacitance (pF), leak conductance (nS) and leak reversal potential (mV).
    V_T : quantity, optional
        Threshold of the exponential (mV): where a slowly rising current starts the spike.
    Delta_T : quantity, optional
        Slope factor of the spike onset (mV), above 0.
    V_cut, V_r : quantity, optional
        Potential at which the upswing is cut, and reset potential (mV).
    tau_w, a, b : quantity, optional
        Adaptation: time constant (ms), subthreshold coupling (nS), increment per spike (pA).
    t_ref : quantity, optional
        Absolute refractory period (ms), at least 0.

    Notes
    -----
    The exponential is carried over the step exactly, divergence included, and a spike is timed
    within its step (`bioann.bio.integration.integrator`, `bioann.bio.integration.spike_timing`). At
    0.1 ms a simulated rate is within 0.02% of `rate` up to 500 Hz without adaptation, and within
    0.13% up to 380 Hz with it. The exponent is clipped at 10 (20 mV above `V_T` by default, where
    the upswing takes microseconds), so that nothing overflows.
    """

    C: SI = quantity("pF", 281, above=0, symbol="C", meaning="membrane capacitance")
    g_L: SI = quantity("nS", 30, above=0, symbol="g_L", meaning="leak conductance")
    E_L: SI = quantity("mV", -70.6, symbol="E_L", meaning="leak reversal potential")
    V_T: SI = quantity("mV", -50.4, symbol="V_T", meaning="exponential threshold")
    Delta_T: SI = quantity("mV", 2, above=0, symbol="Delta_T", meaning="slope factor")
    V_cut: SI = quantity(
        "mV", -30, symbol='V_"cut"', meaning="spike cut-off", source="bioann's default"
    )
    V_r: SI = quantity("mV", -70.6, symbol="V_r", meaning="reset potential")
    tau_w: SI = quantity("ms", 144, above=0, symbol="tau_w", meaning="adaptation time constant")
    a: SI = quantity("nS", 4, symbol="a", meaning="subthreshold adaptation")
    b: SI = quantity("pA", 80.5, at_least=0, symbol="b", meaning="adaptation per spike")
    t_ref: SI = quantity("ms", 0, at_least=0, symbol='t_"ref"', meaning="refractory period")

    capacitance, leak_conductance, resting_potential = map(from_field, ("C", "g_L", "E_L"))
    firing_threshold, reset_potential, refractory_period = map(from_field, ("V_T", "V_r", "t_ref"))
    spike_onset_width = from_field("Delta_T")

    model = """
    dv/dt = (g_L*(E_L - v) + g_L*Delta_T*exp(clip((v - V_T)/Delta_T, -100, 10)) - w
             + I_syn + I_inj)/C : volt (unless refractory)
    dw/dt = (a*(v - E_L) - w)/tau_w : amp
    """
    threshold = "v > V_cut"
    reset = "v = V_r; w += b"
    equation = (
        "C (d v) / (d t) = g_L (E_L - v) + g_L Delta_T e^((v - V_T) \\/ Delta_T) - w"
        ' + I_"syn" + I_"inj", quad tau_w (d w) / (d t) = a (v - E_L) - w'
    )
    source = "Brette and Gerstner 2005"

    def check(self) -> None:
        """Raise `DescriptionError` for potentials in an impossible order."""
        check_below(self, "V_T", "V_cut", "The cut-off has to lie above the spike threshold.")
        check_below(
            self, "V_r", "V_cut", "A cell that resets above the cut-off never stops firing."
        )
        if self.a < -self.g_L:
            raise DescriptionError(
                f"{self.title()}, a",
                f"at least -g_L = {-in_unit(self.g_L, 'nS'):g} nS",
                f"{in_unit(self.a, 'nS'):g} nS",
                "A negative a amplifies; below -g_L it outweighs the leak and there is no rest.",
            )

    @classmethod
    def with_pattern(cls, pattern: str) -> AdEx:
        """Return the cell of a firing pattern of Naud et al. (2008).

        Parameters
        ----------
        pattern : str
            Name of a pattern in `PATTERNS`; `step_current` returns the current that evokes it.

        Returns
        -------
        AdEx
            The parameters of Brian2's example, adapted to their figures; spikes are cut at 0 mV.

        Raises
        ------
        UnknownNameError
            If there is no pattern of that name.
        """
        numbers = _pattern_numbers(pattern)
        units = (pF, nS, mV, mV, mV, nS, ms, pA, mV)
        fields = {n: x * u for n, x, u in zip(_COLUMNS, numbers, units, strict=False)}
        return cls(V_cut=0 * mV, t_ref=0 * ms, **fields)

    @staticmethod
    def step_current(pattern: str) -> Quantity:
        """Return the current step that evokes a firing pattern of Naud et al. (2008)."""
        return _pattern_numbers(pattern)[-1] * pA

    def steady_rate(
        self,
        current: np.ndarray,
        conductance: np.ndarray,
        reversal_current: np.ndarray,
        compartment: str = "soma",
    ) -> np.ndarray:
        """Compute the steady rate: by quadrature without adaptation, else spike by spike."""
        if self.a == 0 and self.b == 0:
            membrane = ExponentialMembrane(self.C, self.g_L, self.E_L, self.V_T, self.Delta_T)
            passage_time = compute_passage_time(
                membrane, self.V_r, self.V_cut, current, conductance, reversal_current
            )
            return 1 / (self.t_ref + passage_time)
        return super().steady_rate(current, conductance, reversal_current, compartment)

    def time_constants(self) -> dict[str, float]:
        """Return the membrane and adaptation time constants in seconds."""
        return {"membrane": self.C / self.g_L, "adaptation": self.tau_w}
