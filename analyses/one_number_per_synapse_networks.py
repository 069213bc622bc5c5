"""Cells with two synapses and a background, of conductances or of currents."""

from __future__ import annotations

import dataclasses

from brian2 import Hz, ms, mV, nS, pA
from scipy.optimize import brentq

import bioann as ba

#: Synapses and background spikes: evenly spaced unless noisy, which are Poisson processes.
KINDS = ("conductance", "conductance, noisy background", "current")
TONIC, NOISY, CURRENT = KINDS
SYNAPSES = ("excitation", "inhibition")
CHANNELS = (*SYNAPSES, "background_E", "background_I")
#: Without a refractory period the f-I curve is linear at high rates, and never saturates.
CELL = ba.cells.LIF(t_ref=0 * ms)
#: Reversal potential in mV and decay time in ms of the synapses, as those of the library.
REVERSALS, DECAYS = {"glutamate": 0.0, "GABA": -80.0}, {"glutamate": 5.0, "GABA": 10.0}
#: Potential in mV of the charges of current-based synapses: midpoint of reset and threshold.
MIDPOINT = -55.0
#: Mean conductance in nS at activation 1, of the two synapses and of the background.
UNIT, BACKGROUND_UNIT = 2.0, 10.0
#: Conductance in nS of a single spike, and fibres of each channel.
QUANTUM, FIBRES = 0.5, 50


@dataclasses.dataclass(frozen=True)
class Settings:
    """Operating points, and numbers of cells and trials.

    `inhibition` is the background inhibition over the leak conductance. The noise-free rate of the
    cells is `rate` in Hz at all of its levels; `rates` are those without background inhibition.
    """

    inhibition: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0)
    rates: tuple[float, ...] = (40.0, 60.0, 120.0, 160.0, 200.0)
    rate: float = 80.0
    n_cells: int = 10
    trials: int = 4


def build_network(kind: str, settings: Settings) -> ba.SpikingNetwork:
    """Build cells with two synapses and a background, of conductances or of currents."""
    afferents = []
    for channel in CHANNELS:
        is_excitatory = channel in ("excitation", "background_E")
        transmitter = "glutamate" if is_excitatory else "GABA"
        tau = DECAYS[transmitter]
        mean = UNIT if channel in SYNAPSES else BACKGROUND_UNIT
        options = {"fibres": FIBRES, "rate": 1e3 * mean / (FIBRES * QUANTUM * tau) * Hz}
        if channel not in SYNAPSES and "noisy" not in kind:
            options["kind"] = "regular"
        if kind == "current":
            weight = QUANTUM * abs(REVERSALS[transmitter] - MIDPOINT) * pA
            options["receptor"] = ba.receptors.CurrentSynapse(tau * ms)
        else:
            weight = QUANTUM * nS
        afferents.append(ba.Afferent(channel, "target", weight, transmitter, **options))
    population = ba.Population("target", settings.n_cells, "glutamate", cell=CELL)
    return ba.SpikingNetwork((population,), tuple(afferents))


def find_background(rate: float, inhibition: float) -> float:
    """Return the background excitation in nS at which a noise-free cell fires at a rate in Hz.

    Parameters
    ----------
    rate : float
        Firing rate in Hz, with both synapses at activation 1.
    inhibition : float
        Background inhibition in nS.
    """

    def compute_excess(excitation: float) -> float:
        conductances = (
            ((UNIT + excitation) * nS, REVERSALS["glutamate"] * mV),
            ((UNIT + inhibition) * nS, REVERSALS["GABA"] * mV),
        )
        return float(CELL.rate(0, conductances)) - rate

    return float(brentq(compute_excess, 0.0, 100.0 + 10 * inhibition))


def list_operating_points(settings: Settings) -> list[tuple[float, float]]:
    """List the activations of both backgrounds: levels of inhibition, then rates without it."""
    leak = float(CELL.g_L) * 1e9
    points = [(settings.rate, level * leak) for level in settings.inhibition]
    points += [(rate, 0.0) for rate in settings.rates]
    return [
        (find_background(*point) / BACKGROUND_UNIT, point[1] / BACKGROUND_UNIT) for point in points
    ]
