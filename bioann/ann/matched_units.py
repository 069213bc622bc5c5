"""The network whose units a correspondence can name: hidden units of layers need a rate network."""

from __future__ import annotations

from typing import Any

from bioann.ann.layered import LayeredNetwork
from bioann.base.errors import DescriptionError
from bioann.correspondence import Correspondence


def expose_matched_units(correspondence: Correspondence, ann: Any) -> Any:
    """Return the rate network of a layered one if hidden units are matched, as `to_bio` does.

    Parameters
    ----------
    correspondence : Correspondence
        Its matches name units of the rate model.
    ann : Model
        The rate model of a pair.

    Returns
    -------
    Model
        `ann` itself unless it is a layered network and the correspondence names hidden units.
    """
    names = {n for match in correspondence.matches for n in match.weights_of("ann")}
    names |= set(correspondence.ann_only)
    names -= set(ann.units)
    if not isinstance(ann, LayeredNetwork) or not names:
        return ann
    try:
        flat = ann.to_rate_network()
    except DescriptionError:
        return ann
    return flat if names & set(flat.units) else ann
