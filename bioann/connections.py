"""The sign of every connection in both halves, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bioann import half
from bioann.correspondence import Correspondence
from bioann.pair import Pair

COLUMNS = (
    "source",
    "source_kind",
    "target",
    "synapse",
    "bio_sign",
    "weight",
    "ann_sign",
    "agreement",
)


def sign_table(pair: Pair) -> pd.DataFrame:
    """Put each synapse beside the weight that it is read as.

    Parameters
    ----------
    pair : Pair
        Both halves have to list their connections.

    Returns
    -------
    pandas.DataFrame
        One row per connection of either half, with `COLUMNS`. A sign is +1, -1 or 0 (none at
        the target's threshold); `agreement` is ``"agree"``, ``"differ"``, or says what has no
        partner. Where a population stands for minus a unit, or an OFF afferent carries the
        negative part of a channel, the expected sign is turned.
    """
    bio, ann = half.connections(pair.bio), half.connections(pair.ann)
    partners = _partners(pair.correspondence)
    weights = {
        (row.source, row.source_kind, row.target): row.sign * row.strength
        for row in ann.itertuples()
    }
    rows, met = [], set()
    for row in bio.itertuples():
        found = []
        drive = getattr(row, "drive", 1)  # halves of others may not tell
        for source, s in _read(row.source, row.source_kind, partners):
            for target, t in partners.get(row.target, []):
                key = (source, row.source_kind, target)
                if key in weights:
                    met.add(key)
                    found.append(weights[key] * s * t * drive)
        weight = float(np.sum(found)) if found else np.nan
        ann_sign = float(np.sign(weight))
        agreement = "no weight of its own" if not found else ""
        if found:
            agreement = "agree" if ann_sign == row.sign else "differ"
        ends = (row.source, row.source_kind, row.target)
        rows.append((*ends, row.mechanism, row.sign, weight, ann_sign, agreement))
    for key, weight in weights.items():
        if key not in met:
            rows.append((*key, "", np.nan, weight, np.sign(weight), "no direct synapse"))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _partners(correspondence: Correspondence) -> dict[str, list[tuple[str, float]]]:
    """Give, for each population, the units it stands for and with which sign."""
    found: dict[str, list[tuple[str, float]]] = {}
    for match in correspondence.matches:
        for population, p in match.weights("bio").items():
            for unit, u in match.weights("ann").items():
                found.setdefault(population, []).append((unit, float(np.sign(p * u))))
    return found


def _read(
    source: str, kind: str, partners: dict[str, list[tuple[str, float]]]
) -> list[tuple[str, float]]:
    """Give what a source is on the artificial side; a stimulus channel is itself."""
    return [(source, 1.0)] if kind == "channel" else partners.get(source, [])
