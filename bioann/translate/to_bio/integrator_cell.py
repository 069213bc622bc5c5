"""The cell that units are translated into: its rheobase and charge per spike."""

from __future__ import annotations

import dataclasses
from typing import Any

import scipy
from brian2 import amp, ms, mV, nS, pF

from bioann.base.errors import DescriptionError
from bioann.base.units import in_unit, to_si
from bioann.bio.cells.cell import Cell
from bioann.bio.cells.lif import LIF
from bioann.translate.target import LARGEST_CURRENT, find_rheobase


@dataclasses.dataclass(frozen=True)
class CellProperties:
    """Properties of a cell from which conductances are computed.

    Parameters
    ----------
    cell : Cell
        Cell model of all neurons.
    rheobase : float
        Least constant current in ampere at which it fires.
    spike_charge : float
        Current above rheobase over rate, in coulomb, at the highest rate.
    driving_potential : float
        Potential in volt at which driving forces are taken.
    excitatory_reversal, inhibitory_reversal : float
        Reversal potentials in volt of the synapses.
    """

    cell: Cell
    rheobase: float
    spike_charge: float
    driving_potential: float
    excitatory_reversal: float
    inhibitory_reversal: float


def make_integrator_cell() -> LIF:
    """Return the default cell of `to_bio`.

    A membrane that is slow compared with its interspike intervals and is reset just below threshold
    sums its input almost linearly: its rate jumps at threshold by half of its effective leak rate,
    ``G / 2C`` or 5 Hz, and driving forces are those of one potential. A slower membrane would have
    a smaller jump, but would take longer to return from below threshold. There is no refractory
    period: half a millisecond would bend the curve by 10% at 200 Hz.
    """
    return LIF(C=200 * pF, g_L=2 * nS, E_L=-51 * mV, V_th=-50 * mV, V_r=-51 * mV, t_ref=0 * ms)


def measure_cell(cell: Cell, top: float, excitatory: Any, inhibitory: Any) -> CellProperties:
    """Compute rheobase and charge per spike from the cell's noise-free curve.

    Parameters
    ----------
    cell : Cell
        Cell model of all neurons.
    top : float
        Highest rate in Hz.
    excitatory, inhibitory : quantity
        Reversal potentials, above and below the potential at which the cell fires.
    """

    def rate_at(current: float) -> float:
        return float(cell.rate(current * amp))

    high = 1e-12
    while rate_at(high) < top:
        high *= 2
        if high > LARGEST_CURRENT:
            raise DescriptionError(
                "to_bio, top",
                f"a rate that {type(cell).__name__} can reach",
                f"{top:g} Hz",
                "Lower top, or use a cell with a shorter refractory period.",
            )
    # The rheobase of a cell that fires by itself is negative.
    low = 0.0 if rate_at(0.0) == 0 else -LARGEST_CURRENT
    rheobase = find_rheobase(cell, low, high)
    high = rheobase if rheobase > 0 else high
    while rate_at(high) < top:
        high *= 1.5
    top_current = scipy.optimize.brentq(lambda i: rate_at(i) - top, rheobase, high, xtol=1e-16)
    reversals = (
        to_si(excitatory, "mV", "to_bio, excitatory"),
        to_si(inhibitory, "mV", "to_bio, inhibitory"),
    )
    # The mean potential of a cell that a constant current drives from reset to threshold.
    potential = (cell.firing_threshold + cell.reset_potential) / 2
    if not reversals[1] < min(potential, cell.resting_potential) <= potential < reversals[0]:
        raise DescriptionError(
            "to_bio, excitatory and inhibitory",
            f"reversal potentials above and below {in_unit(potential, 'mV'):g} mV, where the "
            "cell fires, and an inhibitory one below rest",
            f"{in_unit(reversals[0], 'mV'):g} and {in_unit(reversals[1], 'mV'):g} mV",
            "Between rest and threshold the sign of an effect depends on the operating point.",
        )
    return CellProperties(cell, rheobase, (top_current - rheobase) / top, potential, *reversals)
