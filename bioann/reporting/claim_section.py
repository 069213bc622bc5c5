"""The section that lists the claims of a pair, each with its rule, verdict and evidence."""

from __future__ import annotations

from bioann.claims.claim import Verdict
from bioann.claims.judged_run import JudgedRun
from bioann.reporting.document import Badge, Paragraph, Section, Table
from bioann.runs.claim_record import AFTER

OUTCOME_TONES = {
    "supported": "good",
    "refuted": "bad",
    "depends": "warning",
    "undecided": "note",
}


def make_claim_section(comparison: JudgedRun) -> Section:
    """List the claims, each with its rule, its verdict and the evidence."""
    if not comparison.claims:
        return Section("Claims", (Paragraph("No claims are made."),))
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
        "CI does. Undecided: part of the CI does, so more repetitions are needed. Depends: the "
        f"claim holds only in part of the tested range.{proof * comparison.has_proven_claims}",
    )
    return Section("Claims", (table,))


def make_verdict_badges(comparison: JudgedRun) -> tuple[Badge, ...]:
    """Return a badge with the sentence of every claim."""
    return tuple(
        Badge(v.outcome, OUTCOME_TONES[v.outcome], f"{v.claim.id}: {describe_claim(v, time)}")
        for v, time in zip(comparison.claims, comparison.claim_times, strict=True)
    )


def describe_claim(verdict: Verdict, time: str) -> str:
    """Return the sentence of a claim, and whether it was stated after the run."""
    return verdict.claim.sentence + " [stated after the run]" * (time == AFTER)
