"""Write the report of a comparison: its first screen, then the sections that support it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bioann import model
from bioann.base.text import format_count
from bioann.comparison.comparison import Comparison
from bioann.reporting.agreement_section import (
    describe_equivalence,
    make_agreement_section,
    make_other_scores_section,
)
from bioann.reporting.circuit_section import make_circuit_section
from bioann.reporting.claim_section import make_claim_section, make_verdict_badges
from bioann.reporting.cover import compose_answer, draw_key_figure, draw_scale_figure
from bioann.reporting.document import Block, Document, Notice, Paragraph, Section
from bioann.reporting.figure_blocks import draw_together, to_figure_block
from bioann.reporting.figures.responses import draw_responses
from bioann.reporting.figures.summaries import describe_conditions
from bioann.reporting.figures.tuning import draw_tuning
from bioann.reporting.pair_figures import draw_pair_figures, is_key_figure_drawn
from bioann.reporting.parameter_section import make_parameter_blocks
from bioann.reporting.provenance_section import make_provenance_section
from bioann.reporting.sign_section import make_sign_section
from bioann.reporting.tables import make_audit_table, make_validity_table


# The HTML and the PDF of a run share one document, because drawing takes most of the time.
@lru_cache(maxsize=2)
def make_document(comparison: Comparison) -> Document:
    """Write the report of a comparison.

    Parameters
    ----------
    comparison : Comparison
        With scores and verdicts.

    Returns
    -------
    Document
        For `bioann.reporting.html` and `bioann.reporting.pdf`.
    """
    return draw_together(lambda: _compose_document(comparison))


def _compose_document(comparison: Comparison) -> Document:
    """Compose the report; its figures are blanks inside `draw_together`."""
    pair = comparison.pair
    # In the order in which a reader asks.
    builders = (
        make_response_section,
        make_agreement_section,
        make_claim_section,
        make_circuit_section,
        make_sign_section,
        make_other_scores_section,
        make_equation_section,
        make_limits_section,
        make_provenance_section,
    )
    return Document(
        title=f"{pair.name}: spiking model and rate model",
        question=pair.question or "How well do the two models agree?",
        summary=compose_summary(comparison),
        verdicts=make_verdict_badges(comparison),
        sections=tuple(build_section(comparison) for build_section in builders),
        footer=f"bioann, pair {pair.name}, seed {comparison.run.attrs['seed']}, "
        f"description {comparison.run.attrs['pair_hash']}",
        key_figure=draw_key_figure(comparison),
        scale_figure=draw_scale_figure(comparison),
    )


def compose_summary(comparison: Comparison) -> str:
    """Answer the question of a pair; without claims, by the equivalence test."""
    if comparison.claims:
        return compose_answer(comparison)
    return describe_equivalence(comparison)


def make_response_section(comparison: Comparison) -> Section:
    """Show the responses of both models and the figures of the pair, but for the key figure."""
    tuning = (to_figure_block(draw_tuning(comparison), "tuning"),)
    conditions = describe_conditions(comparison.responses["stimulus"])
    n_trials = format_count(comparison.responses.sizes["trial"], "trial")
    return Section(
        "Responses",
        (
            Paragraph(f"Both models received the same stimuli: {conditions}, {n_trials} each."),
            *draw_pair_figures(comparison),
            *(tuning if is_key_figure_drawn(comparison) else ()),
            to_figure_block(draw_responses(comparison), "responses"),
            *make_parameter_blocks(comparison),
        ),
    )


def make_equation_section(comparison: Comparison) -> Section:
    """List the equations and parameters of both models."""
    blocks: list[Block] = []
    models = {"Spiking model": comparison.pair.bio, "Rate model": comparison.pair.ann}
    for model_name, pair_model in models.items():
        for equation in model.explain_model(pair_model):
            blocks.append(replace(equation, caption=f"{model_name}: {equation.caption}"))
    return Section(
        "Methods: equations and parameters",
        tuple(blocks) or (Paragraph("Neither model lists its equations."),),
        is_open=False,
    )


def make_limits_section(comparison: Comparison) -> Section:
    """List the warnings of the run, valid ranges of a derived model, and the audit of the step."""
    notices = tuple(Notice("warning", flag) for flag in comparison.flags)
    all_clear = (Notice("good", "No warnings in this run."),)
    tables = (*make_validity_table(comparison), *make_audit_table(comparison))
    return Section("Limitations", (*(notices or all_clear), *tables))
