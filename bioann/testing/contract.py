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
from bioann.pair_files.load import error_in_pair_file
from bioann.testing.subject import (
    SEED,
    Subject,
    describe_difference,
    is_random,
    make_subject,
    select_lane,
)

#: A rate network may round differently by batch size: its matrix products do.
TOLERANCE = 1e-10
_RANDOMNESS_REMEDY = (
    "Draw everything random from bioann.base.randomness.make_rng(seed, ..., condition, trial), or "
    "from the rng that a wrapped function is given."
)


@dataclasses.dataclass(frozen=True)
class CheckResult:
    """What a check found: its name, whether the contract is kept, and what is wrong if not."""

    name: str
    passed: bool
    message: str = ""


Check = Callable[[Subject], None]


def file_has_docstring(subject: Subject) -> None:
    """Check that the pair's file begins by saying what it is."""
    if subject.docstring is not None and not subject.docstring.strip():
        raise subject.contract_error(
            "file", "a docstring at its top", "none", 'Begin it with """Name: what it asks."""'
        )


def question_and_source_are_there(subject: Subject) -> None:
    """Check that the pair asks something and says where it comes from."""
    for field, example in (("question", "Does ...?"), ("source", "Author and year")):
        if not getattr(subject.pair, field).strip():
            raise subject.contract_error(
                field, "one sentence", "nothing", f"Write Pair(..., {field}={example!r})."
            )


def description_survives_repr(subject: Subject) -> None:
    """Check that the pair prints as Python, with nothing of this process, and twice the same."""
    text, second_text = repr(subject.pair), repr(subject.make())
    remedy = "Use functions from the top of the file, and models that are bioann descriptions."
    address = re.search(r"[^\s,(][^,(]* at 0x[0-9a-f]+", text)
    if address:
        raise subject.contract_error("repr", "no memory address", address[0], remedy)
    try:
        ast.parse(text, mode="eval")
    except SyntaxError as error:
        near = text[max(0, (error.offset or 1) - 40) : (error.offset or 1) + 20]
        raise subject.contract_error(
            "repr", "a Python expression", f"...{near}...", remedy
        ) from error
    if text != second_text:
        pairs = zip(text, second_text, strict=False)
        n_same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        excerpt = slice(max(0, n_same - 30), n_same + 20)
        got = " and then ".join(f"...{t[excerpt]}..." for t in (text, second_text))
        raise subject.contract_error(
            "repr", "the same description from pair() twice", got, _RANDOMNESS_REMEDY
        )


def correspondence_is_complete(subject: Subject) -> None:
    """Check that every population and unit has a partner or is declared to have none."""
    pair = subject.pair
    pair.correspondence.check_complete(
        pair.bio.units, pair.ann.units, getattr(pair.bio, "sizes", None)
    )


def models_run_and_are_finite(subject: Subject) -> None:
    """Check that both models answer with the promised units, and with numbers."""
    _ = subject.recordings


def stimulus_is_unchanged(subject: Subject) -> None:
    """Check that no model writes into the stimulus that the other one gets, too."""
    for side in subject.recordings:
        if not subject.model_stimuli[side].identical(subject.stimulus):
            raise subject.contract_error(
                f"{side} model",
                "the stimulus left as it is",
                "another one after the run",
                "Work on a copy: stimulus.copy(deep=True).",
            )


def same_seed_same_bits(subject: Subject) -> None:
    """Check that a pair made again answers the same, to the last bit."""
    for side, first_recording in subject.recordings.items():
        difference = describe_difference(
            first_recording, subject.second_run[side].to_dataset(), 0.0
        )
        if difference:
            remedy = f"{_RANDOMNESS_REMEDY} In handwritten Brian2, give every object a name."
            raise subject.contract_error(
                f"{side} model", "the same bits from the same seed", difference, remedy
            )


def another_seed_differs(subject: Subject) -> None:
    """Check that the seed decides what is random, where trials show that anything is."""
    for side, recording in subject.recordings.items():
        if not is_random(recording):
            continue
        if not describe_difference(
            recording, subject.run(side, subject.stimulus, seed=SEED + 1), 0.0
        ):
            raise subject.contract_error(
                f"{side} model",
                "other random numbers from another seed",
                "trials that differ, but the same with every seed",
                _RANDOMNESS_REMEDY,
            )


def lane_alone_is_the_same(subject: Subject) -> None:
    """Check that a condition and trial answers alike with and without others beside it."""
    last_condition = subject.stimulus.sizes["condition"] - 1
    label = str(subject.stimulus.condition.values[last_condition])
    for side, batch_recording in subject.recordings.items():
        lone_recording = subject.run(
            side, subject.stimulus.isel(condition=[last_condition]), trials=1
        )
        tolerance = 0.0 if "spike_time" in batch_recording else TOLERANCE
        difference = describe_difference(
            select_lane(batch_recording, last_condition, 0),
            select_lane(lone_recording, 0, 0),
            tolerance,
        )
        if difference:
            raise subject.contract_error(
                f"{side} model, condition {label!r}",
                "the same answer alone as beside other conditions",
                difference,
                "Let no lane look at another (means, maxima, shared generators). "
                f"{_RANDOMNESS_REMEDY}",
            )


def claims_can_be_judged(subject: Subject) -> None:
    """Check that every claim names scores that there are; the verdicts do not matter here."""
    compare(subject.second_run)


#: Every check, in the order in which it makes sense to run them.
CHECKS: tuple[Check, ...] = (
    file_has_docstring,
    question_and_source_are_there,
    description_survives_repr,
    correspondence_is_complete,
    models_run_and_are_finite,
    stimulus_is_unchanged,
    same_seed_same_bits,
    another_seed_differs,
    lane_alone_is_the_same,
    claims_can_be_judged,
)


def run_check(subject: Subject, check: Check) -> CheckResult:
    """Run one check, and turn whatever it raises into a result."""
    name = check.__name__.replace("_", " ")
    try:
        check(subject)
    except BioannError as error:
        return CheckResult(name, False, str(error))
    except Exception as error:
        expected = "models that run"
        if subject.path:
            return CheckResult(name, False, str(error_in_pair_file(subject.path, expected, error)))
        got = f"{type(error).__name__}: {error}"
        return CheckResult(
            name, False, str(subject.contract_error("run", expected, got, "Mend what raised it."))
        )
    return CheckResult(name, True)


def run_checks(subject: Subject) -> Iterator[CheckResult]:
    """Run the checks one after the other; once a model cannot be run, leave out the rest."""
    for check in CHECKS:
        result = run_check(subject, check)
        yield result
        if check is models_run_and_are_finite and not result.passed:
            return


def check_pair(
    pair: Pair | str | Path | Callable[[], Pair],
    *,
    stimulus: xr.DataArray | None = None,
    strict: bool = True,
) -> list[CheckResult]:
    """Hold a pair against the contract.

    Parameters
    ----------
    pair, stimulus
        As for `make_subject`.
    strict : bool, optional
        Raise if any check fails; otherwise only report.

    Returns
    -------
    list of Result
        One per check. Once a model cannot be run, the checks that would run it are left out.

    Raises
    ------
    PairError
        If `strict`, of all checks that failed.
    """
    subject = make_subject(pair, stimulus=stimulus)
    results = list(run_checks(subject))
    failures = [r for r in results if not r.passed]
    if strict and failures:
        message = "; ".join(f"{r.name}: {r.message}" for r in failures).rstrip(".")
        raise PairError(
            f"Pair {subject.pair.name!r}",
            "the contract kept",
            f"{len(failures)} broken: {message}",
            "Mend these and check again.",
        )
    return results
