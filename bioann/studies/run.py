"""Run a study: compute the data of each seed, or take them from the cache, and judge the claims."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.randomness import make_rng
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.user_code import name_user_errors
from bioann.runs.claim_record import pack_claims, read_claims
from bioann.studies.cache import (
    StudyKey,
    find_entry,
    hash_source,
    join_claims,
    make_study_key,
    read_entry,
    write_entry,
)
from bioann.studies.result import StudyResult, judge_study
from bioann.studies.returned_data import check_returned_data
from bioann.studies.study import SEED_DIMENSION, Study, check_seed_count, list_seeds


@name_argument_errors
def run_study(
    study: Study,
    *,
    seed: int = DEFAULT_SEED,
    seeds: int | None = None,
    cached: bool = True,
    report_seed: Callable[[int], None] = lambda seed: None,
) -> StudyResult:
    """Compute the data of a study, and judge its claims.

    The data of each seed are written to the cache as soon as they are there, so that a run that was
    interrupted goes on where it stopped.

    Parameters
    ----------
    study : Study
        The study that is run.
    seed : int, optional
        Seed of the run, 0 or larger: its seeds are ``1000 * seed`` and those that follow.
    seeds : int, optional
        Number of seeds, at least 5; that of the study unless given. Without effect on a study in
        which nothing is random.
    cached : bool, optional
        Whether data that were computed earlier by the same code are taken from the cache.
    report_seed : callable, optional
        Called with each seed before its data are computed.

    Returns
    -------
    StudyResult
        Data, scores and verdicts.

    Raises
    ------
    StudyError
        If the function returns other data than declared.
    UserCodeError
        If the function raises an exception.

    Examples
    --------
    >>> import bioann as ba
    >>> import numpy as np
    >>> import xarray as xr
    >>> def draw_mean(seed):
    ...     return xr.Dataset({"mean": np.random.default_rng(seed).normal(size=100).mean()})
    ...
    >>> measure = ba.measure(lambda data: data["mean"], "mean").at()
    >>> study = ba.Study("means", draw_mean, {"mean": ()}, seeds=5, measures=(measure,))
    >>> result = ba.run_study(study, cached=False)
    >>> float(result.scores["value"].round(1).iloc[0])
    0.0
    """
    count = study.seeds if seeds is None or study.is_exact else check_seed_count(seeds, "run_study")
    make_rng(seed)  # checks it
    numbers = list_seeds(seed, max(count, 1))
    key, claims = make_study_key(study), pack_claims(study.claims, read_claims(study.claims))
    entries = []
    for number in map(int, numbers if count else [0]):
        entry = _read_data(study, key, number) if cached and key.is_complete else None
        if entry is None:
            report_seed(number)
            is_outdated = cached and find_entry(study, number).exists()
            entry = _compute_data(study, key, number, claims)
            entry.attrs["is_outdated"] = is_outdated
        entries.append(entry)
    dataset = _join_seeds(entries, numbers if count else None)
    dataset.attrs = _describe_provenance(study, key, seed, entries)
    return judge_study(study, dataset)


def compute_seed(study: Study, seed: int) -> xr.Dataset:
    """Compute the data of one seed, without the cache, and hold them against the declaration.

    Parameters
    ----------
    study : Study
        Study whose data are computed.
    seed : int
        The seed; without effect if nothing is random.

    Returns
    -------
    xarray.Dataset
        As `bioann.studies.returned_data.check_returned_data` returns them.

    Raises
    ------
    StudyError, UserCodeError
        If the function returns other data than declared, or raises an exception.
    """
    arguments: list[Any] = [] if study.is_exact else [seed]
    arguments += [] if study.settings is None else [study.settings]
    with name_user_errors(f"{study.title()}, compute", "a function that returns data"):
        returned = study.compute(*arguments)
    return check_returned_data(study, returned)


def join_results(study: Study, data: Sequence[xr.Dataset], seed: int) -> StudyResult:
    """Judge the claims of a study by data of the first seeds of a run, however few.

    Parameters
    ----------
    study : Study
        Study whose data are computed.
    data : sequence of xarray.Dataset
        Data of single seeds, as of `compute_seed`.
    seed : int
        Seed of the run.

    Returns
    -------
    StudyResult
        Scores and verdicts.
    """
    attrs = {"claims": pack_claims(study.claims, read_claims(study.claims)), "seconds": 0.0}
    facts = {"is_new": True, "is_outdated": False}
    entries = [one.assign_attrs(attrs | facts) for one in data]
    dataset = _join_seeds(entries, None if study.is_exact else list_seeds(seed, len(entries)))
    dataset.attrs = _describe_provenance(study, make_study_key(study), seed, entries)
    return judge_study(study, dataset)


def _read_data(study: Study, key: StudyKey, seed: int) -> xr.Dataset | None:
    """Return the data of a seed from the cache, or None."""
    entry = read_entry(find_entry(study, seed), key.hash)
    if entry is None:
        return None
    labels = {name: np.asarray(tuple(values)) for name, values in study.coordinates.items()}
    data = check_returned_data(study, entry.assign_coords(labels))
    data.attrs = entry.attrs | {"is_new": False, "is_outdated": False}
    return data


def _compute_data(study: Study, key: StudyKey, seed: int, claims: str) -> xr.Dataset:
    """Compute the data of a seed, and write them to the cache."""
    start_time = time.perf_counter()
    data = compute_seed(study, seed)
    seconds = time.perf_counter() - start_time
    attrs = {"key": key.hash, "claims": claims, "seconds": seconds}
    if key.is_complete:
        write_entry(find_entry(study, seed), data, attrs)
    data.attrs = attrs | {"is_new": True}
    return data


def _join_seeds(entries: list[xr.Dataset], seeds: np.ndarray | None) -> xr.Dataset:
    """Join the data of all seeds along the dimension ``seed``."""
    if seeds is None:
        return entries[0].copy()
    index = xr.DataArray(seeds, dims=SEED_DIMENSION, name=SEED_DIMENSION)
    return xr.concat(entries, dim=index, data_vars="all", coords="minimal", compat="override",
                     join="exact", combine_attrs="drop")  # fmt: skip


def _describe_provenance(
    study: Study, key: StudyKey, seed: int, entries: list[xr.Dataset]
) -> dict[str, Any]:
    """Return the attributes of the data: study, code, seeds, versions, and what was cached."""
    return {
        "study": study.name,
        "study_hash": key.hash,
        "claims": join_claims([entry.attrs["claims"] for entry in entries]),
        "unhashed": json.dumps(list(key.content.unhashed)),
        "versions": json.dumps(dict(key.versions) | {"bioann source": hash_source()}),
        "seed": int(seed) if seed < 2**63 else str(seed),
        "seeds": 0 if study.is_exact else len(entries),
        "n_cached": sum(not entry.attrs["is_new"] for entry in entries),
        "n_outdated": sum(entry.attrs["is_outdated"] for entry in entries),
        "seconds": float(sum(entry.attrs["seconds"] for entry in entries)),
    }
