"""The fast-spiking interneuron of Wang and Buzsaki."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy

from bioann.base.declared import from_field
from bioann.base.units import SI, quantity
from bioann.bio.cells.cell import Cell, check_below


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class WangBuzsaki(Cell):
    r"""Fast-spiking interneuron of Hodgkin-Huxley type (Wang and Buzsaki 1996).

    .. math:: C \frac{dv}{dt} = g_L (E_L - v) + g_{Na} m_\infty^3 h (E_{Na} - v)
              + g_K n^4 (E_K - v) + I_{syn} + I_{inj}
    .. math:: \frac{dx}{dt} = \varphi (\alpha_x (1 - x) - \beta_x x), \quad x \in \{h, n\},
              \quad m_\infty = \alpha_m / (\alpha_m + \beta_m)

    with, `v` in mV and rates in 1/ms,
    :math:`\alpha_m = 0.1 (v + 35) / (1 - e^{-0.1 (v + 35)})`,
    :math:`\beta_m = 4 e^{-(v + 60)/18}`, :math:`\alpha_h = 0.07 e^{-(v + 58)/20}`,
    :math:`\beta_h = 1 / (1 + e^{-0.1 (v + 28)})`,
    :math:`\alpha_n = 0.01 (v + 34) / (1 - e^{-0.1 (v + 34)})`,
    :math:`\beta_n = 0.125 e^{-(v + 44)/80}`.

    A spike is an upward crossing of :math:`V_{spike}`. There is no reset and no refractory period:
    the cell shapes its spike itself.

    Parameters
    ----------
    C : quantity, optional
        Membrane capacitance (pF). With the paper's 1 uF/cm2, the default is 10,000 um2 of
        membrane: 1 uA/cm2 is 100 pA.
    g_L, g_Na, g_K : quantity, optional
        Leak, sodium and potassium conductance (nS).
    E_L, E_Na, E_K : quantity, optional
        Reversal potentials of leak, sodium and potassium (mV).
    V_spike : quantity, optional
        Potential whose upward crossing counts as a spike (mV). A spike of the default cell peaks at
        30 mV, and at 5 mV when a current of 20 uA/cm2 makes it fire at 400 Hz.
    phi : float, optional
        Factor on the opening and closing rates of all gates (temperature), above 0.

    Notes
    -----
    Fourth-order Runge-Kutta. At 0.01 ms the spikes of 0.5 s at 1 uA/cm2 come within a step of a
    reference solution; exponential Euler at 0.01 ms is 15 ms late by then.
    """

    C: SI = quantity("pF", 100, above=0, symbol="C", meaning="membrane capacitance")
    g_L: SI = quantity("nS", 10, above=0, symbol="g_L", meaning="leak conductance")
    g_Na: SI = quantity("nS", 3500, above=0, symbol='g_"Na"', meaning="sodium conductance")
    g_K: SI = quantity("nS", 900, above=0, symbol="g_K", meaning="potassium conductance")
    E_L: SI = quantity("mV", -65, symbol="E_L", meaning="leak reversal potential")
    E_Na: SI = quantity("mV", 55, symbol='E_"Na"', meaning="sodium reversal potential")
    E_K: SI = quantity("mV", -90, symbol="E_K", meaning="potassium reversal potential")
    V_spike: SI = quantity(
        "mV", 0, symbol='V_"spike"', meaning="crossing that counts as a spike",
        source="NeuroML version of the cell, Open Source Brain",
    )  # fmt: skip
    phi: float = 5.0

    capacitance, leak_conductance, resting_potential = map(from_field, ("C", "g_L", "E_L"))
    # The cell shapes its own spike: it has no reset and no refractory period, and depolarises again
    # from rest. Where its spikes start is bioann's estimate.
    reset_potential, refractory_period = from_field("E_L"), 0.0
    firing_threshold, spike_onset_width = -55e-3, 3e-3

    model = """
    dv/dt = (g_L*(E_L - v) + g_Na*m*m*m*h*(E_Na - v) + g_K*n*n*n*n*(E_K - v)
             + I_syn + I_inj)/C : volt
    dh/dt = phi*(0.07*exp(-(v + 58*mV)/(20*mV))*(1 - h)
                 - h/(1 + exp(-(v + 28*mV)/(10*mV))))/ms : 1
    dn/dt = phi*(0.1/exprel(-(v + 34*mV)/(10*mV))*(1 - n)
                 - 0.125*exp(-(v + 44*mV)/(80*mV))*n)/ms : 1
    m = 1/(1 + 4*exp(-(v + 60*mV)/(18*mV))*exprel(-(v + 35*mV)/(10*mV))) : 1
    """
    threshold = "v > V_spike"
    refractory_condition = "v > V_spike"
    method = "rk4"
    max_step = 1e-5
    equation = (
        'C (d v) / (d t) = g_L (E_L - v) + g_"Na" m_oo^3 h (E_"Na" - v) + g_K n^4 (E_K - v)'
        ' + I_"syn" + I_"inj", quad (d x) / (d t) = phi (alpha_x (1 - x) - beta_x x)'
    )
    source = "Wang and Buzsaki 1996"

    def check(self) -> None:
        """Raise `DescriptionError` for potentials in an impossible order."""
        check_below(self, "E_K", "E_L", "Potassium pulls below rest.")
        check_below(self, "E_L", "E_Na", "Sodium pulls above rest.")
        check_below(
            self,
            "E_L",
            "firing_threshold",
            "For a cell that fires by itself, inject a current instead.",
        )
        check_below(self, "firing_threshold", "V_spike", "A spike starts before it is counted.")
        check_below(self, "V_spike", "E_Na", "No spike rises above the sodium potential.")
        self.check_positive("phi")

    def time_constants(self) -> dict[str, float]:
        """Return the membrane time constants in seconds: at rest, and with open sodium channels."""
        return {"membrane": self.C / self.g_L, "sodium upstroke": self.C / self.g_Na}

    def resting_state(self) -> dict[str, float]:
        """Return a state near rest: leak reversal potential, gates at their steady values."""
        v = np.array(float(self.E_L))
        return {"v": float(v)} | {k: float(x) for k, x in _steady_gates(v).items()}

    def draw_initial_state(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """Draw potentials uniform between rest and threshold; gates at their steady values."""
        v = rng.uniform(self.resting_potential, self.firing_threshold, n)
        return self.state_at(v)

    def state_at(self, potential: np.ndarray) -> dict[str, np.ndarray]:
        """Return the state at a potential, with gates at their steady values."""
        return {"v": potential} | _steady_gates(potential)


def _steady_gates(v: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the steady values of the gates at potentials in volt."""
    u = v * 1e3
    h = (0.07 * np.exp(-(u + 58) / 20), 1 / (1 + np.exp(-(u + 28) / 10)))
    n = (0.1 / scipy.special.exprel(-(u + 34) / 10), 0.125 * np.exp(-(u + 44) / 80))
    return {"h": h[0] / (h[0] + h[1]), "n": n[0] / (n[0] + n[1])}
