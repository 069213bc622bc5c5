"""What a command prints of a pair or study that it ran, as text and numbers."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from bioann.base.text import format_count, format_level
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.comparison import Comparison
from bioann.recordings.wirings import describe_wirings
from bioann.studies.result import StudyResult, describe_outdated


@dataclasses.dataclass(frozen=True)
class VerdictSummary:
    """A claim and its verdict.

    Parameters
    ----------
    id, sentence : str
        Label of the claim, and what is claimed.
    outcome, because : str
        The verdict, and the number that decided it.
    """

    id: str
    sentence: str
    outcome: str
    because: str


@dataclasses.dataclass(frozen=True)
class RunSummary:
    """A pair or study that was run.

    Parameters
    ----------
    name, question : str
        Its name and question.
    is_study : bool
        Whether it is a study.
    verdicts : tuple of VerdictSummary
        Its claims, judged.
    flags : tuple of str
        Warnings about the run.
    repetitions : str
        How often each condition was run.
    ending : str
        How a sequential decision ended; empty for a fixed number of trials.
    files : tuple of str
        Names of the reports in their folder.
    seconds : float
        Wall time of the run.
    was_finished : bool
        Whether an earlier command had run it.
    """

    name: str
    question: str
    is_study: bool
    verdicts: tuple[VerdictSummary, ...]
    flags: tuple[str, ...]
    repetitions: str
    ending: str
    files: tuple[str, ...]
    seconds: float
    was_finished: bool = False


def summarise_run(comparison: JudgedRun, files: tuple[str, ...], seconds: float) -> RunSummary:
    """Return the summary of a run.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        Scores and verdicts.
    files : tuple of str
        Names of the reports in their folder.
    seconds : float
        Wall time of the run.
    """
    verdicts = tuple(
        VerdictSummary(v.claim.id, v.claim.sentence, v.outcome, v.because)
        for v in comparison.claims
    )
    subject = comparison.subject
    return RunSummary(
        subject.name,
        subject.question,
        isinstance(comparison, StudyResult),
        verdicts,
        tuple(comparison.flags),
        describe_repetitions(comparison),
        describe_ending(comparison),
        files,
        seconds,
    )


@functools.singledispatch
def describe_ending(comparison: Any) -> str:
    """Describe how a run ended, in a line; nothing of a run with a fixed number of trials."""
    return ""


@describe_ending.register(Comparison)
def describe_decision(comparison: Comparison) -> str:
    """Describe the end of a sequential decision in one line."""
    attrs, looks = comparison.run.attrs, comparison.looks
    if looks is None:
        return ""
    look, level = int(looks.look.max()), format_level(comparison.evidence.level)
    undecided = int((looks[looks.look == look].outcome == "undecided").sum())
    end = f"{format_count(undecided, 'claim')} undecided" if undecided else "decided"
    position = f"{attrs['trials']} trials at look {look} of {len(attrs['looks'])}"
    return f"{end} after {position}; intervals at {level}"


@functools.singledispatch
def describe_repetitions(comparison: Any) -> str:
    """Describe how often each condition was run: ``"10 trials on 5 wirings"``."""
    run = comparison.run
    return format_count(int(run.attrs["trials"]), "trial") + describe_wirings(run["bio"])


@describe_repetitions.register(StudyResult)
def describe_study_seeds(result: StudyResult) -> str:
    """Describe the seeds of a study, and how many came from the cache."""
    attrs = result.dataset.attrs
    count = format_count(result.repetitions, "seed") if result.repetitions else "exact"
    outdated = describe_outdated(attrs["n_outdated"])
    replaced = f", which had {outdated}" if outdated else ""
    return f"{count}, {attrs['n_cached']} from the cache{replaced}"
