"""Requirements that every pair must meet, as checks that ship with the package.

Each check is a function that takes a `Subject` and raises a `BioannError` if the pair violates the
requirement. ``bioann check`` runs all of them; in pytest, write::

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check):
        check(make_subject("mine.py"))

The checks test that the results of a pair are reproducible and well defined, not its science.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import xarray as xr

from bioann.base.arguments import name_argument_errors
from bioann.base.errors import BioannError, PairError
from bioann.base.user_code import user_code_error
from bioann.comparison.comparison import compare
from bioann.model import is_recorded, sizes_of
from bioann.pair import Pair
from bioann.runs.pair_record import read_experiment
from bioann.testing.check_results import CheckResult, describe_file_error
from bioann.testing.subject import (
    SEED,
    Subject,
    describe_difference,
    is_random,
    make_subject,
    select_lane,
)

#: Relative and absolute tolerance for rate models: matrix products round differently for
#: different numbers of conditions.
TOLERANCE = 1e-10
_RANDOMNESS_REMEDY = (
    "Draw everything random from bioann.base.randomness.make_rng(seed, ..., condition, trial), or "
    "from the generator that is passed to a wrapped function."
)


Check = Callable[[Subject], None]


def file_has_docstring(subject: Subject) -> None:
    """Check that the pair's file has a docstring."""
    if subject.docstring is not None and not subject.docstring.strip():
        raise subject.contract_error(
            "file", "a docstring at its top", "none", 'Begin it with """Name: what it asks."""'
        )


def question_and_source_are_there(subject: Subject) -> None:
    """Check that the pair states its question and its source."""
    pair = subject.pair
    for field, text, example in (
        ("question", pair.question, "Does ...?"),
        ("source", pair.source, "Author and year"),
    ):
        if not text.strip():
            raise subject.contract_error(
                field, "one sentence", "nothing", f"Write Pair(..., {field}={example!r})."
            )


def description_survives_repr(subject: Subject) -> None:
    """Check that ``repr`` of the pair is a Python expression that does not vary between calls."""
    text, second_text = repr(subject.pair), repr(subject.make())
    remedy = "Use functions from the top level of the file, and models that are descriptions."
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
    """Check that every population and unit is matched or declared to have no counterpart."""
    pair = subject.pair
    pair.correspondence.check_complete(pair.bio.units, pair.ann.units, sizes_of(pair.bio))


def derivation_gives_the_pair(subject: Subject) -> None:
    """Check that a pair that is derived from its spiking model is what ``derive`` makes of it."""
    pair = subject.pair
    if pair.derive is None:
        return
    derived = pair.derive(pair.bio)
    if read_experiment(derived).hash != read_experiment(pair).hash:
        raise subject.contract_error(
            "derive",
            "the same pair from derive(bio) for its own spiking model",
            "a pair with another spiking model, rate model, correspondence or stimulus",
            "Let pair() return derive(bio), and derive use only what is in bio.",
        )


def models_run_and_are_finite(subject: Subject) -> None:
    """Check that both models run and return finite responses of the units they declare."""
    _ = subject.recordings


def stimulus_is_unchanged(subject: Subject) -> None:
    """Check that no model modifies the stimulus, which the other model receives as well."""
    for side in subject.recordings:
        if not subject.model_stimuli[side].identical(subject.stimulus):
            raise subject.contract_error(
                f"{side} model",
                "the stimulus unchanged by the run",
                "a modified stimulus",
                "Work on a copy: stimulus.copy(deep=True).",
            )


def same_seed_same_bits(subject: Subject) -> None:
    """Check that a newly built pair returns bit-identical results for the same seed."""
    for side, first_recording in subject.recordings.items():
        difference = describe_difference(
            first_recording, subject.second_run[side].to_dataset(), 0.0
        )
        if difference:
            remedy = f"{_RANDOMNESS_REMEDY} In a Brian2 network, give every object a name."
            raise subject.contract_error(
                f"{side} model", "identical results for the same seed", difference, remedy
            )


def another_seed_differs(subject: Subject) -> None:
    """Check that a random model, whose trials differ, returns other results for another seed."""
    for side, recording in subject.recordings.items():
        if is_recorded(getattr(subject.pair, side)) or not is_random(recording):
            continue
        if not describe_difference(
            recording, subject.run(side, subject.stimulus, seed=SEED + 1), 0.0
        ):
            raise subject.contract_error(
                f"{side} model",
                "other random numbers for another seed",
                "trials that differ from each other, but not between seeds",
                _RANDOMNESS_REMEDY,
            )


def lane_alone_is_the_same(subject: Subject) -> None:
    """Check that results for a condition do not depend on which others run with it."""
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
                "the same result alone as with other conditions",
                difference,
                "Compute every lane separately, without shared means, maxima or generators. "
                f"{_RANDOMNESS_REMEDY}",
            )


def claims_can_be_judged(subject: Subject) -> None:
    """Check that every claim refers to existing scores, whatever its verdict."""
    compare(subject.judged_run)


#: All checks, in the order in which `run_checks` runs them.
CHECKS: tuple[Check, ...] = (
    file_has_docstring,
    question_and_source_are_there,
    description_survives_repr,
    correspondence_is_complete,
    derivation_gives_the_pair,
    models_run_and_are_finite,
    stimulus_is_unchanged,
    same_seed_same_bits,
    another_seed_differs,
    lane_alone_is_the_same,
    claims_can_be_judged,
)


def run_check(subject: Subject, check: Check) -> CheckResult:
    """Run one check, and convert any exception to a result."""
    name = check.__name__.replace("_", " ")
    try:
        check(subject)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an exit, too: it must not look like success
        return CheckResult(name, False, describe_failure(subject, error))
    return CheckResult(name, True, describe_exemption(subject, check))


def describe_exemption(subject: Subject, check: Check) -> str:
    """Return why a check leaves out the spiking model; empty if it does not."""
    if check is another_seed_differs and is_recorded(subject.pair.bio):
        return (
            "For the rate model alone: the seed of a run cannot change recorded data, only the "
            "order of their trials."
        )
    return ""


def describe_failure(subject: Subject, error: BaseException) -> str:
    """Return the message for whatever a check raised; it names the line of the pair's file."""
    expected = "models that run"
    if subject.path:
        return describe_file_error(subject.path, expected, error)
    if isinstance(error, BioannError):
        return str(error)
    return str(user_code_error(f"Pair {subject.pair.name!r}, run", expected, error))


def run_checks(subject: Subject) -> Iterator[CheckResult]:
    """Run the checks in order, and stop if a model cannot be run."""
    for check in CHECKS:
        result = run_check(subject, check)
        yield result
        if check is models_run_and_are_finite and not result.passed:
            return


@name_argument_errors
def check_pair(
    pair: Pair | str | Path | Callable[[], Pair],
    *,
    stimulus: xr.DataArray | None = None,
    strict: bool = True,
) -> list[CheckResult]:
    """Check that a pair meets the requirements.

    Parameters
    ----------
    pair : str, pathlib.Path, callable or Pair
        A name or file, as for `load`; a function that returns a pair; or a pair.
    stimulus : xarray.DataArray, optional
        Stimulus for the checks; by default the beginning of the pair's own.
    strict : bool, optional
        Whether to raise an error if any check fails.

    Returns
    -------
    list of CheckResult
        One result per check. If a model cannot be run, the later checks are omitted.

    Raises
    ------
    PairError
        If `strict` and a check failed; the message lists all failures.

    Examples
    --------
    >>> import bioann as ba
    >>> ba.check_pair("inverter")  # doctest: +SKIP
    """
    subject = make_subject(pair, stimulus=stimulus)
    results = list(run_checks(subject))
    failures = [r for r in results if not r.passed]
    if strict and failures:
        message = "; ".join(f"{r.name}: {r.message}" for r in failures).rstrip(".")
        raise PairError(
            f"Pair {subject.pair.name!r}",
            "all requirements met",
            f"{len(failures)} failed: {message}",
            "Fix these and run the checks again.",
        )
    return results
