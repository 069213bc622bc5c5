"""A soma with several passive dendritic branches."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.arguments import check_whole_number
from bioann.base.declared import from_field
from bioann.base.equations import Symbol
from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.cells.cell import Cell, check_below
from bioann.bio.parameters import list_dimensionless_parameters


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class BranchedCell(Cell):
    r"""Leaky integrate-and-fire soma with equal dendritic branches that meet only at the soma.

    .. math:: C \frac{dv}{dt} = g_L (E_L - v) + \sum_k g_c (v_k - v) + I_{syn} + I_{inj}
    .. math:: C_b \frac{dv_k}{dt} = g_{Lb} (E_L - v_k) + g_c (v - v_k) + I_{syn,k} + I_{inj,k},
              \quad k = 1 \ldots n

    and at :math:`v > V_{th}` a spike, :math:`v \leftarrow V_r`, held for :math:`t_{ref}`; the
    branches are not reset.

    The compartments are ``"soma"``, ``"branch_1"``, ..., ``"branch_n"``: synapses reach a branch
    through a receptor with ``compartment="branch_1"``, injected currents likewise. The membrane of
    a branch is passive; receptors make it active. Glutamate that opens ``NMDA`` receptors on one
    branch depolarises it, which removes the block of these receptors: inputs that are together on a
    branch amplify each other (NMDA spikes: Schiller et al. 2000; Polsky, Mel and Schiller 2004).

    Without synapses the cell is linear. With :math:`s = g_c / (g_{Lb} + g_c)` a steady potential
    spreads from the soma to a branch attenuated by :math:`s`, the input resistance at the soma is
    :math:`1 / (g_L + n s g_{Lb})`, and from a branch to the soma a potential is attenuated by
    :math:`g_c / (g_L + g_c + (n - 1) s g_{Lb})`.

    Parameters
    ----------
    branches : int, optional
        Number of branches `n`, at least 1.
    C, C_b : quantity, optional
        Capacitance of the soma and of each branch (pF), above 0.
    g_L, g_Lb : quantity, optional
        Leak conductance of the soma and of each branch (nS), above 0.
    g_c : quantity, optional
        Coupling conductance between the soma and each branch (nS), above 0.
    E_L : quantity, optional
        Leak reversal potential of soma and branches (mV), which is the resting potential.
    V_th, V_r : quantity, optional
        Threshold and reset potential of the soma (mV), the reset below threshold.
    t_ref : quantity, optional
        Absolute refractory period of the soma (ms), at least 0.
    """

    branches: int = dimensionless_number(2, symbol="n", meaning="number of dendritic branches")
    C: SI = quantity("pF", 100, above=0, symbol="C", meaning="capacitance of the soma")
    C_b: SI = quantity("pF", 60, above=0, symbol="C_b", meaning="capacitance of a branch")
    g_L: SI = quantity("nS", 5, above=0, symbol="g_L", meaning="leak of the soma")
    g_Lb: SI = quantity("nS", 3, above=0, symbol='g_"Lb"', meaning="leak of a branch")
    g_c: SI = quantity("nS", 4, above=0, symbol="g_c", meaning="coupling conductance")
    E_L: SI = quantity("mV", -70, symbol="E_L", meaning="leak reversal potential")
    V_th: SI = quantity("mV", -50, symbol='V_"th"', meaning="threshold potential")
    V_r: SI = quantity("mV", -58, symbol="V_r", meaning="reset potential")
    t_ref: SI = quantity("ms", 2, at_least=0, symbol='t_"ref"', meaning="refractory period")

    capacitance, resting_potential = map(from_field, ("C", "E_L"))
    firing_threshold, reset_potential, refractory_period = map(from_field, ("V_th", "V_r", "t_ref"))
    spike_onset_width = 0.0

    threshold = "v > V_th"
    reset = "v = V_r"
    equation = (
        'C (d v) / (d t) = g_L (E_L - v) + sum_k g_c (v_k - v) + I_"syn" + I_"inj", quad '
        'C_b (d v_k) / (d t) = g_"Lb" (E_L - v_k) + g_c (v - v_k) + I_("syn", k) + I_("inj", k), '
        "quad k = 1 ... n"
    )
    source = "bioann's default"

    def check(self) -> None:
        """Check the number of branches and the order of the potentials."""
        self.set_field("branches", check_whole_number(self.branches, "BranchedCell, branches"))
        check_below(self, "V_r", "V_th", "A cell that resets above threshold never stops firing.")

    @property
    def compartments(self) -> dict[str, str]:  # type: ignore[override]
        """Potential of the soma and of each branch, by name of the compartment."""
        names = [f"branch_{k}" for k in range(1, self.branches + 1)]
        return {"soma": "v"} | {name: f"v_{name}" for name in names}

    @property
    def model(self) -> str:  # type: ignore[override]
        """Brian2 equations of the soma and of each branch."""
        names = [name for name in self.compartments if name != "soma"]
        coupling = " + ".join(f"g_c*(v_{name} - v)" for name in names)
        soma = f"dv/dt = (g_L*(E_L - v) + {coupling} + I_syn + I_inj)/C : volt (unless refractory)"
        dendrite = [
            f"dv_{name}/dt = (g_Lb*(E_L - v_{name}) + g_c*(v - v_{name})"
            f" + I_syn_{name} + I_inj_{name})/C_b : volt"
            for name in names
        ]
        return "\n".join([soma, *dendrite])

    @property
    def leak_conductance(self) -> float:
        """Leak of the soma in siemens: into the medium and, by `g_c`, into the branches."""
        return self.g_L + self.branches * self.g_c

    def time_constants(self) -> dict[str, float]:
        """Return the time constants in seconds of each compartment with all others clamped."""
        return {
            "membrane": self.C / self.leak_conductance,
            "branch": self.C_b / (self.g_Lb + self.g_c),
        }

    def draw_initial_state(self, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
        """Draw somatic potentials uniform up to threshold; the branches are at rest."""
        at_rest = {name: np.full(n, potential) for name, potential in self.resting_state().items()}
        return at_rest | super().draw_initial_state(rng, n)

    def parameters(self) -> tuple[Symbol, ...]:
        """List the number of branches and the physical parameters."""
        return (*list_dimensionless_parameters(self, self.source), *super().parameters())
