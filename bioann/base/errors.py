"""What bioann says when something is wrong: one small tree of errors.

Every message names the object, what was wanted, what came, and what to do about it. The command
line prints the message alone; Python users catch `BioannError` or one of its kinds.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class BioannError(Exception):
    """Base of all bioann errors.

    Parameters
    ----------
    obj : str
        The object at fault, as its author wrote it (``"Projection 'pool' -> 'left'"``).
    expected : str
        What bioann wanted there.
    got : str
        What came instead.
    remedy : str
        What the reader can do about it; one sentence.
    """

    def __init__(self, obj: str, expected: str, got: str, remedy: str) -> None:
        super().__init__(obj, expected, got, remedy)
        self.obj, self.expected, self.got, self.remedy = obj, expected, got, remedy

    def __reduce__(self) -> tuple[type[BioannError], tuple[str, str, str, str]]:
        # A worker process sends it home; OSError would forget two of its four arguments.
        return type(self), (self.obj, self.expected, self.got, self.remedy)

    def __str__(self) -> str:
        return f"{self.obj}: wanted {self.expected}, got {self.got}. {self.remedy}"


class DescriptionError(BioannError, ValueError):
    """A description (population, projection, rate network, ...) that cannot mean anything."""


class DimensionError(DescriptionError):
    """A quantity with the wrong physical dimension, or a bare number where one is needed."""


class UnknownNameError(DescriptionError, KeyError):
    """A name that nothing answers to; the message offers the nearest names."""

    # KeyError prints the repr of its argument; ours is already a sentence.
    __str__ = BioannError.__str__


class StimulusError(BioannError, ValueError):
    """A stimulus that a model cannot take: wrong channels, NaN, negative where rates are meant."""


class CorrespondenceError(BioannError, ValueError):
    """A population or unit that has no partner and was not declared to have none."""


class PairError(BioannError):
    """A pair file that raises, lacks ``pair()``, or returns something else."""


class SimulationError(BioannError, RuntimeError):
    """A run that cannot be done as asked, or that left the numbers a computer can hold.

    Attributes
    ----------
    recording : xarray.Dataset or None
        What was recorded up to there, if the run had begun.
    """

    recording: Any = None


class OutputError(BioannError, OSError):
    """A file or folder that cannot be written."""

    # OSError with four arguments would print its own errno form.
    __str__ = BioannError.__str__


class MissingExtraError(BioannError, ImportError):
    """A library that an extra of bioann brings, and that is not installed."""

    # ImportError with four arguments would print the first of them.
    __str__ = BioannError.__str__


class ForeignFileError(BioannError, ValueError):
    """A file made elsewhere that is broken or hostile, or holds what bioann cannot say."""


def unknown_name_error(
    obj: str, kind: str, name: object, known_names: Iterable[str]
) -> UnknownNameError:
    """Make the error for a name that is not among the known ones, nearest names first.

    Parameters
    ----------
    obj : str
        Where the name stood.
    kind : str
        What kind of thing it should name (``"population"``).
    name : object
        The name that came.
    known_names : iterable of str
        The names that exist.

    Returns
    -------
    UnknownNameError
        To be raised by the caller.
    """
    known_names = list(known_names)
    similar_names = difflib.get_close_matches(str(name), known_names, n=3, cutoff=0.5)
    if similar_names:
        remedy = f"Did you mean {' or '.join(map(repr, similar_names))}?"
    elif known_names:
        more = ", ..." * (len(known_names) > 12)
        remedy = f"Choose one of: {', '.join(map(repr, known_names[:12]))}{more}."
    else:
        remedy = f"There is no {kind} to choose from yet; add one."
    article = "an" if kind[:1] in "aeio" else "a"  # not u: "a unit"
    return UnknownNameError(obj, f"the name of {article} {kind}", repr(name), remedy)
