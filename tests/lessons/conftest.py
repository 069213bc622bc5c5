"""Lessons with few values of each axis, and responses that were not simulated."""

from dataclasses import replace

import numpy as np
import xarray as xr

from bioann.lessons.axis import LessonAxis
from bioann.lessons.lesson import Lesson
from bioann.lessons.responses import LessonResponses
from bioann.pair_files.load import load


def shrink_axis(axis: LessonAxis) -> LessonAxis:
    """Return the axis with its first, its shown and its last value."""
    n = len(axis.values)
    indices = sorted({0, axis.start, n - 1})
    values = tuple(axis.values[k] for k in indices)
    return replace(axis, values=values, start=values.index(axis.values[axis.start]))


def shrink_lesson(lesson: Lesson, window_ms: float = 100.0) -> Lesson:
    """Return the lesson with two or three values of each axis, in short runs."""
    duration_ms = float(load(lesson.pair).window()[0]) * 1e3 + window_ms
    return replace(lesson, axes=tuple(map(shrink_axis, lesson.axes)), duration_ms=duration_ms)


def draw_responses_at_random(lesson: Lesson, trials: int) -> LessonResponses:
    """Return responses of the shape that a run has, with digits that fill the page."""
    rng, shape = np.random.default_rng(1), [len(axis.values) for axis in lesson.axes]
    coords = {axis.name: list(axis.values) for axis in lesson.axes} | {"curve": list(lesson.curves)}
    dims = [*coords, "trial"]
    values = rng.uniform(100.111, 399.999, (*shape, len(lesson.curves), trials))
    bio = xr.DataArray(values, dims=dims, coords=coords)
    connections = np.full((*shape, 2), "a connection of some length", dtype=object)
    return LessonResponses(
        lesson, load(lesson.pair), bio, bio.isel(trial=0, drop=True), connections, trials, 1
    )
