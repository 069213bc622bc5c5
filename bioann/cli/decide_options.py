"""The options ``--decide`` and ``--max-trials`` of ``bioann run``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from bioann.base.errors import SimulationError

#: Most trials unless ``--max-trials`` is given: `bioann.comparison.looks.MAX_TRIALS`, which is not
#: imported, because the command line has to answer before NumPy is loaded.
DEFAULT_MAX_TRIALS = 80


def add_decide_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a sequential decision to a command."""
    command = click.option(
        "--max-trials",
        type=int,
        help=f"With --decide: most trials of each condition.  [default: {DEFAULT_MAX_TRIALS}]",
    )(command)
    return click.option(
        "--decide",
        is_flag=True,
        help="Add trials until every claim is decided, at a stated error level over all looks.",
    )(command)


def choose_max_trials(
    decide: bool, max_trials: int | None, fixed: Mapping[str, int | None]
) -> int | None:
    """Return the most trials of a sequential decision, None for a run with fixed trials.

    Parameters
    ----------
    decide : bool
        Whether ``--decide`` is given.
    max_trials : int or None
        Value of ``--max-trials``, None if it is not given.
    fixed : mapping of str to int or None
        Options that have no meaning with ``--decide``, and their values.

    Raises
    ------
    SimulationError
        If options are given that do not go together.
    """
    if decide:
        for option, value in fixed.items():
            if value is not None:
                raise SimulationError(
                    "--decide",
                    "the most trials only: it chooses trials and wirings itself",
                    f"{option} {value}",
                    f"Leave out {option}, and state --max-trials.",
                )
        return DEFAULT_MAX_TRIALS if max_trials is None else max_trials
    if max_trials is not None:
        raise SimulationError(
            "--max-trials",
            "--decide as well, which adds trials up to that number",
            "no --decide",
            "Add --decide, or write --trials for a fixed number.",
        )
    return None
