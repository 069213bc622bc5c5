"""The contract that every pair keeps, as checks that ship: for the pairs here and for anybody's.

Each check is a function that takes a `Subject` and raises a `BioannError` where the contract is
broken. On the command line they are ``bioann check``; in pytest::

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check):
        check(subject("mine.py"))

A contract test says that a pair can be trusted to mean what it says. It is no test of its science.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import xarray as xr

from bioann.base.errors import BioannError, PairError
from bioann.comparison.comparison import compare
from bioann.pair import Pair
from bioann.pair_files.load import blamed
from bioann.testing.subject import (
    SEED,
    Subject,
    difference,
    lane,
    random,
    subject,
)

#: A rate network may round differently by batch size: its matrix products do.
TOLERANCE = 1e-10
_RANDOM = (
    "Draw everything random from bioann.base.randomness.make_rng(seed, ..., condition, trial), or "
    "from the rng that a wrapped function is given."
)


@dataclasses.dataclass(frozen=True)
class Result:
    """What a check found: its name, whether the contract is kept, and what is wrong if not."""

    name: str
    passed: bool
    message: str = ""


Check = Callable[[Subject], None]


def file_has_docstring(case: Subject) -> None:
    """Check that the pair's file begins by saying what it is."""
    if case.docstring is not None and not case.docstring.strip():
        raise case.broken(
            "file", "a docstring at its top", "none", 'Begin it with """Name: what it asks."""'
        )


def question_and_source_are_there(case: Subject) -> None:
    """Check that the pair asks something and says where it comes from."""
    for field, example in (("question", "Does ...?"), ("source", "Author and year")):
        if not getattr(case.pair, field).strip():
            raise case.broken(
                field, "one sentence", "nothing", f"Write Pair(..., {field}={example!r})."
            )


def description_survives_repr(case: Subject) -> None:
    """Check that the pair prints as Python, with nothing of this process, and twice the same."""
    text, again = repr(case.pair), repr(case.make())
    do = "Use functions from the top of the file, and halves that are bioann descriptions."
    address = re.search(r"[^\s,(][^,(]* at 0x[0-9a-f]+", text)
    if address:
        raise case.broken("repr", "no memory address", address[0], do)
    try:
        ast.parse(text, mode="eval")
    except SyntaxError as error:
        near = text[max(0, (error.offset or 1) - 40) : (error.offset or 1) + 20]
        raise case.broken("repr", "a Python expression", f"...{near}...", do) from error
    if text != again:
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(text, again, strict=False))
        same = len(list(alike))
        got = " and then ".join(f"...{t[max(0, same - 30) : same + 20]}..." for t in (text, again))
        raise case.broken("repr", "the same description from pair() twice", got, _RANDOM)


def correspondence_is_complete(case: Subject) -> None:
    """Check that every population and unit has a partner or is declared to have none."""
    pair = case.pair
    pair.correspondence.check_complete(
        pair.bio.units, pair.ann.units, getattr(pair.bio, "sizes", None)
    )


def halves_run_and_are_finite(case: Subject) -> None:
    """Check that both halves answer with the promised units, and with numbers."""
    _ = case.recorded


def stimulus_is_unchanged(case: Subject) -> None:
    """Check that no half writes into the stimulus that the other one gets, too."""
    for side in case.recorded:
        if not case.given[side].identical(case.stimulus):
            raise case.broken(
                f"{side} half",
                "the stimulus left as it is",
                "another one after the run",
                "Work on a copy: stimulus.copy(deep=True).",
            )


def same_seed_same_bits(case: Subject) -> None:
    """Check that a pair made again answers the same, to the last bit."""
    for side, before in case.recorded.items():
        found = difference(before, case.repeated[side].to_dataset(), 0.0)
        if found:
            do = f"{_RANDOM} In handwritten Brian2, give every object a name."
            raise case.broken(f"{side} half", "the same bits from the same seed", found, do)


def another_seed_differs(case: Subject) -> None:
    """Check that the seed decides what is random, where trials show that anything is."""
    for side, recorded in case.recorded.items():
        if not random(recorded):
            continue
        if not difference(recorded, case.run(side, case.stimulus, seed=SEED + 1), 0.0):
            raise case.broken(
                f"{side} half",
                "other random numbers from another seed",
                "trials that differ, but the same with every seed",
                _RANDOM,
            )


def lane_alone_is_the_same(case: Subject) -> None:
    """Check that a condition and trial answers alike with and without others beside it."""
    last = case.stimulus.sizes["condition"] - 1
    label = str(case.stimulus.condition.values[last])
    for side, batch in case.recorded.items():
        alone = case.run(side, case.stimulus.isel(condition=[last]), trials=1)
        tolerance = 0.0 if "spike_time" in batch else TOLERANCE
        found = difference(lane(batch, last, 0), lane(alone, 0, 0), tolerance)
        if found:
            raise case.broken(
                f"{side} half, condition {label!r}",
                "the same answer alone as beside other conditions",
                found,
                f"Let no lane look at another (means, maxima, shared generators). {_RANDOM}",
            )


def claims_can_be_judged(case: Subject) -> None:
    """Check that every claim names scores that there are; the verdicts do not matter here."""
    compare(case.repeated)


#: Every check, in the order in which it makes sense to run them.
CHECKS: tuple[Check, ...] = (
    file_has_docstring,
    question_and_source_are_there,
    description_survives_repr,
    correspondence_is_complete,
    halves_run_and_are_finite,
    stimulus_is_unchanged,
    same_seed_same_bits,
    another_seed_differs,
    lane_alone_is_the_same,
    claims_can_be_judged,
)


def examine(case: Subject, check: Check) -> Result:
    """Run one check, and turn whatever it raises into a result."""
    name = check.__name__.replace("_", " ")
    try:
        check(case)
    except BioannError as error:
        return Result(name, False, str(error))
    except Exception as error:
        wanted = "halves that run"
        if case.path:
            return Result(name, False, str(blamed(case.path, wanted, error)))
        got = f"{type(error).__name__}: {error}"
        return Result(name, False, str(case.broken("run", wanted, got, "Mend what raised it.")))
    return Result(name, True)


def results(case: Subject) -> Iterator[Result]:
    """Run the checks one after the other; once a half cannot be run, leave out the rest."""
    for check in CHECKS:
        found = examine(case, check)
        yield found
        if check is halves_run_and_are_finite and not found.passed:
            return


def check_pair(
    pair: Pair | str | Path | Callable[[], Pair],
    *,
    stimulus: xr.DataArray | None = None,
    strict: bool = True,
) -> list[Result]:
    """Hold a pair against the contract.

    Parameters
    ----------
    pair, stimulus
        As for `subject`.
    strict : bool, optional
        Raise if any check fails; otherwise only report.

    Returns
    -------
    list of Result
        One per check. Once a half cannot be run, the checks that would run it are left out.

    Raises
    ------
    PairError
        If `strict`, of all checks that failed.
    """
    case = subject(pair, stimulus=stimulus)
    found = list(results(case))
    failed = [r for r in found if not r.passed]
    if strict and failed:
        said = "; ".join(f"{r.name}: {r.message}" for r in failed).rstrip(".")
        raise PairError(
            f"Pair {case.pair.name!r}",
            "the contract kept",
            f"{len(failed)} broken: {said}",
            "Mend these and check again.",
        )
    return found
