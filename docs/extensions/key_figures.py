"""Draw the key figure of every pair and study that ships, and keep it until its content changes.

``python docs/extensions/key_figures.py`` draws what is missing, with two worker processes. Its runs
are short: few trials, five seeds of a study, no effective weights and no varied parameter, none of
which a key figure needs.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import sys
from pathlib import Path
from typing import Any

import bioann as ba
from bioann.base.seeds import DEFAULT_SEED
from bioann.batch.workers import run_in_workers
from bioann.pair_files.find import list_subjects
from bioann.pair_files.load import load_subject
from bioann.reporting.cover import draw_key_figure
from bioann.reporting.document import Figure
from bioann.reporting.study_document import draw_study_figures
from bioann.robustness.robustness_table import hash_subject

FOLDER = Path(__file__).parent.parent / "_build" / "key_figures"
#: Most trials of a pair, wirings of its connections, and seeds of a study.
MOST_TRIALS, MOST_SEEDS = 10, 5


@functools.cache
def hash_drawing_code() -> str:
    """Return a hash of the code that draws: this file, and what reports are made of."""
    reporting = Path(ba.__file__).parent / "reporting"
    hasher = hashlib.blake2b(digest_size=3)
    for file in (Path(__file__), *sorted(reporting.rglob("*.py"))):
        hasher.update(file.read_bytes())
    return hasher.hexdigest()


def name_figure_file(subject: Any) -> Path:
    """Return the file of the key figure of a pair or study, as it and the drawing code are now."""
    return FOLDER / f"{subject.name}-{hash_subject(subject)[:12]}-{hash_drawing_code()}.svg"


def make_key_figure(subject: Any) -> Figure:
    """Run a pair or study, and draw the figure that opens its report."""
    if isinstance(subject, ba.Study):
        seeds = None if subject.is_exact else min(subject.seeds, MOST_SEEDS)
        result = ba.run_study(subject, seeds=seeds)
        return draw_study_figures(result, with_key_figure=True)[0]
    trials = min(subject.trials, MOST_TRIALS)
    wirings = min(subject.wirings or trials, trials) if subject.has_drawn_wiring else None
    run = subject.run(trials=trials, wirings=wirings, seed=DEFAULT_SEED, vary=False)
    return draw_key_figure(ba.compare(run))


def draw_subject(name: str) -> str:
    """Draw the key figure of a pair or study, and write it with its caption; return the name."""
    subject = load_subject(name)
    figure, path = make_key_figure(subject), name_figure_file(subject)
    path.parent.mkdir(parents=True, exist_ok=True)
    for outdated in path.parent.glob(f"{name}-*"):
        outdated.unlink()
    path.with_suffix(".txt").write_text(figure.caption, encoding="utf-8")
    path.write_text(figure.svg, encoding="utf-8")  # last: its file stands for both
    return name


def main() -> None:
    """Draw the figures that are missing; exit with an error if one cannot be drawn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="pairs and studies; all unless given")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    options = parser.parse_args()
    names = options.names or list_subjects()
    missing = [name for name in names if not name_figure_file(load_subject(name)).exists()]
    failures: list[str] = []

    def note_failure(name: str, error: BaseException) -> str:
        failures.append(f"{name}: {error}")
        return f"{name} FAILED"

    report = functools.partial(print, flush=True)
    run_in_workers(missing, draw_subject, note_failure, report, jobs=options.jobs)
    if failures:
        sys.exit("Not drawn:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
