"""The spread of the spiking model between trials, from a pilot run: a scale for margins."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from brian2 import Hz

from bioann.comparison.responses import Responses
from bioann.correspondence import read_responses
from bioann.pair import Pair
from bioann.runs.run import Run

#: Seed and trials of pilot runs. No run that is judged uses this seed unless it is asked for.
PILOT_SEED, PILOT_TRIALS = 20_000, 20


def measure_spread(
    pair: Pair,
    *,
    trials: int = PILOT_TRIALS,
    seed: int = PILOT_SEED,
    engine: str = "auto",
) -> dict[str, Any]:
    """Measure how much steady rates of the spiking model differ between trials.

    Parameters
    ----------
    pair : Pair
        The pair whose spiking model is run, on the pair's own stimulus.
    trials : int, optional
        Trials of the pilot run, at least 2.
    seed : int, optional
        Its seed, other than that of the runs that are judged.
    engine : str, optional
        What executes the spiking model.

    Returns
    -------
    dict of str to quantity
        For each match the standard deviation between trials in Hz: root mean square over
        conditions. Freeze it as a number: ``bioann.Margin.of_spread(12.3 * Hz)``.
    """
    return compute_spread(pair.run(trials=trials, seed=seed, engine=engine, controls=False))


def compute_spread(run: Run[Pair]) -> dict[str, Any]:
    """Compute how much steady rates of the spiking model differ between the trials of a run.

    Parameters
    ----------
    run : Run
        A run with at least 2 trials.

    Returns
    -------
    dict of str to quantity
        As from `measure_spread`.
    """
    pair = run.pair
    activation = read_responses(run["bio"].to_dataset(), pair.correspondence, "bio")
    window = (float(run.attrs["window"][0]), float(run.attrs["window"][1]))
    steady = Responses(xr.Dataset({"bio": activation}), window).window_mean("bio")
    assert steady is not None
    variance = steady.var("trial", ddof=1).mean("condition")
    scales = pair.correspondence.scales_in_hertz()
    return {
        name: float(np.sqrt(variance.sel(match=name))) * scale * Hz
        for name, scale in scales.items()
    }
