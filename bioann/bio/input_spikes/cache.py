"""Input spikes that networks have in common: drawn once while one is run after the other.

What is drawn depends on the seed, the stimulus and a few properties of what draws; the controls of
a pair mostly differ from its biological half in something else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bioann.bio.input_spikes.events import Events

#: Spikes that are kept at most, of 2 to 10 bytes each (`Events`); what is drawn after them is drawn
#: each time.
MOST = 10_000_000

_KEPT: ContextVar[dict[Hashable, Events] | None] = ContextVar("kept", default=None)


@contextmanager
def shared_draws() -> Iterator[None]:
    """Keep what is drawn inside, for those that draw the same; it goes at the end."""
    before = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(before)


def once(key: Hashable, draw: Callable[[], Events]) -> Events:
    """Draw, unless what is drawn by the same key was kept.

    Parameters
    ----------
    key : hashable
        All that the draw depends on.
    draw : callable
        Draws.

    Returns
    -------
    Events
        Read-only, for others may get the same.
    """
    kept = _KEPT.get()
    if kept is None:
        return draw()
    if key not in kept:
        found = draw()
        if sum(events.size for events in (*kept.values(), found)) > MOST:
            return found
        kept[key] = found.settled()
    return kept[key]
