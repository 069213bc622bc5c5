"""Rules: what turns scores into the outcome of a claim.

A rule is written before the run and carries its scores and bounds in its fields, so that a report
can print it. Its outcome follows from the 95% confidence interval of the score: **supported** if
the whole interval meets the bound, **refuted** if no part of it does, **depends** if it includes
the bound. A noise ceiling has an interval itself: the value has to lie inside it.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd

from bioann.base.errors import DescriptionError
from bioann.base.units import Description


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The outcome of a rule and the number that decided it.

    Parameters
    ----------
    outcome : {'supported', 'refuted', 'depends'}
        Whether the interval meets the bound, does not, or includes it.
    subject : str, optional
        The quantity that was judged, in words; empty for several.
    finding : str, optional
        Its value with interval and unit, in words.
    value, low, high : float, optional
        The value and the ends of its 95% confidence interval, in `unit`; NaN if unknown.
    unit : str, optional
        Unit of the three numbers.
    """

    outcome: str
    subject: str = ""
    finding: str = ""
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    unit: str = ""

    @property
    def because(self) -> str:
        """The quantity and its value, as one line."""
        return f"{self.subject}: {self.finding}" if self.subject else self.finding


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Rule(Description, ABC):
    """Base of all rules."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The rule in words, with its bounds."""

    @property
    @abstractmethod
    def scores(self) -> tuple[Any, ...]:
        """The scores that the rule judges."""

    @property
    def single_rules(self) -> tuple[Rule, ...]:
        """The rules that judge one number each; itself unless it combines others."""
        return (self,)

    @abstractmethod
    def judge(self, scores: pd.DataFrame, equivalence: pd.DataFrame) -> Judgement:
        """Apply the rule to a comparison.

        Parameters
        ----------
        scores, equivalence : pandas.DataFrame
            The tables of a `bioann.Comparison`.

        Returns
        -------
        Judgement
            The outcome with the number that decided it.

        Raises
        ------
        DescriptionError
            If the tables have no such score.
        """

    def __bool__(self) -> bool:
        """Refuse to be a truth value: ``0 <= score <= 1`` would silently drop its first bound."""
        raise DescriptionError(
            f"rule {self.text!r}",
            "one comparison",
            "a truth value is asked of it",
            "Write score.between(low, high) instead of low <= score <= high, and several rules one "
            "after the other in the Claim.",
        )
