"""Run a pair or a study with the choices of the command line, and judge its claims."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

from bioann.base.seeds import DEFAULT_SEED
from bioann.claims.judged_run import JudgedRun
from bioann.comparison.comparison import Comparison, compare, with_effective_weights
from bioann.comparison.decide import decide
from bioann.pair import Pair
from bioann.runs.run import Run
from bioann.studies.result import StudyResult
from bioann.studies.run import run_study
from bioann.studies.study import Study


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunChoices:
    """How pairs and studies are run; what does not apply to one has no effect on it.

    Parameters
    ----------
    trials : int or None, optional
        Repetitions of each condition, seeds of a study; None for the number that each states.
    seed : int, optional
        Seed of all random numbers, 0 or larger.
    engine : str, optional
        Engine of the spiking model: ``auto``, ``numpy``, ``cython``, ``cpp`` or ``cpp_standalone``.
    audit : bool, optional
        Whether to run the spiking model of a pair also with half its time step.
    vary : bool, optional
        Whether to run the models of a pair at each value of the parameter that it varies, if any.
    wirings : int or None, optional
        Wirings of a pair whose connections are drawn; None for the pair's own number.
    max_trials : int or None, optional
        For a sequential decision on a pair (`bioann.decide`), its most trials; `trials` and
        `wirings` have no effect on it then.
    cached : bool, optional
        Whether data of a study may come from the cache.
    """

    trials: int | None = None
    seed: int = DEFAULT_SEED
    engine: str = "auto"
    audit: bool = False
    vary: bool = True
    wirings: int | None = None
    max_trials: int | None = None
    cached: bool = True


@functools.singledispatch
def judge_subject(
    subject: Any, choices: RunChoices, report_step: Callable[[str], None]
) -> JudgedRun:
    """Run a pair or a study, and judge its claims.

    Parameters
    ----------
    subject : Pair or Study
        Pair or study that is run and judged.
    choices : RunChoices
        How it is run.
    report_step : callable
        Called with the name of each of three steps before it starts; the last, ``"writing"``, is
        left to the caller.

    Returns
    -------
    Comparison or StudyResult
        With the command that runs it again as an attribute of its recording.
    """
    raise TypeError(f"neither a pair nor a study: {subject!r}")


@judge_subject.register(Pair)
def judge_pair(pair: Pair, choices: RunChoices, report_step: Callable[[str], None]) -> Comparison:
    """Run a pair; see `judge_subject`."""
    options: dict[str, Any] = {
        "seed": choices.seed,
        "engine": choices.engine,
        "audit": choices.audit,
        "vary": choices.vary,
    }
    report_step("running")
    if choices.max_trials is None:
        run, size = run_fixed_trials(pair, choices.trials, choices.wirings, options)
        report_step("comparing")
        comparison = compare(run)
    else:
        size = f"--decide --max-trials {choices.max_trials}"
        decision = decide(pair, max_trials=choices.max_trials, **options)
        report_step("comparing")
        comparison = with_effective_weights(decision)
    comparison.run.attrs["command"] = (
        f"bioann run {pair.name} {size} --seed {choices.seed} --engine {choices.engine}"
        f"{' --audit' * choices.audit}{' --no-vary' * (not choices.vary)}"
    )
    return comparison


def run_fixed_trials(
    pair: Pair, trials: int | None, wirings: int | None, options: Mapping[str, Any]
) -> tuple[Run[Pair], str]:
    """Run a pair with a number of trials, and return how the command line asks for that number."""
    run = pair.run(
        trials=pair.trials if trials is None else trials,
        wirings=wirings if pair.has_drawn_wiring else None,
        effective_weights=True,
        **options,
    )
    wirings_text = f" --wirings {run.attrs['wirings']}" if pair.has_drawn_wiring else ""
    return run, f"--trials {run.attrs['trials']}{wirings_text}"


@judge_subject.register(Study)
def judge_study_run(
    study: Study, choices: RunChoices, report_step: Callable[[str], None]
) -> StudyResult:
    """Run a study; see `judge_subject`."""
    report_step("running")
    result = run_study(
        study,
        seed=choices.seed,
        seeds=choices.trials,
        cached=choices.cached,
    )
    report_step("judging")
    size = f" --trials {result.repetitions}" if result.repetitions else ""
    result.dataset.attrs["command"] = f"bioann run {study.name}{size} --seed {choices.seed}"
    return result
