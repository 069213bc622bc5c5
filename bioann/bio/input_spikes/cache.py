"""Input spikes that networks have in common: drawn once while one is run after the other.

What is drawn depends on the seed, the stimulus and a few properties of what draws; the controls of
a pair mostly differ from its spiking model in something else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bioann.bio.input_spikes.spikes import InputSpikes

#: Spikes that are kept at most, of 2 to 10 bytes each (`InputSpikes`); what is drawn after them is
#: drawn each time.
MAX_CACHED_SPIKES = 10_000_000

_CACHE: ContextVar[dict[Hashable, InputSpikes] | None] = ContextVar("cache", default=None)


@contextmanager
def shared_draws() -> Iterator[None]:
    """Keep what is drawn inside, for those that draw the same; it goes at the end."""
    token = _CACHE.set({})
    try:
        yield
    finally:
        _CACHE.reset(token)


def draw_once(key: Hashable, draw: Callable[[], InputSpikes]) -> InputSpikes:
    """Draw, unless what is drawn by the same key was kept.

    Parameters
    ----------
    key : hashable
        All that the draw depends on.
    draw : callable
        Draws.

    Returns
    -------
    InputSpikes
        Read-only, for others may get the same.
    """
    cache = _CACHE.get()
    if cache is None:
        return draw()
    if key not in cache:
        spikes = draw()
        if sum(s.n_spikes for s in (*cache.values(), spikes)) > MAX_CACHED_SPIKES:
            return spikes
        cache[key] = spikes.load()
    return cache[key]
