"""The numbers of a lesson's page: as JSON for its script, and as the rows of its table."""

from __future__ import annotations

import itertools
import json

import numpy as np
import xarray as xr

from bioann.base.text import format_interval, format_number
from bioann.lessons.responses import LessonResponses
from bioann.reporting.style import INK, RATE_COLOUR, SPIKING_COLOUR

#: What a connection does to a response, in the order of `classify_signs`.
SIGN_WORDS = (
    "+ raises the response",
    "\N{MINUS SIGN} lowers the response",
    "0 no effect",
    "? sign unclear: the interval includes 0",
    "not defined here",
)
#: An exact effect below this share of the largest one counts as none.
NEGLIGIBLE_SHARE = 0.005
#: Significant digits of the numbers in a page.
DIGITS = 4


def classify_signs(estimate: np.ndarray, largest: float) -> np.ndarray:
    """Classify the sign of effects.

    Parameters
    ----------
    estimate : numpy.ndarray, shape (3, ...)
        Value and ends of the interval; NaN ends for effects without an interval.
    largest : float
        Size of the largest effect.

    Returns
    -------
    numpy.ndarray of int
        Indices of `SIGN_WORDS`.
    """
    value, low, high = estimate
    is_exact = np.isnan(low)
    is_zero = np.where(
        is_exact, abs(value) <= NEGLIGIBLE_SHARE * largest, (low == high) & (value == 0)
    )
    low, high = np.where(is_exact, value, low), np.where(is_exact, value, high)
    signs = np.select([np.isnan(value), is_zero, low > 0, high < 0], [4, 2, 0, 1], default=3)
    return signs.astype(int)


def collect_estimates(responses: LessonResponses) -> dict[str, np.ndarray]:
    """Return all numbers of a page, by name.

    Parameters
    ----------
    responses : LessonResponses
        The responses.

    Returns
    -------
    dict of str to numpy.ndarray
        ``bio`` (3, axes..., curve) and ``bio_effect`` (3, axes...): value, low and high;
        ``ann`` (axes..., curve) and ``ann_effect`` (axes...); ``bio_sign`` and ``ann_sign``.
    """
    names = [axis.name for axis in responses.lesson.axes]

    def in_order(values: xr.DataArray, *others: str) -> np.ndarray:
        """Return the values along the axes of the lesson."""
        first = [name for name in ("estimate",) if name in values.dims]
        return np.asarray(values.transpose(*first, *names, *others).values, dtype=float)

    estimates = {
        "bio": in_order(responses.estimate_responses(), "curve"),
        "ann": in_order(responses.ann, "curve"),
        "bio_effect": in_order(responses.estimate_effect()),
        "ann_effect": in_order(responses.compute_rate_effect()),
    }
    exact = np.stack(
        [estimates["ann_effect"], *[np.full_like(estimates["ann_effect"], np.nan)] * 2]
    )
    sizes = np.abs(np.concatenate([estimates["bio_effect"][:1], exact[:1]]))
    largest = float(np.nanmax(sizes)) if np.isfinite(sizes).any() else 0.0
    estimates["bio_sign"] = classify_signs(estimates["bio_effect"], largest)
    estimates["ann_sign"] = classify_signs(exact, largest)
    return estimates


def encode_data(responses: LessonResponses) -> str:
    """Return the numbers of a page as JSON that can stand in a page.

    Parameters
    ----------
    responses : LessonResponses
        The responses.

    Returns
    -------
    str
        Arrays are flat, in the order of the axes of the lesson and then of the curves; a number
        that does not exist is null.
    """
    lesson, estimates = responses.lesson, collect_estimates(responses)
    texts = responses.connections.reshape(-1, 2).tolist()
    unique_texts = sorted({tuple(pair) for pair in texts})
    axis_names = [axis.name for axis in lesson.axes]
    data = {
        "axes": [
            {"title": a.title, "label": a.label, "values": a.values, "texts": a.value_texts}
            | {"start": a.start}
            for a in lesson.axes
        ],
        "sliders": [axis_names.index(axis.name) for axis in lesson.sliders],
        "horizontal": axis_names.index(lesson.horizontal),
        "curves": lesson.curves,
        "response": f"{lesson.response} [{lesson.unit}]",
        "unit": lesson.unit,
        "limits": choose_limits(estimates),
        "effectUnit": lesson.effect.unit,
        "signWords": SIGN_WORDS,
        "connectionTexts": unique_texts,
        "connections": [unique_texts.index(tuple(pair)) for pair in texts],
        "colours": {"bio": SPIKING_COLOUR, "ann": RATE_COLOUR, "ink": INK},
        "bio": [to_numbers(values) for values in estimates["bio"]],
        "bioEffect": [to_numbers(values) for values in estimates["bio_effect"]],
        "ann": to_numbers(estimates["ann"]),
        "annEffect": to_numbers(estimates["ann_effect"]),
        "bioSign": estimates["bio_sign"].ravel().tolist(),
        "annSign": estimates["ann_sign"].ravel().tolist(),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&'":  # nothing in the numbers may end the element around them
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def choose_limits(estimates: dict[str, np.ndarray]) -> list[float]:
    """Return the vertical limits of the figure, the same for all positions of the sliders."""
    values = np.concatenate([estimates["bio"].ravel(), estimates["ann"].ravel(), [0.0]])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return to_numbers(np.array([low, high if high > low else low + 1.0]))  # type: ignore[return-value]


def to_numbers(values: np.ndarray) -> list[float | None]:
    """Return numbers of `DIGITS` significant digits, None for those that are not finite."""
    return [float(f"{x:.{DIGITS}g}") + 0.0 if np.isfinite(x) else None for x in values.ravel()]


def list_rows(responses: LessonResponses) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the header and the rows of the table with all numbers of a page.

    Parameters
    ----------
    responses : LessonResponses
        The responses.

    Returns
    -------
    header : tuple of str
    rows : list of tuple of str
        One for each combination of the values of all axes.
    """
    lesson, estimates = responses.lesson, collect_estimates(responses)
    header = [axis.label for axis in lesson.axes]
    for curve in lesson.curves:
        header += [
            f"{curve}, spiking model [{lesson.unit}]",
            f"{curve}, rate model [{lesson.unit}]",
        ]
    header += [
        f"{lesson.effect.label}, {model} model [{lesson.effect.unit}]"
        for model in ("spiking", "rate")
    ]
    n_curves = len(lesson.curves)
    bio = estimates["bio"].reshape(3, -1, n_curves)
    ann = estimates["ann"].reshape(-1, n_curves)
    bio_effect, ann_effect = estimates["bio_effect"].reshape(3, -1), estimates["ann_effect"].ravel()
    rows = []
    for k, row in enumerate(itertools.product(*(axis.value_texts for axis in lesson.axes))):
        numbers = []
        for c in range(n_curves):
            numbers += [format_interval(*bio[:, k, c]), format_number(ann[k, c])]
        numbers += [format_interval(*bio_effect[:, k]), format_number(ann_effect[k])]
        rows.append((*row, *numbers))
    return tuple(header), rows
