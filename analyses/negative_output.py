"""How can spiking neurons represent a negative output? Four codes, and what each costs.

Runs three pairs that ship with bioann, and one parameter sweep. ``negative_output``: a negative
output as a rate below a baseline, as the rate of a second cell, as a membrane potential, or as the
spikes of a cell without a baseline. ``rectification``: the memory of a potential for inhibition
that is too strong to show in spikes. ``decision``: a circuit that needs negative weights, but no
negative outputs. The sweep: the most negative output that a baseline rate can represent, against
the number of spikes that it costs. Usage::

    python analyses/negative_output.py --out reports --seeds 3 --json
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Hz, ms, nS, pA

import bioann as ba
from bioann.analyses.command import analysis_command, report_results
from bioann.analyses.negative_output_report import (
    LATENCY,
    PRODUCTS,
    RESTING_SPIKES,
    build_negative_output_report,
)
from bioann.metrics.crossing import find_crossing
from bioann.models import negative_output as negative_output_pair, rectification

#: Tonic currents into the cells of the sweep, in pA; the last one is that of the pair.
CURRENTS_PA = np.linspace(100, 220, 7)
BASELINE, OPPONENT = "rate below a baseline", "ON/OFF pair of cells"
POTENTIAL, NO_BASELINE = "potential", "spikes without baseline"


@dataclasses.dataclass(frozen=True)
class ReportedScore:
    """One score of a pair that the report shows.

    Attributes
    ----------
    pair : str
        Name of the pair that computes the score.
    score : Score
        The score, with its metric and match.
    quantity : str
        Name of the score in the report.
    code : str
        Code of a negative output that the score belongs to; empty for pairs on other questions.
    """

    pair: str
    score: ba.Score
    quantity: str
    code: str = ""


SCORES = (
    *(
        ReportedScore("negative_output", measure.of(model, match=match), quantity, code)
        for measure, quantity, model, match, code in (
            (negative_output_pair.PRODUCTS, PRODUCTS, "bio", "baseline", BASELINE),
            (negative_output_pair.PRODUCTS, PRODUCTS, "bio", "opponent", OPPONENT),
            (negative_output_pair.PRODUCTS, PRODUCTS, "potential", "no spike", POTENTIAL),
            (negative_output_pair.PRODUCTS, PRODUCTS, "bio", "no spike", NO_BASELINE),
            (negative_output_pair.LATENCY, LATENCY, "bio", "baseline", BASELINE),
            (negative_output_pair.LATENCY, LATENCY, "bio", "opponent", OPPONENT),
            (negative_output_pair.LATENCY, LATENCY, "potential", "no spike", POTENTIAL),
        )
    ),
    ReportedScore(
        "rectification", rectification.INHIBITED_OUTPUT.of("bio"), "output of an inhibited cell"
    ),
    ReportedScore("rectification", rectification.MEMORY.of("bio"), "memory of its potential"),
    ReportedScore("decision", ba.Score(ba.metrics.WINNER_AGREEMENT), "agreement of its choices"),
)

#: Columns of the table of scores over pairs and seeds.
SCORE_COLUMNS = ("pair", "code", "quantity", "value", "low", "high", "unit", "seed")


def build_baseline_cells(currents_pa: np.ndarray, n_neurons: int) -> ba.SpikingNetwork:
    """Build the cells with a baseline of the pair, one population per tonic current in pA."""
    names = [f"tonic_{index}" for index in range(len(currents_pa))]
    options = {"fibres": 20, "rate": 40 * Hz, "coding": "baseline", "baseline": 1.0}
    return ba.SpikingNetwork(
        tuple(ba.Population(name, n_neurons, "glutamate") for name in names),
        tuple(
            ba.Afferent(channel, name, 0.45 * nS, transmitter, **options)
            for name in names
            for channel, transmitter in (("plus", "glutamate"), ("minus", "GABA"))
        ),
        injections=tuple(
            ba.Injection(name, current=current * pA)
            for name, current in zip(names, currents_pa, strict=True)
        ),
    )


def measure_baselines(
    currents_pa: np.ndarray,
    seeds: int,
    *,
    trials: int = 5,
    n_neurons: int = 10,
    engine: str = "numpy",
) -> pd.DataFrame:
    """Measure the effects of positive and negative outputs for every tonic current and seed.

    Returns
    -------
    pandas.DataFrame
        Columns ``current`` (pA), ``seed``, ``rest`` (rate in Hz without output), ``up`` and
        ``down`` (change of the rate in Hz by an output of 1 and of -1), and ``kept``, the ratio
        -down / up, which is 1 if the effects are symmetric.
    """
    stimulus = ba.steps({"plus": [0.0, 1.0, -1.0], "minus": [0.0] * 3}, duration=500 * ms)
    rows = []
    for seed in range(seeds):
        network = build_baseline_cells(currents_pa, n_neurons)
        recording = network.run(stimulus, trials=trials, seed=seed, engine=engine)
        mean = recording.rate.sel(time=slice(0.1, None)).mean(["time", "trial"])
        rates = mean.transpose("unit", "condition").values
        for current, (resting, at_plus, at_minus) in zip(currents_pa, rates, strict=True):
            up, down = at_plus - resting, at_minus - resting
            rows.append((current, seed, resting, up, down, -down / up if up > 0 else np.nan))
    return pd.DataFrame(rows, columns=["current", "seed", "rest", "up", "down", "kept"])


def measure_resting_spikes(run: ba.Run[ba.Pair]) -> dict[str, float]:
    """Compute the spikes per second that each code costs without output."""
    unstimulated = run["bio"].rate.sel(time=slice(0, negative_output_pair.ONSET_MS * 1e-3))
    resting_rate = unstimulated.mean(["condition", "trial", "time"]).to_series()
    return {
        BASELINE: float(resting_rate["tonic"]),
        OPPONENT: float(resting_rate["on"] + resting_rate["off"]),
        POTENTIAL: 0.0,  # the cell stays below rheobase and never fires
        NO_BASELINE: float(resting_rate["quiet"]),
    }


def score_pairs(
    seeds: int, *, engine: str = "numpy", pair_names: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Run the pairs, and return the scores in `SCORES` and the resting spikes, for every seed."""
    rows: list[tuple[Any, ...]] = []
    for name in pair_names or tuple(dict.fromkeys(score.pair for score in SCORES)):
        pair = ba.load(name)
        for seed in range(1, seeds + 1):
            run = pair.run(trials=pair.trials, seed=seed, engine=engine)
            scores = ba.compare(run).scores
            for reported in (reported for reported in SCORES if reported.pair == name):
                row = reported.score.find_row(scores)
                label = (name, reported.code, reported.quantity)
                rows.append((*label, row.value, row.low, row.high, row.unit, seed))
            if name == "negative_output":
                for code, rate in measure_resting_spikes(run).items():
                    label = (name, code, RESTING_SPIKES)
                    rows.append((*label, rate, np.nan, np.nan, "spikes/s", seed))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def find_needed_baseline(rows: pd.DataFrame, min_kept: float = 0.9) -> tuple[float, float, float]:
    """Find the baseline rate in Hz with a ratio of `min_kept`: mean, lowest and highest seed."""
    baselines = []
    for _, seed_rows in rows.groupby("seed"):
        share = xr.DataArray(seed_rows.kept.to_numpy(), dims="level")
        baselines.append(float(find_crossing(share, seed_rows.rest.to_numpy(), "level", min_kept)))
    return float(np.mean(baselines)), min(baselines), max(baselines)


@analysis_command(__doc__, "python analyses/negative_output.py --seeds 2")
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="Runs of each pair."
)
def main(out: Path, seeds: int, engine: str, as_json: bool) -> None:
    """Run the sweep and the pairs, write the report, and print its summary."""
    rows = measure_baselines(CURRENTS_PA, seeds, engine=engine)
    scores = score_pairs(seeds, engine=engine)
    needed_baseline = find_needed_baseline(rows)
    result = {
        "seeds": seeds,
        "baseline_hz": dict(zip(("mean", "low", "high"), needed_baseline, strict=True)),
        "sweep": json.loads(rows.to_json(orient="records")),
        "scores": json.loads(scores.to_json(orient="records")),
    }
    # `negative_output` is the name of the pair's own report.
    report = build_negative_output_report(rows, scores, needed_baseline, seeds)
    report_results(report, out, "negative_output_readings", result, as_json=as_json)


if __name__ == "__main__":
    main()
