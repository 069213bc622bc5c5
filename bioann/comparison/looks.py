r"""Looks: at how many trials a sequential decision judges the claims, and with which error.

A claim that is judged again and again at 5 % is wrong more often than that. The looks are stated
before the first trial, and the error level :math:`\alpha` is shared among them in proportion to the
trials that each adds (the linear spending function of Kim and DeMets 1987),

.. math:: \alpha_k = \alpha \, \frac{n_k - n_{k-1}}{n_K}, \quad \sum_k \alpha_k = \alpha,

so that the intervals at the level :math:`1 - \alpha_k` of all looks cover the truth together with
a probability of at least :math:`1 - \alpha` (Bonferroni): it holds whatever the score, and whatever
makes the run stop. ``docs/concepts/verdicts.md`` says what it costs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from bioann.base.errors import DescriptionError, SimulationError
from bioann.base.text import format_level, join_names, shorten_repr
from bioann.metrics.estimate import CONFIDENCE_LEVEL
from bioann.recordings.recording import check_trials

#: Fewest trials of a look: with fewer, intervals do not cover what they claim.
MIN_TRIALS = 5
#: Most trials of a sequential decision that states no other number.
MAX_TRIALS = 80
#: Error level of all looks together.
ERROR_LEVEL = 1 - CONFIDENCE_LEVEL


@dataclasses.dataclass(frozen=True)
class Looks:
    """The looks of a sequential decision, stated before the first trial.

    Parameters
    ----------
    trials : tuple of int
        Trials of each condition at each look, ascending.
    """

    trials: tuple[int, ...]

    @property
    def error_levels(self) -> tuple[float, ...]:
        """Error level of each look; their sum is `ERROR_LEVEL`."""
        added = np.diff([0, *self.trials])
        return tuple(float(error) for error in ERROR_LEVEL * added / self.trials[-1])

    def find_look(self, trials: int) -> int:
        """Return the position of the look at so many trials; the next one if it is between two."""
        return min(int(np.searchsorted(self.trials, trials)), len(self.trials) - 1)

    def find_level(self, trials: int) -> tuple[float, float]:
        """Return the confidence level of the intervals, and the factor of the p-values, of a look.

        Parameters
        ----------
        trials : int
            Trials of each condition.

        Returns
        -------
        level : float
            Confidence level of the intervals.
        p_factor : float
            What p-values are multiplied by to be compared with `ERROR_LEVEL`.
        """
        error = self.error_levels[self.find_look(trials)]
        return 1 - error, ERROR_LEVEL / error

    def describe_look(self, trials: int) -> str:
        """Describe a look in two sentences for the notes of a report."""
        level, p_factor = self.find_level(trials)
        looks = join_names(self.trials, limit=len(self.trials))
        return (
            f"Sequential decision, with looks at {looks} trials: this is look "
            f"{self.find_look(trials) + 1} of {len(self.trials)}, after {trials} trials. Intervals "
            f"are at {format_level(level)} and p-values multiplied by {p_factor:.3g}, so that a "
            f"claim is decided wrongly at any look with a probability of at most "
            f"{ERROR_LEVEL * 100:.3g} %."
        )


def plan_looks(max_trials: int) -> Looks:
    """Return the looks of a sequential decision: the trials double from one to the next.

    Parameters
    ----------
    max_trials : int
        Trials of the last look, at least `MIN_TRIALS`; those before are its half, its quarter and
        so on.

    Returns
    -------
    Looks
        For 80 trials 5, 10, 20, 40 and 80.

    Raises
    ------
    SimulationError
        If it is not a whole number, or less than the trials of a first look.
    """
    is_integer = isinstance(max_trials, (int, np.integer)) and not isinstance(max_trials, bool)
    if not is_integer or max_trials < MIN_TRIALS:
        raise SimulationError(
            "decide, max_trials",
            f"a whole number, at least the {MIN_TRIALS} trials of the first look",
            shorten_repr(max_trials),
            f"With fewer trials, intervals do not cover what they claim: allow {MIN_TRIALS} or "
            "more.",
        )
    trials = [check_trials(max_trials)]
    while -(-trials[0] // 2) >= MIN_TRIALS:
        trials.insert(0, -(-trials[0] // 2))
    return Looks(tuple(trials))


def read_looks(attrs: Mapping[Any, Any]) -> Looks | None:
    """Return the looks in the provenance of a run; None for a run with fixed trials."""
    if "looks" not in attrs:
        return None
    return Looks(tuple(int(n) for n in np.atleast_1d(attrs["looks"])))


def choose_level(attrs: Mapping[Any, Any], level: float | None) -> tuple[float, float]:
    """Return the confidence level of the intervals of a run, and the factor of its p-values.

    Parameters
    ----------
    attrs : mapping
        Provenance of the run.
    level : float or None
        Level that is asked for; None for 0.95, or that of the look of a sequential decision.

    Returns
    -------
    level, p_factor : float
        As from `Looks.find_level`.

    Raises
    ------
    DescriptionError
        If the level is not between 0 and 1.
    """
    looks = read_looks(attrs)
    if level is None and looks is not None:
        return looks.find_level(int(attrs["trials"]))
    level = CONFIDENCE_LEVEL if level is None else level
    if not 0 < level < 1:
        raise DescriptionError(
            "compare, level", "a number between 0 and 1", repr(level), "Write 0.95 for 95 %."
        )
    return level, 1.0
