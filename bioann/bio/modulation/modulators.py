"""Three neuromodulators and the dose-response curves of their receptors, with default values."""

from __future__ import annotations

from typing import Any

from brian2 import ms
from brian2.units.allunits import mmolar

from bioann.base.arguments import name_argument_errors
from bioann.bio.modulation.modulation import Hill, Modulator

_UM = 1e-3 * mmolar
_OURS = "bioann's default"


@name_argument_errors
def dopamine(**fields: Any) -> Modulator:
    """Make dopamine: 1 uM at activation 1, clearance time constant 50 ms.

    Parameters
    ----------
    **fields
        Fields of `Modulator` that replace these defaults.
    """
    numbers = {"concentration": 1 * _UM, "clearance": 50 * ms, "source": _OURS}
    return Modulator("dopamine", **(numbers | fields))


@name_argument_errors
def serotonin(**fields: Any) -> Modulator:
    """Make serotonin: 0.1 uM at activation 1, clearance time constant 130 ms.

    Parameters
    ----------
    **fields
        Fields of `Modulator` that replace these defaults.
    """
    numbers = {"concentration": 0.1 * _UM, "clearance": 130 * ms, "source": _OURS}
    return Modulator("serotonin", **(numbers | fields))


@name_argument_errors
def acetylcholine(**fields: Any) -> Modulator:
    """Make acetylcholine: 1 uM at activation 1, clearance time constant 10 ms.

    Parameters
    ----------
    **fields
        Fields of `Modulator` that replace these defaults.
    """
    numbers = {"concentration": 1 * _UM, "clearance": 10 * ms, "source": _OURS}
    return Modulator("acetylcholine", **(numbers | fields))


#: Dose-response curves by name of the modulator's receptor.
SITES = {
    "D1": Hill(1 * _UM, source=_OURS),
    "D2": Hill(0.01 * _UM, source=_OURS),
    "5-HT1A": Hill(0.01 * _UM, source=_OURS),
    "5-HT2A": Hill(0.1 * _UM, source=_OURS),
    "M1": Hill(1 * _UM, source=_OURS),
}
