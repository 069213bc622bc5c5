"""Several things of a kind in one sentence."""

from __future__ import annotations

from collections.abc import Sequence


def listed(things: Sequence[object], most: int = 6) -> str:
    """List things: ``"a, b and c"``, or ``"a, b and 7 more"`` where there are many.

    Parameters
    ----------
    things : sequence of object
        At least one; shown as `str` has them.
    most : int, optional
        How many are named.

    Returns
    -------
    str
        In their order.
    """
    said = [str(thing) for thing in things]
    if len(said) > most:
        said = [*said[: most - 1], f"{len(said) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def silent(kind: str, names: Sequence[str]) -> tuple[str, ...]:
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
    quoted = listed([repr(str(name)) for name in names])
    if len(names) == 1:
        return (f"{kind} {quoted} is silent in every condition.",)
    return (f"{len(names)} {kind.lower()}s are silent in every condition: {quoted}.",)
