"""The numbers that decided a verdict, one per part of its rule, and the table that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pandas as pd

from bioann.base.errors import OutputError
from bioann.base.files import write_atomically
from bioann.base.text import join_names
from bioann.claims.claim import Verdict
from bioann.claims.judged_run import JudgedRun
from bioann.claims.rules.rule import Evidence, Judgement, Rule
from bioann.comparison.false_discoveries import adjust_p_values

#: Columns of numbers that may be missing.
NUMBER_COLUMNS = ("value", "low", "high", "p_value", "claim_p_value", "adjusted_p_value")
#: Columns of a table of verdicts: what is claimed by whom, the pair or study that measures it, how
#: it came out, and one deciding number with its 95% interval, the independent units that it rests
#: on, and the smallest error level at which the outcome of the part, and of the claim, stands,
#: the latter also adjusted for the number of claims (`bioann.comparison.false_discoveries`).
VERDICT_COLUMNS = (
    "id",
    "claim",
    "source",
    "pair",
    "verdict",
    "part",
    "outcome",
    "value",
    "low",
    "high",
    "unit",
    "n",
    "sampled",
    "p_value",
    "claim_p_value",
    "adjusted_p_value",
    "trials",
)


def describe_deciding_score(verdict: Verdict, evidence: Evidence) -> str:
    """Describe the first part of a rule with the outcome of the whole, and count the others.

    Parameters
    ----------
    verdict : Verdict
        The verdict that is explained.
    evidence : Evidence
        What it was judged by.

    Returns
    -------
    str
        For a claim that is not supported, what kept it from that.
    """
    deciding = list_deciding_rules(verdict, evidence)
    _, judgement = deciding[0]
    return judgement.because + (f" (and {len(deciding) - 1} more)" if len(deciding) > 1 else "")


def list_deciding_rules(verdict: Verdict, evidence: Evidence) -> list[tuple[Rule, Judgement]]:
    """Return the parts of a rule with the outcome of the whole, and how each was judged.

    Parameters
    ----------
    verdict : Verdict
        The verdict that is explained.
    evidence : Evidence
        What it was judged by.

    Returns
    -------
    list of tuple
        At least one part; for a claim that is not supported, the parts that kept it from that.
    """
    judged = [(rule, rule.judge(evidence)) for rule in verdict.claim.rule.single_rules]
    deciding = [item for item in judged if item[1].outcome == verdict.outcome]
    # Otherwise a part failed, but not at the level that one of several parts needs.
    return deciding or [item for item in judged if item[1].outcome != "supported"]


def verdict_table(comparison: JudgedRun) -> pd.DataFrame:
    """List the deciding numbers of all claims of a comparison.

    Parameters
    ----------
    comparison : Comparison or StudyResult
        The comparison whose claims are listed.

    Returns
    -------
    pandas.DataFrame
        One row per part of each claim's rule, with `VERDICT_COLUMNS`; `part` is the rule in words.
    """
    return list_verdict_parts(
        comparison.subject.name, comparison.claims, comparison.evidence, comparison.repetitions
    )


def list_verdict_parts(
    name: str, verdicts: Sequence[Verdict], evidence: Evidence, trials: int
) -> pd.DataFrame:
    """List the deciding numbers of verdicts, one row per part of each claim's rule.

    Parameters
    ----------
    name : str
        Pair or study that makes the claims.
    verdicts : sequence of Verdict
        The claims, judged.
    evidence : Evidence
        What they were judged by.
    trials : int
        Number of trials or seeds; 0 if nothing is random.

    Returns
    -------
    pandas.DataFrame
        With `VERDICT_COLUMNS`; `part` is the rule in words.
    """
    rows = []
    for verdict in verdicts:
        claim = verdict.claim
        claim_fields = (claim.id, claim.sentence, claim.source, name, verdict.outcome)
        for rule in claim.rule.single_rules:
            judgement = rule.judge(evidence)
            numbers = (judgement.value, judgement.low, judgement.high, judgement.unit)
            sample = (judgement.n, judgement.sampled or "exact")
            p_values = (judgement.p_value, verdict.judgement.p_value, np.nan)
            row = (*claim_fields, rule.text, judgement.outcome, *numbers, *sample, *p_values)
            rows.append((*row, trials))
    return adjust_verdicts(pd.DataFrame(rows, columns=list(VERDICT_COLUMNS)))


def adjust_verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of verdicts with p-values adjusted for the number of its claims."""
    return table.assign(adjusted_p_value=adjust_p_values(table))


def atlas_row(label: str) -> str:
    """Return the row of the atlas that a claim belongs to: A4 for A4b."""
    return label.rstrip(ascii_lowercase)


def atlas_order(label: str = "~") -> tuple[str, int]:
    """Return a sort key that puts A2 before A10, and what has no label last."""
    row = atlas_row(label)
    return row[:1], int(row[1:]) if row[1:].isdigit() else 0


def format_verdicts(numbers: pd.DataFrame) -> str:
    """Write a table of verdicts as text, with four digits of each number."""
    return numbers.to_csv(index=False, float_format="%.4g", lineterminator="\n")


def read_verdicts(path: Path) -> pd.DataFrame:
    """Read a table as `format_verdicts` writes it.

    Raises
    ------
    OutputError
        If a column is missing: an older version of bioann, or another program, wrote it.
    """
    try:
        table = pd.read_csv(
            path, keep_default_na=False, na_values={k: [""] for k in NUMBER_COLUMNS}
        )
    except ValueError as error:  # neither a table nor text
        got = f"no table ({type(error).__name__})"
    else:
        missing = [name for name in VERDICT_COLUMNS if name not in table]
        if not missing:
            return table
        got = f"a table without {join_names(missing)}"
    raise OutputError(
        f"table of verdicts {path}",
        "the columns that this version of bioann writes",
        got,
        "Move it away; 'bioann atlas' writes all verdicts anew.",
    )


def update_verdicts(path: Path, rows: pd.DataFrame) -> None:
    """Replace the rows of some pairs in a file of verdicts.

    Parameters
    ----------
    path : pathlib.Path
        A table as `format_verdicts` writes it, or no file yet. Rows of other pairs stay.
    rows : pandas.DataFrame
        Rows as `verdict_table` makes them, of as many pairs as there are.

    Raises
    ------
    OutputError
        If it cannot be written, or is not a table of verdicts with these columns.
    """
    if path.exists():
        old_rows = read_verdicts(path)
        rows = pd.concat([old_rows[~old_rows.pair.isin(rows.pair)], rows], ignore_index=True)
    rows = adjust_verdicts(rows)
    order = sorted(rows.index, key=lambda k: (atlas_order(rows.id[k]), rows.id[k]))
    with write_atomically(path) as (temporary,):
        temporary.write_text(format_verdicts(rows.loc[order]), encoding="utf-8")
