"""Run several pairs and studies, and write their reports, after checking the input of all."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bioann.base.errors import BioannError, PairError, UserCodeError
from bioann.base.files import check_writable, write_atomically
from bioann.batch.judge_subject import RunChoices, judge_subject
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.as_json import to_json
from bioann.pair import Pair
from bioann.pair_files.find import find_subject_file
from bioann.pair_files.load import error_in_pair_file, load_subject
from bioann.reporting.claim_section import OUTCOME_TONES
from bioann.reporting.document import Badge, IndexRow, Link
from bioann.reporting.figure_files import figure_folder, render_figure_files
from bioann.reporting.html import render_index
from bioann.reporting.report import Additions, render_contents
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
    """A job that is done: scores and verdicts, and wall time in seconds."""

    job: PairJob
    comparison: JudgedRun
    seconds: float


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
        figure_files = render_figure_files(comparison, job.figure_formats)
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
    finished_pair = FinishedPair(job, comparison, time.perf_counter() - start_time)
    targets = {folder / name: data for name, data in figure_files.items()}
    write_pair_files(finished_pair, file_contents, targets)
    return finished_pair


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


def write_index(finished_pairs: Sequence[FinishedPair], folder: Path) -> Path | None:
    """Write ``index.html``, a table of the verdicts of several pairs with links to their reports.

    Parameters
    ----------
    finished_pairs : sequence of FinishedPair
        The pairs that were run, with their results.
    folder : pathlib.Path
        Folder that contains the reports.

    Returns
    -------
    pathlib.Path or None
        The page; None for a single pair, or if no report is in HTML.
    """
    links = {d.job.pair.name: [p for p in d.job.paths if p.suffix != ".nc"] for d in finished_pairs}
    if len(finished_pairs) < 2 or not any(
        p.suffix == ".html" for d in finished_pairs for p in d.job.paths
    ):
        return None
    rows = []
    for finished_pair in finished_pairs:
        pair, verdicts = finished_pair.job.pair, finished_pair.comparison.claims
        pair_links = tuple(Link(p.suffix[1:].upper(), p.name) for p in links[pair.name])
        question = pair.question or "no question"
        rows += [
            IndexRow(
                pair.name,
                question,
                v.claim.sentence,
                Badge(v.outcome, OUTCOME_TONES[v.outcome]),
                v.because,
                pair_links,
                v.claim.id,
            )
            for v in verdicts
        ]
        if not verdicts:
            rows.append(
                IndexRow(pair.name, question, "none", Badge("no claim", "note"), "", pair_links)
            )
    path = folder / "index.html"
    page = render_index("bioann: pairs and their claims", rows)
    with write_atomically(path) as (temporary,):
        temporary.write_text(page, encoding="utf-8")
    return path
