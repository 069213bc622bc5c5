"""Verdicts of runs of a small spiking network, by the public path through `compare`.

A cell with Poisson input is run once with the trials of all runs together. Trials are independent,
so that each group of `n` trials is a run of its own. The rate model is a table of the mean
responses in a pilot run with as many trials, in which every truth is a unit: the same responses,
or off by one or two margins, or in the reverse order.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator

import numpy as np
import xarray as xr
from brian2 import Hz, ms, nS
from scipy import stats

import bioann as ba
from bioann.analyses.error_rates_cases import AT_MARGIN, IDENTICAL, SIGN_FLIPPED, TWO_MARGINS, WHY
from bioann.analyses.error_rates_synthetic import decide_run
from bioann.analyses.synthetic_responses import (
    SPREAD,
    Noise,
    draw_noise_batches,
    estimate_runs,
)
from bioann.claims.margin import DEFAULT_SHARE, Margin
from bioann.claims.rules.equivalent import Equivalent
from bioann.claims.rules.score import Score
from bioann.comparison.metric_estimates import Responses
from bioann.correspondence import read_responses
from bioann.metrics.agreement import RMSE
from bioann.recordings.recording import SPIKE_FIELDS

#: Activations of the input, stimulus duration and start of the steady response.
LEVELS = (0.3, 0.45, 0.6, 0.75, 0.9, 1.05)
DURATION, SETTLE = 250 * ms, 50 * ms
#: Unit of the rate model for each truth, and its difference in margins.
SHIFTS = {"same": 0.0, "one": 1.0, "two": 2.0}
TRUTHS = {"same": IDENTICAL, "one": AT_MARGIN, "two": TWO_MARGINS, "flipped": SIGN_FLIPPED}


@dataclasses.dataclass(frozen=True)
class SimulatedRate:
    """How often simulated runs came to an outcome, beside synthetic ones.

    Attributes
    ----------
    rule, truth, outcome : str
        The rule, the truth and the outcome.
    runs, count : int
        Simulated runs, and those with the outcome.
    expected : float
        Share of the synthetic runs with the outcome.
    low, high : int
        Counts between which 99 % of the repetitions lie if the expected rate is the true one.
    """

    rule: str
    truth: str
    outcome: str
    runs: int
    count: int
    expected: float
    low: int
    high: int

    @property
    def is_compatible(self) -> bool:
        """Whether the count lies within the bounds."""
        return self.low <= self.count <= self.high


def build_network() -> ba.SpikingNetwork:
    """Build one cell with ten Poisson fibres."""
    return ba.SpikingNetwork(
        (ba.Population("cell", 1, "glutamate"),),
        (ba.Afferent("input", "cell", 2 * nS, fibres=10, rate=150 * Hz),),
    )


def build_pair(curve: np.ndarray, spread: float) -> ba.Pair:
    """Build the pair whose rate model has a unit for every truth.

    Parameters
    ----------
    curve : numpy.ndarray, shape (condition,)
        True mean responses of the cell, in activation.
    spread : float
        Their standard deviation between trials, in activation.

    Returns
    -------
    Pair
        With the margin of that spread.
    """
    margin = ba.Margin.of_spread(spread * 100 * Hz)
    size = margin.in_activation("", 100.0)
    table = np.stack(list(curves_by_unit(curve, size).values()), axis=-1)

    def look_up(stimulus: xr.DataArray, rng: np.random.Generator) -> np.ndarray:
        return np.repeat(table[:, None], stimulus.sizes["time"], axis=1)

    matches = tuple(ba.Match("cell", unit) for unit in TRUTHS)
    claims = tuple(
        ba.Claim(unit, "The models are equivalent.", "ours", Equivalent(Score(RMSE, unit)))
        for unit in TRUTHS
    )
    return ba.Pair(
        "error_rates", build_network(), ba.FunctionModel(look_up, tuple(TRUTHS), ("input",)),
        ba.Correspondence(matches), stimulus=ba.steps(
            {"input": LEVELS}, duration=DURATION
        ), settle=SETTLE, bin_width=50 * ms, margin=margin, claims=claims,
    )  # fmt: skip


def curves_by_unit(curve: np.ndarray, margin: float) -> dict[str, np.ndarray]:
    """Return the responses of each unit of the rate model, which differ from `curve`."""
    shifted = {unit: curve + shift * margin for unit, shift in SHIFTS.items()}
    return shifted | {"flipped": curve[::-1]}


def take_trials(bio: xr.Dataset, first: int, n: int) -> xr.Dataset:
    """Return a recording with `n` of its trials, from the `first` on."""
    in_trials = (bio["spike_trial"] >= first) & (bio["spike_trial"] < first + n)
    spikes = bio[list(SPIKE_FIELDS)].isel(spike=np.flatnonzero(in_trials.values))
    spikes["spike_trial"] = spikes["spike_trial"] - first
    rest = bio.drop_vars(SPIKE_FIELDS).isel(trial=slice(first, first + n))
    return rest.assign(dict(spikes.data_vars)).assign_coords(trial=np.arange(n))


def split_runs(run: ba.Run, n_trials: int) -> Iterator[ba.Run]:
    """Yield runs of `n_trials` trials each."""
    bio = run["bio"].to_dataset()
    for first in range(0, bio.sizes["trial"] - n_trials + 1, n_trials):
        nodes = {f"/{name}": run[name].to_dataset() for name in ("stimulus", "ann")}
        nodes["/bio"] = take_trials(bio, first, n_trials)
        recording = xr.DataTree.from_dict(nodes)
        recording.attrs.update(run.attrs | {"trials": n_trials})
        yield ba.Run(run.pair, recording)


@dataclasses.dataclass(frozen=True)
class Pilot:
    """A run of the cell alone, which says what is true of it.

    Attributes
    ----------
    responses : numpy.ndarray, shape (trial, condition)
        Steady responses of the cell, in activation.
    """

    responses: np.ndarray

    @property
    def curve(self) -> np.ndarray:
        """Mean responses, shape (condition,)."""
        return np.asarray(self.responses.mean(axis=0))

    @property
    def spread(self) -> float:
        """Standard deviation between trials, root mean square over conditions."""
        return float(np.sqrt(self.responses.var(axis=0, ddof=1).mean()))


def run_pilot(n_trials: int, *, seed: int, engine: str) -> Pilot:
    """Run the cell alone, with other input than in the runs that are judged."""
    draft = build_pair(np.zeros(len(LEVELS)), SPREAD)
    run = draft.run(trials=n_trials, seed=seed, engine=engine, controls=False)
    window = (float(run.attrs["window"][0]), float(run.attrs["window"][1]))
    activation = read_responses(run["bio"].to_dataset(), draft.correspondence, "bio")
    steady = Responses(xr.Dataset({"bio": activation}), window).window_mean("bio")
    assert steady is not None
    return Pilot(steady.isel(match=0).transpose("trial", "condition").values)


def count_simulated(
    n_runs: int, n_trials: int, n_synthetic: int, *, seed: int, engine: str
) -> list[SimulatedRate]:
    """Count verdicts of simulated runs, and compare them with synthetic ones.

    Parameters
    ----------
    n_runs, n_trials : int
        Simulated runs, and trials of each.
    n_synthetic : int
        Synthetic runs, with normal noise of the same size in each condition.
    seed : int
        Seed of the simulation and of the noise.
    engine : str
        Engine of the simulation.

    Returns
    -------
    list of SimulatedRate
        One for each truth and outcome.
    """
    pilot = run_pilot(n_runs * n_trials, seed=seed + 1, engine=engine)
    pair = build_pair(pilot.curve, pilot.spread)
    all_runs = pair.run(trials=n_runs * n_trials, seed=seed, engine=engine, controls=False)
    counts = {unit: collections.Counter[str]() for unit in TRUTHS}
    for run in split_runs(all_runs, n_trials):
        for verdict in ba.compare(run).claims:
            counts[verdict.claim.id][verdict.outcome] += 1
    expected = _count_synthetic(pilot, n_trials, n_synthetic, seed)
    rates = []
    for unit, truth in TRUTHS.items():
        for outcome in ("supported", "refuted", "undecided"):
            share = expected[unit][outcome] / n_synthetic
            low, high = bound_count(n_runs, expected[unit][outcome], n_synthetic)
            count = counts[unit][outcome]
            rates.append(SimulatedRate(RMSE.name, truth, outcome, n_runs, count, share, low, high))
    return rates


def bound_count(n_runs: int, count: int, n_synthetic: int) -> tuple[int, int]:
    """Return the 99 % bounds of a count, given that of synthetic runs.

    Both counts are random: the bounds are those of the beta-binomial distribution that follows
    from the synthetic count and a uniform prior of the rate.
    """
    posterior = stats.betabinom(n_runs, count + 1, n_synthetic - count + 1)
    return int(posterior.ppf(0.005)), int(posterior.ppf(0.995))


def _count_synthetic(
    pilot: Pilot, n_trials: int, n_runs: int, seed: int
) -> dict[str, collections.Counter[str]]:
    """Count verdicts of runs with normal noise, as large as that of the simulation."""
    margin, curve = DEFAULT_SHARE * pilot.spread, pilot.curve
    scale = pilot.responses.std(axis=0, ddof=1) / SPREAD
    rule = Equivalent(RMSE, Margin(margin, WHY))
    counts = {unit: collections.Counter[str]() for unit in TRUTHS}
    batches = draw_noise_batches(
        Noise("normal"), n_runs, n_trials, seed=seed, n_conditions=len(curve)
    )
    for batch in batches:
        responses = curve + scale * batch[0]
        for unit, rate_model in curves_by_unit(curve, margin).items():
            estimates = estimate_runs(RMSE, responses, rate_model)
            counts[unit].update(decide_run((rule,), (estimate,)) for estimate in estimates)
    return counts
