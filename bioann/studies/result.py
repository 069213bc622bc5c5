"""The result of a study: its data, the scores over its seeds, and the verdicts of its claims."""

from __future__ import annotations

import dataclasses
import functools
import json

import pandas as pd
import xarray as xr

from bioann.base.text import format_level
from bioann.claims.claim import Verdict, judge_claim
from bioann.claims.rules.rule import Evidence
from bioann.claims.score_table import SCORE_COLUMNS
from bioann.runs.claim_record import AFTER, BEFORE, find_claim_times
from bioann.studies.estimate import score_study
from bioann.studies.study import Study


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class StudyResult:
    """The data of a study, its scores and verdicts.

    Attributes
    ----------
    study : Study
        The study that was run.
    dataset : xarray.Dataset
        The data of all seeds, dimension ``seed`` first unless nothing is random. Its attributes are
        the provenance.
    evidence : Evidence
        What the claims were judged by.
    claims : tuple of Verdict
        The claims of the study, judged.
    flags : tuple of str
        Warnings about the run, one sentence each.
    """

    study: Study
    dataset: xr.Dataset
    evidence: Evidence
    claims: tuple[Verdict, ...]
    flags: tuple[str, ...]

    @property
    def subject(self) -> Study:
        """What makes the claims: the study."""
        return self.study

    @property
    def scores(self) -> pd.DataFrame:
        """One row per measure and label, with `bioann.claims.score_table.SCORE_COLUMNS`."""
        return self.evidence.scores[list(SCORE_COLUMNS)]

    @property
    def recording(self) -> xr.DataTree:
        """The data as a tree, as files hold them."""
        return xr.DataTree(self.dataset)

    @property
    def repetitions(self) -> int:
        """Number of seeds; 0 if nothing is random."""
        return int(self.dataset.sizes.get("seed", 0))

    @property
    def interval_name(self) -> str:
        """The confidence level of the intervals: "95 % CI"."""
        return f"{format_level(self.evidence.level)} CI"

    @functools.cached_property
    def claim_times(self) -> tuple[str, ...]:
        """When each claim was stated: ``"before the run"``, ``"after the run"``, ``"unknown"``."""
        return find_claim_times([v.claim for v in self.claims], self.dataset.attrs)

    @property
    def has_proven_claims(self) -> bool:
        """Whether the data prove that every claim was stated before they were computed."""
        return bool(self.claims) and set(self.claim_times) == {BEFORE}

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{v.claim.id} {v.outcome}" for v in self.claims)
        return f"Result of study {self.study.name!r}: {verdicts or 'no claims'}"


def judge_study(study: Study, dataset: xr.Dataset) -> StudyResult:
    """Compute the scores of the data of a study, and judge its claims.

    Parameters
    ----------
    study : Study
        The study that was run.
    dataset : xarray.Dataset
        The data of all seeds, with their provenance as attributes.

    Returns
    -------
    StudyResult
        Scores, verdicts and flags.

    Raises
    ------
    StudyError, UnknownNameError
        If a measure cannot be computed, or a claim names a score that does not exist.
    """
    evidence = Evidence(score_study(study, dataset))
    verdicts = tuple(judge_claim(claim, evidence) for claim in study.claims)
    result = StudyResult(study, dataset, evidence, verdicts, ())
    return dataclasses.replace(result, flags=_collect_flags(result))


def _collect_flags(result: StudyResult) -> tuple[str, ...]:
    """List what a reader has to know of the data: late claims, and code that cannot be read."""
    flags = []
    times = zip(result.claims, result.claim_times, strict=True)
    late = [verdict.claim.id for verdict, time in times if time == AFTER]
    if late:
        flags.append(
            f"Stated after the data were computed: {', '.join(late)}. Such a verdict describes "
            "these seeds; compute other seeds to test it."
        )
    unhashed = json.loads(result.dataset.attrs.get("unhashed", "[]"))
    if unhashed:
        flags.append(
            f"Code that cannot be read, so that nothing came from the cache: {', '.join(unhashed)}."
        )
    return tuple(flags)


def describe_outdated(n: int) -> str:
    """Describe the seeds whose data in the cache could not be reused; empty without any."""
    return f"{n} computed by other code or versions" if n else ""
