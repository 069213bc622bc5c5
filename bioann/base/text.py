"""Numbers, intervals and lists as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def join_names(items: Sequence[object], limit: int = 6) -> str:
    """List things: ``"a, b and c"``, or ``"a, b and 7 more"`` where there are many.

    Parameters
    ----------
    items : sequence of object
        At least one; shown as `str` has them.
    limit : int, optional
        How many are named.

    Returns
    -------
    str
        In their order.
    """
    texts = [str(item) for item in items]
    if len(texts) > limit:
        texts = [*texts[: limit - 1], f"{len(texts) - limit + 1} more"]
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def describe_silent(kind: str, names: Sequence[str]) -> tuple[str, ...]:
    """Say which units or populations never leave zero, in one sentence.

    Parameters
    ----------
    kind : str
        ``"Unit"`` or ``"Population"``.
    names : sequence of str
        Those that are silent.

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
    """Write a number for a reader: three significant digits, a true minus, its unit."""
    text = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:#.3g}".removesuffix(".")
    return text.replace("-", "\N{MINUS SIGN}") + (f" {unit}" if unit else "")


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
        texts = [f"{x:z.{decimals}f}".replace("-", "\N{MINUS SIGN}") for x in (value, low, high)]
    else:
        texts = [format_number(x) for x in (value, low, high)]
    if unit:
        texts[0] += f" {unit}"
    return f"{texts[0]} [{texts[1]},\N{NO-BREAK SPACE}{texts[2]}]"
