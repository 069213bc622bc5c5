"""How robust the verdicts of a pair or study are, in numbers and words."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping

import pandas as pd

from bioann.base.text import format_count, join_names

#: Outcome of a variant that could not be described or run, and of one that decides nothing.
FAILED, UNDECIDED = "failed", "undecided"


@dataclasses.dataclass(frozen=True)
class ClaimRobustness:
    """How robust one verdict is.

    Parameters
    ----------
    id : str
        Label of the claim.
    verdict : str
        Its verdict in the original run.
    outcomes : mapping of str to str
        Its verdict in every variant by the name of the variant: ``point 1``, ..., ``half step``,
        ``exponential cell`` or ``other seed``; ``failed`` where the variant did not run.
    turning : str
        What the points where it turns have in common; empty if it turns at none or at all.
    """

    id: str
    verdict: str
    outcomes: Mapping[str, str]
    turning: str = ""

    @property
    def variants(self) -> int:
        """Number of variants that ran."""
        return sum(outcome != FAILED for outcome in self.outcomes.values())

    @property
    def stays(self) -> int:
        """Number of variants with the same verdict."""
        return sum(outcome == self.verdict for outcome in self.outcomes.values())

    @property
    def summary(self) -> str:
        """The share of variants in which it stays, and the other verdicts."""
        if not self.variants:
            return "no variant ran"
        share = f"stays in {self.stays} of {format_count(self.variants, 'variant')}"
        return "; ".join((share, *self._list_changes()))

    @property
    def text(self) -> str:
        """The summary, and what the points where it turns have in common."""
        return "; ".join(filter(None, (self.summary, self.turning)))

    def describe_changes(self) -> str:
        """Return the other verdicts and what turns them; ``"none"`` if it stays in all variants."""
        return "; ".join(filter(None, (*self._list_changes(), self.turning))) or "none"

    def _list_changes(self) -> list[str]:
        """Return the other verdicts: at how many points, and with which other variants."""
        points: Counter[str] = Counter()
        texts = []
        for name, outcome in self.outcomes.items():
            if outcome in (self.verdict, FAILED):
                continue
            if name.startswith("point "):
                points[outcome] += 1
            else:
                texts.append(f"{outcome} with {name}")
        n_failed = len(self.outcomes) - self.variants
        return [
            *(f"{outcome} at {format_count(n, 'point')}" for outcome, n in points.items()),
            *texts,
            *([f"{format_count(n_failed, 'variant')} did not run"] if n_failed else []),
        ]


@dataclasses.dataclass(frozen=True)
class Robustness:
    """How robust the verdicts of a pair or study are.

    Parameters
    ----------
    subject : str
        Name of the pair or study.
    hash : str
        Hash of its description, code and claims, from `hash_subject` of the table.
    points : int
        Points of the Latin hypercube that were asked for.
    change : float
        Largest relative change of a parameter.
    seed : int
        Seed of the original run, which those of the variants follow from.
    claims : tuple of ClaimRobustness
        One for each claim.
    reasons : mapping of str to str
        Why a kind of variant does not apply, or did not run, by its name.
    seconds : float
        Wall time of all runs.
    trials : int or None, optional
        Repetitions of each condition; None for the number that the pair or study states.
    """

    subject: str
    hash: str
    points: int
    change: float
    seed: int
    claims: tuple[ClaimRobustness, ...]
    reasons: Mapping[str, str] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    trials: int | None = None

    @property
    def note(self) -> str:
        """What was changed, and what does not apply and why, in sentences."""
        names = list(self.claims[0].outcomes) if self.claims else []
        n_points = sum(name.startswith("point ") for name in names)
        changes = [
            f"at {format_count(n_points, 'point')} of a Latin hypercube, where every parameter "
            f"changes by up to {self.change * 100:g} %, each with a seed of its own"
        ] * (n_points > 0)
        changes += [f"with {name}" for name in names if not name.startswith("point ")]
        sentences = [f"Each verdict was judged again {join_names(changes)}."] if changes else []
        return " ".join(sentences + [f"No {kind}: {why}." for kind, why in self.reasons.items()])

    def table(self) -> pd.DataFrame:
        """List the claims, one row each: verdict, share that stays, and all other verdicts."""
        rows = [(c.id, c.verdict, c.stays, c.variants, c.text) for c in self.claims]
        return pd.DataFrame(rows, columns=["id", "verdict", "stays", "variants", "text"])

    def __str__(self) -> str:
        return "\n".join(f"{c.id}  {c.verdict}: {c.text}" for c in self.claims)


def join_outcomes(outcomes: Mapping[str, str]) -> str:
    """Write the outcomes of variants as one text: ``point 1=supported, half step=refuted``."""
    return ", ".join(f"{name}={outcome}" for name, outcome in outcomes.items())


def split_outcomes(text: str) -> dict[str, str]:
    """Read what `join_outcomes` wrote."""
    return dict(item.rsplit("=", 1) for item in text.split(", ") if item)
