"""The check that a control can be recorded under its name."""

from __future__ import annotations

from collections.abc import Container, Hashable

from bioann.base.errors import DescriptionError


def check_control_name(title: str, name: str, names_in_use: Container[Hashable]) -> None:
    """Check that neither recordings nor the stimulus use the name of a control.

    Parameters
    ----------
    title : str
        The pair, as errors name it.
    name : str
        Name of the control, under which its responses are recorded.
    names_in_use : container of hashable
        Names that recordings use themselves, or coordinates of the stimulus.

    Raises
    ------
    DescriptionError
        If the name is in use.
    """
    if name in names_in_use:
        raise DescriptionError(
            f"{title}, controls",
            "names that recordings do not use themselves, nor coordinates of the stimulus",
            repr(name),
            "Call the control otherwise.",
        )
