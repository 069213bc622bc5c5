"""The section on agreement: scatter plot, equivalence test, and the scores that decide."""

from __future__ import annotations

import numpy as np

from bioann.base.text import format_interval, format_number, join_names
from bioann.comparison.comparison import Comparison
from bioann.comparison.deciding_scores import select_deciding_scores
from bioann.reporting.document import Paragraph, Section
from bioann.reporting.figure_blocks import to_figure_block
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.scores import draw_scores
from bioann.reporting.score_tables import make_deciding_table, make_score_summary
from bioann.reporting.tables import make_equivalence_table

#: What each verdict of the equivalence test says about a response.
EQUIVALENCE_SENTENCES = {
    "equivalent": "The models are equivalent in {}: the {} lies inside the margin.",
    "different": "The models differ in {}: the {} lies outside the margin.",
    "undecided": "Whether the models are equivalent in {} is undecided.",
    "no margin": "The pair states no margin within which the models would count as equivalent: {}.",
}


def describe_equivalence(comparison: Comparison) -> str:
    """Say in which responses the models are equivalent, within the margin of the pair."""
    rows = list(comparison.equivalence.itertuples())
    if len(rows) > 3:
        counts = comparison.equivalence.verdict.value_counts()
        clauses = [f"{n} {verdict}" for verdict, n in counts.items()]
        verdicts = join_names(clauses)
        return f"Of {len(rows)} responses, compared with the margin of the pair: {verdicts}."
    responses: dict[str, list[str]] = {}
    for row in rows:
        text = f"{row.match!r} (RMSE {format_interval(row.rmse, row.low, row.high, 'activation')}"
        text += ")" if np.isnan(row.margin) else f", margin {format_number(row.margin)})"
        responses.setdefault(row.verdict, []).append(text)
    return " ".join(
        EQUIVALENCE_SENTENCES[verdict].format(join_names(texts), comparison.interval_name)
        for verdict, texts in responses.items()
    )


def make_agreement_section(comparison: Comparison) -> Section:
    """Show the agreement of the models: equivalence test, scatter plot, scores that decide."""
    deciding = select_deciding_scores(comparison)
    scores_drawing = draw_scores(comparison, deciding)
    figures = () if scores_drawing is None else (to_figure_block(scores_drawing, "scores"),)
    return Section(
        "Agreement",
        (
            Paragraph(describe_equivalence(comparison)),
            to_figure_block(draw_agreement(comparison), "agreement"),
            make_equivalence_table(comparison),
            *figures,
            *make_deciding_table(comparison, deciding),
        ),
    )


def make_other_scores_section(comparison: Comparison) -> Section:
    """Summarise the scores that decide nothing."""
    table = make_score_summary(comparison, select_deciding_scores(comparison))
    text = "Every score decides; see the section on agreement."
    return Section("Other scores", table or (Paragraph(text),), is_open=False)
