"""The notebook of a lesson: the texts of its page, and code that runs the pair and draws."""

from __future__ import annotations

import json
from typing import Any

from bioann.lessons.lesson import Lesson

LETTERS = "abc"


def write_notebook_json(lesson: Lesson, *, trials: int, seed: int) -> str:
    """Return the notebook of a lesson as JSON (nbformat 4.5), without outputs.

    Parameters
    ----------
    lesson : Lesson
        The lesson.
    trials, seed : int
        Those of the page, so that the notebook computes the same numbers.
    """
    start = {axis.name: axis.values[axis.start] for axis in lesson.axes}
    predictions = zip(LETTERS, lesson.predictions, strict=False)
    answers = "\n".join(f"- **{letter}.** {p.text}" for letter, p in predictions)
    steps = "\n".join(f"{k}. {step}" for k, step in enumerate(lesson.steps, 1))
    replies = "\n".join(
        f"- **{letter}** {'agrees' if p.is_right else 'does not agree'} with the simulations. "
        f"{p.reply}"
        for letter, p in zip(LETTERS, lesson.predictions, strict=False)
    )
    evidence = "\n".join(
        f"- claim {e.claim} about the pair {lesson.pair}: {e.verdict}" for e in lesson.evidence
    )
    values = "\n".join(f"# {a.title}: {', '.join(f'{v:g}' for v in a.values)}" for a in lesson.axes)
    cells = [
        write_text(f"# {lesson.title}\n\n{lesson.question}\n\n{lesson.introduction}"),
        write_text(f"## Predict\n\nWrite down your answer before you go on.\n\n{answers}"),
        write_code(
            "from bioann.lessons import compute_responses, draw_responses, find_lesson\n\n"
            f"TRIALS = {trials}  # fewer are faster, with wider intervals\n"
            f'lesson = find_lesson("{lesson.name}")\n'
            f"responses = compute_responses(lesson, trials=TRIALS, seed={seed})"
        ),
        write_text(
            "## Explore\n\nChange a value of the position to another one that was run, and run the "
            "cell again."
        ),
        write_code(f"{values}\nposition = {start!r}\ndraw_responses(responses, position)"),
        write_text(f"## What to look for\n\n{steps}"),
        write_text(
            "## What it means\n\n"
            + "\n\n".join((replies, *lesson.meaning, f"Verdicts of the atlas:\n\n{evidence}"))
        ),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"{lesson.name}-{number}"
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def write_text(text: str) -> dict[str, Any]:
    """Return a cell of text in Markdown."""
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def write_code(code: str) -> dict[str, Any]:
    """Return a cell of code without output."""
    source = code.splitlines(keepends=True)
    empty: dict[str, Any] = {"execution_count": None, "outputs": []}
    return {"cell_type": "code", "metadata": {}, "source": source, **empty}
