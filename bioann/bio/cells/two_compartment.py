"""A soma with one active dendrite."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy

from bioann.base.declared import from_field
from bioann.base.units import SI, quantity
from bioann.bio.cells.cell import Cell, check_below
from bioann.bio.cells.heterogeneous import iter_neuron_cells

_SPIKE = "Naud and Sprekeler 2018"


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TwoCompartment(Cell):
    r"""Leaky integrate-and-fire soma coupled to a dendrite with an NMDA-like conductance.

    .. math:: C \frac{dv}{dt} = g_L (E_L - v) + g_c (v_d - v) + I_{syn} + I_{inj}
    .. math:: C_d \frac{dv_d}{dt} = g_{Ld} (E_L - v_d) + g_c (v - v_d)
              + g_N B(v_d) (E_N - v_d) + I_{syn,d} + I_{inj,d}
    .. math:: B(v) = \left(1 + e^{-(v - V_{1/2}) / k}\right)^{-1}

    and at :math:`v > V_{th}` a spike, :math:`v \leftarrow V_r`, held for :math:`t_{ref}`; the
    dendrite is not reset. :math:`g_N` stands for receptors to which glutamate is already bound:
    depolarisation unblocks them, which depolarises further. In a range of :math:`g_N`, from 11.02
    to 50.07 nS with the other defaults, the dendrite of a silent cell has two stable potentials,
    rest and a plateau, and input switches between them (NMDA spikes and plateaus: Schiller et al.
    2000; Major et al. 2008). The default lies below that range: it amplifies input, and the
    dendrite returns to rest. Above the range there is only the plateau.

    The default slope is that of a dendritic spike (Naud and Sprekeler 2018). With
    ``V_half=-20.5 * mV, k=16.1 * mV`` it is the magnesium block of Jahr and Stevens (1990) at 1 mM;
    against a linear leak that amplifies, but is too shallow for a second stable potential.

    Synapses reach the dendrite through a receptor with ``compartment="dendrite"``.

    Parameters
    ----------
    C, C_d : quantity, optional
        Capacitance of soma and dendrite (pF), above 0.
    g_L, g_Ld : quantity, optional
        Leak conductance of soma and dendrite (nS).
    g_c : quantity, optional
        Coupling conductance between soma and dendrite (nS).
    E_L : quantity, optional
        Leak reversal potential of soma and dendrite (mV).
    V_th, V_r : quantity, optional
        Threshold and reset potential of the soma (mV).
    t_ref : quantity, optional
        Absolute refractory period of the soma (ms), at least 0.
    g_N, E_N : quantity, optional
        NMDA-like conductance when unblocked (nS), and its reversal potential (mV), above `E_L`.
    V_half, k : quantity, optional
        Potential at which half of `g_N` is unblocked, and slope of the block (mV).
    """

    C: SI = quantity("pF", 100, above=0, symbol="C", meaning="capacitance of the soma")
    C_d: SI = quantity("pF", 100, above=0, symbol="C_d", meaning="capacitance of the dendrite")
    g_L: SI = quantity("nS", 5, above=0, symbol="g_L", meaning="leak of the soma")
    g_Ld: SI = quantity("nS", 5, above=0, symbol='g_"Ld"', meaning="leak of the dendrite")
    g_c: SI = quantity("nS", 3, above=0, symbol="g_c", meaning="coupling conductance")
    E_L: SI = quantity("mV", -70, symbol="E_L", meaning="leak reversal potential")
    V_th: SI = quantity("mV", -50, symbol='V_"th"', meaning="threshold potential")
    V_r: SI = quantity("mV", -58, symbol="V_r", meaning="reset potential")
    t_ref: SI = quantity("ms", 2, at_least=0, symbol='t_"ref"', meaning="refractory period")
    g_N: SI = quantity("nS", 8, at_least=0, symbol="g_N", meaning="NMDA-like conductance")
    E_N: SI = quantity("mV", 0, symbol="E_N", meaning="its reversal potential")
    V_half: SI = quantity(
        "mV", -38, symbol="V_(1\\/2)", meaning="half of it unblocked", source=_SPIKE
    )
    k: SI = quantity("mV", 6, above=0, symbol="k", meaning="slope of the block", source=_SPIKE)

    capacitance = from_field("C")
    firing_threshold, reset_potential, refractory_period = map(from_field, ("V_th", "V_r", "t_ref"))
    spike_onset_width = 0.0

    model = """
    dv/dt = (g_L*(E_L - v) + g_c*(v_d - v) + I_syn + I_inj)/C : volt (unless refractory)
    dv_d/dt = (g_Ld*(E_L - v_d) + g_c*(v - v_d) + g_N*(E_N - v_d)/(1 + exp((V_half - v_d)/k))
               + I_syn_dendrite + I_inj_dendrite)/C_d : volt
    """
    threshold = "v > V_th"
    reset = "v = V_r"
    compartments = {"soma": "v", "dendrite": "v_d"}  # noqa: RUF012
    equation = (
        'C (d v) / (d t) = g_L (E_L - v) + g_c (v_d - v) + I_"syn" + I_"inj", quad '
        'C_d (d v_d) / (d t) = g_"Ld" (E_L - v_d) + g_c (v - v_d) + '
        'g_N (E_N - v_d) / (1 + e^((V_(1\\/2) - v_d) \\/ k)) + I_"syn,d" + I_"inj,d"'
    )
    source = "bioann's default"

    def check(self) -> None:
        """Raise `DescriptionError` for potentials in an impossible order."""
        check_below(self, "V_r", "V_th", "A cell that resets above threshold never stops firing.")
        check_below(self, "E_L", "E_N", "An NMDA-like conductance depolarises.")

    def dendritic_current(self, v_d: np.ndarray) -> np.ndarray:
        """Compute the current in ampere into the dendrite, with the soma at its steady potential.

        Its roots are the fixed points of the silent cell: three where it is bistable.
        """
        v_soma = (self.g_L * self.E_L + self.g_c * v_d) / (self.g_L + self.g_c)
        active = self.g_N * (self.E_N - v_d) / (1 + np.exp((self.V_half - v_d) / self.k))
        return self.g_Ld * (self.E_L - v_d) + self.g_c * (v_soma - v_d) + active

    def resting_state(self) -> dict[str, float]:
        """Return the lowest fixed point of the silent cell."""
        grid = np.linspace(self.E_L - 1e-6, max(self.E_N, self.E_L) + 1e-6, 400)
        first = int(np.argmax(self.dendritic_current(grid) <= 0))
        v_d = scipy.optimize.brentq(
            self.dendritic_current, grid[first - 1], grid[first], xtol=1e-12
        )
        return {"v": (self.g_L * self.E_L + self.g_c * v_d) / (self.g_L + self.g_c), "v_d": v_d}

    @property
    def leak_conductance(self) -> float:
        """Leak of the soma in siemens: into the medium and, by `g_c`, into the dendrite."""
        return self.g_L + self.g_c

    @property
    def resting_potential(self) -> float:
        """Resting potential of the soma in volt, with the NMDA-like conductance in place."""
        return float(self.resting_state()["v"])

    def time_constants(self) -> dict[str, float]:
        """Return the time constants of both compartments in seconds."""
        return {
            "membrane": self.C / (self.g_L + self.g_c),
            "dendrite": self.C_d / (self.g_Ld + self.g_c),
        }

    def draw_initial_state(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """Draw somatic potentials uniform between rest and threshold; the dendrite is at rest."""
        resting_states = [cell.resting_state() for cell in iter_neuron_cells(self)]
        v_soma, v_d = (np.array([state[name] for state in resting_states]) for name in ("v", "v_d"))
        # A soma that is at threshold already at rest starts there.
        v = rng.uniform(np.minimum(v_soma, self.V_th), self.V_th, n)
        return {"v": v, "v_d": np.broadcast_to(v_d, n).copy()}
