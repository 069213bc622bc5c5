"""When is a negative weight an inhibitory synapse?

A set of synapses acts as a signed weight if one number describes its effect at all firing rates.
Three cell models receive excitation of many strengths, made of small or large quanta (little or
much noise), and a tested conductance with a reversal potential from -85 to -40 mV. The effective
weight of one nS of this conductance is the excitatory conductance in nS that changes the firing
rate by the same amount. If the weight has the same sign at all rates, it is described by a sign; if
it is also constant to within 25 %, by a single number. The map is computed from the firing rate of
each cell averaged over the noise of its conductances (`bioann.theory.adiabatic_rate`); the reversal
potential at which the sign changes is also measured in simulations.

This is a picture without claims: the pair `sign_equivalence` judges where the sign of a synapse
changes. Usage::

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
from bioann.analyses.command import analysis_command, report_results
from bioann.analyses.sign_map_report import build_sign_map_report, draw_sign_maps
from bioann.base.randomness import make_rng
from bioann.base.seeds import DEFAULT_SEED
from bioann.recordings.recording import response_of
from bioann.reporting.style import house_style

CELLS = {
    "LIF": ba.cells.LIF(),
    "LIF, reset to rest": ba.cells.LIF(V_r=-65 * mV),
    "exponential IF": ba.cells.EIF(),
}
#: Conductance per excitatory spike, relative to the reference: the constant excitatory conductance
#: at which the cell fires at 30 Hz.
QUANTA = {"little noise": 0.1, "much noise": 1.0}
#: Excitation in units of the reference, and the three levels that are simulated.
DRIVE_LEVELS, SIMULATED_LEVELS = np.geomspace(0.4, 9.0, 51), (0.8, 1.3, 3.0)
REVERSALS_MV = np.arange(-85.0, -39.0)
#: Approximate reversal potential of the sign change in mV, and the simulated values relative to it.
MIDDLE_MV = {"LIF": -54.0, "LIF, reset to rest": -54.0, "exponential IF": -60.0}
OFFSETS_MV = np.array([-4.0, 0.0, 4.0])
#: Mean of the tested conductance, and its increment per spike, in leak conductances.
TESTED_CONDUCTANCE, CONDUCTANCE_PER_SPIKE = 0.2, 0.05
#: Range of firing rates in Hz that "at all rates" refers to.
RATE_RANGE_HZ = (5.0, 200.0)
#: Half the range of a weight over rates, relative to its centre, up to which it is one number.
WEIGHT_TOLERANCE = 0.25
N_RESAMPLES = 1000


def nan_to_none(value: float) -> float | None:
    """Convert NaN, which JSON does not have, to None."""
    return None if np.isnan(value) else value


@dataclasses.dataclass(frozen=True)
class SignMap:
    """Effective weights of one cell model at one noise level.

    Attributes
    ----------
    cell, noise : str
        Names of the cell model and of the noise level, from `CELLS` and `QUANTA`.
    reversal : numpy.ndarray, shape (reversal,)
        Reversal potentials of the tested conductance in mV, ascending.
    rates : numpy.ndarray, shape (drive,)
        Firing rates without the tested conductance in Hz, ascending.
    weight : numpy.ndarray, shape (drive, reversal)
        Effective weights from theory, in nS of excitation per nS.
    sign_change_mv : numpy.ndarray, shape (drive,)
        Reversal potential in mV at which the weight is zero, from theory.
    simulated_changes : numpy.ndarray, shape (level, 4)
        From simulations: rate in Hz, sign change in mV, and its 95 % interval.
    sign_change_shift : numpy.ndarray, shape (3,)
        Sign change at the weakest minus that at the strongest simulated drive in mV, and its
        95 % interval.
    """

    cell: str
    noise: str
    reversal: np.ndarray
    rates: np.ndarray
    weight: np.ndarray
    sign_change_mv: np.ndarray
    simulated_changes: np.ndarray
    sign_change_shift: np.ndarray

    @property
    def landmarks_mv(self) -> tuple[float, float]:
        """Resting potential and threshold of the cell in mV."""
        cell: Any = CELLS[self.cell]
        return 1e3 * float(cell.resting_potential), 1e3 * float(cell.firing_threshold)

    @property
    def one_sign(self) -> np.ndarray:
        """Sign of the weight at all rates, shape (reversal,): -1, +1, or 0 if it varies."""
        return np.where((self.weight < 0).all(0), -1, np.where((self.weight > 0).all(0), 1, 0))

    @property
    def one_number(self) -> np.ndarray:
        """Whether it is also constant to within `WEIGHT_TOLERANCE`, shape (reversal,)."""
        top, bottom = self.weight.max(axis=0), self.weight.min(axis=0)
        return (self.one_sign != 0) & (top - bottom <= WEIGHT_TOLERANCE * abs(top + bottom))

    def find_sign_limit(self, sign: int, *, one_number: bool = False) -> float:
        """Find the reversal potential in mV up to (from) which the sign is -1 (+1) at all rates.

        With `one_number`, the weight must also be constant. NaN if no reversal potential qualifies.
        """
        holds = (self.one_number if one_number else self.one_sign != 0) & (self.one_sign == sign)
        # Only the contiguous range from the end counts, not a band in the middle.
        holds = np.logical_and.accumulate(holds[::-sign])[::-sign]
        reversals = self.reversal[holds]
        return float(reversals.max() if sign < 0 else reversals.min()) if len(reversals) else np.nan

    def as_json(self) -> dict[str, Any]:
        """Return the main results for JSON."""
        return {
            "cell": self.cell,
            "noise": self.noise,
            "one_number_up_to_mV": nan_to_none(self.find_sign_limit(-1, one_number=True)),
            "inhibits_up_to_mV": nan_to_none(self.find_sign_limit(-1)),
            "excites_from_mV": nan_to_none(self.find_sign_limit(1)),
            "turn_mV": [float(self.sign_change_mv.min()), float(self.sign_change_mv.max())],
            "simulated_rate_turn_low_high": self.simulated_changes.tolist(),
            "weakest_minus_strongest_mV": self.sign_change_shift.tolist(),
        }


def find_reference_conductance(cell: Any) -> float:
    """Find the excitatory conductance in siemens at which a cell fires at 30 Hz, by bisection."""
    low, high = 0.0, 20 * float(cell.g_L)
    for _ in range(20):
        conductance = (low + high) / 2
        # The reversal potential is 0 mV.
        rate = float(cell.steady_rate(np.zeros(()), np.asarray(conductance), np.zeros(())))
        low, high = (conductance, high) if rate < 30.0 else (low, conductance)
    return high


def compute_weights(cell: Any, quantum: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute rates, weights and sign changes over `DRIVE_LEVELS` and `REVERSALS_MV`."""
    reference, leak = find_reference_conductance(cell), float(cell.g_L)
    drive_quantum = quantum * reference

    def compute_rate(drive: Any, reversal: Any = None) -> np.ndarray:
        drive_rate = drive * reference / (drive_quantum * 5e-3) * Hz
        inputs = [ba.theory.PoissonInput(drive_rate, drive_quantum * 1e9 * nS, 5 * ms, 0 * mV)]
        if reversal is not None:
            # Such small quanta make the tested conductance constant.
            test_quantum = 1e-13 * leak
            test_rate = TESTED_CONDUCTANCE * leak / (test_quantum * 10e-3) * Hz
            inputs.append(
                ba.theory.PoissonInput(test_rate, test_quantum * 1e9 * nS, 10 * ms, reversal * mV)
            )
        return ba.theory.adiabatic_rate(cell, inputs)

    fine_drives = np.geomspace(0.1, 15.0, 961)
    rate_curve = np.maximum.accumulate(compute_rate(fine_drives)) + 1e-9 * fine_drives
    base_rates = compute_rate(DRIVE_LEVELS)
    in_range = (base_rates >= RATE_RANGE_HZ[0]) & (base_rates <= RATE_RANGE_HZ[1])
    weights = np.stack(
        [
            np.interp(compute_rate(DRIVE_LEVELS, reversal), rate_curve, fine_drives) - DRIVE_LEVELS
            for reversal in REVERSALS_MV
        ],
        axis=1,
    )
    weights = weights[in_range] * reference / (TESTED_CONDUCTANCE * leak)
    sign_changes = np.array(
        [np.interp(0.0, row, REVERSALS_MV) for row in np.maximum.accumulate(weights, axis=1)]
    )
    return base_rates[in_range], weights, sign_changes


def build_test_cells(name: str, quantum: float, n_neurons: int) -> ba.SpikingNetwork:
    """Build one population for each reversal potential near the sign change."""
    cell: Any = CELLS[name]
    leak = float(cell.g_L)
    drive_weight = quantum * find_reference_conductance(cell) * 1e9 * nS
    test_weight = CONDUCTANCE_PER_SPIKE * leak * 1e9 * nS
    populations, afferents = [], []
    for reversal in MIDDLE_MV[name] + OFFSETS_MV:
        population, gaba = f"E_m{-reversal:.0f}", ba.receptors.GABA_A(reversal=reversal * mV)
        populations.append(ba.Population(population, n_neurons, "glutamate", cell=cell))
        test_rate = TESTED_CONDUCTANCE / CONDUCTANCE_PER_SPIKE / float(gaba.tau) * Hz
        afferents += [
            ba.Afferent("drive", population, drive_weight, rate=1 / (quantum * 5e-3) * Hz),
            ba.Afferent("test", population, test_weight, "GABA", gaba, rate=test_rate),
        ]
    return ba.SpikingNetwork(tuple(populations), tuple(afferents))


def fit_sign_changes(rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit the sign changes to rates.

    Parameters
    ----------
    rates : numpy.ndarray, shape (..., drive, test, population)
        Rates in Hz without and with the tested conductance, for populations at `OFFSETS_MV`.

    Returns
    -------
    base_rates : numpy.ndarray, shape (..., drive)
        Rates in Hz without the tested conductance.
    sign_changes : numpy.ndarray, shape (..., drive)
        Zero of the line fitted to the three effects, in mV relative to `MIDDLE_MV`.
    """
    base_rates = rates[..., 0, :].mean(axis=-1)
    effects = rates[..., 1, :] - base_rates[..., None]
    slope = effects @ OFFSETS_MV / (OFFSETS_MV @ OFFSETS_MV)
    return base_rates, -effects.mean(axis=-1) / slope


def simulate_sign_changes(
    name: str, quantum: float, *, n_neurons: int, trials: int, seed: int, engine: str
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate the sign changes at `SIMULATED_LEVELS`, with intervals from resampling trials."""
    stimulus = ba.steps(
        ba.stimuli.cross_levels({"drive": SIMULATED_LEVELS, "test": (0.0, 1.0)}), duration=600 * ms
    )
    record = ba.Record(spikes=False)
    network = build_test_cells(name, quantum, n_neurons)
    recording = network.run(stimulus, trials=trials, seed=seed, engine=engine, record=record)
    late_rates = response_of(recording).sel(time=slice(0.1, None)).mean("time")
    rates = late_rates.transpose("trial", "condition", "unit").values
    rates = rates.reshape(trials, len(SIMULATED_LEVELS), 2, len(OFFSETS_MV))
    indices = make_rng(seed, "sign_map", "resample").integers(0, trials, (N_RESAMPLES, trials))
    trial_shares = np.stack([np.bincount(row, minlength=trials) for row in indices]) / trials
    base_rates, sign_changes = fit_sign_changes(rates.mean(axis=0))
    resampled = fit_sign_changes(np.tensordot(trial_shares, rates, 1))[1]
    interval = np.quantile(resampled, [0.025, 0.975], axis=0)
    shift_interval = np.quantile(resampled[:, 0] - resampled[:, -1], [0.025, 0.975])
    middle = MIDDLE_MV[name]
    simulated = np.stack([base_rates, middle + sign_changes, *(middle + interval)], axis=1)
    return simulated, np.array([sign_changes[0] - sign_changes[-1], *shift_interval])


def compute_maps(
    *, n_neurons: int, trials: int, seed: int, engine: str, cells: tuple[str, ...]
) -> list[SignMap]:
    """Compute and simulate the maps of all cell models and noise levels."""
    sampling: dict[str, Any] = {"n_neurons": n_neurons, "trials": trials}
    maps = []
    for noise, quantum in QUANTA.items():
        for name in cells:
            theory = compute_weights(CELLS[name], quantum)
            simulation = simulate_sign_changes(name, quantum, seed=seed, engine=engine, **sampling)
            maps.append(SignMap(name, noise, REVERSALS_MV, *theory, *simulation))
    return maps


@analysis_command(__doc__, "python analyses/sign_map.py --quick")
@click.option("--quick", is_flag=True, help="One cell model, fewer neurons and trials.")
@click.option("--seed", default=DEFAULT_SEED, show_default=True, help="Seed of the simulations.")
def main(out: Path, quick: bool, seed: int, engine: str, as_json: bool) -> None:
    """Compute the maps, write the report, and print its summary."""
    sampling: dict[str, Any] = {"n_neurons": 100, "trials": 10, "cells": tuple(CELLS)}
    if quick:
        sampling = {"n_neurons": 50, "trials": 5, "cells": ("LIF",)}
    maps = compute_maps(seed=seed, engine=engine, **sampling)
    n_neurons, trials = sampling["n_neurons"], sampling["trials"]
    image = io.BytesIO()
    with house_style():
        figure = draw_sign_maps(maps, n_neurons, trials).figure
        figure.savefig(image, format="png", dpi=130)
    report_results(
        build_sign_map_report(maps, n_neurons, trials),
        out,
        "sign_map",
        {"maps": [sign_map.as_json() for sign_map in maps]},
        as_json=as_json,
        other_files={"sign_map.png": image.getvalue()},
    )


if __name__ == "__main__":
    main()
