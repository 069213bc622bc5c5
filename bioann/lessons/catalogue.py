"""The lessons that ship, in the order in which they are taught."""

from __future__ import annotations

from bioann.base.errors import unknown_name_error
from bioann.lessons.inverter import LESSON as INVERTER
from bioann.lessons.lesson import Lesson
from bioann.lessons.negative_weight import LESSON as NEGATIVE_WEIGHT
from bioann.lessons.paradoxical_effect import LESSON as PARADOXICAL_EFFECT
from bioann.lessons.shunting import LESSON as SHUNTING
from bioann.lessons.winner_takes_all import LESSON as WINNER_TAKES_ALL

LESSONS = (NEGATIVE_WEIGHT, SHUNTING, INVERTER, WINNER_TAKES_ALL, PARADOXICAL_EFFECT)


def list_lessons() -> tuple[Lesson, ...]:
    """Return the lessons in the order in which they are taught."""
    return LESSONS


def find_lesson(name: str) -> Lesson:
    """Return the lesson of a name.

    Parameters
    ----------
    name : str
        Its name, as ``bioann lessons --list`` prints it.

    Raises
    ------
    UnknownNameError
        If there is none; the message suggests similar names.
    """
    by_name = {lesson.name: lesson for lesson in LESSONS}
    if name not in by_name:
        raise unknown_name_error("lessons", "lesson", name, by_name)
    return by_name[name]
