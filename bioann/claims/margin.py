"""The margin of a pair: the largest difference between its models that counts as none."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from brian2 import Hz
from brian2.units.fundamentalunits import Quantity

from bioann.base.annotations import is_real_number
from bioann.base.description import Description
from bioann.base.errors import DescriptionError, unknown_name_error
from bioann.base.text import check_texts, shorten_repr
from bioann.base.units import to_si

#: Share of the spiking model's spread between trials that counts as no difference, of every pair
#: that states no other one. A difference of half a standard deviation moves the median trial to
#: the 31st percentile of the other distribution (Cohen 1988 calls it medium).
DEFAULT_SHARE = 0.5


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Margin(Description):
    """The largest difference between the models' responses that counts as none.

    State it before the run, by what a difference would mean: a firing rate that a reader of the
    circuit would not notice, the error that a rate model may make. Or take a share of the spread
    between trials of a pilot run (`of_spread`), which `bioann plan` prints: it is kept as a number,
    so that the run that is judged does not set its own margin.

    Parameters
    ----------
    size : quantity or float, or mapping of str to one
        In Hz, or without unit in activation; one for each match where they differ. Of a rule with a
        margin of its own, a number in the unit of its score.
    why : str
        Why a smaller difference does not matter, one sentence.
    share : float, optional
        Share of the spread that `size` is, if it is one.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import Hz
    >>> margin = ba.Margin(5 * Hz, "The circuit is read out by counts in 200 ms.")
    """

    size: Any
    why: str
    share: float | None = None

    def check(self) -> None:
        """Raise `DescriptionError` unless every size is above 0."""
        check_texts("Margin", why=self.why)
        if self.share is not None and not 0 < self.share < math.inf:
            remedy = "Use Margin.of_spread, or leave it out."
            raise DescriptionError("Margin, share", "a share above 0", repr(self.share), remedy)
        sizes = self.size if isinstance(self.size, Mapping) and self.size else {"": self.size}
        for match, size in sizes.items():
            obj = f"Margin, size of {match!r}" if match else "Margin, size"
            is_rate = isinstance(size, Quantity)
            number = to_si(size, "Hz", obj) if is_rate else size
            if not is_real_number(number) or not 0 < number < math.inf:
                raise DescriptionError(
                    obj,
                    "a rate or an activation above 0",
                    shorten_repr(size),
                    'Write Margin(5 * Hz, "why") or Margin(0.05, "why").',
                )

    @classmethod
    def of_spread(cls, spread: Any, share: float = DEFAULT_SHARE, why: str = "") -> Margin:
        """Return the margin that is a share of the spiking model's spread between trials.

        Parameters
        ----------
        spread : quantity, or mapping of str to quantity
            Standard deviation of the steady rate between trials, in Hz, from a pilot run with
            another seed (`bioann plan` prints it); one for each match where they differ.
        share : float, optional
            Share of the spread that counts as no difference.
        why : str, optional
            Why that share; that of all pairs unless given.

        Returns
        -------
        Margin
            Its size is frozen: it does not depend on the run that is judged.
        """
        why = why or f"{share:g} of the spread between trials of a pilot run"
        size = (
            {match: share * value for match, value in spread.items()}
            if isinstance(spread, Mapping)
            else share * spread
        )
        return cls(size, why, share)

    def in_activation(self, match: str, scale: float) -> float:
        """Return the margin of a match in activation.

        Parameters
        ----------
        match : str
            Name of the match.
        scale : float
            Its firing rate at activation 1, in Hz.

        Returns
        -------
        float
            The size, or the rate over the scale.
        """
        size = self.size
        if isinstance(size, Mapping):
            if match not in size:
                raise unknown_name_error("Margin, size", "match", match, size)
            size = size[match]
        return float(size / Hz) / scale if isinstance(size, Quantity) else float(size)
