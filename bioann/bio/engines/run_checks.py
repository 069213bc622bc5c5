"""Checks of the options of a run: its time step, the grid of its input, and its noise keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bioann.base.errors import SimulationError
from bioann.bio.cells.heterogeneous import make_array_cell
from bioann.bio.description import NetworkDescription


def check_grid(input_step: float, step: float) -> None:
    """Raise `SimulationError` unless input can be rounded to whole steps of the simulation."""
    if step > 0 and abs(input_step / step - max(round(input_step / step), 1)) > 1e-6:
        raise SimulationError(
            "SpikingNetwork.run, grid",
            f"a whole number of steps of {step * 1e3:g} ms",
            f"{input_step * 1e3:g} ms",
            "Leave it out, or give the dt of the run that this one refines.",
        )


def check_noise_keys(noise_keys: Sequence[str] | None, n_conditions: int) -> tuple[str, ...]:
    """Return the noise keys as text, none if the labels stand for them, or raise an error."""
    keys = tuple(map(str, noise_keys or ()))
    if noise_keys is not None and len(keys) != n_conditions:
        raise SimulationError(
            "SpikingNetwork.run, noise_keys",
            f"one key for each of {n_conditions} condition(s)",
            f"{len(keys)}",
            "Leave it out, or repeat a key for the conditions that are to share their noise.",
        )
    return keys


def check_step(network: NetworkDescription, stimulus_dt: float, dt: float) -> None:
    """Raise `SimulationError` for a step that the fastest process or the stimulus outruns."""
    limits = {"stimulus step": stimulus_dt}
    for population in network.populations:
        # Of a parameter that differs between neurons, the fastest neuron counts.
        cell = make_array_cell(population.cell)
        for process, tau in cell.time_constants().items():
            limits[f"{process} time constant of {population.name!r}"] = float(np.min(tau))
        if (junctions := population.placed_gap_junctions) is not None:
            tau = junctions.time_constant(population.n, float(np.min(cell.capacitance)))
            limits[f"gap junction time constant of {population.name!r}"] = tau
        for receptor in network.receptors_of(population.name):
            for process, tau in receptor.time_constants().items():
                limits[f"{receptor.name} {process} in {population.name!r}"] = tau
    fastest = min(limits, key=lambda name: limits[name])
    steps = stimulus_dt / dt if dt > 0 else 0.0
    if dt <= 0 or dt > limits[fastest] * (1 + 1e-9):
        expected = f"above 0 and at most the {fastest}, {limits[fastest] * 1e3:g} ms"
    elif abs(steps - round(steps)) > 1e-6:
        expected = f"a whole fraction of the stimulus step, {stimulus_dt * 1e3:g} ms"
    else:
        return
    raise SimulationError(
        "SpikingNetwork.run, dt",
        expected,
        f"{dt * 1e3:g} ms",
        f"Leave dt out, or use {min(network.default_step, limits[fastest]) * 1e3:g} * ms or less.",
    )
