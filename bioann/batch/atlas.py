"""All pairs in one go: every claim judged, one failure not stopping the rest, one report of all."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pandas as pd

from bioann.base.errors import unknown_name_error
from bioann.base.files import write_atomically
from bioann.batch import run_pairs
from bioann.batch.atlas_pages import atlas, index_rows, spread
from bioann.comparison.verdict_table import (
    VERDICT_COLUMNS,
    atlas_order,
    atlas_row,
    format_verdicts,
    verdict_table,
)
from bioann.pair_files.find import names
from bioann.pair_files.load import load
from bioann.reporting.document import Badge, IndexRow, Link, Section
from bioann.reporting.html import render_index
from bioann.reporting.pdf import render_pdf

FORMATS = ("html", "pdf", "json")


@dataclasses.dataclass(frozen=True)
class Entry:
    """What the atlas keeps of one pair: plain text and numbers that one process can hand another.

    Attributes
    ----------
    pair : str
        Its name.
    rows : tuple of IndexRow
        One line per claim; a single one where the pair failed.
    spread : Section or None
        Its two pages; None where it failed.
    numbers : pandas.DataFrame
        The table of `bioann.comparison.verdict_table`.
    seconds : float
        Wall time of its run.
    error : str
        Why it failed; empty where it did not.
    """

    pair: str
    rows: tuple[IndexRow, ...]
    spread: Section | None
    numbers: pd.DataFrame
    seconds: float = 0.0
    error: str = ""


@dataclasses.dataclass(frozen=True)
class Asked:
    """How every pair is run."""

    folder: Path
    trials: int | None
    seed: int
    engine: str


def chosen(only: Sequence[str]) -> list[str]:
    """Find the pairs that are asked for.

    Parameters
    ----------
    only : sequence of str
        Names of pairs, or labels of claims: ``"A4"`` is every claim whose label is A4, or A4
        and a letter. None is all pairs.

    Returns
    -------
    list of str
        Names, in the order of their claims' labels.

    Raises
    ------
    UnknownNameError
        If nothing answers to one of them.
    """
    labels = {name: [claim.id for claim in load(name).claims] for name in names()}
    found = set() if only else set(labels)
    for one in only:
        hits = {
            name
            for name, ids in labels.items()
            if one == name or any(i == one or atlas_row(i) == one for i in ids)
        }
        if not hits:
            known = [*labels, *(i for ids in labels.values() for i in ids)]
            raise unknown_name_error("atlas, only", "pair or claim", one, known)
        found |= hits
    return sorted(found, key=lambda name: (atlas_order(*labels[name][:1]), name))


def entry(name: str, asked: Asked) -> Entry:
    """Run one pair and write its reports; whatever goes wrong becomes the entry's error."""
    try:
        (job,) = run_pairs.prepare((name,), asked.folder, FORMATS)
        done = run_pairs.run(
            job, lambda step: None, trials=asked.trials, seed=asked.seed, engine=asked.engine
        )
        links = tuple(Link(p.suffix[1:].upper(), p.name) for p in job.paths)
        comparison = done.comparison
        return Entry(
            name,
            index_rows(comparison, links),
            spread(comparison),
            verdict_table(comparison),
            done.seconds,
        )
    except Exception as error:  # the other pairs go on, and the index says what happened
        return failed(name, error)


def failed(name: str, error: BaseException) -> Entry:
    """Make the entry of a pair that did not run."""
    said = str(error) or type(error).__name__
    row = IndexRow(
        name, "The pair did not run.", "No claim was judged.", Badge("failed", "bad"), said, ()
    )
    return Entry(name, (row,), None, pd.DataFrame(columns=list(VERDICT_COLUMNS)), error=said)


def collect(
    chosen: Sequence[str], asked: Asked, told: Callable[[Entry], None], *, jobs: int
) -> list[Entry]:
    """Run pairs, several at once, each in a process that simulates one pair at a time.

    Parameters
    ----------
    chosen : sequence of str
        Names of pairs.
    asked : Asked
        How they are run.
    told : callable
        Is told of each entry as it is there.
    jobs : int
        Worker processes; with one, everything happens in this process.

    Returns
    -------
    list of Entry
        In the order of `chosen`.
    """
    if jobs == 1:
        found = {}
        for name in chosen:
            found[name] = entry(name, asked)
            told(found[name])
        return [found[name] for name in chosen]
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    arrived: queue.SimpleQueue[Entry] = queue.SimpleQueue()
    for name in chosen:
        waiting.put(name)
    stop = threading.Event()
    lanes = [
        threading.Thread(target=_lane, args=(waiting, arrived, asked, stop), daemon=True)
        for _ in range(min(jobs, len(chosen)))
    ]
    for lane in lanes:
        lane.start()
    entries: dict[str, Entry] = {}
    try:
        while len(entries) < len(chosen):
            one = arrived.get()
            entries[one.pair] = one
            told(one)
    finally:
        stop.set()
    return [entries[name] for name in chosen]


def _lane(
    waiting: queue.SimpleQueue[str],
    arrived: queue.SimpleQueue[Entry],
    asked: Asked,
    stop: threading.Event,
) -> None:
    """Feed pairs to one worker process, and replace the worker if a pair takes it down."""
    worker = _worker()
    while not stop.is_set():
        try:
            name = waiting.get_nowait()
        except queue.Empty:
            break
        try:
            future: Future[Entry] = worker.submit(entry, name, asked)
            arrived.put(future.result())
        except BrokenProcessPool as error:
            arrived.put(failed(name, error))
            worker = _worker()
    worker.shutdown(wait=False, cancel_futures=True)


def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), initializer=_leave_with_parent
    )


def _leave_with_parent() -> None:
    """End this worker when the process that started it is gone, even in the middle of a pair."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def cores() -> int:
    """Count the cores that this process may use; no more than two workers are started by itself."""
    return min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


def verdicts(entries: Sequence[Entry]) -> pd.DataFrame:
    """Put the deciding numbers of all pairs into one table, as ``verdicts.csv`` holds them."""
    filled = [e.numbers for e in entries if len(e.numbers)]
    return (
        pd.concat(filled, ignore_index=True)
        if filled
        else pd.DataFrame(columns=list(VERDICT_COLUMNS))
    )


def summary(entries: Sequence[Entry]) -> str:
    """Say in a sentence how many claims came out how."""
    each = verdicts(entries).drop_duplicates(["pair", "id"]).verdict.value_counts()
    said = ", ".join(f"{each.get(outcome, 0)} {outcome}" for outcome in ("supported", "refuted"))
    bad = [e.pair for e in entries if e.error]
    tail = f" {len(bad)} did not run: {', '.join(bad)}." if bad else ""
    depending = each.get("depends", 0)
    verb = "depends" if depending == 1 else "depend"
    return (
        f"Of {each.sum()} claims by {len(entries)} pairs, {said}, and {depending} {verb} on "
        f"something that the pair measures.{tail}"
    )


def write(entries: Sequence[Entry], folder: Path) -> tuple[Path, ...]:
    """Write ``index.html``, ``atlas.pdf`` and ``verdicts.csv``; all of them, or none.

    Parameters
    ----------
    entries : sequence of Entry
        From `collect`.
    folder : pathlib.Path
        Where the pairs' own reports are.

    Returns
    -------
    tuple of pathlib.Path
        The three files.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    rows = [row for e in entries for row in e.rows]
    spreads = [e.spread for e in entries if e.spread is not None]
    paths = tuple(folder / name for name in ("index.html", "atlas.pdf", "verdicts.csv"))
    title, told = "The atlas: what people say about signs, and what came out", summary(entries)
    others = (
        Link("PDF, with two pages for each pair", "atlas.pdf"),
        Link("all deciding numbers (CSV)", "verdicts.csv"),
    )
    page = render_index(title, rows, told, others)
    book = render_pdf(atlas(rows, spreads, told))
    numbers = format_verdicts(verdicts(entries))
    with write_atomically(*paths) as temporary:
        for path, data in zip(temporary, (page.encode(), book, numbers.encode()), strict=True):
            path.write_bytes(data)
    return paths
