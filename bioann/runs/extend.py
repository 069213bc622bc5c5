"""Extend a run: add trials to those that it has."""

from __future__ import annotations

import dataclasses
from typing import Any

import xarray as xr

from bioann.base.errors import SimulationError
from bioann.recordings.append import append_trials
from bioann.recordings.array_digests import DIGESTS, digest_arrays
from bioann.recordings.recording import assemble_run, check_trials
from bioann.recordings.wirings import check_wirings
from bioann.runs.execute import execute_plan
from bioann.runs.options import RunOptions
from bioann.runs.plan import plan_run
from bioann.runs.run import PairT, Run

#: Nodes of a recording without trials of the run: they stay as they were.
_NODES_WITHOUT_TRIALS = ("stimulus", "chance", "effective_weights", "parameter_grid")


def extend_run(
    run: Run[PairT],
    trials: int,
    *,
    engine: str = "auto",
    dt: Any = None,
    wirings: int | None = None,
) -> Run[PairT]:
    """Run more trials of a pair, and append them to a run.

    Where the models number their trials (all that ship do), the result is that of one run with all
    trials, bit for bit. A model that does not runs with another seed.

    Parameters
    ----------
    run : Run
        The run that is extended, with controls and audit if it has them.
    trials : int
        Trials of each condition after it, more than the run has.
    engine : {'auto', 'numpy', 'cython', 'cpp', 'cpp_standalone'}, optional
        What executes spiking models.
    dt : quantity, optional
        Time step of spiking models, as in the run.
    wirings : int, optional
        Number of wirings after it, at most `trials`; that of the run unless given. A larger number
        continues a run in which every trial has a wiring of its own.

    Returns
    -------
    Run
        All trials; chance level and effective weights are those of `run`.

    Raises
    ------
    SimulationError
        If the run has as many trials already.
    """
    pair, attrs, window = run.pair, run.attrs, run.attrs["window"]
    first_trial, total = int(attrs["trials"]), check_trials(trials)
    if total <= first_trial:
        raise SimulationError(
            f"{pair.title()}, trials",
            f"more than the {first_trial} of the run",
            f"{total}",
            "Give the number of trials that the run has afterwards.",
        )
    n_wirings = check_wirings(int(attrs["wirings"]) if wirings is None else wirings, total)
    options = RunOptions(
        total - first_trial,
        int(attrs["seed"]),
        pair.bin_width_quantity,
        engine,
        dt,
        wirings=n_wirings,
        first_trial=first_trial,
    )
    stimulus = run["stimulus"]["stimulus"].rename(stimulus_time="time")
    plan = plan_run(
        pair,
        stimulus,
        (float(window[0]), float(window[1])),
        options,
        controls="ceiling" in run.children,
        audit="audit" in run.children,
        effective_weights=False,
        vary=False,
    )
    # Chance levels rest on the rate model alone.
    steps = tuple(step for step in plan.models if step.name not in _NODES_WITHOUT_TRIALS)
    more = execute_plan(dataclasses.replace(plan, models=steps))
    return Run(pair, _append_run(run.recording, more, total, n_wirings, stimulus))


def _append_run(
    recording: xr.DataTree, more: xr.DataTree, trials: int, wirings: int, stimulus: xr.DataArray
) -> xr.DataTree:
    """Append the trials of all models, and count them in the provenance."""
    nodes = {name: node.to_dataset() for name, node in recording.children.items()}
    del nodes["stimulus"]
    for name in nodes.keys() - set(_NODES_WITHOUT_TRIALS):
        nodes[name] = append_trials(nodes[name], more[name].to_dataset())
    counts = {"trials": trials, "wirings": wirings, "engine": nodes["bio"].attrs.get("engine", "")}
    provenance = {str(name): value for name, value in recording.attrs.items()}
    longer = assemble_run(stimulus, nodes, **(provenance | counts))
    longer.attrs[DIGESTS] = digest_arrays(longer)
    return longer
