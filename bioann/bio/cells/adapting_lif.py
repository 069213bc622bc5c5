"""The leaky integrate-and-fire cell whose spikes open an afterhyperpolarising conductance."""

from __future__ import annotations

import dataclasses

from bioann.base.declared import from_field
from bioann.base.units import SI, quantity
from bioann.bio.cells.cell import Cell, check_below


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class AdaptingLIF(Cell):
    r"""Leaky integrate-and-fire with spike-frequency adaptation by an AHP conductance.

    .. math:: C \frac{dv}{dt} = g_L (E_L - v) + g_{AHP} (E_{AHP} - v) + I_{syn} + I_{inj}
    .. math:: \frac{dg_{AHP}}{dt} = -\frac{g_{AHP}}{\tau_{AHP}}

    and at :math:`v > V_{th}` a spike, :math:`v \leftarrow V_r`, held for :math:`t_{ref}`,
    :math:`g_{AHP} \leftarrow g_{AHP} + \Delta g`.

    Parameters
    ----------
    C : quantity, optional
        Membrane capacitance (pF), above 0.
    g_L, E_L : quantity, optional
        Leak conductance (nS) and leak reversal potential (mV).
    V_th, V_r : quantity, optional
        Threshold and reset potential (mV).
    t_ref : quantity, optional
        Absolute refractory period (ms).
    tau_AHP : quantity, optional
        Decay of the afterhyperpolarising conductance (ms).
    delta_g : quantity, optional
        Step of the afterhyperpolarising conductance at each spike (nS), at least 0.
    E_AHP : quantity, optional
        Reversal potential of the afterhyperpolarising conductance (mV), that of potassium.
    """

    C: SI = quantity("pF", 200, above=0, symbol="C", meaning="membrane capacitance")
    g_L: SI = quantity("nS", 10, above=0, symbol="g_L", meaning="leak conductance")
    E_L: SI = quantity("mV", -65, symbol="E_L", meaning="leak reversal potential")
    V_th: SI = quantity("mV", -50, symbol='V_"th"', meaning="threshold potential")
    V_r: SI = quantity("mV", -60, symbol="V_r", meaning="reset potential")
    t_ref: SI = quantity("ms", 2, at_least=0, symbol='t_"ref"', meaning="refractory period")
    tau_AHP: SI = quantity(
        "ms", 100, above=0, symbol='tau_"AHP"', meaning="AHP decay time",
        source="Dayan and Abbott 2001, fig. 5.6",
    )  # fmt: skip
    delta_g: SI = quantity(
        "nS", 0.6, at_least=0, symbol="Delta g", meaning="AHP conductance per spike",
        source="Dayan and Abbott 2001, fig. 5.6: 0.06 of the leak",
    )  # fmt: skip
    E_AHP: SI = quantity("mV", -80, symbol='E_"AHP"', meaning="AHP reversal potential")

    capacitance, leak_conductance, resting_potential = map(from_field, ("C", "g_L", "E_L"))
    firing_threshold, reset_potential, refractory_period = map(from_field, ("V_th", "V_r", "t_ref"))
    spike_onset_width = 0.0

    model = """
    dv/dt = (g_L*(E_L - v) + g_AHP*(E_AHP - v) + I_syn + I_inj)/C : volt (unless refractory)
    dg_AHP/dt = -g_AHP/tau_AHP : siemens
    """
    threshold = "v > V_th"
    reset = "v = V_r; g_AHP += delta_g"
    equation = (
        'C (d v) / (d t) = g_L (E_L - v) + g_"AHP" (E_"AHP" - v) + I_"syn" + I_"inj", quad '
        '(d g_"AHP") / (d t) = -g_"AHP" / tau_"AHP", quad '
        '"spike" => g_"AHP" <- g_"AHP" + Delta g'
    )
    source = "bioann's default, membrane as LIF"

    def check(self) -> None:
        """Raise `DescriptionError` for potentials in an impossible order."""
        check_below(self, "V_r", "V_th", "A cell that resets above threshold never stops firing.")
        check_below(self, "E_AHP", "V_th", "An afterhyperpolarisation reverses below threshold.")

    def time_constants(self) -> dict[str, float]:
        """Return the membrane and adaptation time constants in seconds."""
        return {"membrane": self.C / self.g_L, "AHP": self.tau_AHP}
