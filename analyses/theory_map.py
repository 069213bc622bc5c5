"""Where does theory alone give the rate network of a spiking cell, and where does it fail?

`to_ann(method="theory")` averages the noise-free rate of a cell over conductances that stand still.
Here cells get excitation and inhibition through synapses of six time constants, each spike with
the same charge, while balanced background of none to eight leaks shortens their membrane time
constant. Each is translated by theory, and the steady rates of both halves are compared on a grid
of rates that the translation never saw. The map is over synaptic time constant, in effective
membrane time constants, and background. Usage::

    python analyses/theory_map.py --out reports
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click
import numpy as np
from brian2 import Hz, ms, mV, nS

import bioann as ba
from bioann.analyses.command import analysis, finish
from bioann.analyses.theory_map_report import document
from bioann.bio.theory.adiabatic import effective_time_constant
from bioann.recordings.recording import response_of
from bioann.translate.presynaptic_input import presynaptic_inputs

CELLS = {
    "LIF": ba.cells.LIF(),
    "exponential IF": ba.cells.EIF(g_L=10 * nS, V_T=-50 * mV, Delta_T=2 * mV, V_r=-60 * mV),
}
#: What inhibition reverses at, in mV; rest is at -65 mV.
INHIBITION = {"hyperpolarising": -80.0, "shunting": -65.0}
#: Time constants of all synapses in ms, and background in leak conductances.
TAUS, LEVELS = (0.5, 1.0, 2.0, 4.0, 10.0, 30.0), (0.0, 2.0, 4.0, 8.0)
#: Conductance times time of one spike (nS ms), fibres, and their rate at activation 1 in Hz.
EXCITATION, INHIBITED = (15.0, 80, 40.0), (60.0, 20, 40.0)
#: Potential in mV at which the background is balanced: below threshold, so that silence is silent.
HELD = -60.0
#: Activations of the grid on which both halves are compared.
GRID = {"E": (0.03, 0.17, 0.41, 0.73, 0.97), "I": (0.05, 0.37, 0.88)}
#: Length of a condition, and from where on its rates are read.
DURATION, SETTLE = 450 * ms, 0.15
#: R^2 from which theory counts as right.
GOOD = 0.98


@dataclasses.dataclass(frozen=True)
class Map:
    """How well theory does for one cell and one kind of inhibition; arrays are (level, tau).

    Attributes
    ----------
    cell, inhibition : str
        Which.
    taus, levels : numpy.ndarray
        Synaptic time constants in ms; background in leak conductances.
    ratio : numpy.ndarray
        Synaptic over effective membrane time constant, averaged over the grid.
    r2 : numpy.ndarray
        Of the theory's rates against the simulated ones over the grid.
    worst, top : numpy.ndarray
        Largest error, and highest simulated rate, in Hz.
    bound : numpy.ndarray
        What the translation says the largest error is, in Hz.
    warned : numpy.ndarray of bool
        Whether the translation itself says that theory may not do.
    """

    cell: str
    inhibition: str
    taus: np.ndarray
    levels: np.ndarray
    ratio: np.ndarray
    r2: np.ndarray
    worst: np.ndarray
    top: np.ndarray
    bound: np.ndarray
    warned: np.ndarray

    @property
    def good(self) -> np.ndarray:
        """Where theory is right."""
        return self.r2 >= GOOD

    def record(self) -> dict[str, Any]:
        """Give all numbers, for JSON."""
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in told.items()}


def background(cell: Any, reversal: float) -> tuple[float, float]:
    """Give excitatory and inhibitory conductance (nS) of one leak, balanced at `HELD`."""
    leak, up, down = float(cell.g_L) * 1e9, -HELD, HELD - reversal
    return leak * down / (up + down), leak * up / (up + down)


def network(
    cell: Any, reversal: float, taus: tuple[float, ...], neurons: int, level: float | None = None
) -> ba.SpikingNetwork:
    """Build a population for each synaptic time constant.

    With a `level` its background is a `Background`; without one it is a channel, an afferent of one
    fibre with the same rate per leak and quantum: the same Poisson train, and one run has all
    levels.
    """
    populations, afferents = [], []
    excited, inhibited = background(cell, reversal)
    for tau in taus:
        name = f"tau_{tau:g}".replace(".", "_")
        kinds = (
            ("E", "glutamate", ba.receptors.AMPA(tau=tau * ms), EXCITATION, excited),
            (
                "I",
                "GABA",
                ba.receptors.GABA_A(tau=tau * ms, reversal=reversal * mV),
                INHIBITED,
                inhibited,
            ),
        )
        held = []
        for channel, transmitter, receptor, (area, fibres, rate), g in kinds:
            weight = area / tau * nS
            afferents.append(
                ba.Afferent(channel, name, weight, transmitter, receptor, fibres, rate * Hz)
            )
            if level is None:
                often = g / area * 1e3 * Hz
                one = ba.Afferent("level", name, weight, transmitter, receptor, 1, often)
                afferents.append(one)
            else:
                held.append(ba.Background(level * g * nS, receptor, weight))
        populations.append(
            ba.Population(name, neurons, "glutamate", cell=cell, background=tuple(held))
        )
    return ba.SpikingNetwork(tuple(populations), tuple(afferents))


def simulated(
    bio: ba.SpikingNetwork, levels: tuple[float, ...], *, seed: int, engine: str
) -> np.ndarray:
    """Give the steady rates in Hz, shape (level, grid, tau)."""
    stimulus = ba.steps(ba.stimuli.cross_levels({"level": levels, **GRID}), duration=DURATION)
    record = ba.Record(spikes=False)
    run = bio.run(stimulus, trials=1, seed=seed, engine=engine, record=record)
    late = response_of(run).sel(time=slice(SETTLE, None)).mean(["time", "trial"])
    rates = late.transpose("condition", "unit").values
    return np.asarray(rates.reshape(len(levels), -1, rates.shape[-1]))


def by_theory(bio: ba.SpikingNetwork) -> tuple[np.ndarray, ...]:
    """Give rates (grid, tau), bounds and warnings (tau,), and time constants (tau,) in seconds."""
    made = ba.to_ann(bio)
    stimulus = ba.steps(ba.stimuli.cross_levels(dict(GRID)), duration=DURATION)
    late = made.network.run(stimulus, trials=1, seed=0).activation.isel(time=-1, trial=0)
    scale = float(made.correspondence.matches[0].scale)
    bound = scale * np.array([v.bound for v in made.validity])
    text = " ".join(f for f in made.flags if "slow noise" in f)
    warned = np.array([repr(name) in text for name in bio.units])
    shown = {c: stimulus.sel(channel=c).isel(time=-1).values for c in GRID}
    taus = []
    for name in bio.units:
        reached = presynaptic_inputs(bio, name, seed=0)
        taus.append(effective_time_constant(reached.cell, reached.poisson_inputs(shown, {})).mean())
    return scale * late.transpose("condition", "unit").values, bound, warned, np.array(taus)


def mapped(
    cell: str, inhibition: str, taus: tuple[float, ...], levels: tuple[float, ...], *,
    neurons: int, seed: int, engine: str,
) -> Map:  # fmt: skip
    """Compare theory and simulation for one cell and one kind of inhibition."""
    model, reversal = CELLS[cell], INHIBITION[inhibition]
    rates = simulated(network(model, reversal, taus, neurons), levels, seed=seed, engine=engine)
    found = [by_theory(network(model, reversal, taus, neurons, level)) for level in levels]
    theory, bound, warned, membrane = (np.stack(each) for each in zip(*found, strict=True))
    off = theory - rates
    spread = ((rates - rates.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return Map(
        cell, inhibition, np.array(taus), np.array(levels),
        np.array(taus) * 1e-3 / membrane,
        1 - (off**2).sum(axis=1) / spread,
        np.abs(off).max(axis=1), rates.max(axis=1), bound, warned,
    )  # fmt: skip


@analysis(__doc__, "python analyses/theory_map.py --quick")
@click.option("--quick", is_flag=True, help="One cell model, fewer time constants and levels.")
@click.option("--neurons", default=20, show_default=True, help="Of each population.")
@click.option("--seed", default=11, show_default=True)
def main(out: Path, quick: bool, neurons: int, seed: int, engine: str, as_json: bool) -> None:
    """Run, write the report, and say what came out."""
    cells = ("LIF",) if quick else tuple(CELLS)
    taus, levels = ((0.5, 4.0, 32.0), (0.0, 8.0)) if quick else (TAUS, LEVELS)
    maps = [
        mapped(cell, kind, taus, levels, neurons=neurons, seed=seed, engine=engine)
        for cell in cells
        for kind in INHIBITION
    ]
    result = {"good_r2": GOOD, "maps": [m.record() for m in maps]}
    finish(document(maps, GOOD, neurons), out, "theory_map", result, as_json=as_json)


if __name__ == "__main__":
    main()
