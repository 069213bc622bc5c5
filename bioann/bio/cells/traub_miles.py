"""The pyramidal cell of the Hodgkin-Huxley network benchmark."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy

from bioann.base.declared import from_field
from bioann.base.units import SI, quantity
from bioann.bio.cells.cell import Cell, check_below


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TraubMiles(Cell):
    r"""Pyramidal cell of Hodgkin-Huxley type (Traub and Miles 1991, as in Brette et al. 2007).

    .. math:: C \frac{dv}{dt} = g_L (E_L - v) + g_{Na} m^3 h (E_{Na} - v)
              + g_K n^4 (E_K - v) + I_{syn} + I_{inj}
    .. math:: \frac{dx}{dt} = \alpha_x (1 - x) - \beta_x x, \quad x \in \{m, h, n\}

    with :math:`u = v - V_T` in mV and rates in 1/ms,
    :math:`\alpha_m = 0.32 (13 - u) / (e^{(13 - u)/4} - 1)`,
    :math:`\beta_m = 0.28 (u - 40) / (e^{(u - 40)/5} - 1)`,
    :math:`\alpha_h = 0.128 e^{(17 - u)/18}`, :math:`\beta_h = 4 / (1 + e^{(40 - u)/5})`,
    :math:`\alpha_n = 0.032 (15 - u) / (e^{(15 - u)/5} - 1)`, :math:`\beta_n = 0.5 e^{(10 - u)/40}`.

    A spike is an upward crossing of :math:`V_{spike}`. There is no reset and no refractory period:
    the cell shapes its spike itself.

    Parameters
    ----------
    C : quantity, optional
        Membrane capacitance (pF), above 0; the default is 20,000 um2 at 1 uF/cm2.
    g_L, g_Na, g_K : quantity, optional
        Leak, sodium and potassium conductance (nS).
    E_L, E_Na, E_K : quantity, optional
        Reversal potentials of leak, sodium and potassium (mV).
    V_T : quantity, optional
        Shifts the kinetics, and with them the threshold (mV).
    V_spike : quantity, optional
        Potential whose upward crossing counts as a spike (mV); a spike peaks at 30 to 50 mV.

    Notes
    -----
    Fourth-order Runge-Kutta at 0.01 ms: the sodium current charges the membrane that fast.
    """

    C: SI = quantity("pF", 200, above=0, symbol="C", meaning="membrane capacitance")
    g_L: SI = quantity("nS", 10, above=0, symbol="g_L", meaning="leak conductance")
    g_Na: SI = quantity("nS", 20000, above=0, symbol='g_"Na"', meaning="sodium conductance")
    g_K: SI = quantity("nS", 6000, above=0, symbol="g_K", meaning="potassium conductance")
    E_L: SI = quantity("mV", -60, symbol="E_L", meaning="leak reversal potential")
    E_Na: SI = quantity("mV", 50, symbol='E_"Na"', meaning="sodium reversal potential")
    E_K: SI = quantity("mV", -90, symbol="E_K", meaning="potassium reversal potential")
    V_T: SI = quantity("mV", -63, symbol="V_T", meaning="shift of the kinetics")
    V_spike: SI = quantity(
        "mV", -20, symbol='V_"spike"', meaning="crossing that counts as a spike",
        source="as Brian2's script of the benchmark",
    )  # fmt: skip

    capacitance, leak_conductance, resting_potential = map(from_field, ("C", "g_L", "E_L"))
    # The cell shapes its own spike: it has no reset and no refractory period, and depolarises again
    # from rest.
    reset_potential, refractory_period = from_field("E_L"), 0.0
    spike_onset_width = 3e-3  # bioann's choice, as an EIF cell with a slope factor of 3 mV

    model = """
    dv/dt = (g_L*(E_L - v) + g_Na*m*m*m*h*(E_Na - v) + g_K*n*n*n*n*(E_K - v)
             + I_syn + I_inj)/C : volt
    dm/dt = (1.28/exprel((13*mV - u)/(4*mV))*(1 - m) - 1.4/exprel((u - 40*mV)/(5*mV))*m)/ms : 1
    dh/dt = (0.128*exp((17*mV - u)/(18*mV))*(1 - h) - 4/(1 + exp((40*mV - u)/(5*mV)))*h)/ms : 1
    dn/dt = (0.16/exprel((15*mV - u)/(5*mV))*(1 - n) - 0.5*exp((10*mV - u)/(40*mV))*n)/ms : 1
    u = v - V_T : volt
    """
    threshold = "v > V_spike"
    refractory_condition = "v > V_spike"
    method = "rk4"
    max_step = 1e-5
    equation = (
        'C (d v) / (d t) = g_L (E_L - v) + g_"Na" m^3 h (E_"Na" - v) + g_K n^4 (E_K - v)'
        ' + I_"syn" + I_"inj", quad (d x) / (d t) = alpha_x (1 - x) - beta_x x'
    )
    source = "Brette et al. 2007, benchmark 3; kinetics Traub and Miles 1991"

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

    @property
    def firing_threshold(self) -> float:
        """Potential in volt at which a spike starts, about 13 mV above `V_T`."""
        return self.V_T + 13e-3

    def time_constants(self) -> dict[str, float]:
        """Return the membrane time constants in seconds: at rest, and with open sodium channels."""
        return {"membrane": self.C / self.g_L, "sodium upstroke": self.C / self.g_Na}

    def resting_state(self) -> dict[str, float]:
        """Return a state near rest: leak reversal potential, gates at their steady values."""
        v = np.array(float(self.E_L))
        return {"v": float(v)} | {k: float(x) for k, x in self._steady_gates(v).items()}

    def draw_initial_state(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """Draw potentials uniform between rest and threshold; gates at their steady values."""
        v = rng.uniform(self.resting_potential, self.firing_threshold, n)
        return self.state_at(v)

    def state_at(self, potential: np.ndarray) -> dict[str, np.ndarray]:
        """Return the state at a potential, with gates at their steady values."""
        return {"v": potential} | self._steady_gates(potential)

    def _steady_gates(self, v: np.ndarray) -> dict[str, np.ndarray]:
        u = (v - self.V_T) * 1e3
        rates = {
            "m": (_exp_linear(13 - u, 4) * 1.28, _exp_linear(u - 40, 5) * 1.4),
            "h": (0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))),
            "n": (_exp_linear(15 - u, 5) * 0.16, 0.5 * np.exp((10 - u) / 40)),
        }
        return {gate: opening / (opening + closing) for gate, (opening, closing) in rates.items()}


def _exp_linear(x: np.ndarray, width: float) -> np.ndarray:
    """Compute (x / width) / (exp(x / width) - 1), which is 1 at zero."""
    return 1 / scipy.special.exprel(x / width)
