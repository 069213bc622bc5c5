"""Draw the key figure of every pair and study that ships, and keep it until its content changes.

``python docs/extensions/key_figures.py`` draws what is missing, with two worker processes; as the
atlas, it takes some minutes when nothing is there yet.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from bioann.batch.judge_subject import RunChoices, judge_subject
from bioann.batch.workers import run_in_workers
from bioann.pair_files.find import list_subjects
from bioann.pair_files.load import load_subject
from bioann.reporting.cover import draw_key_figure
from bioann.reporting.document import Figure
from bioann.reporting.study_document import draw_study_figures
from bioann.robustness.robustness_table import hash_subject
from bioann.studies.result import StudyResult

FOLDER = Path(__file__).parent.parent / "_build" / "key_figures"


def name_figure_file(subject: object, name: str) -> Path:
    """Return the file of the key figure of a pair or study as it is now."""
    return FOLDER / f"{name}-{hash_subject(subject)[:12]}.svg"


def draw_subject(name: str) -> str:
    """Run a pair or study, and write its key figure and the caption.

    Returns
    -------
    str
        Name of the pair or study, or what kept it from being drawn.
    """
    subject = load_subject(name)
    result = judge_subject(subject, RunChoices(vary=False), lambda step: None)
    figure: Figure | None
    if isinstance(result, StudyResult):
        figure = next(iter(draw_study_figures(result, with_key_figure=True)), None)
    else:
        figure = draw_key_figure(result)  # type: ignore[arg-type]
    if figure is not None:
        path = name_figure_file(subject, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".txt").write_text(figure.caption, encoding="utf-8")
        path.write_text(figure.svg, encoding="utf-8")  # last: its file stands for both
    return name


def main() -> None:
    """Draw the figures that are missing; exit with an error if one cannot be drawn."""
    missing = [n for n in list_subjects() if not name_figure_file(load_subject(n), n).exists()]
    failures: list[str] = []

    def note_failure(name: str, error: BaseException) -> str:
        failures.append(f"{name}: {error}")
        return f"{name} FAILED"

    report = functools.partial(print, flush=True)
    run_in_workers(missing, draw_subject, note_failure, report, jobs=2)
    if failures:
        sys.exit("Not drawn:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
