"""Where does theory predict the firing rates of a spiking cell without simulation?

`to_ann(method="theory")` averages the noise-free rate of a cell over constant conductances. Here,
cells receive excitation and inhibition through synapses with six time constants and the same charge
per spike, while a balanced background of zero to eight leak conductances shortens the membrane time
constant. Each cell is translated by theory, and the steady rates of both models are compared on a
grid of input rates that the translation does not use. The map is over the synaptic time constant,
relative to the effective membrane time constant, and over the background.

This is a map of where a method is valid, and makes no claim about signs. A translation judges its
own theory by the bound and the warning that the map compares with simulations. Usage::

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
from bioann.base.seeds import DEFAULT_SEED
from bioann.bio.theory.adiabatic import effective_time_constant
from bioann.bio.theory.presynaptic_inputs import presynaptic_inputs
from bioann.recordings.recording import response_of

CELLS = {
    "LIF": ba.cells.LIF(),
    "exponential IF": ba.cells.EIF(g_L=10 * nS, V_T=-50 * mV, Delta_T=2 * mV, V_r=-60 * mV),
}
#: Reversal potentials of inhibition in mV; the resting potential is -65 mV.
INHIBITORY_REVERSALS_MV = {"hyperpolarising": -80.0, "shunting": -65.0}
#: Time constants of all synapses in ms, and background in leak conductances.
TAUS_MS, BACKGROUND_LEVELS = (0.5, 1.0, 2.0, 4.0, 10.0, 30.0), (0.0, 2.0, 4.0, 8.0)
#: Time integral of the conductance per spike in nS ms, number of fibres, and rate at activation 1
#: in Hz.
EXCITATORY_FIBRES, INHIBITORY_FIBRES = (15.0, 80, 40.0), (60.0, 20, 40.0)
#: Reversal potential of the whole background in mV, below threshold.
HOLDING_POTENTIAL_MV = -60.0
#: Activations of the input grid on which both models are compared.
GRID = {"E": (0.03, 0.17, 0.41, 0.73, 0.97), "I": (0.05, 0.37, 0.88)}
#: Duration of a condition, and start of its steady response in seconds.
DURATION, SETTLE_S = 450 * ms, 0.15
#: Smallest R^2 at which theory counts as correct.
GOOD_R2 = 0.98


@dataclasses.dataclass(frozen=True)
class TheoryMap:
    """Accuracy of the theory for one cell model and one kind of inhibition.

    Attributes
    ----------
    cell, inhibition : str
        Names of the cell model and of the kind of inhibition.
    taus : numpy.ndarray, shape (tau,)
        Synaptic time constants in ms.
    levels : numpy.ndarray, shape (level,)
        Background in leak conductances.
    ratio : numpy.ndarray, shape (level, tau)
        Synaptic over effective membrane time constant, averaged over the grid.
    r2 : numpy.ndarray, shape (level, tau)
        R^2 of the predicted against the simulated rates over the grid.
    worst, top : numpy.ndarray, shape (level, tau)
        Largest error of the prediction, and highest simulated rate, in Hz.
    bound : numpy.ndarray, shape (level, tau)
        Bound of the error that the translation reports, in Hz.
    warned : numpy.ndarray of bool, shape (level, tau)
        Whether the translation warns that the theory may be inaccurate.
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
        """Whether the theory is correct, shape (level, tau)."""
        return self.r2 >= GOOD_R2

    def as_json(self) -> dict[str, Any]:
        """Return all fields for JSON."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in vars(self).items()
        }


def balance_background(cell: Any, reversal: float) -> tuple[float, float]:
    """Compute excitation and inhibition in nS that add to one leak at `HOLDING_POTENTIAL_MV`."""
    leak, up, down = float(cell.g_L) * 1e9, -HOLDING_POTENTIAL_MV, HOLDING_POTENTIAL_MV - reversal
    return leak * down / (up + down), leak * up / (up + down)


def build_cells_by_tau(
    cell: Any, reversal: float, taus: tuple[float, ...], n_neurons: int, level: float | None = None
) -> ba.SpikingNetwork:
    """Build one population for each synaptic time constant.

    With a `level`, the background is a `Background` of so many leak conductances. Without it, the
    background is an afferent from the channel ``level``, a Poisson train with the same rate and
    quanta, so that one run contains all levels.
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
    """Simulate the steady rates in Hz, shape (level, grid, tau)."""
    stimulus = ba.steps(ba.stimuli.cross_levels({"level": levels, **GRID}), duration=DURATION)
    record = ba.Record(spikes=False)
    run = bio.run(stimulus, trials=1, seed=seed, engine=engine, record=record)
    steady = response_of(run).sel(time=slice(SETTLE_S, None)).mean(["time", "trial"])
    rates = steady.transpose("condition", "unit").values
    return np.asarray(rates.reshape(len(levels), -1, rates.shape[-1]))


def predict_by_theory(bio: ba.SpikingNetwork) -> tuple[np.ndarray, ...]:
    """Compute rates (grid, tau), bounds, warnings and membrane time constants (tau,) in s."""
    translation = ba.to_ann(bio)
    stimulus = ba.steps(ba.stimuli.cross_levels(dict(GRID)), duration=DURATION)
    run = translation.network.run(stimulus, trials=1, seed=0)
    activations = run.activation.isel(time=-1, trial=0)
    scale = float(translation.correspondence.matches[0].scale)
    bounds = scale * np.array([validity.bound for validity in translation.validity])
    warned_names = {flag.component for flag in translation.flags if flag.kind == "theory"}
    warned = np.array([name in warned_names for name in bio.units])
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
    """Compare theory and simulation for one cell model and one kind of inhibition."""
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
@click.option("--neurons", default=20, show_default=True, help="Neurons per population.")
@click.option("--seed", default=DEFAULT_SEED, show_default=True, help="Seed of the simulations.")
def main(out: Path, quick: bool, neurons: int, seed: int, engine: str, as_json: bool) -> None:
    """Compute the maps, write the report, and print its summary."""
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
