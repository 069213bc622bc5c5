"""Write lessons: a page and a notebook each, and the index of the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from bioann.base.arguments import name_argument_errors
from bioann.base.files import check_writable, write_atomically
from bioann.lessons.catalogue import find_lesson, list_lessons
from bioann.lessons.lesson import Lesson
from bioann.lessons.notebook import write_notebook_json
from bioann.lessons.page import render_lesson, render_lesson_index
from bioann.lessons.responses import compute_responses


@name_argument_errors
def write_lessons(
    names: Sequence[str] = (),
    out: str | Path = "lessons",
    *,
    trials: int | None = None,
    seed: int,
    engine: str = "auto",
    report_lesson: Callable[[Lesson, tuple[Path, ...]], object] | None = None,
) -> tuple[Path, ...]:
    """Run lessons, and write their pages and notebooks.

    Parameters
    ----------
    names : sequence of str, optional
        Names of the lessons; all unless given.
    out : str or pathlib.Path, optional
        Folder for ``NAME.html`` and ``NAME.ipynb`` of each lesson and for ``index.html``, which
        links all lessons whose page is in the folder.
    trials : int, optional
        Repetitions of the spiking models; the number that each pair states unless given.
    seed : int
        Seed of all runs, 0 or larger.
    engine : str, optional
        What executes the spiking models.
    report_lesson : callable, optional
        ``report_lesson(lesson, paths)`` is called when the files of a lesson are written.

    Returns
    -------
    tuple of pathlib.Path
        The files, the index last.

    Raises
    ------
    UnknownNameError
        If there is no lesson of a name, before any is run.
    OutputError
        If the folder cannot be written, before any is run.
    """
    lessons = tuple(find_lesson(name) for name in dict.fromkeys(names)) or list_lessons()
    folder = check_writable(out)
    written: list[Path] = []
    for lesson in lessons:
        responses = compute_responses(lesson, trials=trials, seed=seed, engine=engine)
        page = render_lesson(responses)
        notebook = write_notebook_json(lesson, trials=responses.trials, seed=seed)
        paths = (folder / f"{lesson.name}.html", folder / f"{lesson.name}.ipynb")
        write_texts(dict(zip(paths, (page, notebook), strict=True)))
        written += paths
        if report_lesson is not None:
            report_lesson(lesson, paths)
    present = [lesson for lesson in list_lessons() if (folder / f"{lesson.name}.html").is_file()]
    index = folder / "index.html"
    write_texts({index: render_lesson_index(present)})
    return (*written, index)


def write_texts(texts: dict[Path, str]) -> None:
    """Write files, all of them or none."""
    with write_atomically(*texts) as temporary:
        for path, text in zip(temporary, texts.values(), strict=True):
            path.write_text(text, encoding="utf-8")
