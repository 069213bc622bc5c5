"""Write the report of a comparison: the sections of its document."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from bioann import model
from bioann.base.text import (
    format_interval,
    format_number,
    format_setting,
    join_names,
)
from bioann.base.user_code import name_user_errors
from bioann.claims.claim import Verdict
from bioann.comparison.comparison import Comparison
from bioann.reporting.document import (
    Badge,
    Block,
    Document,
    Notice,
    Paragraph,
    Section,
    Table,
)
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.figures.responses import draw_responses
from bioann.reporting.figures.scores import draw_scores
from bioann.reporting.figures.stimulus import draw_stimulus
from bioann.reporting.figures.tuning import draw_tuning
from bioann.reporting.provenance_section import make_provenance_section
from bioann.reporting.sign_section import make_sign_section
from bioann.reporting.style import house_style, to_figure_block
from bioann.reporting.tables import (
    make_audit_table,
    make_equivalence_table,
    make_score_table,
    make_validity_table,
)
from bioann.runs.claim_record import AFTER

OUTCOME_TONES = {
    "supported": "good",
    "refuted": "bad",
    "depends": "warning",
    "undecided": "note",
}
#: What each verdict of the equivalence test says about a response.
EQUIVALENCE_SENTENCES = {
    "equivalent": "The models are equivalent in {}: the {} lies inside the margin.",
    "different": "The models differ in {}: the {} lies outside the margin.",
    "undecided": "Whether the models are equivalent in {} is undecided.",
    "no margin": "The pair states no margin within which the models would count as equivalent: {}.",
}


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
    pair = comparison.pair
    builders = (
        make_circuit_section,
        make_stimulus_section,
        make_response_section,
        make_agreement_section,
        make_claim_section,
        make_sign_section,
        make_equation_section,
        make_limits_section,
        make_provenance_section,
    )
    return Document(
        title=f"{pair.name}: spiking model and rate model",
        question=pair.question or "How well do the two models agree?",
        summary=summarise_comparison(comparison),
        verdicts=tuple(
            Badge(v.outcome, OUTCOME_TONES[v.outcome], f"{v.claim.id}: {describe_claim(v, time)}")
            for v, time in zip(comparison.claims, comparison.claim_times, strict=True)
        ),
        sections=tuple(build_section(comparison) for build_section in builders),
        footer=f"bioann, pair {pair.name}, seed {comparison.run.attrs['seed']}, "
        f"description {comparison.run.attrs['pair_hash']}",
    )


def summarise_comparison(comparison: Comparison) -> str:
    """Summarise the verdicts and the equivalence test in a few sentences."""
    verbs = {
        "supported": "supports",
        "refuted": "refutes",
        "depends": "finds the boundary of",
        "undecided": "does not decide",
    }
    clauses = []
    for outcome, verb in verbs.items():
        sentences = [
            v.claim.sentence.rstrip(".") for v in comparison.claims if v.outcome == outcome
        ]
        if sentences:
            clauses.append(f"{verb} {' and '.join(f'“{sentence}”' for sentence in sentences)}")
    first = f"This run {', and '.join(clauses)}." if clauses else "This pair makes no claims."
    return f"{first} {describe_equivalence(comparison)}"


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


def make_circuit_section(comparison: Comparison) -> Section:
    """Show the two circuits and the correspondence of their responses."""
    pair = comparison.pair
    correspondence = pair.correspondence
    rows = [
        (
            _format_weighted_sum(m.weights_of("bio")),
            _format_weighted_sum(m.weights_of("ann")),
            format_setting(correspondence.scales_in_hertz()[m.name], "Hz"),
            "",
        )
        for m in correspondence.matches
    ]
    for names, counterpart in (
        (correspondence.bio_only, "rate model"),
        (correspondence.ann_only, "spiking model"),
    ):
        for name in _abbreviate_names(names):
            cells = (name, "") if counterpart == "rate model" else ("", name)
            rows.append((*cells, "", f"no counterpart in the {counterpart}"))
    n_columns = 4 if any(note for *_, note in rows) else 3
    return Section(
        "Circuits",
        (
            Paragraph(
                "A synaptic conductance is positive, and the reversal potential of its receptor "
                "determines whether it excites or inhibits. A weight of the rate model has a sign "
                f"of its own. Source: {pair.source or 'none given'}."
            ),
            to_figure_block(draw_circuits(pair.bio, pair.ann), "circuits"),
            Table(
                "Correspondence of the responses",
                ("spiking model", "rate model", "rate at activation 1", "note")[:n_columns],
                tuple(row[:n_columns] for row in rows),
                "The rate that corresponds to activation 1 is part of the pair; it is not fitted.",
            ),
        ),
    )


def _format_weighted_sum(weights: dict[str, float]) -> str:
    if list(weights.values()) == [1.0]:
        return next(iter(weights))
    return " ".join(
        f"{format_number(w) if w < 0 else '+' + format_number(w)} {n}" for n, w in weights.items()
    )


def _abbreviate_names(names: tuple[str, ...], max_names: int = 12) -> tuple[str, ...]:
    """Return the names, or one text with the first, the last and their number if many."""
    if len(names) <= max_names:
        return names
    return (f"{names[0]}, {names[1]}, ..., {names[-1]}: {len(names)} in all",)


def make_stimulus_section(comparison: Comparison) -> Section:
    """Show the stimulus of both models."""
    return Section("Stimulus", (to_figure_block(draw_stimulus(comparison.responses), "stimulus"),))


def draw_pair_figures(comparison: Comparison, key: str) -> tuple[Block, ...]:
    """Draw the figures that the pair defines, or warn if their control runs are missing."""
    missing_controls = [
        name for name in comparison.pair.controls if name not in comparison.run.children
    ]
    if comparison.pair.figures and missing_controls:
        names = ", ".join(missing_controls)
        text = f"The figures of this pair need its controls, which were not run: {names}."
        return (Notice("warning", text),)
    obj = f"{comparison.pair.title()}, figures"
    with house_style(), name_user_errors(obj, "figures that are drawn"):
        drawings = [draw(comparison) for draw in comparison.pair.figures]
        return tuple(to_figure_block(drawing, f"{key}-{k}") for k, drawing in enumerate(drawings))


def make_response_section(comparison: Comparison) -> Section:
    """Show the responses of both models, and the figures that the pair defines."""
    return Section(
        "Responses",
        (
            *draw_pair_figures(comparison, "own"),
            to_figure_block(draw_tuning(comparison), "tuning"),
            to_figure_block(draw_responses(comparison), "responses"),
        ),
    )


def make_agreement_section(comparison: Comparison) -> Section:
    """Show the agreement of the models: scatter plot, equivalence test, scores."""
    blocks: list[Block] = [
        to_figure_block(draw_agreement(comparison), "agreement"),
        make_equivalence_table(comparison),
        make_score_table(comparison),
        to_figure_block(draw_scores(comparison), "scores"),
    ]
    return Section("Agreement", tuple(blocks))


def make_claim_section(comparison: Comparison) -> Section:
    """List the claims, each with its rule, its verdict and the evidence."""
    if not comparison.claims:
        return Section("Claims", (Paragraph("This pair makes no claims."),))
    rows = tuple(
        (
            v.claim.id,
            f"{describe_claim(v, time)} ({v.claim.source})",
            v.claim.rule.text,
            Badge(v.outcome, OUTCOME_TONES[v.outcome]),
            v.because,
        )
        for v, time in zip(comparison.claims, comparison.claim_times, strict=True)
    )
    proof = " The claims and their rules were written before the run: it recorded their hashes."
    table = Table(
        "Claims and verdicts",
        ("id", "claim and source", "rule", "verdict", "evidence"),
        rows,
        f"Supported: the whole {comparison.interval_name} meets the rule. Refuted: no part of the "
        "CI does. Undecided: part of the CI does, so more trials are needed. Depends: the claim "
        f"holds only in part of the tested range.{proof * comparison.has_proven_claims}",
    )
    return Section("Claims", (table,))


def describe_claim(verdict: Verdict, time: str) -> str:
    """Return the sentence of a claim, and whether it was stated after the run."""
    return verdict.claim.sentence + " [stated after the run]" * (time == AFTER)


def make_equation_section(comparison: Comparison) -> Section:
    """List the equations and parameters of both models."""
    blocks: list[Block] = []
    models = {"Spiking model": comparison.pair.bio, "Rate model": comparison.pair.ann}
    for model_name, pair_model in models.items():
        for equation in model.explain_model(pair_model):
            blocks.append(replace(equation, caption=f"{model_name}: {equation.caption}"))
    return Section(
        "Equations and parameters",
        tuple(blocks) or (Paragraph("Neither model lists its equations."),),
    )


def make_limits_section(comparison: Comparison) -> Section:
    """List the warnings of the run, valid ranges of a derived model, and the audit of the step."""
    notices = tuple(Notice("warning", flag) for flag in comparison.flags)
    all_clear = (Notice("good", "No warnings in this run."),)
    tables = (*make_validity_table(comparison), *make_audit_table(comparison))
    return Section("Limitations", (*(notices or all_clear), *tables))
