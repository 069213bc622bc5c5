"""Turn a comparison into a document: what is said, in which order."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np

from bioann import model
from bioann.base.text import format_number
from bioann.comparison.comparison import Comparison
from bioann.reporting.document import (
    Badge,
    Block,
    Document,
    Equation,
    Notice,
    Paragraph,
    Section,
    Symbol,
    Table,
)
from bioann.reporting.figures.agreement import draw_agreement
from bioann.reporting.figures.circuit import draw_circuits
from bioann.reporting.figures.responses import draw_responses
from bioann.reporting.figures.scores import draw_scores
from bioann.reporting.figures.stimulus import draw_stimulus
from bioann.reporting.figures.tuning import draw_tuning
from bioann.reporting.sign_section import make_sign_section
from bioann.reporting.style import format_count, house_style, to_figure_block
from bioann.reporting.tables import (
    format_estimate,
    make_audit_table,
    make_equivalence_table,
    make_score_table,
)

OUTCOME_TONES = {"supported": "good", "refuted": "bad", "depends": "warning"}
EQUIVALENCE_PHRASES = {
    "same": "inside the",
    "different": "outside the",
    "undecided": "not clearly inside or outside the",
}


# The HTML and the PDF of one run share its document: drawing is most of the work.
@lru_cache(maxsize=2)
def make_document(comparison: Comparison) -> Document:
    """Write the report of a comparison.

    Parameters
    ----------
    comparison : Comparison
        Scored and judged.

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
        title=f"{pair.name}: biology and ANN, side by side",
        question=pair.question or "How far are the two models the same?",
        answer=answer_question(comparison),
        verdicts=tuple(
            Badge(v.outcome, OUTCOME_TONES[v.outcome], f"{v.claim.id}: {v.claim.sentence}")
            for v in comparison.claims
        ),
        sections=tuple(build_section(comparison) for build_section in builders),
        footer=f"bioann, pair {pair.name}, seed {comparison.run.attrs['seed']}, "
        f"description {comparison.run.attrs['pair_hash']}",
    )


def answer_question(comparison: Comparison) -> str:
    """Answer the pair's question in two sentences, from the verdicts and the equivalence test."""
    verbs = {"supported": "supports", "refuted": "refutes", "depends": "leaves open"}
    clauses = []
    for outcome, verb in verbs.items():
        sentences = [
            v.claim.sentence.rstrip(".") for v in comparison.claims if v.outcome == outcome
        ]
        if sentences:
            clauses.append(f"{verb} {' and '.join(f'“{sentence}”' for sentence in sentences)}")
    first = (
        f"This run {', and '.join(clauses)}." if clauses else "No claim is attached to this pair."
    )
    return f"{first} {describe_equivalence(comparison)}"


def describe_equivalence(comparison: Comparison) -> str:
    """Say in one sentence how far the models differ, against biology's own variability."""
    rows = list(comparison.equivalence.itertuples())
    if len(rows) > 3:
        counts = comparison.equivalence.verdict.value_counts()
        summary = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
        return f"Of {len(rows)} readings, within biology's own variability: {summary}."
    clauses = [
        f"{row.match} by {format_estimate(row.rmse, row.low, row.high)}, "
        f"{EQUIVALENCE_PHRASES[row.verdict]} {format_number(row.band)}"
        for row in rows
    ]
    return (
        f"The models differ (RMSE in activation) in {'; '.join(clauses)} by which single trials of "
        "biology differ from each other."
    )


def make_circuit_section(comparison: Comparison) -> Section:
    """Show the two models and what is read as what."""
    pair = comparison.pair
    correspondence = pair.correspondence
    rows = [
        (
            _format_weighted_sum(m.weights_of("bio")),
            _format_weighted_sum(m.weights_of("ann")),
            f"{correspondence.scales_in_hertz()[m.name]:g} Hz",
            "",
        )
        for m in correspondence.matches
    ]
    note = "no partner, declared"
    rows += [(name, "", "", note) for name in _abbreviate_names(correspondence.bio_only)]
    rows += [("", name, "", note) for name in _abbreviate_names(correspondence.ann_only)]
    return Section(
        "Two descriptions of one circuit",
        (
            Paragraph(
                f"On the left a {model.kind_of(pair.bio)}, on the right a "
                f"{model.kind_of(pair.ann)}. A conductance is a magnitude; its sign comes from the "
                "transmitter and the reversal potential. A weight carries its sign itself. "
                f"Source: {pair.source or 'none given'}."
            ),
            to_figure_block(draw_circuits(pair.bio, pair.ann), "circuits"),
            Table(
                "What is read as what",
                ("biology", "ANN", "activation 1 stands for", "note"),
                tuple(rows),
                "The scale is stated by the pair, not fitted.",
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
    """Keep a list of names, or say the first, the last and how many where they are many."""
    if len(names) <= max_names:
        return names
    return (f"{names[0]}, {names[1]}, ..., {names[-1]}: {len(names)} in all",)


def make_stimulus_section(comparison: Comparison) -> Section:
    """Show the shared stimulus."""
    return Section(
        "The shared stimulus", (to_figure_block(draw_stimulus(comparison.responses), "stimulus"),)
    )


def draw_pair_figures(comparison: Comparison, key: str) -> tuple[Block, ...]:
    """Draw the pair's own pictures; they may need its controls, so say if these were not run."""
    missing_controls = [
        name for name in comparison.pair.controls if name not in comparison.run.children
    ]
    if comparison.pair.figures and missing_controls:
        names = ", ".join(missing_controls)
        text = f"Without the controls ({names}) the pair's own figures are not drawn."
        return (Notice("warning", text),)
    with house_style():
        drawings = [draw(comparison) for draw in comparison.pair.figures]
    return tuple(to_figure_block(drawing, f"{key}-{k}") for k, drawing in enumerate(drawings))


def make_response_section(comparison: Comparison) -> Section:
    """Show what both models answered, and the pair's own pictures."""
    return Section(
        "What they answer",
        (
            *draw_pair_figures(comparison, "own"),
            to_figure_block(draw_tuning(comparison), "tuning"),
            to_figure_block(draw_responses(comparison), "responses"),
        ),
    )


def make_agreement_section(comparison: Comparison) -> Section:
    """Show how far the models are the same: scatter, equivalence, scores."""
    blocks: list[Block] = [
        to_figure_block(draw_agreement(comparison), "agreement"),
        make_equivalence_table(comparison),
        make_score_table(comparison),
        to_figure_block(draw_scores(comparison), "scores"),
    ]
    return Section("How far they are the same", tuple(blocks))


def make_claim_section(comparison: Comparison) -> Section:
    """List the claims with the rule of each verdict and the numbers that decided it."""
    if not comparison.claims:
        return Section("Claims", (Paragraph("This pair makes no claims."),))
    rows = tuple(
        (
            v.claim.id,
            f"{v.claim.sentence} ({v.claim.source})",
            v.claim.rule.text,
            Badge(v.outcome, OUTCOME_TONES[v.outcome]),
            v.because,
        )
        for v in comparison.claims
    )
    table = Table(
        "Claims and verdicts",
        ("id", "claim and its source", "rule", "verdict", "because"),
        rows,
        "The rules were written before the run. Supported: the whole interval meets the bound "
        "(against biology itself: the value does). Refuted: none of the interval does. Depends: "
        "neither, or the claim turns at a boundary inside the range that was looked at.",
    )
    return Section("Claims", (table,))


def make_equation_section(comparison: Comparison) -> Section:
    """Give equations and parameters of both models."""
    blocks: list[Block] = []
    for model_name, pair_model in (("Biology", comparison.pair.bio), ("ANN", comparison.pair.ann)):
        for explanation in model.explain_model(pair_model):
            symbols = tuple(
                Symbol(p.symbol, p.meaning, p.value, p.unit, p.source)
                for p in explanation.parameters
            )
            title = f"{model_name}: {explanation.title}"
            block = (
                Equation(explanation.equation, title, symbols)
                if explanation.equation
                else Paragraph(title)
            )
            blocks.append(block)
    return Section("Equations and parameters", tuple(blocks) or (Paragraph("None given."),))


def make_limits_section(comparison: Comparison) -> Section:
    """Say where the run left the range in which it means what it says."""
    notices = tuple(Notice("warning", flag) for flag in comparison.flags)
    all_clear = (Notice("good", "Nothing was flagged in this run."),)
    return Section("Limits", (*(notices or all_clear), *make_audit_table(comparison)))


def make_provenance_section(comparison: Comparison) -> Section:
    """List what is needed to get the same bytes again."""
    attrs, run = comparison.run.attrs, comparison.run
    sizes = run["bio"].sizes
    start, stop = comparison.window
    rows = [
        ("pair", str(attrs["pair"])),
        ("description", str(attrs["pair_hash"])),
        ("command", str(attrs.get("command", "from Python"))),
        ("seed", str(attrs["seed"])),
        ("conditions", str(sizes["condition"])),
        ("trials", format_count(int(attrs["trials"]), "trial") + " per condition"),
        ("engine", str(attrs["engine"]) or "the model's own"),
        ("time step", "the model's own" if np.isnan(attrs["dt"]) else f"{attrs['dt'] * 1e3:g} ms"),
        ("read-out window", f"{start * 1e3:g} to {stop * 1e3:g} ms"),
    ]
    rows += [(f"version of {k}", v) for k, v in json.loads(attrs["versions"]).items()]
    table = Table("Provenance", ("what", "value"), tuple(rows), align=("left", "left"))
    return Section("Provenance", (table,))
