"""Three modulators, and sites that answer to them, with numbers to start from."""

from __future__ import annotations

from typing import Any

from brian2 import ms
from brian2.units.allunits import mmolar

from bioann.bio.modulation import Hill, Modulator

_UM = 1e-3 * mmolar
_DREYER = "Dreyer, Herrik, Berg and Hounsgaard 2010, striatum"
_ORDER = "order of magnitude; bioann's default"


def dopamine(**given: Any) -> Modulator:
    """Make dopamine: 1 uM at the height of a phasic burst, taken up within 50 ms.

    The clearance is that of transporters far from saturation, K_m / V_max = 0.21 uM / (4.1 uM/s).

    Parameters
    ----------
    **given
        Fields of `Modulator` that replace these.
    """
    numbers = {"concentration": 1 * _UM, "clearance": 51 * ms, "source": _DREYER}
    return Modulator("dopamine", **(numbers | given))


def serotonin(**given: Any) -> Modulator:
    """Make serotonin: 0.1 uM at activation 1, taken up within 130 ms.

    The clearance is K_m / V_max = 0.17 uM / (1.3 uM/s), dorsal raphe.

    Parameters
    ----------
    **given
        Fields of `Modulator` that replace these.
    """
    source = "Bunin, Prioleau, Mailman and Wightman 1998, dorsal raphe"
    numbers = {"concentration": 0.1 * _UM, "clearance": 130 * ms, "source": source}
    return Modulator("serotonin", **(numbers | given))


def acetylcholine(**given: Any) -> Modulator:
    """Make acetylcholine: 1 uM at activation 1, broken down within 10 ms.

    Parameters
    ----------
    **given
        Fields of `Modulator` that replace these.
    """
    numbers = {"concentration": 1 * _UM, "clearance": 10 * ms, "source": _ORDER}
    return Modulator("acetylcholine", **(numbers | given))


#: Sites by name: what half-activates them.
SITES = {
    "D1": Hill(1 * _UM, source=_DREYER),
    "D2": Hill(0.01 * _UM, source=_DREYER),
    "5-HT1A": Hill(0.01 * _UM, source=_ORDER),
    "5-HT2A": Hill(0.1 * _UM, source=_ORDER),
    "M1": Hill(1 * _UM, source=_ORDER),
}
