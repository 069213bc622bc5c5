"""Numbers, intervals and lists as text."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bioann.base.errors import BioannError, DescriptionError
from bioann.base.printable import is_printable

_short_repr = reprlib.Repr()
_short_repr.maxstring = _short_repr.maxother = 80


def check_texts(obj: str, **texts: str) -> None:
    """Raise `DescriptionError` unless every text, by its name, has words in it."""
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise DescriptionError(obj, f"its {name} in words", repr(text), f"Write its {name}.")


def check_identifier(name: str, obj: str) -> str:
    """Check that a name is a letter, then letters, digits or underscores, as Brian2 requires.

    Parameters
    ----------
    name : str
        Name of an object of a simulation, a node of a recording or a file.
    obj : str
        What has the name, for the error.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise DescriptionError(
            obj,
            "a name of letters, digits and underscores that starts with a letter",
            repr(name),
            "Use a name like 'layer_4'.",
        )
    return name


def check_names(
    names: Iterable[str], obj: str, error: type[BioannError] = DescriptionError
) -> None:
    """Check that names are texts of printable characters in one line.

    Parameters
    ----------
    names : iterable of str
        Names of channels, conditions, units, matches, claims or metrics.
    obj : str
        What has the names, for the error.
    error : type of BioannError, optional
        Class of the error.

    Raises
    ------
    BioannError
        `error`, for an empty name, or one with control characters, characters of no width or marks
        of the direction of writing: reports and terminals would obey them.
    """
    for name in names:
        if not isinstance(name, str) or not is_printable(name):
            raise error(
                obj,
                "a name of printable characters in one line",
                ascii(name),
                "Use a name like 'left eye'.",
            )


def shorten_repr(value: Any) -> str:
    """Return the ``repr`` of a value, shortened in the middle if it is long."""
    try:
        return " ".join(_short_repr.repr(value).split())
    except Exception:  # a repr of the user's that raises
        return f"an object of type {type(value).__name__}"


def join_names(items: Sequence[object], limit: int = 6) -> str:
    """Join names: ``"a, b and c"``, or ``"a, b and 7 more"`` where there are many.

    Parameters
    ----------
    items : sequence of object
        At least one; written by `str`.
    limit : int, optional
        Items listed at most.

    Returns
    -------
    str
        The items in their order.
    """
    texts = [str(item) for item in items]
    if len(texts) > limit:
        texts = [*texts[: limit - 1], f"{len(texts) - limit + 1} more"]
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def format_count(n: int, noun: str) -> str:
    """Write a number of things: ``format_count(1, "trial")`` is ``"1 trial"``."""
    return f"{n} {noun}" + ("" if n == 1 else "s")


def describe_silent(kind: str, names: Sequence[str]) -> tuple[str, ...]:
    """Write which units or populations stay at zero, in one sentence.

    Parameters
    ----------
    kind : str
        What the names are of: ``"Unit"`` or ``"Population"``.
    names : sequence of str
        Names of the units or populations that stay at zero; may be empty.

    Returns
    -------
    tuple of str
        The sentence; empty without a name.
    """
    if not names:
        return ()
    name_list = join_names([repr(str(name)) for name in names])
    if len(names) == 1:
        return (f"{kind} {name_list} is silent in every condition.",)
    return (f"{len(names)} {kind.lower()}s are silent in every condition: {name_list}.",)


def format_number(value: float, unit: str = "") -> str:
    """Write a measured number: three significant digits, a true minus, its unit.

    Parameters
    ----------
    value : float
        The measured number; NaN if there is none.
    unit : str, optional
        Written after the number.

    Returns
    -------
    str
        ``"0.0166 Hz"``, or ``"no value"``.
    """
    if np.isnan(value):
        return "no value"
    text = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:#.3g}".removesuffix(".")
    return _append_unit(text, unit)


def format_setting(value: float, unit: str = "", digits: int = 6) -> str:
    """Write a number that somebody chose, as short as it is: ``"-70 mV"``, with a true minus.

    Parameters
    ----------
    value : float
        The number as somebody chose it, in `unit`.
    unit : str, optional
        Written after the number.
    digits : int, optional
        Significant digits at most.

    Returns
    -------
    str
        Without trailing zeros.
    """
    return _append_unit(f"{value:.{digits}g}", unit)


def format_interval(value: float, low: float, high: float, unit: str = "") -> str:
    """Write a value with its interval, as exactly as the interval is wide.

    Parameters
    ----------
    value, low, high : float
        The value and the ends of its interval; NaN for no interval.
    unit : str, optional
        Unit of all three.

    Returns
    -------
    str
        ``"4.28 ms [3.98, 4.52]"``: two significant digits of the interval's width.
    """
    if np.isnan(low) or np.isnan(high):
        return format_number(value, unit)
    width = high - low
    if 1e-6 < width < 1e3:
        decimals = max(0, 1 - int(np.floor(np.log10(width))))
        texts = [_append_unit(f"{x:z.{decimals}f}") for x in (value, low, high)]
    else:
        texts = [format_number(x) for x in (value, low, high)]
    return f"{_append_unit(texts[0], unit)} [{texts[1]},\N{NO-BREAK SPACE}{texts[2]}]"


def _append_unit(text: str, unit: str = "") -> str:
    """Write a number with a true minus, and its unit."""
    signed_text = text.replace("-", "\N{MINUS SIGN}")
    return f"{signed_text} {unit}" if unit else signed_text


def format_level(level: float) -> str:
    """Write a confidence level in per cent: ``"98.75 %"``."""
    return f"{level * 100:.4g} %"


def format_labels(labels: Mapping[str, object]) -> str:
    """Write the place of a number among labelled dimensions: ``"load 0.5, free weights"``.

    Parameters
    ----------
    labels : mapping of str to object
        Label of each dimension; a number stands after the name of its dimension, a text alone.

    Returns
    -------
    str
        The labels in the order of the names of their dimensions.
    """
    return ", ".join(
        label if isinstance(label, str) else f"{name.replace('_', ' ')} {label:g}"
        for name, label in sorted(labels.items())
    )
