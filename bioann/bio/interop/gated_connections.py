"""Makes connections of NMDA synapses whose gating variables a script sums."""

from __future__ import annotations

import numpy as np

from bioann.bio.interop.connections import Connection
from bioann.bio.interop.gating import GatedSynapses
from bioann.bio.interop.neurons import NeuronReading
from bioann.bio.interop.refusal import refuse_object


def make_gated_connection(pathway: GatedSynapses, reading: NeuronReading) -> Connection:
    """Return the connection of NMDA synapses.

    Parameters
    ----------
    pathway : GatedSynapses
        The synapses.
    reading : NeuronReading
        Their target.

    Raises
    ------
    DescriptionError
        If a weight is negative.
    """
    values = pathway.weight * reading.scale_of(pathway.variable)[pathway.post]
    if (values < 0).any():
        expected, got = "weights >= 0", f"{pathway.weight.min():g}"
        remedy = "The reversal potential decides the sign; write a positive weight."
        raise refuse_object(pathway.synapses, pathway.variable, expected, got, remedy)
    signs = np.full(len(values), reading.sign_of(pathway.variable))
    return Connection(
        pathway.synapses, pathway.source, reading, pathway.pre, pathway.post, pathway.variable,
        values, signs, pathway.delay,
    )  # fmt: skip
