"""A comparison as it was written to JSON: verdicts, scores and provenance of an earlier run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bioann.base.errors import OutputError
from bioann.comparison.as_json import LAYOUT, NUMBER_COLUMNS, to_json
from bioann.comparison.comparison import Comparison

#: Columns that are read of each table, texts and numbers.
CLAIM_TEXTS = ("id", "claim", "rule", "outcome", "because")
SCORE_TEXTS = ("match", "metric", "detail", "unit")
EQUIVALENCE_TEXTS = ("match", "verdict")
SCORE_NUMBERS = ("value", "low", "high")
EQUIVALENCE_NUMBERS = ("rmse", "low", "high", "margin")
NUMBER_TEXTS = ("part", "outcome", "unit")
_REMEDY = "Run the pair anew with 'bioann run NAME', which writes NAME.json."


@dataclasses.dataclass(frozen=True, eq=False)
class StoredComparison:
    """The scores and verdicts of a run, without the run.

    Parameters
    ----------
    origin : str
        File that it was read from, for reports and errors.
    pair : str
        Name of the pair.
    claims : pandas.DataFrame
        One row per claim: id, claim, rule, outcome, because.
    numbers : pandas.DataFrame
        One row per part of each claim's rule: id, part, outcome, value, low, high, unit.
    equivalence : pandas.DataFrame
        One row per response: match, verdict, rmse, low, high, margin (in activation).
    scores : pandas.DataFrame
        One row per score: match, metric, detail, value, low, high, unit.
    provenance : dict of str to object
        What was run: hash and content of the pair, seed, trials, engine, versions, date.
    """

    origin: str
    pair: str
    claims: pd.DataFrame
    numbers: pd.DataFrame
    equivalence: pd.DataFrame
    scores: pd.DataFrame
    provenance: dict[str, Any]

    @property
    def date(self) -> str:
        """Time at which the JSON was written, as ISO 8601 text; empty if it was not recorded."""
        return str(self.provenance.get("date") or "")


def store_comparison(comparison: Comparison, origin: str) -> StoredComparison:
    """Return a comparison as it would be read from its JSON."""
    return parse_comparison(to_json(comparison), origin)


def is_comparison(document: object) -> bool:
    """Return whether JSON is that of a comparison, of this or an older layout."""
    return isinstance(document, dict) and {"pair", "claims", "scores"} <= set(document)


def load_json(text: str | bytes, origin: str) -> Any:
    """Return the content of a JSON file, or raise `OutputError` if it is damaged."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        got = f"a damaged one ({type(error).__name__}: {error})"
        raise OutputError(f"comparison {origin}", "a JSON file", got, _REMEDY) from error


def parse_comparison(text: str | bytes, origin: str) -> StoredComparison:
    """Read the JSON of a comparison.

    Parameters
    ----------
    text : str or bytes
        JSON that `bioann.comparison.as_json.to_json` wrote.
    origin : str
        Name of the file, for reports and errors.

    Returns
    -------
    StoredComparison
        Its verdicts, scores and provenance.

    Raises
    ------
    OutputError
        If the JSON is damaged, is not that of a comparison, or has an older or newer layout.
    """
    document = load_json(text, origin)
    obj = f"comparison {origin}"
    if not is_comparison(document):
        raise OutputError(obj, "the JSON of a run of a pair", "other JSON", _REMEDY)
    if document.get("layout") != LAYOUT:
        layout = document.get("layout")
        got = f"layout {layout!r}" if layout is not None else "an older layout, without a number"
        is_newer = isinstance(layout, int) and layout > LAYOUT
        remedy = (
            "Install the version of bioann that wrote it, or a newer one." if is_newer else _REMEDY
        )
        raise OutputError(obj, f"layout {LAYOUT}, which this version writes", got, remedy)
    provenance = document.get("provenance")
    if not isinstance(document["pair"], str) or not isinstance(provenance, dict):
        raise OutputError(obj, "the name of a pair, and provenance", "other values", _REMEDY)
    claims = _read_table(document["claims"], (*CLAIM_TEXTS, "numbers"), (), f"{obj}, claims")
    numbers = [
        _read_table(rows, NUMBER_TEXTS, SCORE_NUMBERS, f"{obj}, numbers of {claim_id}").assign(
            id=claim_id
        )
        for claim_id, rows in zip(claims.id, claims.numbers, strict=True)
    ]
    return StoredComparison(
        origin,
        document["pair"],
        claims.drop(columns="numbers"),
        pd.concat(numbers, ignore_index=True)
        if numbers
        else pd.DataFrame(columns=["id", *NUMBER_COLUMNS]),
        _read_table(
            document.get("equivalence"),
            EQUIVALENCE_TEXTS,
            EQUIVALENCE_NUMBERS,
            f"{obj}, equivalence",
        ),
        _read_table(document["scores"], SCORE_TEXTS, SCORE_NUMBERS, f"{obj}, scores"),
        provenance,
    )


def _read_table(rows: Any, texts: Sequence[str], numbers: Sequence[str], obj: str) -> pd.DataFrame:
    """Return rows of JSON as a table; a number that is null becomes NaN."""
    columns = [*texts, *numbers]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise OutputError(obj, "a list of rows", type(rows).__name__, _REMEDY)
    missing = next((name for row in rows for name in columns if name not in row), None)
    if missing is not None:
        raise OutputError(obj, f"a column {missing!r}", "a row without it", _REMEDY)
    table = pd.DataFrame([{name: row[name] for name in columns} for row in rows], columns=columns)
    try:
        return table.astype(dict.fromkeys(numbers, float))
    except (TypeError, ValueError) as error:
        raise OutputError(obj, "numbers or null", str(error), _REMEDY) from error
