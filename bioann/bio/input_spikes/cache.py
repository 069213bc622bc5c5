"""A cache of input spikes that several networks of one run have in common.

Input spikes depend on the seed, the stimulus and a few properties of the afferent; the controls of
a pair mostly differ from its spiking model in something else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bioann.bio.input_spikes.spikes import InputSpikes

#: Largest number of cached spikes, of 2 to 10 bytes each (`InputSpikes`); later ones are drawn
#: again whenever they are needed.
MAX_CACHED_SPIKES = 10_000_000

_CACHE: ContextVar[dict[Hashable, InputSpikes] | None] = ContextVar("cache", default=None)


@contextmanager
def shared_draws() -> Iterator[None]:
    """Share equal draws among all networks that run inside this context.

    Inside another such context the draws are shared with the networks of that one, too.
    """
    outer_cache = _CACHE.get()
    token = _CACHE.set({} if outer_cache is None else outer_cache)
    try:
        yield
    finally:
        _CACHE.reset(token)


def draw_once(key: Hashable, draw: Callable[[], InputSpikes]) -> InputSpikes:
    """Return the cached spikes of a key, or draw them.

    Parameters
    ----------
    key : hashable
        Everything that the spikes depend on: seed, lanes, rates, and the object that draws.
    draw : callable
        ``draw()`` returns the spikes.

    Returns
    -------
    InputSpikes
        The spikes, read-only because several networks may share them.
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
