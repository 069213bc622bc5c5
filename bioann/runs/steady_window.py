"""The read-out window: from the end of settling to the end of the stimulus."""

from __future__ import annotations

import numpy as np

from bioann.base.errors import DescriptionError


def find_steady_window(
    title: str, duration: float, settle: float, bin_width: float
) -> tuple[float, float]:
    """Return start and end in seconds of the window of steady responses to a stimulus.

    Parameters
    ----------
    title : str
        The pair, as errors name it.
    duration : float
        Duration of the stimulus in seconds.
    settle : float
        Start of the window in seconds.
    bin_width : float
        Width of the response bins in seconds; the window holds the centre of at least one.

    Returns
    -------
    start, stop : float
        In seconds after the start of the stimulus.

    Raises
    ------
    DescriptionError
        If nothing is left after settling.
    """
    last = (np.floor(duration / bin_width + 1e-9) - 0.5) * bin_width  # a bin centre
    if settle >= duration or settle - 1e-9 > last > 0:
        bins = f" by half a bin of {bin_width * 1e3:g} ms" if settle < duration else ""
        raise DescriptionError(
            f"{title}, settle",
            f"less than the stimulus, {duration * 1e3:g} ms{bins}",
            f"{settle * 1e3:g} ms",
            "Lengthen the stimulus, or give a shorter settle.",
        )
    return float(settle), duration
