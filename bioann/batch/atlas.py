"""The atlas: runs of all pairs and studies, and one report of all claims."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from bioann.base.errors import PairError, StudyError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.batch import run_pairs
from bioann.batch.atlas_entries import (
    AtlasEntry,
    make_failed_entry,
)
from bioann.batch.atlas_pages import make_index_rows, make_pages
from bioann.batch.finished_runs import FinishedRuns
from bioann.batch.judge_subject import RunChoices
from bioann.batch.record_json import list_record_classes
from bioann.batch.shared_responses import list_equivalences
from bioann.batch.workers import run_in_workers
from bioann.bio.engines import list_candidates
from bioann.comparison.verdict_table import (
    atlas_order,
    atlas_row,
    verdict_table,
)
from bioann.pair_files.find import list_subjects
from bioann.pair_files.load import load_subject
from bioann.recordings.recording import check_trials
from bioann.reporting.document import Link

FORMATS = ("html", "pdf", "json", "csv")


@dataclasses.dataclass(frozen=True)
class AtlasOptions:
    """Options for all runs.

    Parameters
    ----------
    folder : pathlib.Path
        Folder for the reports.
    trials, wirings : int or None
        Repetitions of each condition, and wirings; None for the numbers of each pair.
    seed : int
        Seed of all runs.
    engine : str
        Engine of the spiking models.
    max_trials : int or None
        Most trials of a sequential decision (`bioann.decide`); None for fixed trials.
    robustness : pathlib.Path or None
        Table of ``bioann robustness``, which is shown beside the verdicts; it need not exist.
    is_resumed : bool
        Whether pairs that an earlier command has finished in the folder are not run again.
    """

    folder: Path
    trials: int | None
    seed: int
    engine: str
    wirings: int | None = None
    max_trials: int | None = None
    robustness: Path | None = None
    is_resumed: bool = False

    def __post_init__(self) -> None:
        """Check what every pair would refuse, before any is run."""
        check_trials(1 if self.trials is None else self.trials)
        list_candidates(self.engine)
        make_rng(self.seed)

    def make_batch_options(self) -> run_pairs.BatchOptions:
        """Return how each pair and study is run, and what is written for it."""
        return run_pairs.BatchOptions(
            folder=self.folder,
            formats=FORMATS,
            robustness=self.robustness,
            choices=RunChoices(
                trials=self.trials,
                seed=self.seed,
                engine=self.engine,
                wirings=self.wirings,
                max_trials=self.max_trials,
            ),
        )


def choose_pairs(only: Sequence[str]) -> list[str]:
    """Return the names of the selected pairs.

    Parameters
    ----------
    only : sequence of str
        Names of pairs, or labels of claims: ``"A4"`` selects the claim A4 and all claims A4a,
        A4b, ... An empty sequence selects all pairs.

    Returns
    -------
    list of str
        Names of pairs, in the order of the labels of their claims.

    Raises
    ------
    UnknownNameError
        If no pair or claim has one of the names.
    """
    subjects = list_subjects()
    # Labels are found by loading a file, which takes longer than finding it by its name.
    needed_names = only if only and all(name in subjects for name in only) else subjects
    labels = {name: list_labels(name) for name in needed_names}
    chosen_names = set() if only else set(labels)
    for selector in only:
        matching_names = {
            name
            for name, ids in labels.items()
            if selector == name or any(i == selector or atlas_row(i) == selector for i in ids)
        }
        if not matching_names:
            known_names = [*labels, *(i for ids in labels.values() for i in ids)]
            raise unknown_name_error("atlas, only", "pair, study or claim", selector, known_names)
        chosen_names |= matching_names
    return sorted(chosen_names, key=lambda name: (atlas_order(*labels[name][:1]), name))


def list_labels(name: str) -> list[str]:
    """Return the labels of a pair's claims; none if it cannot be loaded, which its entry shows."""
    try:
        return [claim.id for claim in load_subject(name).claims]
    except (PairError, StudyError):
        return []


def make_entry(name: str, options: AtlasOptions) -> AtlasEntry:
    """Run one pair and write its reports; an exception becomes the error of the entry."""
    try:
        batch = options.make_batch_options()
        (job,) = batch.prepare((name,))
        key = batch.hash_job(job, "atlas")
        finished = FinishedRuns(options.folder, list_record_classes(AtlasEntry))
        entry = finished.read_result(job.pair.name, key) if options.is_resumed else None
        if not isinstance(entry, AtlasEntry):
            finished_pair = run_pairs.run_pair(job, lambda step: None, batch.choices)
            entry = describe_finished_pair(name, finished_pair)
            finished.write_record(job.pair.name, key, finished_pair.files, entry)
        return dataclasses.replace(entry, pair=name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the index shows the error, and the other pairs still run
        return make_failed_entry(name, error)


def describe_finished_pair(name: str, finished_pair: run_pairs.FinishedPair) -> AtlasEntry:
    """Return the entry of a pair or study that was run."""
    job, comparison = finished_pair.job, finished_pair.comparison
    links = tuple(Link(p.suffix[1:].upper(), p.name) for p in job.paths)
    return AtlasEntry(
        name,
        make_index_rows(comparison, links, job.robustness),
        make_pages(comparison),
        verdict_table(comparison),
        finished_pair.seconds,
        equivalence=list_equivalences(comparison),
        robustness=job.robustness,
    )


def collect_entries(
    names: Sequence[str],
    options: AtlasOptions,
    report_entry: Callable[[AtlasEntry], None],
    *,
    jobs: int,
    scheduler: str | None = None,
) -> list[AtlasEntry]:
    """Run pairs in parallel, one at a time in each worker process.

    Parameters
    ----------
    names : sequence of str
        Names of the pairs to run.
    options : AtlasOptions
        Folder, trials, seed and engine for all runs.
    report_entry : callable
        Called with each `AtlasEntry` as soon as its pair has finished.
    jobs : int
        Number of worker processes; with 1, the pairs run in this process.
    scheduler : str or None, optional
        Address of a dask scheduler, whose workers run the pairs and see the folder.

    Returns
    -------
    list of AtlasEntry
        One entry per pair, in the order of `names`.
    """
    work = functools.partial(make_entry, options=options)
    return run_in_workers(
        names, work, make_failed_entry, report_entry, jobs=jobs, scheduler=scheduler
    )
