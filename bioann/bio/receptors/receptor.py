"""What every receptor says of itself.

The sign of a synapse is made here and nowhere else: by the transmitter that a receptor answers to
and by its reversal potential. The conductance itself is a magnitude.
"""

from __future__ import annotations

import dataclasses
from abc import ABC

from bioann.units import SI, Description


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Receptor(Description, ABC):
    r"""Base of receptors with single-exponential kinetics.

    .. math:: \frac{dg}{dt} = -\frac{g}{\tau}, \quad g \leftarrow g + w \text{ per spike}, \quad
              I = g (E_{rev} - v)

    Attributes
    ----------
    name : str
        What reports and descriptions call it.
    transmitter : str
        The transmitter that opens it.
    source : str
        Where the default numbers come from.
    """

    tau: SI = dataclasses.field(metadata={"unit": "ms", "above": 0})
    reversal: SI = dataclasses.field(metadata={"unit": "mV"})

    name = ""
    transmitter = ""
    source = ""
    equation = '(d g_s) / (d t) = -g_s / tau_s, quad I_"syn" = sum_s g_s (E_s - v)'

    def title(self) -> str:
        """Name the receptor in errors."""
        return f"Receptor {self.name!r}"
