"""The number of wirings of a run."""

from __future__ import annotations

import xarray as xr

from bioann.base.errors import DescriptionError, SimulationError
from bioann.recordings.wirings import check_wirings, count_wirings
from bioann.runs.description import PairDescription

#: Most wirings of a run, if connections are drawn and nobody states a number. Of 10 trials of the
#: pair `balanced`, each wiring beyond the first adds 50 ms of processor time to 0.8 s, and the
#: noise ceiling varies less between seeds on 10 wirings than on 5
#: (``docs/start/reading_a_report.md``).
DEFAULT_WIRINGS = 10


def check_pair_wirings(pair: PairDescription) -> None:
    """Check the number of wirings that a pair states, if it states one.

    Raises
    ------
    DescriptionError
        If it is not from 1 to the pair's trials, or above 1 where no connections are drawn.
    """
    wirings, highest = pair.wirings, pair.trials if pair.has_drawn_wiring else 1
    if wirings is None or (wirings in range(1, highest + 1) and not isinstance(wirings, bool)):
        return
    expected = f"a whole number from 1 to its trials, {highest}"
    if not pair.has_drawn_wiring:
        expected = "1, because its spiking model and controls draw no connections or parameters"
    raise DescriptionError(
        f"{pair.title()}, wirings", expected, repr(wirings), "Change it, or leave it out."
    )


def choose_wirings(
    pair: PairDescription, wirings: int | None, trials: int, learned: xr.Dataset | None = None
) -> int:
    """Return the number of wirings of a run.

    Parameters
    ----------
    pair : PairDescription
        Pair that is run.
    wirings : int or None
        Number that the run asks for; None for that of the pair.
    trials : int
        Trials of each condition.
    learned : xarray.Dataset or None, optional
        Recording from whose learned weights the run starts, on its wirings unless stated.

    Returns
    -------
    int
        1 if no connections are drawn; otherwise at most `trials`.

    Raises
    ------
    SimulationError
        If the run asks for less than one wiring, for more than trials, or for several where no
        connections are drawn.
    """
    if wirings is None:
        if not pair.has_drawn_wiring:
            return 1
        if learned is not None:
            return min(count_wirings(learned), trials)
        return min(DEFAULT_WIRINGS if pair.wirings is None else pair.wirings, trials)
    n_wirings = check_wirings(wirings, trials)
    if n_wirings > 1 and not pair.has_drawn_wiring:
        raise SimulationError(
            f"{pair.title()}, wirings",
            "1, because its spiking model and controls draw no connections or parameters",
            f"{wirings}",
            "Leave wirings out.",
        )
    return n_wirings
