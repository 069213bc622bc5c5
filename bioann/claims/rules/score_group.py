"""Several scores of one measure, which a claim holds to the same bound."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from bioann.base.description import Description
from bioann.claims.rules.all_of import AllOf
from bioann.claims.rules.rule import Rule
from bioann.claims.rules.score import Score


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class ScoreGroup(Description):
    """Scores that are judged alike: ``group <= 0.1`` requires it of each of them.

    Parameters
    ----------
    scores : tuple of Score
        The scores, at least one.
    """

    scores: tuple[Score, ...]

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)

    def require(self, make_rule: Callable[[Score], Rule]) -> AllOf:
        """Make the rule that holds if ``make_rule(score)`` holds for each of the scores."""
        return AllOf(tuple(make_rule(score) for score in self.scores))

    def __ge__(self, bound: float) -> AllOf:
        return self.require(lambda score: score >= bound)

    def __le__(self, bound: float) -> AllOf:
        return self.require(lambda score: score <= bound)

    def between(self, low: float, high: float) -> AllOf:
        """Make the rule that each score lies between two bounds, both included."""
        return self.require(lambda score: score.between(low, high))

    def within(self, share: float, *, of: float | None = None) -> AllOf:
        """Make the rule that each score differs by at most a share from what is expected."""
        return self.require(lambda score: score.within(share, of=of))
