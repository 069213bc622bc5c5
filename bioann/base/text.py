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


def format_number(value: float) -> str:
    """Write a number for a reader: three significant digits, a true minus."""
    text = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:#.3g}".removesuffix(".")
    return text.replace("-", "\N{MINUS SIGN}")


def format_interval(value: float, low: float, high: float) -> str:
    """Write a value with its interval, as exactly as the interval is wide.

    Parameters
    ----------
    value, low, high : float
        The interval may be NaN, for none.

    Returns
    -------
    str
        ``"0.0428 [0.0398, 0.0452]"``: two significant digits of the interval's width.
    """
    if np.isnan(low) or np.isnan(high):
        return format_number(value)
    width = high - low
    if not 1e-6 < width < 1e3:
        return (
            f"{format_number(value)} [{format_number(low)},\N{NO-BREAK SPACE}{format_number(high)}]"
        )
    decimals = max(0, 1 - int(np.floor(np.log10(width))))
    texts = [f"{x:z.{decimals}f}".replace("-", "\N{MINUS SIGN}") for x in (value, low, high)]
    return f"{texts[0]} [{texts[1]},\N{NO-BREAK SPACE}{texts[2]}]"
