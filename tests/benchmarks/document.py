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
from bioann.reporting.document import Badge, Document, Figure as Picture, Paragraph, Section, Table
from bioann.reporting.svg import to_svg
from tests.benchmarks.measure import Figure

QUESTION = "How fast are runs, beside the same thing written by hand?"


def make(figures: Sequence[Figure], where: str) -> Document:
    """Say what was measured, and on what machine."""
    measured = [f for f in figures if f.met is not None]
    reached = sum(bool(f.met) for f in measured)
    left = len(figures) - len(measured)
    scales = [f for f in figures if "fit" in f.extra]
    sections = [Section("Figures", (_table(figures), _seconds(figures)))]
    if scales:
        sections.append(Section("How cost grows", (_growth(scales),)))
    sections.append(Section("Where", (Paragraph(where),)))
    return Document(
        "bioann: benchmarks",
        QUESTION,
        f"Goals reached: {reached} of {len(measured)}"
        + (f"; {left} could not be measured." if left else "."),
        (),
        tuple(sections),
    )


def machine() -> str:
    """Name the machine and the libraries."""
    packages = ("bioann", "brian2", "numpy", "scipy", "xarray")
    versions = ", ".join(f"{p} {metadata.version(p)}" for p in packages)
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"{platform.platform()}, {os.cpu_count()} processors, load {load} at the end; Python "
        f"{platform.python_version()}; {versions}."
    )


def _table(figures: Sequence[Figure]) -> Table:
    rows = []
    for f in figures:
        if f.value is None or f.met is None:
            badge, value = Badge("not measured", "note"), "\N{EN DASH}"
        else:
            badge = Badge("reached", "good") if f.met else Badge("not reached", "warning")
            value = f"{format_number(f.value)} [{format_number(f.low)}, {format_number(f.high)}]"
        rows.append((f.what, f.against, value, f.goal, badge))
    return Table(
        "Ratio of medians of two sides that ran in turn",
        ("what", "against", "figure", "goal", "verdict"),
        tuple(rows),
        "In brackets the least and the largest ratio of a single round; for exponents, those of "
        "fits to single rounds, with all sizes and with one left out in turn.",
        ("left", "left", "right", "right", "left"),
    )


def _seconds(figures: Sequence[Figure]) -> Table:
    rows = tuple((f.what, _listed(f.ours), _listed(f.theirs), _said(f)) for f in figures)
    return Table("Every round, in seconds", ("what", "ours", "other side", "notes"), rows)


def _listed(values: Sequence[float]) -> str:
    return ", ".join(format_number(v) for v in values) or "\N{EN DASH}"


def _said(figure: Figure) -> str:
    """Give the note of a figure, and what else was found."""
    found = {k: v for k, v in figure.extra.items() if isinstance(v, (int, float, str))}
    said = [
        f"{_named(k)}: {format_number(v) if isinstance(v, float) else v}" for k, v in found.items()
    ]
    return "; ".join(filter(None, [figure.note, *said]))


def _named(key: str) -> str:
    """Write what was found in words, with its unit."""
    return key.replace("_hz", " in Hz,").replace("_mb", " in MB,").replace("_", " ")


def _growth(figures: Sequence[Figure]) -> Picture:
    """Draw seconds against size, both logarithmic, with the fit and a straight line."""
    columns = min(len(figures), 2)
    rows = math.ceil(len(figures) / columns)
    with style.house_style():
        drawing, panels = style.make_subplots(rows, columns, height=0.4 + 2.3 * rows, squeeze=False)
        for panel, f in zip(panels.flat, figures, strict=False):
            sizes, times = np.array(f.extra["sizes"]), np.array(f.extra["seconds"])
            panel.loglog(sizes, times.T, "o", color=style.SPIKING_COLOUR, markersize=3)
            panel.loglog(sizes, f.extra["fit"], color=style.INK)
            name = f.what.removeprefix("cost over ").split(",")[0]
            panel.set(xlabel=f"{name} [count]" if "duration" not in name else "duration [s]")
            panel.set(ylabel="run [s]", title=f"exponent {f.value:.3f}")
        for panel in panels.flat[len(figures) :]:
            panel.remove()
    told = "; ".join(f"{f.what}: {f.value:.3f}" for f in figures)
    return Picture(
        to_svg(drawing, "growth"),
        f"Seconds of a run against size. Exponents past the fixed cost: {told}.",
        "Seconds of a run: a dot per round, and the fit a + b n^p, past a fixed cost; with p = 1 "
        f"it is proportional to size. n: {len(figures[0].extra['seconds'])} rounds.",
    )
