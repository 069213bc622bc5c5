"""The progress of a sweep on the terminal: points, rate, and the time that is left."""

from __future__ import annotations

import time
from typing import Any

from tqdm import tqdm

#: Seconds between two lines where the output is no terminal, such as the log of a cluster.
SECONDS_BETWEEN_LINES = 30.0


class SweepBar:
    """A bar on a terminal, and a line now and then in a log."""

    def __init__(self) -> None:
        bar_format = "{desc}  {bar:24}  {n_fmt} of {total_fmt} points, {rate_fmt}, left {remaining}"
        self.bar: Any = tqdm(
            total=1, disable=None, leave=False, bar_format=bar_format, unit="", smoothing=0.05
        )
        self.start = self.last_line = time.monotonic()

    def __enter__(self) -> SweepBar:
        """Return the bar, which is closed at the end."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the bar."""
        self.bar.close()

    def show_progress(self, progress: Any) -> None:
        """Show how far a sweep is.

        Parameters
        ----------
        progress : SweepProgress
            From `bioann.sweeps.sweep`.
        """
        done = progress.stored + progress.finished
        if not progress.finished:
            self.bar.reset(progress.total)
            self.bar.initial = progress.stored
        self.bar.set_description(f"{progress.failed} failed" if progress.failed else "")
        self.bar.update(done - self.bar.n)
        now = time.monotonic()
        if self.bar.disable and progress.finished and now > self.last_line + SECONDS_BETWEEN_LINES:
            self.last_line = now
            print(describe_progress(progress, now - self.start), flush=True)


def describe_progress(progress: Any, seconds: float) -> str:
    """Return how far a sweep is: points, rate and the time left at this rate.

    Parameters
    ----------
    progress : SweepProgress
        From `bioann.sweeps.sweep`.
    seconds : float
        Seconds since the start.
    """
    done = progress.stored + progress.finished
    rate = progress.finished / seconds if seconds > 0 else 0.0
    remaining = (progress.total - done) / rate if rate else float("inf")
    failed = f", {progress.failed} failed" if progress.failed else ""
    return (
        f"{done} of {progress.total} points{failed}, {rate:.3g} points/s, "
        f"left {format_duration(remaining)}"
    )


def format_duration(seconds: float) -> str:
    """Return a duration in the unit that suits it: ``"40 s"``, ``"12 min"``, ``"3.5 h"``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 1e9 else "unknown"
