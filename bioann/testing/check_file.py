"""Check a pair or a study, whichever a file defines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bioann.pair_files.find import find_subject_file, is_study_file
from bioann.testing.check_results import CheckResult
from bioann.testing.contract import make_subject, run_checks
from bioann.testing.study_contract import make_study_subject, run_study_checks


def check_file(name: str | Path) -> Iterator[CheckResult]:
    """Run all checks of a pair or study.

    Parameters
    ----------
    name : str or pathlib.Path
        A name that ``bioann list`` shows, or the path of a Python file.

    Returns
    -------
    iterator of CheckResult
        One result per check, as it is there.
    """
    if is_study_file(find_subject_file(name)):
        return run_study_checks(make_study_subject(name))
    return run_checks(make_subject(name))
