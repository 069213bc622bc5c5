"""Options of the identification of a rate network from responses."""

from __future__ import annotations

import dataclasses

from bioann.ann.signs.constraints import Free, SignConstraint
from bioann.base.arguments import check_whole_number
from bioann.base.description import Description
from bioann.base.units import SI, quantity


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class IdentificationOptions(Description):
    """Stimuli, trials and sign constraint of a rate network that is fitted to responses.

    For `bioann.to_ann` with models that have no description, with recorded data, and with
    ``method='identification'``.

    Parameters
    ----------
    stimuli : int, optional
        Number of stimuli that are fitted: rest, levels of each channel alone, and scattered points.
        Unless given it grows with the number of channels (30 for one, 39 for two).
    held_out : int, optional
        Number of further stimuli, drawn evenly from the ranges, that bound the error; at least 4.
    trials : int, optional
        Trials of each stimulus. Unless given so many that the neurons of each population are
        averaged over 6 s in all, at least 5 and at most 20; 5 of a `BrianNetwork`, which runs them
        in turn; 10 of models without a number of neurons.
    settle : quantity, optional
        Time from the start of a stimulus to that of the averaged window, in ms; 300 ms unless
        given. Of recorded data it is counted from the start of the trial, and 0 unless given.
    window : quantity, optional
        Duration of the averaged window, in ms; 500 ms unless given. Of recorded data the rest of
        the trial.
    constraint : SignConstraint, optional
        Constraint on the weights from channels; `bioann.signs.Free` unless given. Under
        `bioann.signs.DaleColumns` the weights of a channel have the sign of the stronger ones of
        an unconstrained fit.
    """

    stimuli: int | None = None
    held_out: int | None = None
    trials: int | None = None
    settle: SI | None = quantity("ms", optional=True, at_least=0)
    window: SI | None = quantity("ms", optional=True, above=0)
    constraint: SignConstraint = dataclasses.field(default_factory=Free)

    def check(self) -> None:
        """Raise `DescriptionError` for numbers that are not whole or too small."""
        for name, minimum in (("stimuli", 1), ("held_out", 4), ("trials", 1)):
            value = getattr(self, name)
            if value is not None:
                check_whole_number(value, f"IdentificationOptions, {name}", minimum)
