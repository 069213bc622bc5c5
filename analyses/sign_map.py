"""When is a negative weight an inhibitory synapse?

A set of synapses is a signed weight if one number stands for it whatever the cell is doing. Here
three cell models get excitation of many strengths, made of small or of large quanta (little or much
noise), and beside it a conductance that reverses anywhere from -85 to -40 mV. Its effective weight
is the nS of excitation that one nS of it is worth: both change the rate alike. Where the weight has
one sign at all rates, a sign suffices; where it is also the same at all rates up to a quarter, one
number does. The map follows from the rate of each cell averaged over the noise of its conductances
(`bioann.theory.adiabatic_rate`); where the sign turns is measured in simulations, too. Usage::

    python analyses/sign_map.py --out reports
"""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import click
import numpy as np
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.analyses.command import analysis, finish
from bioann.analyses.sign_map_report import document, picture
from bioann.base.randomness import make_rng
from bioann.recordings.recording import response_of
from bioann.reporting.style import house_style

CELLS = {
    "LIF": ba.cells.LIF(),
    "LIF, reset to rest": ba.cells.LIF(V_r=-65 * mV),
    "exponential IF": ba.cells.EIF(),
}
#: What one spike opens, as a share of the excitatory conductance that makes the cell fire at 30 Hz
#: without noise.
NOISE = {"little noise": 0.1, "much noise": 1.0}
#: Excitation in units of that conductance, and the three levels that are simulated.
DRIVES, SIMULATED = np.geomspace(0.4, 9.0, 26), (0.8, 1.3, 3.0)
REVERSAL = np.arange(-85.0, -39.0)  # mV
#: About where the effect turns (mV), and the reversal potentials that are simulated about it.
MIDDLE = {"LIF": -54.0, "LIF, reset to rest": -54.0, "exponential IF": -60.0}
NEAR = np.array([-4.0, 0.0, 4.0])
#: Conductance whose effect is measured, in leak conductances, and what one spike opens of it.
TESTED, PER_SPIKE = 0.2, 0.05
#: Quadrature nodes of the theory; with few, its rates are jagged at threshold.
NODES = 161
#: Rates (Hz) over which "at all rates" is taken.
RATES = (5.0, 200.0)
#: Half the spread of a weight over rates, in means, up to which one number stands for it.
ONE_NUMBER = 0.25
DRAWS = 1000


def known(value: float) -> float | None:
    """Give a number, or None where there is none: JSON has no NaN."""
    return None if np.isnan(value) else value


@dataclasses.dataclass(frozen=True)
class Map:
    """What one cell model under one noise does with each reversal potential at each rate.

    Attributes
    ----------
    cell, noise : str
        Which.
    reversal : numpy.ndarray, shape (reversal,)
        Reversal potentials in mV, ascending.
    rates : numpy.ndarray, shape (drive,)
        Rate without the tested conductance in Hz, ascending.
    weight : numpy.ndarray, shape (drive, reversal)
        Effective weight by the theory.
    turn : numpy.ndarray, shape (drive,)
        Reversal potential in mV at which it is zero.
    simulated : numpy.ndarray, shape (level, 4)
        In simulations: rate in Hz, turn in mV, and its 95% interval.
    moved : numpy.ndarray, shape (3,)
        Turn of the weakest simulated drive minus that of the strongest, with its interval.
    """

    cell: str
    noise: str
    reversal: np.ndarray
    rates: np.ndarray
    weight: np.ndarray
    turn: np.ndarray
    simulated: np.ndarray
    moved: np.ndarray

    @property
    def one_sign(self) -> np.ndarray:
        """Where the weight has one sign at all rates: -1, +1, or 0 for no."""
        return np.where((self.weight < 0).all(0), -1, np.where((self.weight > 0).all(0), 1, 0))

    @property
    def one_number(self) -> np.ndarray:
        """Where it is, besides, the same at all rates up to `ONE_NUMBER`."""
        top, bottom = self.weight.max(axis=0), self.weight.min(axis=0)
        return (self.one_sign != 0) & (top - bottom <= ONE_NUMBER * abs(top + bottom))

    def always(self, sign: int, *, number: bool = False) -> float:
        """Give the reversal potential up to which (from which) the sign is -1 (+1) at all rates.

        With `number` the weight has to be one number, too. NaN where it never is.
        """
        kept = (self.one_number if number else self.one_sign != 0) & (self.one_sign == sign)
        # Without a gap, from the end of the range: a band in its middle is no "up to".
        kept = np.logical_and.accumulate(kept[::-sign])[::-sign]
        found = self.reversal[kept]
        return float(found.max() if sign < 0 else found.min()) if len(found) else np.nan

    def record(self) -> dict[str, Any]:
        """Give the numbers that answer the question."""
        return {
            "cell": self.cell,
            "noise": self.noise,
            "one_number_up_to_mV": known(self.always(-1, number=True)),
            "inhibits_up_to_mV": known(self.always(-1)),
            "excites_from_mV": known(self.always(1)),
            "turn_mV": [float(self.turn.min()), float(self.turn.max())],
            "simulated_rate_turn_low_high": self.simulated.tolist(),
            "weakest_minus_strongest_mV": self.moved.tolist(),
        }


def reach(cell: Any) -> float:
    """Find the excitatory conductance in siemens at which a cell fires at 30 Hz, by halving."""
    low, high = 0.0, 20 * float(cell.g_L)
    for _ in range(20):
        g = (low + high) / 2
        rate = float(
            cell.steady_rate(np.zeros(()), np.asarray(g), np.zeros(()))
        )  # reverses at 0 mV
        low, high = (g, high) if rate < 30.0 else (low, g)
    return high


def theory(cell: Any, quantum: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give rates, weights and turns over `DRIVES` and `REVERSAL`."""
    g_1, leak = reach(cell), float(cell.g_L)
    small = quantum * g_1

    def rate(drive: Any, reversal: Any = None) -> np.ndarray:
        inputs = [
            ba.theory.PoissonInput(
                drive * g_1 / (small * 5e-3) * Hz, small * 1e9 * nS, 5 * ms, 0 * mV
            )
        ]
        if reversal is not None:
            still = 1e-13 * leak  # so small that the tested conductance has no noise of its own
            often = TESTED * leak / (still * 10e-3) * Hz
            inputs += [ba.theory.PoissonInput(often, still * 1e9 * nS, 10 * ms, reversal * mV)]
        return ba.theory.adiabatic_rate(cell, inputs, nodes=NODES)

    fine = np.geomspace(0.1, 15.0, 241)
    curve = np.maximum.accumulate(rate(fine)) + 1e-9 * fine
    base = rate(DRIVES)
    kept = (base >= RATES[0]) & (base <= RATES[1])
    weight = np.stack([np.interp(rate(DRIVES, e), curve, fine) - DRIVES for e in REVERSAL], axis=1)
    weight = weight[kept] * g_1 / (TESTED * leak)
    turn = np.array(
        [np.interp(0.0, row, REVERSAL) for row in np.maximum.accumulate(weight, axis=1)]
    )
    return base[kept], weight, turn


def network(name: str, quantum: float, neurons: int) -> ba.SpikingNetwork:
    """Build a population for each reversal potential near the turn."""
    cell: Any = CELLS[name]
    small, leak = quantum * reach(cell), float(cell.g_L)
    populations, afferents = [], []
    for e in MIDDLE[name] + NEAR:
        at, gaba = f"E_m{-e:.0f}", ba.receptors.GABA_A(reversal=e * mV)
        populations.append(ba.Population(at, neurons, "glutamate", cell=cell))
        often = TESTED / PER_SPIKE / float(gaba.tau) * Hz
        afferents += [
            ba.Afferent("drive", at, small * 1e9 * nS, rate=1 / (quantum * 5e-3) * Hz),
            ba.Afferent("test", at, PER_SPIKE * leak * 1e9 * nS, "GABA", gaba, rate=often),
        ]
    return ba.SpikingNetwork(tuple(populations), tuple(afferents))


def turns(rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn rates, shape (..., drive, test, population), into rates without the test and turns.

    A turn is where a line through the three effects is zero, in mV from the middle.
    """
    base = rate[..., 0, :].mean(axis=-1)
    effect = rate[..., 1, :] - base[..., None]
    slope = effect @ NEAR / (NEAR @ NEAR)
    return base, -effect.mean(axis=-1) / slope


def simulate(
    name: str, quantum: float, *, neurons: int, trials: int, seed: int, engine: str
) -> tuple[np.ndarray, np.ndarray]:
    """Measure where the effect turns at the simulated drives, with intervals over trials."""
    stimulus = ba.steps(
        ba.stimuli.cross_levels({"drive": SIMULATED, "test": (0.0, 1.0)}), duration=600 * ms
    )
    record = ba.Record(spikes=False)
    found = network(name, quantum, neurons).run(
        stimulus, trials=trials, seed=seed, engine=engine, record=record
    )
    late = response_of(found).sel(time=slice(0.1, None)).mean("time")
    rate = late.transpose("trial", "condition", "unit").values
    rate = rate.reshape(trials, len(SIMULATED), 2, len(NEAR))
    chosen = make_rng(seed, "sign_map", "resample").integers(0, trials, (DRAWS, trials))
    share = np.stack([np.bincount(c, minlength=trials) for c in chosen]) / trials
    base, turn = turns(rate.mean(axis=0))
    drawn = turns(np.tensordot(share, rate, 1))[1]
    ends = np.quantile(drawn, [0.025, 0.975], axis=0)
    moved = np.quantile(drawn[:, 0] - drawn[:, -1], [0.025, 0.975])
    at = MIDDLE[name]
    return np.stack([base, at + turn, *(at + ends)], axis=1), np.array([turn[0] - turn[-1], *moved])


def run(*, neurons: int, trials: int, seed: int, engine: str, cells: tuple[str, ...]) -> list[Map]:
    """Compute and measure each cell model under each noise."""
    size: dict[str, Any] = {"neurons": neurons, "trials": trials, "seed": seed, "engine": engine}
    found = []
    for noise, quantum in NOISE.items():
        for name in cells:
            rates, weight, turn = theory(CELLS[name], quantum)
            simulated, moved = simulate(name, quantum, **size)
            found.append(Map(name, noise, REVERSAL, rates, weight, turn, simulated, moved))
    return found


@analysis(__doc__, "python analyses/sign_map.py --quick")
@click.option("--quick", is_flag=True, help="One cell model, fewer neurons and trials.")
@click.option("--seed", default=1, show_default=True)
def main(out: Path, quick: bool, seed: int, engine: str, as_json: bool) -> None:
    """Run, write the report, and say what came out."""
    size: dict[str, Any] = {"neurons": 100, "trials": 10, "cells": tuple(CELLS)}
    if quick:
        size = {"neurons": 50, "trials": 5, "cells": ("LIF",)}
    maps = run(seed=seed, engine=engine, **size)
    drawn = io.BytesIO()
    with house_style():
        picture(maps, size["neurons"], size["trials"]).figure.savefig(drawn, format="png", dpi=130)
    finish(
        document(maps, size["neurons"], size["trials"]), out, "sign_map",
        {"maps": [m.record() for m in maps]}, as_json=as_json,
        others={"sign_map.png": drawn.getvalue()},
    )  # fmt: skip


if __name__ == "__main__":
    main()
