"""The exceptions of bioann, all subclasses of `BioannError`.

Every message names the object, the expected value, the value received, and a remedy. The command
line prints the message without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from bioann.base.printable import clean_text


class BioannError(Exception):
    """Base of all bioann errors.

    Parameters
    ----------
    obj : str
        The object at fault, as its author wrote it (``"Projection 'pool' -> 'left'"``).
    expected : str
        What bioann expected, as a noun phrase that follows "wanted".
    got : str
        What bioann received instead, as a noun phrase that follows "got".
    remedy : str
        What the user can do about it; one sentence with its full stop.

    Examples
    --------
    >>> import bioann as ba
    >>> from brian2 import nS
    >>> try:
    ...     ba.Afferent("brake", "cell", -0.3 * nS)
    ... except ba.BioannError as error:
    ...     print(f"wanted {error.expected}, got {error.got}")
    ...
    wanted a conductance >= 0, got -0.3 nS
    """

    def __init__(self, obj: str, expected: str, got: str, remedy: str) -> None:
        super().__init__(obj, expected, got, remedy)
        self.obj, self.expected, self.got, self.remedy = obj, expected, got, remedy

    def __reduce__(self) -> tuple[type[BioannError], tuple[str, str, str, str]]:
        # Worker processes pickle their errors; OSError would drop two of the four arguments.
        return type(self), (self.obj, self.expected, self.got, self.remedy)

    def __str__(self) -> str:
        # The parts quote what others wrote, and most messages end on a terminal.
        return clean_text(f"{self.obj}: wanted {self.expected}, got {self.got}. {self.remedy}")


class DescriptionError(BioannError, ValueError):
    """A description (population, projection, rate network, ...) that is inconsistent or invalid."""


class DimensionError(DescriptionError):
    """A quantity of the wrong physical dimension, or a number without a unit."""


class UnknownNameError(DescriptionError, KeyError):
    """A name that does not exist; the message suggests the most similar names."""

    # KeyError would print the repr of its argument instead of the message.
    __str__ = BioannError.__str__


class StimulusError(BioannError, ValueError):
    """A stimulus that a model cannot use: missing channels, NaN, a negative firing rate."""


class CorrespondenceError(BioannError, ValueError):
    """A population or unit that is neither matched nor declared to have no counterpart."""


class PairError(BioannError):
    """A pair file that raises an exception or has no function ``pair()`` that returns a pair."""


class StudyError(BioannError, ValueError):
    """A study whose function returns other data than it declares, or that cannot be judged."""


class UserCodeError(BioannError):
    """A function or class of the user that raised an exception, or that tried to exit Python.

    The exception is its ``__cause__``.
    """


class SimulationError(BioannError, RuntimeError):
    """A run that cannot be executed as requested, or a simulation that diverged.

    Attributes
    ----------
    recording : xarray.Dataset or None
        The recording up to the failure; None if the simulation had not started.
    """

    recording: Any = None


class OutputError(BioannError, OSError):
    """A file or folder that cannot be written."""

    # OSError formats its arguments as an errno message.
    __str__ = BioannError.__str__


class MissingExtraError(BioannError, ImportError):
    """An optional dependency that is not installed."""

    # ImportError prints all of its arguments as a tuple.
    __str__ = BioannError.__str__


class ForeignFileError(BioannError, ValueError):
    """A file from other software that is damaged or malicious, or that bioann cannot represent."""


def unknown_name_error(
    obj: str, kind: str, name: object, known_names: Iterable[str]
) -> UnknownNameError:
    """Build the error for an unknown name; its remedy suggests similar names.

    Parameters
    ----------
    obj : str
        The object in which the name was used (``"Projection 'pool' -> 'left'"``).
    kind : str
        The kind of object that the name should refer to (``"population"``).
    name : object
        The unknown name, as the user wrote it.
    known_names : iterable of str
        All names that exist, in the order in which they are suggested.

    Returns
    -------
    UnknownNameError
        The error, for the caller to raise.
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
