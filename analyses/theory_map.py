"""Where does theory alone give the rate network of a spiking cell, and where does it fail?

`to_ann(method="theory")` averages the noise-free rate of a cell over conductances that stand still.
Here cells get excitation and inhibition through synapses of six time constants, each spike with
the same charge, while balanced background of none to eight leaks shortens their membrane time
constant. Each is translated by theory, and the steady rates of both models are compared on a grid
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
from bioann.analyses.command import analysis_command, report_results
from bioann.analyses.theory_map_report import build_theory_map_report
from bioann.bio.theory.adiabatic import effective_time_constant
from bioann.recordings.recording import response_of
from bioann.translate.presynaptic_input import presynaptic_inputs

CELLS = {
    "LIF": ba.cells.LIF(),
    "exponential IF": ba.cells.EIF(g_L=10 * nS, V_T=-50 * mV, Delta_T=2 * mV, V_r=-60 * mV),
}
#: What inhibition reverses at, in mV; rest is at -65 mV.
INHIBITORY_REVERSALS_MV = {"hyperpolarising": -80.0, "shunting": -65.0}
#: Time constants of all synapses in ms, and background in leak conductances.
TAUS_MS, BACKGROUND_LEVELS = (0.5, 1.0, 2.0, 4.0, 10.0, 30.0), (0.0, 2.0, 4.0, 8.0)
#: Conductance times time of one spike (nS ms), fibres, and their rate at activation 1 in Hz.
EXCITATORY_FIBRES, INHIBITORY_FIBRES = (15.0, 80, 40.0), (60.0, 20, 40.0)
#: Potential in mV at which the background is balanced: below threshold, so that silence is silent.
HOLDING_POTENTIAL_MV = -60.0
#: Activations of the grid on which both models are compared.
GRID = {"E": (0.03, 0.17, 0.41, 0.73, 0.97), "I": (0.05, 0.37, 0.88)}
#: Length of a condition, and from where on its rates are read.
DURATION, SETTLE_S = 450 * ms, 0.15
#: R^2 from which theory counts as right.
GOOD_R2 = 0.98


@dataclasses.dataclass(frozen=True)
class TheoryMap:
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
        return self.r2 >= GOOD_R2

    def as_json(self) -> dict[str, Any]:
        """Give all numbers, for JSON."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in fields.items()
        }


def balance_background(cell: Any, reversal: float) -> tuple[float, float]:
    """Give the conductances (nS) of one leak that balance at `HOLDING_POTENTIAL_MV`: E and I."""
    leak, up, down = float(cell.g_L) * 1e9, -HOLDING_POTENTIAL_MV, HOLDING_POTENTIAL_MV - reversal
    return leak * down / (up + down), leak * up / (up + down)


def build_cells_by_tau(
    cell: Any, reversal: float, taus: tuple[float, ...], n_neurons: int, level: float | None = None
) -> ba.SpikingNetwork:
    """Build a population for each synaptic time constant.

    With a `level` its background is a `Background`; without one it is a channel, an afferent of one
    fibre with the same rate per leak and quantum: the same Poisson train, and one run has all
    levels.
    """
    populations, afferents = [], []
    excitatory_g, inhibitory_g = balance_background(cell, reversal)
    for tau in taus:
        name = f"tau_{tau:g}".replace(".", "_")
        inputs = (
            ("E", "glutamate", ba.receptors.AMPA(tau=tau * ms), EXCITATORY_FIBRES, excitatory_g),
            (
                "I",
                "GABA",
                ba.receptors.GABA_A(tau=tau * ms, reversal=reversal * mV),
                INHIBITORY_FIBRES,
                inhibitory_g,
            ),
        )
        backgrounds = []
        for channel, transmitter, receptor, (charge, fibres, rate), g in inputs:
            weight = charge / tau * nS
            afferents.append(
                ba.Afferent(channel, name, weight, transmitter, receptor, fibres, rate * Hz)
            )
            if level is None:
                level_rate = g / charge * 1e3 * Hz
                afferent = ba.Afferent("level", name, weight, transmitter, receptor, 1, level_rate)
                afferents.append(afferent)
            else:
                backgrounds.append(ba.Background(level * g * nS, receptor, weight))
        populations.append(
            ba.Population(name, n_neurons, "glutamate", cell=cell, background=tuple(backgrounds))
        )
    return ba.SpikingNetwork(tuple(populations), tuple(afferents))


def simulate_steady_rates(
    bio: ba.SpikingNetwork, levels: tuple[float, ...], *, seed: int, engine: str
) -> np.ndarray:
    """Give the steady rates in Hz, shape (level, grid, tau)."""
    stimulus = ba.steps(ba.stimuli.cross_levels({"level": levels, **GRID}), duration=DURATION)
    record = ba.Record(spikes=False)
    run = bio.run(stimulus, trials=1, seed=seed, engine=engine, record=record)
    steady = response_of(run).sel(time=slice(SETTLE_S, None)).mean(["time", "trial"])
    rates = steady.transpose("condition", "unit").values
    return np.asarray(rates.reshape(len(levels), -1, rates.shape[-1]))


def predict_by_theory(bio: ba.SpikingNetwork) -> tuple[np.ndarray, ...]:
    """Give rates (grid, tau), bounds and warnings (tau,), and time constants (tau,) in seconds."""
    translation = ba.to_ann(bio)
    stimulus = ba.steps(ba.stimuli.cross_levels(dict(GRID)), duration=DURATION)
    run = translation.network.run(stimulus, trials=1, seed=0)
    activations = run.activation.isel(time=-1, trial=0)
    scale = float(translation.correspondence.matches[0].scale)
    bounds = scale * np.array([validity.bound for validity in translation.validity])
    flags_text = " ".join(flag for flag in translation.flags if "slow noise" in flag)
    warned = np.array([repr(name) in flags_text for name in bio.units])
    levels = {channel: stimulus.sel(channel=channel).isel(time=-1).values for channel in GRID}
    taus = []
    for name in bio.units:
        presynaptic = presynaptic_inputs(bio, name, seed=0)
        poisson_inputs = presynaptic.poisson_inputs(levels, {})
        taus.append(effective_time_constant(presynaptic.cell, poisson_inputs).mean())
    return scale * activations.transpose("condition", "unit").values, bounds, warned, np.array(taus)


def compute_theory_map(
    cell: str, inhibition: str, taus: tuple[float, ...], levels: tuple[float, ...], *,
    n_neurons: int, seed: int, engine: str,
) -> TheoryMap:  # fmt: skip
    """Compare theory and simulation for one cell and one kind of inhibition."""
    cell_model, reversal = CELLS[cell], INHIBITORY_REVERSALS_MV[inhibition]
    network = build_cells_by_tau(cell_model, reversal, taus, n_neurons)
    simulated = simulate_steady_rates(network, levels, seed=seed, engine=engine)
    predictions = [
        predict_by_theory(build_cells_by_tau(cell_model, reversal, taus, n_neurons, level))
        for level in levels
    ]
    theory, bound, warned, membrane_taus = (
        np.stack(values) for values in zip(*predictions, strict=True)
    )
    errors = theory - simulated
    total_variance = ((simulated - simulated.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return TheoryMap(
        cell, inhibition, np.array(taus), np.array(levels),
        np.array(taus) * 1e-3 / membrane_taus,
        1 - (errors**2).sum(axis=1) / total_variance,
        np.abs(errors).max(axis=1), simulated.max(axis=1), bound, warned,
    )  # fmt: skip


@analysis_command(__doc__, "python analyses/theory_map.py --quick")
@click.option("--quick", is_flag=True, help="One cell model, fewer time constants and levels.")
@click.option("--neurons", default=20, show_default=True, help="Of each population.")
@click.option("--seed", default=11, show_default=True)
def main(out: Path, quick: bool, neurons: int, seed: int, engine: str, as_json: bool) -> None:
    """Run, write the report, and say what came out."""
    cells = ("LIF",) if quick else tuple(CELLS)
    taus, levels = ((0.5, 4.0, 32.0), (0.0, 8.0)) if quick else (TAUS_MS, BACKGROUND_LEVELS)
    maps = [
        compute_theory_map(
            cell, inhibition, taus, levels, n_neurons=neurons, seed=seed, engine=engine
        )
        for cell in cells
        for inhibition in INHIBITORY_REVERSALS_MV
    ]
    result = {"good_r2": GOOD_R2, "maps": [theory_map.as_json() for theory_map in maps]}
    report_results(
        build_theory_map_report(maps, GOOD_R2, neurons), out, "theory_map", result, as_json=as_json
    )


if __name__ == "__main__":
    main()
