"""Signals that end a command: it stops its programs and removes its temporary files first."""

from __future__ import annotations

import signal
import threading
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


def handle_signals() -> None:
    """Make signals that ask this process to end raise errors, as Ctrl-C does.

    Signals that the caller ignores (``nohup``) stay ignored. A second signal ends the process at
    once.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # Python delivers signals to the main thread only
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise_request)


def _raise_request(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    raise TerminationRequest(number)
