"""Measure how far the two halves of a run are the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bioann import half
from bioann.claims import Verdict, judge
from bioann.connections import sign_table
from bioann.correspondence import responses
from bioann.errors import PairError
from bioann.metrics.agreement import COMMON
from bioann.metrics.bootstrap import interval, mean_over_trials, weights
from bioann.metrics.metric import Metric
from bioann.metrics.signs import SIGNS, WINNER
from bioann.metrics.spiking import counts, cv_isi, fano
from bioann.pair import Pair, PairName

SCORE_COLUMNS = (
    "match",
    "metric",
    "detail",
    "value",
    "low",
    "high",
    "ceiling",
    "ceiling_low",
    "ceiling_high",
    "floor",
    "best",
    "unit",
    "note",
)


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """What a run says about its pair.

    Attributes
    ----------
    pair : Pair
        The pair that was run.
    run : xarray.DataTree
        The recording.
    responses : xarray.Dataset
        Both halves and the controls on one axis, in activation.
    scores : pandas.DataFrame
        One row per match and metric, with `SCORE_COLUMNS`: value and 95% interval over trials,
        ceiling (biology against itself with another seed), floor (mean over sign-shuffled
        artificial halves), best possible value.
    equivalence : pandas.DataFrame
        One row per match: RMSE with interval, the seed-to-seed band, and the verdict.
    claims : tuple of Verdict
        The pair's claims, judged.
    signs : pandas.DataFrame
        The sign of every connection in both halves.
    flags : tuple of str
        Where the run left the range in which it means what it says.
    window : tuple of float
        Start and stop in seconds of the read-out window.
    audit : pandas.DataFrame or None
        For a run with an audit, how far each score moves when the time step is halved: columns
        match, metric, detail, value, halved, move, width (half its 95% interval), unit.
    """

    pair: Pair
    run: xr.DataTree
    responses: xr.Dataset
    scores: pd.DataFrame
    equivalence: pd.DataFrame
    claims: tuple[Verdict, ...]
    signs: pd.DataFrame
    flags: tuple[str, ...]
    window: tuple[float, float]
    audit: pd.DataFrame | None = None

    def __repr__(self) -> str:
        said = ", ".join(f"{v.claim.id} {v.outcome}" for v in self.claims)
        return f"Comparison of pair {self.pair.name!r}: {said or 'no claims'}"

    def _repr_html_(self) -> str:
        said = pd.DataFrame(
            [(v.claim.id, v.claim.sentence, v.outcome, v.because) for v in self.claims],
            columns=["id", "claim", "verdict", "because"],
        )
        tables = (said, self.equivalence, self.scores.drop(columns="note"))
        return "".join(t.to_html(index=False, float_format=lambda x: f"{x:.3g}") for t in tables)


def compare(run: xr.DataTree, *, pair: Pair | None = None) -> Comparison:
    """Score a run and judge the pair's claims.

    Parameters
    ----------
    run : xarray.DataTree
        From ``Pair.run``.
    pair : Pair, optional
        The pair it came from; needed for a run that was read from a file.

    Returns
    -------
    Comparison
        Scores, equivalence, verdicts and flags.

    Raises
    ------
    PairError
        If the run does not know its pair, or is that of another one.
    """
    chosen = _owner(run, pair)
    window = (float(run.attrs["window"][0]), float(run.attrs["window"][1]))
    shown = responses(run, chosen.correspondence)
    # A half in which nothing is random has one trial, and that is exact.
    views = Views(shown, window, exact=run["bio"].attrs.get("random") == 0)
    scores = _scores(chosen, run, views)
    equal = equivalence(scores, views)
    return Comparison(
        chosen,
        run,
        shown,
        scores,
        equal,
        tuple(judge(claim, scores, equal) for claim in chosen.claims),
        sign_table(chosen),
        _flags(chosen, run),
        window,
        _audited(chosen, run, views, scores) if "audit" in run.children else None,
    )


def _scores(pair: Pair, run: xr.DataTree, views: Views) -> pd.DataFrame:
    wanted = [*COMMON, SIGNS, *((WINNER,) if pair.readout else ()), *pair.metrics]
    rows = [row for metric in wanted for row in score(metric, views, pair.readout)]
    rows += spiking_scores(run, views.window)
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _audited(pair: Pair, run: xr.DataTree, views: Views, scores: pd.DataFrame) -> pd.DataFrame:
    """Score the biological half with half its time step, and put it beside the run itself."""
    fine = views.responses.assign(bio=views.responses["audit"])
    fine = fine.drop_vars([n for n in ("again", "shuffled", "audit") if n in fine])
    alone = xr.DataTree.from_dict({"/bio": run["audit"].to_dataset()})
    halved = _scores(pair, alone, Views(fine, views.window)).value
    table = scores[["match", "metric", "detail", "value", "unit"]].copy()
    table.insert(4, "halved", halved)
    table.insert(5, "move", halved - scores.value)
    table.insert(6, "width", (scores.high - scores.low) / 2)
    return table


def _owner(run: xr.DataTree, pair: Pair | None) -> Pair:
    name = run.attrs.get("pair", "")
    known = name.pair if isinstance(name, PairName) else None
    chosen = pair or known
    if chosen is None or chosen.name != name:
        raise PairError(
            f"run of pair {str(name)!r}",
            "the pair that was run",
            "none" if chosen is None else f"pair {chosen.name!r}",
            f"Pass pair=bioann.load({str(name)!r}).",
        )
    return chosen


def _flags(pair: Pair, run: xr.DataTree) -> tuple[str, ...]:
    found = [
        *half.flags(pair.bio, run["bio"].to_dataset()),
        *half.flags(pair.ann, run["ann"].to_dataset()),
    ]
    if run["bio"].sizes["trial"] < 5 and run["bio"].attrs.get("random") != 0:
        found.append("Fewer than five trials: the intervals are coarse.")
    if "shuffled" not in run.children:
        found.append("No floor: the artificial half has no weights whose signs could be turned.")
    return tuple(found)


@dataclasses.dataclass(frozen=True)
class Views:
    """The responses of a run as metrics want them: whole, or as means over the window."""

    responses: xr.Dataset
    window: tuple[float, float]
    exact: bool = False

    def of(self, name: str, over: str) -> xr.DataArray | None:
        """Give a variable over ``"time"`` or as its mean over the ``"window"``, if it is there."""
        if name not in self.responses:
            return None
        values = self.responses[name]
        dim = "stimulus_time" if name == "stimulus" else "time"
        if over == "time" and name != "stimulus":
            return values
        start, stop = self.window
        inside = (values[dim] >= start - 1e-9) & (values[dim] < stop)
        return values.isel({dim: np.flatnonzero(inside.values)}).mean(dim)


Parts = dict[str, xr.DataArray | None]


def score(metric: Metric, views: Views, readout: tuple[str, ...]) -> list[tuple[object, ...]]:
    """Compute one metric with interval, ceiling and floor, for each match or channel.

    Parameters
    ----------
    metric : Metric
        What to compute.
    views : Views
        The responses.
    readout : tuple of str
        Matches that a metric of the whole pair compares; all unless given.

    Returns
    -------
    list of tuple
        Rows with `SCORE_COLUMNS`.
    """
    names = [str(m) for m in views.responses.match.values]
    groups: list[list[str]] = [[n] for n in names]
    if metric.each == "pair":
        groups = [list(readout) or names]
    drive = views.of("stimulus", "window")
    assert drive is not None
    channels = [str(c) for c in drive.channel.values] if metric.each == "channel" else [""]
    rows = []
    for group in groups:
        names_of = {"bio": "bio", "again": "again", "ann": metric.against, "shuffled": "shuffled"}
        parts = {part: _part(metric, views, n, group) for part, n in names_of.items()}
        match = "" if metric.each == "pair" else group[0]
        for channel in channels:
            numbers = _numbers(metric, parts, drive, channel, views.exact)
            note = metric.note if np.isnan(numbers[0]) else ""
            rows.append((match, metric.name, channel, *numbers, metric.best, metric.unit, note))
    return rows


def _part(metric: Metric, views: Views, name: str, group: list[str]) -> xr.DataArray | None:
    values = views.of(name, metric.over)
    if values is None:
        return None
    values = values.sel(match=group)
    if metric.prepare is not None:
        values = metric.prepare(values)
    if metric.each != "pair":
        values = values.isel(match=0, drop=True)
    return values


def _numbers(
    metric: Metric, parts: Parts, drive: xr.DataArray, channel: str, exact: bool
) -> tuple[float, ...]:
    """Give value, low, high, ceiling, ceiling_low, ceiling_high and floor."""
    bio, again, ann, shuffled = (parts[n] for n in ("bio", "again", "ann", "shuffled"))
    assert bio is not None
    if ann is None:  # a control that was not run
        return (np.nan,) * 7

    def call(one: xr.DataArray, other: xr.DataArray) -> np.ndarray:
        found = metric.function(one, other, drive)
        return np.asarray(found.sel(channel=channel) if channel else found, dtype=float)

    def against(other: xr.DataArray) -> tuple[float, float, float]:
        def resampled(chosen: np.ndarray) -> np.ndarray:
            varied = mean_over_trials(other, chosen) if "trial" in other.dims else other
            # A metric of one side alone may not have the dimension of the resamples.
            return np.broadcast_to(call(mean_over_trials(bio, chosen), varied), len(chosen))

        fixed = other.mean("trial") if "trial" in other.dims else other
        value = float(call(bio.mean("trial"), fixed))
        trials = bio.sizes["trial"]
        size = 2 * bio.size // trials
        known = np.isfinite(value)
        if exact:
            return value, value, value
        return value, *(interval(resampled, trials, size, metric.limits) if known else _NONE)

    value = against(ann)
    ceiling: tuple[float, ...] = (np.nan, *_NONE)
    if again is not None and np.isfinite(value[0]):
        if metric.alone:
            parts = parts | {"bio": again, "again": None, "shuffled": None}
            ceiling = _numbers(metric, parts, drive, channel, exact)[:3]
        else:
            ceiling = against(again)
    floor = np.nan
    if shuffled is not None and not metric.alone:
        each = call(bio.mean("trial"), shuffled)
        floor = float(np.nanmean(each)) if np.isfinite(each).any() else np.nan
    return (*value, *ceiling, floor)


_NONE = (np.nan, np.nan)


def spiking_scores(run: xr.DataTree, window: tuple[float, float]) -> list[tuple[object, ...]]:
    """Score what biology alone has: CV of interspike intervals and Fano factor.

    Parameters
    ----------
    run : xarray.DataTree
        A recording.
    window : tuple of float
        Start and stop in seconds.

    Returns
    -------
    list of tuple
        Rows with `SCORE_COLUMNS`, one per population and score; `detail` names the population.
        None for a half without spikes.
    """
    if "spike_time" not in run["bio"]:
        return []
    halves = [run[n].to_dataset() if n in run.children else None for n in ("bio", "again")]
    rows = []
    for unit in map(str, run["bio"].unit.values):
        for name, make, note in (
            ("CV of ISI", _cv, "needs neurons with four or more spikes in the window"),
            ("Fano factor", _fano, "needs two or more trials, and spikes"),
        ):
            numbers = []
            for recorded in halves:
                if recorded is None:
                    numbers += [np.nan] * 3
                    continue
                statistic, size = make(recorded, window, unit)
                trials = recorded.sizes["trial"]
                value = float(statistic(np.arange(trials)[None])[0])
                finite = np.isfinite(value)
                ends = interval(statistic, trials, size) if finite else _NONE
                numbers += [value, *ends]
            missing = note if np.isnan(numbers[0]) else ""
            rows.append(("", name, unit, *numbers, np.nan, np.nan, "", missing))
    return rows


Statistic = Callable[[np.ndarray], np.ndarray]


def _cv(recorded: xr.Dataset, window: tuple[float, float], unit: str) -> tuple[Statistic, int]:
    per_trial = cv_isi(recorded, window).sel(unit=unit).values

    def statistic(chosen: np.ndarray) -> np.ndarray:
        drawn = per_trial[chosen]
        known = np.isfinite(drawn)
        total = np.where(known, drawn, 0.0).sum(axis=1)
        return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)

    return statistic, len(per_trial)


def _fano(recorded: xr.Dataset, window: tuple[float, float], unit: str) -> tuple[Statistic, int]:
    counted = counts(recorded, window)[unit].astype(float)

    def statistic(chosen: np.ndarray) -> np.ndarray:
        weight = weights(chosen)
        return fano(counted.isel(trial=slice(weight.sizes["trial"])), weight).values

    return statistic, counted.size // counted.sizes["trial"]


def equivalence(scores: pd.DataFrame, views: Views) -> pd.DataFrame:
    """Test whether each match is the same in both halves, up to biology's own variability.

    The band is the root mean square difference, over conditions and trials, between steady
    responses of single biological trials with one seed and with another. If the whole interval
    of the RMSE between the halves lies inside it, a trial could not be told from the artificial
    half by its size: ``"same"``. If the whole interval lies outside: ``"different"``.

    Parameters
    ----------
    scores : pandas.DataFrame
        With the RMSE of every match.
    views : Views
        The responses.

    Returns
    -------
    pandas.DataFrame
        Columns match, rmse, low, high, band, verdict (``"same"``, ``"different"``,
        ``"undecided"``).
    """
    bio, again = views.of("bio", "window"), views.of("again", "window")
    rows = []
    for row in scores[scores.metric == "RMSE"].itertuples():
        band = np.nan
        if bio is not None and again is not None:
            difference = bio.sel(match=row.match).values - again.sel(match=row.match).values
            band = float(np.sqrt((difference**2).mean()))
        verdict = "undecided"
        if row.high <= band:
            verdict = "same"
        elif row.low > band:
            verdict = "different"
        rows.append((row.match, row.value, row.low, row.high, band, verdict))
    return pd.DataFrame(rows, columns=["match", "rmse", "low", "high", "band", "verdict"])


def audit(
    pair: Pair, stimulus: xr.DataArray | None = None, *, trials: int, seed: int, **asked: Any
) -> pd.DataFrame:
    """Rerun the biological half with half its time step, and see how far every score moves.

    Parameters
    ----------
    pair : Pair
        To be run; its biological half twice, with the same input.
    stimulus : xarray.DataArray, optional
        The pair's own unless given.
    trials, seed : int
        As for ``Pair.run``.
    **asked
        ``engine`` and ``dt``, as for ``Pair.run``.

    Returns
    -------
    pandas.DataFrame
        The ``audit`` of `Comparison`.

    Raises
    ------
    SimulationError
        If the biological half has no time step to halve.
    """
    run = pair.run(stimulus, trials=trials, seed=seed, controls=False, audit=True, **asked)
    found = compare(run, pair=pair).audit
    assert found is not None
    return found
