"""What a notebook shows for comparisons, pairs, runs, translations and other results."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bioann import model
from bioann.base.errors import BioannError
from bioann.base.printable import clean_text
from bioann.base.text import (
    format_count,
    format_number,
    format_setting,
    join_names,
)
from bioann.recordings.wirings import describe_wirings
from bioann.reporting.census_document import summarise_census
from bioann.reporting.claim_section import make_verdict_badges
from bioann.reporting.cover import draw_key_figure, draw_scale_figure
from bioann.reporting.diff_document import make_diff_document
from bioann.reporting.document import Badge, Document, Figure, Link, Notice, Table
from bioann.reporting.explanation_document import make_explanation_document
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.history_document import make_history_document
from bioann.reporting.html import render_notebook_view
from bioann.reporting.sections import compose_summary
from bioann.reporting.svg import prefix_ids
from bioann.reporting.written_reports import link_reports

#: Rows of a table, and warnings, that a view shows at most.
MAX_ROWS, MAX_FLAGS = 12, 5


@dataclass(frozen=True)
class NotebookView:
    """What a notebook shows for an object: a few lines, figures and tables.

    Parameters
    ----------
    title, question, answer : str
        Name of the object, its question, and the answer in one sentence; the last two may be empty.
    badges : tuple of Badge
        Verdicts on the claims of a comparison.
    figures : tuple of Figure
        Drawings with their alternative texts.
    tables : tuple of Table
        Short tables of the view.
    notices : tuple of Notice
        Warnings about the object shown.
    links : tuple of Link
        Links to the reports that were written.
    details : str
        Further HTML that is safe already, which the reader opens.
    """

    title: str
    question: str = ""
    answer: str = ""
    badges: tuple[Badge, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notices: tuple[Notice, ...] = ()
    links: tuple[Link, ...] = ()
    details: str = ""


def render_object(kind: str, obj: Any) -> str:
    """Return the HTML of an object; arguments as for `bioann.base.views.render_for_notebook`."""
    view = VIEWS[kind](obj)
    # A notebook is one page: the ids of drawings must differ between its outputs.
    figures = tuple(
        replace(f, svg=prefix_ids(f.svg, f"n{hashlib.sha256(f.svg.encode()).hexdigest()[:10]}"))
        for f in view.figures
    )
    return render_notebook_view(replace(view, figures=figures))


def view_comparison(comparison: Any) -> NotebookView:
    """Show the answer, its key figure and scale, the verdicts, and the first warnings."""
    pair, run = comparison.pair, comparison.run
    notices = [Notice("warning", flag) for flag in comparison.flags[:MAX_FLAGS]]
    figures, drawing_notices = draw_safely(
        lambda: draw_key_figure(comparison), lambda: draw_scale_figure(comparison)
    )
    if (n := len(comparison.flags) - MAX_FLAGS) > 0:
        notices.append(Notice("note", f"And {format_count(n, 'more warning')}: see flags."))
    return NotebookView(
        f"{pair.name}: {run.attrs['trials']} trials{describe_wirings(run['bio'])}, "
        f"seed {run.attrs['seed']}",
        pair.question,
        compose_summary(comparison),
        make_verdict_badges(comparison),
        figures,
        notices=(*drawing_notices, *notices),
        links=link_reports(comparison),
    )


def draw_safely(
    *drawers: Callable[[], Figure | None],
) -> tuple[tuple[Figure, ...], tuple[Notice, ...]]:
    """Draw figures; the error of one that fails becomes a warning, and the others are shown."""
    figures, notices = [], []
    for draw in drawers:
        try:
            figures.append(draw())
        except BioannError as error:
            notices.append(Notice("warning", f"A figure was not drawn: {error}"))
    return tuple(f for f in figures if f is not None), tuple(notices)


def view_pair(pair: Any) -> NotebookView:
    """Show the question, both circuits, the claims with their rules, and the setting of a run."""
    sizes = model.sizes_of(pair.bio) or {}
    rows = [
        ("source", pair.source or "none stated"),
        (
            "spiking model",
            join_names([f"{name} ({n} neurons)" for name, n in sizes.items()])
            if sizes
            else join_names(pair.bio.units),
        ),
        ("rate model", join_names(pair.ann.units)),
        ("trials", str(pair.trials)),
    ]
    if pair.stimulus is not None:
        rows.append(
            (
                "stimulus",
                f"{format_count(pair.stimulus.sizes['condition'], 'condition')}, "
                f"channels {join_names(pair.stimulus['channel'].values)}",
            )
        )
    if pair.vary is not None:
        rows.append(("varied parameter", pair.vary.address))
    tables = [Table("Pair", ("item", "value"), tuple(rows), align=("left", "left"))]
    if pair.claims:
        claims = tuple((c.id, c.sentence, c.rule.text) for c in pair.claims[:MAX_ROWS])
        tables.append(Table("Claims", ("id", "claim", "rule"), claims, align=("left",) * 3))
    figures, notices = draw_safely(
        lambda: to_figure_block(draw_circuits(pair.bio, pair.ann), "circuits")
    )
    return NotebookView(pair.name, pair.question, "", (), figures, tuple(tables), notices)


def view_run(run: Any) -> NotebookView:
    """Show what was run and the mean response of every unit; the recording is one click away."""
    attrs = run.attrs
    dt = float(attrs.get("dt", np.nan))
    rows = [
        ("seed", str(attrs.get("seed"))),
        ("trials", f"{attrs.get('trials')}{describe_wirings(run['bio'])}"),
        ("conditions", str(run["bio"].sizes["condition"])),
        ("engine", str(attrs.get("engine") or "default")),
        ("time step", "default" if np.isnan(dt) else format_setting(dt * 1e3, "ms")),
        ("recordings", join_names(list(run.children), limit=12)),
    ]
    responses = [
        (model_name, str(unit), format_number(float(mean), response.attrs.get("units", "")))
        for side, model_name in (("bio", "spiking model"), ("ann", "rate model"))
        for response in (run[side].get("rate", run[side].get("activation")),)
        for unit, mean in zip(
            response["unit"].values,
            response.mean([d for d in response.dims if d != "unit"]).values,
            strict=True,
        )
    ]
    n_more = len(responses) - MAX_ROWS
    return NotebookView(
        f"Run of {run.pair.name}",
        run.pair.question,
        tables=(
            Table("Run", ("item", "value"), tuple(rows), align=("left", "left")),
            Table(
                "Mean response over conditions, trials and time",
                ("model", "unit", "response"),
                tuple(responses[:MAX_ROWS]),
                f"And {n_more} more." if n_more > 0 else "",
            ),
        ),
        details=clean_text(run.recording._repr_html_()),
    )


def view_translation(translation: Any) -> NotebookView:
    """Show the derived model, its warnings and the decisions behind it."""
    network, decisions = translation.network, translation.decisions
    rows = tuple(
        (
            d.what,
            d.value if isinstance(d.value, str) else format_number(d.value, d.unit),
            d.why,
        )
        for d in decisions[:MAX_ROWS]
    )
    n_more = len(decisions) - MAX_ROWS
    note = f"And {n_more} more: see decision_table()." if n_more > 0 else ""
    columns = ("decision", "value", "reason")
    return NotebookView(
        f"Translation to a {model.kind_of(network)}",
        answer=f"{format_count(len(network.units), 'unit')}: {join_names(network.units)}.",
        tables=(Table("Decisions", columns, rows, note, align=("left",) * 3),) if rows else (),
        notices=tuple(Notice("warning", str(flag)) for flag in translation.flags[:MAX_FLAGS]),
    )


def view_census(census: Any) -> NotebookView:
    """Show the signs of the weights, layer by layer."""
    rows = tuple(
        (
            f"{row.layer}, {row.weights}",
            str(row.n),
            format_number(100 * row.negative, "%"),
            format_number(row.balance),
            format_number(100 * row.mixed, "%"),
        )
        for row in census.layers.head(MAX_ROWS).itertuples()
    )
    n_more = len(census.layers) - MAX_ROWS
    table = Table(
        "Signs of the weights",
        ("layer", "weights", "negative", "(E - I) / (E + I)", "sources with both signs"),
        rows,
        f"And {n_more} more layers." if n_more > 0 else "",
    )
    return NotebookView("Census of signs", answer=summarise_census(census), tables=(table,))


def view_document(document: Document) -> NotebookView:
    """Show the first screen of a report and its first table."""
    tables = (b for section in document.sections for b in section.blocks if isinstance(b, Table))
    first_table = next(tables, None)
    return NotebookView(
        document.title,
        document.question,
        document.summary,
        document.verdicts,
        () if document.key_figure is None else (document.key_figure,),
        () if first_table is None else (replace(first_table, rows=first_table.rows[:MAX_ROWS]),),
    )


#: The views by the kind of an object.
VIEWS: dict[str, Callable[[Any], NotebookView]] = {
    "comparison": view_comparison,
    "pair": view_pair,
    "run": view_run,
    "translation": view_translation,
    "census": view_census,
    "explanation": lambda explanation: view_document(make_explanation_document(explanation)),
    "diff": lambda run_diff: view_document(make_diff_document(run_diff)),
    "history": lambda history: view_document(make_history_document(history)),
}
