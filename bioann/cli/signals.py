"""Signals that end a command: it stops its programs and removes its temporary files first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

#: Signals besides Ctrl-C; Windows has no SIGHUP.
ENDING_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class TerminationRequest(KeyboardInterrupt):
    """A signal that asks this process to end; no handler of ordinary errors catches it.

    Parameters
    ----------
    number : int
        Number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def handle_signals() -> Iterator[None]:
    """Make signals that ask this process to end raise errors, as Ctrl-C does, during a command.

    Signals that the caller ignores (``nohup``) stay ignored. A second signal ends the process at
    once.
    """
    handled = []
    if threading.current_thread() is threading.main_thread():  # Python delivers signals only there
        handled = [n for n in ENDING_SIGNALS if signal.getsignal(n) is signal.SIG_DFL]
    for number in handled:
        signal.signal(number, _raise_request)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)


def _raise_request(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    raise TerminationRequest(number)
