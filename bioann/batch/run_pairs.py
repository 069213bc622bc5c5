"""Run several pairs and studies, and write their reports, after checking the input of all."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bioann.base.errors import BioannError, PairError, UserCodeError
from bioann.base.files import check_writable, write_atomically
from bioann.base.views import render_figures
from bioann.batch.finished_runs import FinishedRuns, hash_request
from bioann.batch.judge_subject import RunChoices, judge_subject
from bioann.batch.record_json import list_record_classes
from bioann.batch.run_summary import RunSummary, VerdictSummary, summarise_run
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.as_json import to_json
from bioann.pair import Pair
from bioann.pair_files.find import find_subject_file
from bioann.pair_files.load import error_in_pair_file, load_subject
from bioann.reporting.contents import Additions, figure_folder, render_contents
from bioann.robustness.robustness import Robustness
from bioann.robustness.robustness_table import find_robustness, read_table
from bioann.studies.study import Study


@dataclasses.dataclass(frozen=True)
class PairJob:
    """A pair or study to run, its file, the report files to write, and its robustness if known."""

    pair: Pair | Study
    source: Path
    paths: tuple[Path, ...]
    figure_formats: tuple[str, ...] = ()
    robustness: Robustness | None = None

    @property
    def is_study(self) -> bool:
        """Whether the job is a study."""
        return isinstance(self.pair, Study)


@dataclasses.dataclass(frozen=True)
class FinishedPair:
    """A job that is done: scores and verdicts, wall time in seconds, and the files written."""

    job: PairJob
    comparison: JudgedRun
    seconds: float
    files: tuple[Path, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How the pairs and studies of a command are run, and where their reports go.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the reports.
    formats, figure_formats : tuple of str
        As for `prepare_pairs`.
    robustness : pathlib.Path or None
        As for `prepare_pairs`.
    choices : RunChoices
        Trials, seed, engine and the like.
    is_resumed : bool, optional
        Whether what an earlier command has finished in the folder is not run again.
    is_recorded : bool, optional
        Whether a record of what has finished is kept in the folder.
    """

    folder: Path
    formats: tuple[str, ...]
    figure_formats: tuple[str, ...] = ()
    robustness: Path | None = None
    choices: RunChoices
    is_resumed: bool = False
    is_recorded: bool = True

    def prepare(self, names: Sequence[str]) -> list[PairJob]:
        """Load pairs and studies, and check that their reports can be written."""
        options = (self.folder, self.formats, self.figure_formats, self.robustness)
        return prepare_pairs(names, *options)

    def hash_job(self, job: PairJob, kind: str) -> str:
        """Return the hash that tells whether a job of a kind of command has finished."""
        options = dataclasses.asdict(self.choices)
        options |= {"formats": (self.formats, self.figure_formats), "kind": kind}
        return hash_request(job.pair, options | {"robustness": job.robustness})


def prepare_pairs(
    names: Sequence[str],
    folder: Path,
    formats: Sequence[str],
    figure_formats: Sequence[str] = (),
    robustness: Path | None = None,
) -> list[PairJob]:
    """Load pairs, and check that their reports can be written, before any pair is run.

    Parameters
    ----------
    names : sequence of str
        Names or files of pairs and studies.
    folder : pathlib.Path
        Folder for the reports; it is created if it does not exist.
    formats : sequence of str
        Formats of the reports, among ``html``, ``pdf``, ``json``, ``csv`` and ``nc``.
    figure_formats : sequence of str, optional
        Formats of the figures as files of their own, among ``svg``, ``pdf`` and ``png``.
    robustness : pathlib.Path or None, optional
        Table of ``bioann robustness``, for the reports; it need not exist.

    Returns
    -------
    list of PairJob
        One job per pair, in the order of `names`.

    Raises
    ------
    UnknownNameError, PairError
        If a pair cannot be loaded, or two pairs have the same name.
    OutputError
        If the folder cannot be created or written.
    """
    jobs: list[PairJob] = []
    table = read_table(robustness) if robustness else {}
    for name in names:
        pair, source = load_subject(name), find_subject_file(name)
        if pair.name == "index" and len(names) > 1:
            raise PairError(
                f"pair file {source}, name",
                "another name, because index.html links the reports of all pairs",
                repr(pair.name),
                "Rename the pair, or run it by itself.",
            )
        for other in jobs:
            if other.pair.name == pair.name:
                kind = "study" if isinstance(pair, Study) else "pair"
                raise PairError(
                    f"{kind} {pair.name!r}",
                    f"one {kind} of that name, because it names the report",
                    f"two: {other.source} and {source}",
                    "Run them separately with different --out, or rename one.",
                )
        paths = tuple(folder / f"{pair.name}.{f}" for f in formats)
        robust = find_robustness(table, pair)
        jobs.append(PairJob(pair, source, paths, tuple(figure_formats), robust))
    check_writable(folder)
    return jobs


def run_pair(
    job: PairJob,
    report_step: Callable[[str], None],
    choices: RunChoices,
) -> FinishedPair:
    """Run a pair or study, and write its files: all of them, or none.

    Parameters
    ----------
    job : PairJob
        The pair to run and the files to write.
    report_step : callable
        Called with the name of each of the three steps before it starts.
    choices : RunChoices
        Trials, seed, engine and the like.

    Returns
    -------
    FinishedPair
        The job with its results, after the files are written.

    Raises
    ------
    BioannError
        If the run or the writing fails; other exceptions of the pair's code become a `PairError`
        that names the line.
    """
    start_time = time.perf_counter()
    try:
        comparison = judge_subject(job.pair, choices, report_step)
        report_step("writing")
        figure_files = render_figures(comparison, job.figure_formats) if job.figure_formats else {}
        folder = figure_folder(job.paths[0])
        file_contents = render_contents(
            comparison,
            [p.suffix for p in job.paths if p.suffix != ".json"],
            Additions(tuple(figure_files), folder.name, robustness=job.robustness),
        )
    except UserCodeError as error:
        raise error_in_pair_file(job.source, "a pair that runs", error) from error
    except (BioannError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise error_in_pair_file(job.source, "a pair that runs", error) from error
    targets = {folder / name: data for name, data in figure_files.items()}
    seconds = time.perf_counter() - start_time
    finished_pair = FinishedPair(job, comparison, seconds, (*job.paths, *targets))
    write_pair_files(finished_pair, file_contents, targets)
    return finished_pair


def run_subject(
    name: str, options: BatchOptions, report_step: Callable[[str], None] = lambda step: None
) -> RunSummary:
    """Run a pair or study, and write its files; or return what an earlier command made of it.

    Parameters
    ----------
    name : str
        Name or file of the pair or study.
    options : BatchOptions
        How it is run.
    report_step : callable, optional
        As for `run_pair`.

    Returns
    -------
    RunSummary
        What the command prints.

    Raises
    ------
    BioannError
        As from `run_pair`.
    """
    (job,) = options.prepare((name,))
    return run_job(job, options, report_step)


def run_job(
    job: PairJob, options: BatchOptions, report_step: Callable[[str], None] = lambda step: None
) -> RunSummary:
    """Run a pair or study that is loaded, as `run_subject` does."""
    finished = FinishedRuns(options.folder, list_record_classes(RunSummary, VerdictSummary))
    key = options.hash_job(job, "run") if options.is_recorded or options.is_resumed else ""
    if options.is_resumed:
        summary = finished.read_result(job.pair.name, key)
        if isinstance(summary, RunSummary):
            return dataclasses.replace(summary, was_finished=True)
    finished_pair = run_pair(job, report_step, options.choices)
    names = tuple(path.name for path in job.paths)
    summary = summarise_run(finished_pair.comparison, names, finished_pair.seconds)
    if options.is_recorded:
        finished.write_record(job.pair.name, key, finished_pair.files, summary)
    return summary


def write_pair_files(
    finished_pair: FinishedPair, contents: Mapping[str, bytes], others: Mapping[Path, bytes]
) -> None:
    """Write the files of a pair: all of them, or none.

    Parameters
    ----------
    finished_pair : FinishedPair
        The job with its results, whose JSON states when it ended and how long it took.
    contents : mapping of str to bytes
        Contents of the files of the job, but for the JSON, by their ending.
    others : mapping of pathlib.Path to bytes
        Contents of further files, such as figures.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    facts = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "wall_time_s": round(finished_pair.seconds, 3),
    }
    targets = dict(others)
    for path in finished_pair.job.paths:
        targets[path] = (
            contents.get(path.suffix) or to_json(finished_pair.comparison, **facts).encode()
        )
    with write_atomically(*targets) as temporary_paths:
        for path, data in zip(temporary_paths, targets.values(), strict=True):
            path.write_bytes(data)
