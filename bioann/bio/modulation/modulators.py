"""Three modulators, and sites that answer to them, with numbers to start from."""

from __future__ import annotations

from typing import Any

from brian2 import ms
from brian2.units.allunits import mmolar

from bioann.bio.modulation.modulation import Hill, Modulator

_UM = 1e-3 * mmolar
_OURS = "bioann's default"


def dopamine(**fields: Any) -> Modulator:
    """Make dopamine: 1 uM at activation 1, taken up within 50 ms.

    Parameters
    ----------
    **given
        Fields of `Modulator` that replace these.
    """
    numbers = {"concentration": 1 * _UM, "clearance": 50 * ms, "source": _OURS}
    return Modulator("dopamine", **(numbers | fields))


def serotonin(**fields: Any) -> Modulator:
    """Make serotonin: 0.1 uM at activation 1, taken up within 130 ms.

    Parameters
    ----------
    **given
        Fields of `Modulator` that replace these.
    """
    numbers = {"concentration": 0.1 * _UM, "clearance": 130 * ms, "source": _OURS}
    return Modulator("serotonin", **(numbers | fields))


def acetylcholine(**fields: Any) -> Modulator:
    """Make acetylcholine: 1 uM at activation 1, broken down within 10 ms.

    Parameters
    ----------
    **given
        Fields of `Modulator` that replace these.
    """
    numbers = {"concentration": 1 * _UM, "clearance": 10 * ms, "source": _OURS}
    return Modulator("acetylcholine", **(numbers | fields))


#: Sites by name: what half-activates them.
SITES = {
    "D1": Hill(1 * _UM, source=_OURS),
    "D2": Hill(0.01 * _UM, source=_OURS),
    "5-HT1A": Hill(0.01 * _UM, source=_OURS),
    "5-HT2A": Hill(0.1 * _UM, source=_OURS),
    "M1": Hill(1 * _UM, source=_OURS),
}
