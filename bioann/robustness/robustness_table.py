"""The table of robustness: one row for each claim, beside the table of verdicts."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bioann.base.content.content import list_content
from bioann.base.content.text import hash_values
from bioann.base.errors import OutputError
from bioann.base.files import write_atomically
from bioann.comparison.verdict_table import atlas_order
from bioann.pair import Pair
from bioann.robustness.robustness import (
    ClaimRobustness,
    Robustness,
    join_outcomes,
    split_outcomes,
)
from bioann.runs.claim_record import read_claims
from bioann.runs.pair_record import read_experiment
from bioann.studies.cache import make_study_key
from bioann.studies.study import Study

COLUMNS = (
    *("id", "pair", "verdict", "stays", "variants", "summary", "turning", "outcomes"),
    *("points", "change", "seed", "trials", "reasons", "hash", "seconds"),
)
#: Where commands look for the table unless they are told otherwise.
DEFAULT_PATH = Path("reports") / "robustness.csv"


@functools.singledispatch
def hash_subject(subject: Any) -> str:
    """Return a hash of everything that the verdicts of a pair or study follow from, but the seed.

    Parameters
    ----------
    subject : Pair or Study
        Pair or study: models, stimulus, code of functions, number of trials, and claims.
    """
    raise TypeError(f"neither a pair nor a study: {subject!r}")


@hash_subject.register(Pair)
def hash_pair(pair: Pair) -> str:
    """Return the hash of a pair; see `hash_subject`."""
    values = {"trials": str(pair.trials), "wirings": str(pair.wirings)}
    values |= {"experiment": read_experiment(pair).hash} | _hash_claims(pair)
    if pair.derive is not None:
        other_fields = {f.name for f in dataclasses.fields(pair)} - {"derive"}
        values["derive"] = list_content(pair, without=other_fields).hash
    return hash_values(values)


@hash_subject.register(Study)
def hash_study(study: Study) -> str:
    """Return the hash of a study; see `hash_subject`."""
    experiment = {"experiment": make_study_key(study).content.hash, "seeds": str(study.seeds)}
    return hash_values(_hash_claims(study) | experiment)


def _hash_claims(subject: Pair | Study) -> dict[str, str]:
    contents = read_claims(subject.claims)
    return {c.id: content.hash for c, content in zip(subject.claims, contents, strict=True)}


def list_rows(robustness: Robustness) -> pd.DataFrame:
    """Return the rows of one pair or study, with `COLUMNS`."""
    common = (
        robustness.points,
        robustness.change,
        robustness.seed,
        robustness.trials or "",
        json.dumps(dict(robustness.reasons)),
        robustness.hash,
        round(robustness.seconds, 1),
    )
    rows = [
        (
            *(c.id, robustness.subject, c.verdict, c.stays, c.variants, c.text, c.turning),
            *(join_outcomes(c.outcomes), *common),
        )
        for c in robustness.claims
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def update_table(path: Path, robustness: Robustness) -> None:
    """Replace the rows of one pair or study in a table; the rows of others stay.

    Parameters
    ----------
    path : pathlib.Path
        The table, or no file yet.
    robustness : Robustness
        What the rows are made of.

    Raises
    ------
    OutputError
        If the table cannot be read or written.
    """
    rows = list_rows(robustness)
    if path.exists():
        old_rows = _read_rows(path)
        rows = pd.concat([old_rows[old_rows.pair != robustness.subject], rows], ignore_index=True)
    order = sorted(rows.index, key=lambda k: (atlas_order(rows.id[k]), rows.id[k], rows.pair[k]))
    with write_atomically(path) as (temporary,):
        rows.loc[order].to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def _read_rows(path: Path) -> pd.DataFrame:
    """Read a table as texts: a claim may be called 1, and a hash may look like a number."""
    try:
        rows = pd.read_csv(path, keep_default_na=False, dtype=str)
    except (OSError, ValueError) as error:
        raise _wrong_table_error(path, f"{type(error).__name__}: {error}") from error
    if missing := [name for name in COLUMNS if name not in rows.columns]:
        raise _wrong_table_error(path, f"one without {', '.join(missing)}")
    return rows


def _wrong_table_error(path: str | Path, problem: str) -> OutputError:
    return OutputError(
        f"table {path}",
        "a table that 'bioann robustness' wrote",
        problem,
        "Name another file, or remove it and run 'bioann robustness' again.",
    )


def read_table(path: str | Path) -> dict[str, Robustness]:
    """Read a table of robustness.

    Parameters
    ----------
    path : str or pathlib.Path
        The table. If there is no such file, the result is empty.

    Returns
    -------
    dict of str to Robustness
        By the name of the pair or study.

    Raises
    ------
    OutputError
        If it is no such table.
    """
    if not Path(path).exists():
        return {}
    table, by_name = {}, defaultdict(list)
    for row in _read_rows(Path(path)).to_dict("records"):
        by_name[str(row["pair"])].append(row)
    for name, rows in sorted(by_name.items()):
        try:
            table[name] = _parse_rows(name, rows)
        except ValueError as error:
            raise _wrong_table_error(path, f"rows of {name!r} with {error}") from error
    return table


def _parse_rows(name: str, rows: Sequence[Mapping[Hashable, Any]]) -> Robustness:
    first = rows[0]
    claims = tuple(
        ClaimRobustness(row["id"], row["verdict"], split_outcomes(row["outcomes"]), row["turning"])
        for row in rows
    )
    return Robustness(
        name,
        str(first["hash"]),
        int(first["points"]),
        float(first["change"]),
        int(first["seed"]),
        claims,
        json.loads(first["reasons"]),
        float(first["seconds"]),
        int(first["trials"]) if first["trials"] else None,
    )


def find_robustness(table: Mapping[str, Robustness], subject: Any) -> Robustness | None:
    """Return what a table says of exactly this pair or study.

    Parameters
    ----------
    table : mapping of str to Robustness
        The table, from `read_table`.
    subject : Pair or Study
        The pair or study.

    Returns
    -------
    Robustness or None
        None if the table has none of it, or of an earlier version of it.
    """
    robustness = table.get(subject.name)
    is_same = robustness is not None and robustness.hash == hash_subject(subject)
    return robustness if is_same else None
