"""Short-term depression and facilitation."""

from __future__ import annotations

import dataclasses

import numpy as np

from bioann.base.units import SI, dimensionless_number, quantity
from bioann.bio.plasticity.plasticity import ShortTermPlasticity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class TsodyksMarkram(ShortTermPlasticity):
    r"""Short-term depression (vesicle depletion) and facilitation (residual calcium).

    .. math:: \frac{du}{dt} = -\frac{u}{\tau_f}, \quad \frac{dx}{dt} = \frac{1 - x}{\tau_d},
              \quad \text{spike: } u \leftarrow u + U (1 - u), \; g \leftarrow g + w u x, \;
              x \leftarrow x - u x

    **The weight is the conductance if all resources were released**: the first spike after a long
    rest evokes ``U`` times the weight.

    Parameters
    ----------
    U : float, optional
        Fraction of resources that a spike after a long rest releases, in (0, 1].
    tau_rec : quantity, optional
        Time constant of recovery from depression, >= 0; zero for no depression.
    tau_facil : quantity, optional
        Decay time constant of facilitation, >= 0; zero for no facilitation (:math:`u = U`).
    """

    U: float = dimensionless_number(0.5, symbol="U", meaning="share released after a rest")
    tau_rec: SI = quantity("ms", 800, at_least=0, symbol="tau_d", meaning="recovery time")
    tau_facil: SI = quantity("ms", 0, at_least=0, symbol="tau_f", meaning="facilitation time")

    equation = (
        "(d u) / (d t) = -u / tau_f, quad (d x) / (d t) = (1 - x) / tau_d, quad "
        '"spike:" u <- u + U (1 - u), quad g <- g + w u x, quad x <- x - u x'
    )
    source = "Tsodyks, Pawelzik and Markram 1998, fig. 1A: depressing synapse"

    def check(self) -> None:
        """Raise `DescriptionError` if `U` is outside (0, 1]."""
        if not 0 < self.U <= 1:
            expected = "a fraction of the resources, 0 < U <= 1"
            raise self.field_error("U", self.U, expected, "Try U=0.5.")

    @property
    def model(self) -> str:  # type: ignore[override]
        """Brian2 equations: used resources and facilitation; both are zero at rest."""
        used = "dused/dt = -used/tau_rec : 1 (event-driven)\n" if self.tau_rec > 0 else ""
        ready = "dready/dt = -ready/tau_facil : 1 (event-driven)" if self.tau_facil > 0 else ""
        return used + ready

    @property
    def release_code(self) -> str:
        """Brian2 code: facilitate, then release a fraction of the available resources."""
        lines = ["ready = ready + U*(1 - ready)"] if self.tau_facil > 0 else []
        share = "ready" if self.tau_facil > 0 else "U"
        if self.tau_rec == 0:
            return "\n".join([*lines, f"released = {share}"])
        return "\n".join([*lines, f"released = {share}*(1 - used)", "used = used + released"])

    def steady_state(self, interval: float) -> tuple[float, float]:
        """Return `u` and `x` at each spike of a long regular train, `interval` seconds apart."""
        facilitation = np.exp(-interval / self.tau_facil) if self.tau_facil > 0 else 0.0
        u = self.U / (1 - (1 - self.U) * facilitation)
        unrecovered = np.exp(-interval / self.tau_rec) if self.tau_rec > 0 else 0.0
        return float(u), float((1 - unrecovered) / (1 - (1 - u) * unrecovered))

    def paired_pulse_ratio(self, interval: float) -> float:
        r"""Return the second response over the first, of two spikes after a long rest.

        .. math:: \left(1 + (1 - U) e^{-\Delta / \tau_f}\right)
                  \left(1 - U e^{-\Delta / \tau_d}\right)

        Parameters
        ----------
        interval : float
            Time :math:`\Delta` from the first spike to the second, in seconds, > 0.
        """
        facilitation = np.exp(-interval / self.tau_facil) if self.tau_facil > 0 else 0.0
        unrecovered = np.exp(-interval / self.tau_rec) if self.tau_rec > 0 else 0.0
        return float((1 + (1 - self.U) * facilitation) * (1 - self.U * unrecovered))
