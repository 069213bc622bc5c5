"""What a pair and a study have in common where claims are judged, listed and reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pandas as pd
import xarray as xr

from bioann.claims.claim import Claim, Verdict
from bioann.claims.rules.rule import Evidence


class ClaimSubject(Protocol):
    """A question with claims: a `bioann.Pair` or a `bioann.Study`."""

    @property
    def name(self) -> str:
        """Name, as on the command line."""
        ...

    @property
    def question(self) -> str:
        """Question that the claims answer, one sentence."""
        ...

    @property
    def source(self) -> str:
        """Publication that the question comes from."""
        ...

    @property
    def claims(self) -> tuple[Any, ...]:
        """The claims, before they are judged."""
        ...

    @property
    def answering_claim(self) -> Claim | None:
        """The claim that answers the question."""
        ...

    @property
    def figures(self) -> tuple[Any, ...]:
        """Figures of its own; the first opens the report."""
        ...

    def title(self) -> str:
        """Return its name as errors print it."""
        ...


class JudgedRun(Protocol):
    """A run whose claims were judged: a `bioann.Comparison` or a `bioann.StudyResult`."""

    @property
    def subject(self) -> ClaimSubject:
        """The pair or the study."""
        ...

    @property
    def evidence(self) -> Evidence:
        """What the claims were judged by."""
        ...

    @property
    def claims(self) -> tuple[Verdict, ...]:
        """The claims with their verdicts."""
        ...

    @property
    def claim_times(self) -> Sequence[str]:
        """When each claim was stated, relative to the run."""
        ...

    @property
    def has_proven_claims(self) -> bool:
        """Whether the run proves that all claims were stated before it."""
        ...

    @property
    def scores(self) -> pd.DataFrame:
        """One row per score, with `bioann.claims.score_table.SCORE_COLUMNS`."""
        ...

    @property
    def flags(self) -> tuple[str, ...]:
        """Warnings about the run."""
        ...

    @property
    def interval_name(self) -> str:
        """The confidence level of the intervals: "95 % CI"."""
        ...

    @property
    def recording(self) -> xr.DataTree:
        """What was recorded or computed."""
        ...

    @property
    def repetitions(self) -> int:
        """Number of trials or seeds; 0 if nothing is random."""
        ...
