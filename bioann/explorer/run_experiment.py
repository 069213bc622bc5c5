"""Run both models of an experiment, without what only a report needs."""

from __future__ import annotations

from typing import Any

from bioann.base.errors import BioannError
from bioann.explorer.experiment import Experiment
from bioann.runs.execute_together import execute_together
from bioann.runs.options import RunOptions
from bioann.runs.plan import plan_run
from bioann.runs.run import Run


def run_experiment(experiment: Experiment, engine: str) -> Run[Any]:
    """Run both models of an experiment.

    Parameters
    ----------
    experiment : Experiment
        The pair, its stimulus, trials and seed.
    engine : str
        Engine of the spiking model.

    Returns
    -------
    Run
        The nodes ``stimulus``, ``bio`` and ``ann`` of ``Pair.run`` with one wiring, to the bit. Its
        provenance is left out: to hash the pair and its recording takes as long as to run it.

    Raises
    ------
    BioannError
        If a model does not run.
    """
    pair, stimulus = experiment.pair, experiment.stimulus
    options = RunOptions(experiment.trials, experiment.seed, pair.bin_width_quantity, engine)
    plan = plan_run(
        pair,
        stimulus,
        pair.window(stimulus),
        options,
        controls=False,
        audit=False,
        effective_weights=False,
        vary=False,
    )
    (recording,) = execute_together([plan])
    if isinstance(recording, BioannError):
        raise recording
    recording.attrs["pair"] = pair.name
    return Run(pair, recording, is_new=True)
