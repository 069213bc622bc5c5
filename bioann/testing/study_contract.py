"""Requirements that every study must meet, as checks that ship with the package.

As `bioann.testing.contract` for pairs. The data of two seeds are computed, those of one of them
twice; with them the claims are judged and the figures drawn, whatever the verdicts are.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import xarray as xr

from bioann.base.errors import StudyError
from bioann.base.seeds import DEFAULT_SEED
from bioann.base.user_code import name_user_errors
from bioann.pair_files.find import find_subject_file
from bioann.pair_files.load import load_study
from bioann.studies.result import StudyResult
from bioann.studies.run import compute_seed, join_results
from bioann.studies.study import Study, list_seeds
from bioann.testing.check_results import CheckResult, describe_file_error


@dataclasses.dataclass(frozen=True)
class StudySubject:
    """A study under test.

    Attributes
    ----------
    study : Study
        Study that is checked.
    path : pathlib.Path
        File in which the study stands.
    """

    study: Study
    path: Path

    @cached_property
    def data(self) -> tuple[xr.Dataset, ...]:
        """The data of the first two seeds; of the only computation if nothing is random."""
        seeds = list_seeds(DEFAULT_SEED, 1 if self.study.is_exact else 2)
        return tuple(compute_seed(self.study, int(seed)) for seed in seeds)

    @cached_property
    def result(self) -> StudyResult:
        """These data with the claims judged, although they are too few."""
        return join_results(self.study, self.data, DEFAULT_SEED)

    def contract_error(self, aspect: str, expected: str, got: str, remedy: str) -> StudyError:
        """Build the error for a requirement that is not met in some aspect of the study."""
        return StudyError(f"{self.study.title()}, {aspect}", expected, got, remedy)


def make_study_subject(name: str | Path) -> StudySubject:
    """Prepare a study for the checks.

    Parameters
    ----------
    name : str or pathlib.Path
        A name or file, as for `bioann.load_study`.
    """
    return StudySubject(load_study(name), find_subject_file(name))


def study_file_has_docstring(subject: StudySubject) -> None:
    """Check that the study's file has a docstring."""
    if not (ast.get_docstring(ast.parse(subject.path.read_bytes())) or "").strip():
        raise subject.contract_error(
            "file", "a docstring at its top", "none", 'Begin it with """Name: what it asks."""'
        )


def study_has_question_and_source(subject: StudySubject) -> None:
    """Check that the study states its question and its source."""
    study = subject.study
    for field, text in (("question", study.question), ("source", study.source)):
        if not text.strip():
            remedy = f'Write Study(..., {field}="...").'
            raise subject.contract_error(field, "one sentence", "nothing", remedy)


def declared_data_are_returned(subject: StudySubject) -> None:
    """Check that the function returns the variables, dimensions and labels that are declared."""
    assert len(subject.data)


def same_seed_same_data(subject: StudySubject) -> None:
    """Check that the same seed gives the same data but for timings, and returned data stay."""
    timings = subject.study.timings
    first = subject.data[0].drop_vars(timings).copy(deep=True)
    seed = int(list_seeds(DEFAULT_SEED, 1)[0])
    if not compute_seed(subject.study, seed).drop_vars(timings).identical(first):
        raise subject.contract_error(
            "compute",
            "the same data for the same seed",
            "other data in a second call",
            "Draw everything random from bioann.base.randomness.make_rng(seed, ...); name measured "
            "computing times in Study(timings=...).",
        )


def other_seed_other_data(subject: StudySubject) -> None:
    """Check that another seed gives other data, if the study has seeds."""
    first, *others = (data.drop_vars(subject.study.timings) for data in subject.data)
    if others and first.equals(others[0]):
        raise subject.contract_error(
            "compute",
            "other data for another seed",
            "the same",
            "Use the seed, or write seeds=0 if nothing is random.",
        )


def study_claims_can_be_judged(subject: StudySubject) -> None:
    """Check that every claim refers to existing scores, whatever its verdict."""
    assert len(subject.result.claims) == len(subject.study.claims)


def study_figures_can_be_drawn(subject: StudySubject) -> None:
    """Check that the figures of the study can be drawn."""
    study = subject.study
    for draw in study.figures:
        with name_user_errors(f"{study.title()}, figures", "figures that are drawn"):
            draw(subject.result)


StudyCheck = Callable[[StudySubject], None]

#: All checks, in the order in which `run_study_checks` runs them.
STUDY_CHECKS: tuple[StudyCheck, ...] = (
    study_file_has_docstring,
    study_has_question_and_source,
    declared_data_are_returned,
    same_seed_same_data,
    other_seed_other_data,
    study_claims_can_be_judged,
    study_figures_can_be_drawn,
)


def run_study_checks(subject: StudySubject) -> Iterator[CheckResult]:
    """Run the checks in order, and stop if the data cannot be computed."""
    for check in STUDY_CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            check(subject)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # an exit, too: it must not look like success
            message = describe_file_error(subject.path, "a study that runs", error)
            yield CheckResult(name, False, message)
            if check is declared_data_are_returned:
                return
        else:
            yield CheckResult(name, True)
