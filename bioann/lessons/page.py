"""The page of a lesson, and the index of several: HTML files that need no server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bioann.base.errors import DescriptionError
from bioann.base.text import format_count
from bioann.lessons.lesson import Lesson
from bioann.lessons.page_data import encode_data, list_rows
from bioann.lessons.responses import LessonResponses
from bioann.reporting.html import VERDICT_MARKS

#: Largest page in bytes, so that it fits into an email.
MAX_BYTES = 500_000


def render_lesson(responses: LessonResponses) -> str:
    """Render the page of a lesson.

    Parameters
    ----------
    responses : LessonResponses
        The responses of both models at all positions of its sliders.

    Returns
    -------
    str
        One self-contained HTML file; the same for the same responses.

    Raises
    ------
    DescriptionError
        If the page is larger than `MAX_BYTES`.
    """
    lesson, script = responses.lesson, read_script()
    header, rows = list_rows(responses)
    sentences = {claim.id: claim.sentence for claim in responses.pair.claims}
    page = (
        _template_environment()
        .get_template("lesson.html")
        .render(
            lesson=lesson,
            question_of_pair=responses.pair.question,
            sliders=list(enumerate(lesson.sliders)),
            evidence=[(e, sentences[e.claim], VERDICT_MARKS[e.verdict]) for e in lesson.evidence],
            band=describe_band(responses),
            seed=responses.seed,
            n_points=format_count(len(rows), "combination"),
            header=header,
            rows=rows,
            data=Markup(encode_data(responses)),
            script=Markup(script),
            script_hash=hash_script(script),
        )
    )
    if len(page.encode()) > MAX_BYTES:
        got, remedy = f"{len(page.encode())} bytes", "Give its axes fewer values."
        obj = f"page of lesson {lesson.name!r}"
        raise DescriptionError(obj, f"at most {MAX_BYTES} bytes", got, remedy)
    return page


def render_lesson_index(lessons: Sequence[Lesson]) -> str:
    """Render the page that links the pages of several lessons.

    Parameters
    ----------
    lessons : sequence of Lesson
        The lessons, in the order in which they are taught.

    Returns
    -------
    str
        One self-contained HTML file.
    """
    return _template_environment().get_template("lesson_index.html").render(lessons=lessons)


def describe_band(responses: LessonResponses) -> str:
    """Return a sentence about the number of trials and the band of the figure."""
    n = responses.trials
    if responses.lesson.trials == 1:
        return "Nothing is random in the spiking model of this lesson, so there is no band."
    if n == 1:
        return "Spiking model: one trial of every condition, so there is no band."
    return (
        f"Spiking model: mean of {n} trials of every condition, each with its own random input "
        "spikes. The band and the numbers in brackets are the 95 % confidence interval of that "
        "mean (Student's t)."
    )


@cache
def read_script() -> str:
    """Return the script of all lessons."""
    path = resources.files("bioann.lessons") / "templates" / "lesson.js"
    return path.read_text(encoding="utf-8")


def hash_script(script: str) -> str:
    """Return the hash by which the policy of a page allows its script."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _template_environment() -> Environment:
    packages = ("bioann.lessons", "bioann.reporting")
    return Environment(
        loader=ChoiceLoader([PackageLoader(name, "templates") for name in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
