"""The neuron that units are written with: what its noise-free curve says of current and rate."""

from __future__ import annotations

import dataclasses
from typing import Any

from brian2 import amp, ms, mV, nS, pF
from scipy.optimize import brentq

from bioann.base.errors import DescriptionError
from bioann.base.units import in_unit, to_si
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.lif import LIF


@dataclasses.dataclass(frozen=True)
class CellProperties:
    """What the translation knows of its cell.

    Parameters
    ----------
    cell : Cell
        The cell model.
    rheobase : float
        Current in ampere at which it begins to fire.
    spike_charge : float
        Charge in coulomb of one spike.
    driving_potential : float
        Potential in volt at which driving forces are taken.
    excitatory_reversal, inhibitory_reversal : float
        Reversal potentials in volt.
    """

    cell: Cell
    rheobase: float
    spike_charge: float
    driving_potential: float
    excitatory_reversal: float
    inhibitory_reversal: float


def make_integrator_cell() -> LIF:
    """Give the cell that `to_bio` takes unless told otherwise.

    A membrane that is slow against its interspike intervals and is reset just below threshold
    sums its input almost linearly: the offset of its rate at threshold is half of its effective
    leak rate, ``G / 2C`` or 5 Hz, and the driving forces are those of one potential. A slower
    membrane would have a smaller offset, but takes as much longer to come back from below
    threshold. There is no refractory period: it would bend the curve by the rate times its length,
    10% at 200 Hz for half a millisecond.
    """
    return LIF(C=200 * pF, g_L=2 * nS, E_L=-51 * mV, V_th=-50 * mV, V_r=-51 * mV, t_ref=0 * ms)


def measure_cell(cell: Cell, top: float, excitatory: Any, inhibitory: Any) -> CellProperties:
    """Read rheobase and charge per spike off the cell's noise-free curve."""

    def rate_at(current: float) -> float:
        return float(cell.rate(current * amp))

    high = 1e-12
    while rate_at(high) < top:
        high *= 2
        if high > 1e-6:
            raise DescriptionError(
                "to_bio, top",
                f"a rate that {type(cell).__name__} reaches",
                f"{top:g} Hz",
                "Lower top, or use a cell with a shorter refractory period.",
            )
    low = 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if rate_at(middle) == 0 else (low, middle)
    rheobase = high
    while rate_at(high) < top:
        high *= 1.5
    top_current = brentq(lambda i: rate_at(i) - top, rheobase, high, xtol=1e-16)
    # A current moves the potential between reset and threshold; a synapse meets the mean of them.
    reset = getattr(cell, "V_r", None)
    lower = cell.firing_threshold if reset is None else float(reset)
    reversals = (
        to_si(excitatory, "mV", "to_bio, excitatory"),
        to_si(inhibitory, "mV", "to_bio, inhibitory"),
    )
    potential = (cell.firing_threshold + lower) / 2
    if not reversals[1] < min(potential, cell.resting_potential) <= potential < reversals[0]:
        raise DescriptionError(
            "to_bio, excitatory and inhibitory",
            f"reversal potentials above and below {in_unit(potential, 'mV'):g} mV, where the "
            "cell fires, and an inhibitory one below rest",
            f"{in_unit(reversals[0], 'mV'):g} and {in_unit(reversals[1], 'mV'):g} mV",
            "Between rest and threshold the sign of an effect depends on the operating point.",
        )
    return CellProperties(cell, rheobase, (top_current - rheobase) / top, potential, *reversals)
