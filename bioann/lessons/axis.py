"""A quantity that a lesson varies: one slider, or the horizontal axis of its figure, or both."""

from __future__ import annotations

from dataclasses import dataclass

from bioann.base.errors import DescriptionError
from bioann.base.text import check_texts, format_setting, shorten_repr


@dataclass(frozen=True)
class LessonAxis:
    """The values of one quantity at which the models of a lesson are run.

    Parameters
    ----------
    name : str
        Short name, the dimension of the computed responses.
    label : str
        The quantity in words.
    unit : str
        Unit of its values; empty if it is dimensionless.
    values : tuple of float
        Values in that unit, ascending, at least two: the positions of a slider.
    start : int
        Index of the value that is shown first.
    varies_network : bool, optional
        Whether it is a parameter of the networks, which run once for each value, and not an input,
        whose values are conditions of one run.
    is_slider : bool, optional
        Whether a slider sets it; if not, it is the horizontal axis, and numbers are read at
        `start`.

    Raises
    ------
    DescriptionError
        If values are too few or not ascending, or `start` is not an index of one.
    """

    name: str
    label: str
    unit: str
    values: tuple[float, ...]
    start: int
    varies_network: bool = False
    is_slider: bool = True

    def __post_init__(self) -> None:
        obj = f"LessonAxis {self.name!r}"
        check_texts(obj, name=self.name, label=self.label)
        ascending = all(a < b for a, b in zip(self.values, self.values[1:], strict=False))
        if len(self.values) < 2 or not ascending:
            expected, got = "two or more ascending values", shorten_repr(self.values)
            raise DescriptionError(f"{obj}, values", expected, got, "Sort them, without repeats.")
        if not 0 <= self.start < len(self.values):
            expected, got = f"an index from 0 to {len(self.values) - 1}", str(self.start)
            raise DescriptionError(f"{obj}, start", expected, got, "Choose one of the values.")

    @property
    def title(self) -> str:
        """The label with the unit in brackets."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    @property
    def value_texts(self) -> tuple[str, ...]:
        """The values as a page shows them, with their unit."""
        return tuple(format_setting(value, self.unit) for value in self.values)
