"""The bench report: a table with the goals beside the figures, and how cost grows."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from importlib import metadata

import numpy as np

from bioann.base.text import format_number
from bioann.reporting import style
from bioann.reporting.document import (
    Badge,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.svg import to_svg
from tests.benchmarks.measure import BenchFigure

QUESTION = "How fast are runs, beside the same thing written by hand?"


def build_bench_document(figures: Sequence[BenchFigure], where: str) -> Document:
    """Say what was measured, and on what machine."""
    measurable = [figure for figure in figures if figure.met is not None]
    n_reached = sum(bool(figure.met) for figure in measurable)
    n_unmeasured = len(figures) - len(measurable)
    scaling_figures = [figure for figure in figures if "fit" in figure.extra]
    sections = [Section("Figures", (_tabulate_goals(figures), _tabulate_rounds(figures)))]
    if scaling_figures:
        sections.append(Section("How cost grows", (_draw_growth(scaling_figures),)))
    sections.append(Section("Where", (Paragraph(where),)))
    return Document(
        "bioann: benchmarks",
        QUESTION,
        f"Goals reached: {n_reached} of {len(measurable)}"
        + (f"; {n_unmeasured} could not be measured." if n_unmeasured else "."),
        (),
        tuple(sections),
    )


def describe_machine() -> str:
    """Name the machine and the libraries."""
    packages = ("bioann", "brian2", "numpy", "scipy", "xarray")
    versions = ", ".join(f"{p} {metadata.version(p)}" for p in packages)
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"{platform.platform()}, {os.cpu_count()} processors, load {load} at the end; Python "
        f"{platform.python_version()}; {versions}."
    )


def _tabulate_goals(figures: Sequence[BenchFigure]) -> Table:
    rows = []
    for figure in figures:
        if figure.value is None or figure.met is None:
            badge, value_text = Badge("not measured", "note"), "\N{EN DASH}"
        else:
            badge = Badge("reached", "good") if figure.met else Badge("not reached", "warning")
            value, low, high = map(format_number, (figure.value, figure.low, figure.high))
            value_text = f"{value} [{low}, {high}]"
        rows.append((figure.what, figure.against, value_text, figure.goal, badge))
    return Table(
        "Ratio of medians of two sides that ran in turn",
        ("what", "against", "figure", "goal", "verdict"),
        tuple(rows),
        "In brackets the least and the largest ratio of a single round; for exponents, those of "
        "fits to single rounds, with all sizes and with one left out in turn.",
        ("left", "left", "right", "right", "left"),
    )


def _tabulate_rounds(figures: Sequence[BenchFigure]) -> Table:
    rows = tuple(
        (
            figure.what,
            _join_numbers(figure.ours),
            _join_numbers(figure.theirs),
            _describe_notes(figure),
        )
        for figure in figures
    )
    return Table("Every round, in seconds", ("what", "ours", "other side", "notes"), rows)


def _join_numbers(values: Sequence[float]) -> str:
    return ", ".join(format_number(v) for v in values) or "\N{EN DASH}"


def _describe_notes(figure: BenchFigure) -> str:
    """Give the note of a figure, and what else was found."""
    values = {
        key: value for key, value in figure.extra.items() if isinstance(value, (int, float, str))
    }
    notes = [
        f"{_label_of(key)}: {format_number(value) if isinstance(value, float) else value}"
        for key, value in values.items()
    ]
    return "; ".join(filter(None, [figure.note, *notes]))


def _label_of(key: str) -> str:
    """Write what was found in words, with its unit."""
    return key.replace("_hz", " in Hz,").replace("_mb", " in MB,").replace("_", " ")


def _draw_growth(figures: Sequence[BenchFigure]) -> Figure:
    """Draw seconds against size, both logarithmic, with the fit and a straight line."""
    columns = min(len(figures), 2)
    rows = math.ceil(len(figures) / columns)
    with style.house_style():
        drawing, panels = style.make_subplots(rows, columns, height=0.4 + 2.3 * rows, squeeze=False)
        for panel, figure in zip(panels.flat, figures, strict=False):
            sizes, times = np.array(figure.extra["sizes"]), np.array(figure.extra["seconds"])
            panel.loglog(sizes, times.T, "o", color=style.SPIKING_COLOUR, markersize=3)
            panel.loglog(sizes, figure.extra["fit"], color=style.INK)
            name = figure.what.removeprefix("cost over ").split(",")[0]
            panel.set(xlabel=f"{name} [count]" if "duration" not in name else "duration [s]")
            panel.set(ylabel="run [s]", title=f"exponent {figure.value:.3f}")
        for panel in panels.flat[len(figures) :]:
            panel.remove()
    summary = "; ".join(f"{figure.what}: {figure.value:.3f}" for figure in figures)
    return Figure(
        to_svg(drawing, "growth"),
        f"Seconds of a run against size. Exponents past the fixed cost: {summary}.",
        "Seconds of a run: a dot per round, and the fit a + b n^p, past a fixed cost; with p = 1 "
        f"it is proportional to size. n: {len(figures[0].extra['seconds'])} rounds.",
    )
