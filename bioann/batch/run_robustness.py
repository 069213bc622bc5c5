"""Check the robustness of many verdicts: pairs and studies in worker processes, into one table."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bioann.base.errors import BioannError
from bioann.base.user_code import user_code_error
from bioann.batch.workers import run_in_workers
from bioann.pair import Pair
from bioann.pair_files.load import load_subject
from bioann.robustness.check_robustness import check_robustness
from bioann.robustness.robustness import Robustness
from bioann.robustness.robustness_table import find_robustness, read_table, update_table
from bioann.studies.study import Study


@dataclasses.dataclass(frozen=True)
class RobustnessOptions:
    """Options of `bioann.check_robustness`, the same for all pairs and studies.

    Parameters
    ----------
    points, study_points : int
        Points of the Latin hypercube for pairs, and for studies, most of which train networks.
    change : float
        Largest relative change of a parameter.
    seed : int
        Seed of the original runs.
    trials : int or None
        Repetitions of each condition; None for the numbers of each pair or study.
    engine : str
        Engine of the spiking models.
    """

    points: int
    study_points: int
    change: float
    seed: int
    trials: int | None = None
    engine: str = "auto"

    def arguments_for(self, subject: Pair | Study) -> dict[str, Any]:
        """Return the arguments of `bioann.check_robustness` for a pair or study."""
        fields = dataclasses.asdict(self)
        study_points = fields.pop("study_points")
        return fields | ({"points": study_points} if isinstance(subject, Study) else {})


@dataclasses.dataclass(frozen=True)
class RobustnessEntry:
    """Robustness of one pair or study, or the error that prevented it.

    Parameters
    ----------
    name : str
        Name of the pair or study.
    robustness : Robustness or None
        None if it could not be run.
    error : str, optional
        Message of the error; empty if there was none.
    """

    name: str
    robustness: Robustness | None
    error: str = ""


def choose_pending(
    names: Sequence[str], path: Path, options: RobustnessOptions
) -> tuple[list[str], list[str]]:
    """Divide pairs and studies into those to run and those that the table has already.

    Parameters
    ----------
    names : sequence of str
        Names or files of pairs and studies.
    path : pathlib.Path
        The table; it need not exist.
    options : RobustnessOptions
        What is to be run. Rows of other options, or of an earlier version of the pair, are to be
        replaced; the engine does not matter.

    Returns
    -------
    pending_names, finished_names : list of str

    Raises
    ------
    UnknownNameError, PairError
        If a pair or study cannot be loaded.
    OutputError
        If the file is no such table.
    """
    table = read_table(path)
    pending: list[str] = []
    finished: list[str] = []
    for name in names:
        subject = load_subject(name)
        robustness, arguments = find_robustness(table, subject), options.arguments_for(subject)
        is_finished = robustness is not None and all(
            getattr(robustness, key) == arguments[key]
            for key in ("points", "change", "seed", "trials")
        )
        (finished if is_finished else pending).append(name)
    return pending, finished


def make_robustness_entry(name: str, options: RobustnessOptions) -> RobustnessEntry:
    """Check the robustness of one pair or study; an exception becomes the error of the entry."""
    try:
        subject = load_subject(name)
        robustness = check_robustness(subject, **options.arguments_for(subject))
        return RobustnessEntry(name, robustness)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the other pairs still run
        return make_failed_robustness(name, error)


def make_failed_robustness(name: str, error: BaseException) -> RobustnessEntry:
    """Build the entry of a pair or study whose run failed."""
    if not isinstance(error, BioannError):
        error = user_code_error(f"pair {name!r}", "a run that returns", error)
    return RobustnessEntry(name, None, str(error))


def collect_robustness(
    names: Sequence[str],
    path: Path,
    options: RobustnessOptions,
    report_entry: Callable[[RobustnessEntry], None],
    *,
    jobs: int,
) -> list[RobustnessEntry]:
    """Check the robustness of several pairs and studies, and write each into the table at once.

    Parameters
    ----------
    names : sequence of str
        Names or files of pairs and studies.
    path : pathlib.Path
        The table. It is complete after each pair, so that a run that is stopped goes on with the
        pairs that it does not have (`choose_pending`).
    options : RobustnessOptions
        How they are run.
    report_entry : callable
        Called with each entry after it is written.
    jobs : int
        Number of worker processes; with 1, all run in this process.

    Returns
    -------
    list of RobustnessEntry
        One for each name, in the same order.

    Raises
    ------
    OutputError
        If the table cannot be written.
    """

    def write_entry(entry: RobustnessEntry) -> None:
        if entry.robustness is not None:
            update_table(path, entry.robustness)
        report_entry(entry)

    work = functools.partial(make_robustness_entry, options=options)
    return run_in_workers(names, work, make_failed_robustness, write_entry, jobs=jobs)
