"""``bioann lessons``: write guided pages with sliders, for teaching."""

from __future__ import annotations

from pathlib import Path

import click

from bioann.cli.echo import echo
from bioann.cli.options import engine_option, seed_option
from bioann.cli.startup import speed_up_imports


@click.command(
    "lessons",
    epilog="\b\nExample:\n  bioann lessons --out lessons\n  bioann lessons inverter --trials 20",
)
@click.argument("names", metavar="[NAME ...]", nargs=-1)
@click.option("--list", "list_only", is_flag=True, help="List the lessons, and run none.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("lessons"),
    show_default=True,
    help="Folder for the pages and notebooks.",
)
@click.option(
    "--trials", type=int, help="Repetitions of each condition.  [default: each pair's own number]"
)
@seed_option
@engine_option
def lessons_command(
    names: tuple[str, ...], list_only: bool, out: Path, trials: int | None, seed: int, engine: str
) -> None:
    """Write lessons: pages with a question, two sliders and an explanation.

    Writes DIR/NAME.html and DIR/NAME.ipynb for each lesson (all unless named) and DIR/index.html. A
    page is one file that needs neither a server nor a network. Its numbers are simulated now, at
    every position of the sliders.
    """
    with speed_up_imports():
        from bioann.lessons.catalogue import list_lessons
        from bioann.lessons.lesson import Lesson
        from bioann.lessons.write import write_lessons

    if list_only:
        lessons = list_lessons()
        width = max(len(lesson.name) for lesson in lessons)
        for lesson in lessons:
            echo(f"{lesson.name:{width}}  {lesson.question}")
        return

    def report_lesson(lesson: Lesson, paths: tuple[Path, ...]) -> None:
        echo(f"{lesson.name}  {' '.join(map(str, paths))}")

    options = {"trials": trials, "seed": seed, "engine": engine}
    *_, index = write_lessons(names, out, **options, report_lesson=report_lesson)  # type: ignore[arg-type]
    echo(f"All lessons: {index}")
