"""The atlas: runs of all pairs and studies, and one report of all claims."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from bioann.base.errors import PairError, StudyError, unknown_name_error
from bioann.base.randomness import make_rng
from bioann.batch import run_pairs
from bioann.batch.atlas_entries import (
    AtlasEntry,
    make_failed_entry,
)
from bioann.batch.atlas_pages import make_index_rows, make_pages
from bioann.batch.judge_subject import RunChoices
from bioann.batch.shared_responses import list_equivalences
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
    """

    folder: Path
    trials: int | None
    seed: int
    engine: str
    wirings: int | None = None
    max_trials: int | None = None

    def __post_init__(self) -> None:
        """Check what every pair would refuse, before any is run."""
        check_trials(1 if self.trials is None else self.trials)
        list_candidates(self.engine)
        make_rng(self.seed)


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
    labels = {name: list_labels(name) for name in list_subjects()}
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
        fields = dataclasses.asdict(options)
        (job,) = run_pairs.prepare_pairs((name,), fields.pop("folder"), FORMATS)
        finished_pair = run_pairs.run_pair(job, lambda step: None, RunChoices(**fields))
        links = tuple(Link(p.suffix[1:].upper(), p.name) for p in job.paths)
        comparison = finished_pair.comparison
        return AtlasEntry(
            name,
            make_index_rows(comparison, links),
            make_pages(comparison),
            verdict_table(comparison),
            finished_pair.seconds,
            equivalence=list_equivalences(comparison),
        )
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the index shows the error, and the other pairs still run
        return make_failed_entry(name, error)


def collect_entries(
    names: Sequence[str],
    options: AtlasOptions,
    report_entry: Callable[[AtlasEntry], None],
    *,
    jobs: int,
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

    Returns
    -------
    list of AtlasEntry
        One entry per pair, in the order of `names`.
    """
    if jobs == 1:
        entries_by_name = {}
        for name in names:
            entries_by_name[name] = make_entry(name, options)
            report_entry(entries_by_name[name])
        return [entries_by_name[name] for name in names]
    pending_names: queue.SimpleQueue[str] = queue.SimpleQueue()
    finished_entries: queue.SimpleQueue[AtlasEntry] = queue.SimpleQueue()
    for name in names:
        pending_names.put(name)
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=_feed_worker, args=(pending_names, finished_entries, options, stop), daemon=True
        )
        for _ in range(min(jobs, len(names)))
    ]
    other_processes = set(multiprocessing.active_children())
    for thread in threads:
        thread.start()
    entries: dict[str, AtlasEntry] = {}
    try:
        while len(entries) < len(names):
            entry = finished_entries.get()
            entries[entry.pair] = entry
            report_entry(entry)
    except BaseException:
        stop.set()
        for process in set(multiprocessing.active_children()) - other_processes:
            process.kill()  # Python would wait for its pair to end
        raise
    return [entries[name] for name in names]


def _feed_worker(
    pending_names: queue.SimpleQueue[str],
    finished_entries: queue.SimpleQueue[AtlasEntry],
    options: AtlasOptions,
    stop: threading.Event,
) -> None:
    """Run pending pairs in one worker process, and replace the worker if a pair crashes it."""
    worker = _start_worker()
    while not stop.is_set():
        try:
            name = pending_names.get_nowait()
        except queue.Empty:
            break
        try:
            entry = worker.submit(make_entry, name, options).result()
        except BrokenProcessPool:
            entry = make_failed_entry(name, dead_worker_error(name))
            worker = _start_worker()
        except BaseException as error:  # without an entry, the atlas would wait for ever
            entry = make_failed_entry(name, error)
        finished_entries.put(entry)
    worker.shutdown(wait=False, cancel_futures=True)


def dead_worker_error(name: str) -> PairError:
    """Build the error of a pair whose process ended before it could report."""
    return PairError(
        f"pair {name!r}",
        "a run that returns",
        "a process that ended early: it was killed, crashed or called os._exit",
        f"Run 'bioann run {name}' alone, with fewer --trials if memory was short.",
    )


def _start_worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), initializer=_exit_with_parent
    )


def _exit_with_parent() -> None:
    """End this worker when its parent process ends, even during a run."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait_for_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_for_parent, daemon=True).start()


def count_usable_cores() -> int:
    """Return the default number of workers: two, or one if only one core is usable."""
    return min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
