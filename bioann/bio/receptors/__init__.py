"""Receptors: what a transmitter does to a conductance, and which potential that pulls toward."""

from bioann.bio.receptors.ampa import AMPA
from bioann.bio.receptors.current_based import CurrentSynapse, DeltaSynapse
from bioann.bio.receptors.gaba_a import GABA_A
from bioann.bio.receptors.gaba_b import GABA_B
from bioann.bio.receptors.nmda import NMDA
from bioann.bio.receptors.receptor import Receptor
from bioann.bio.receptors.resolution import (
    RECEPTORS,
    TRANSMITTERS,
    check_transmitter,
    resolve_receptor,
    weight_unit_of,
)

__all__ = [
    "AMPA",
    "GABA_A",
    "GABA_B",
    "NMDA",
    "RECEPTORS",
    "TRANSMITTERS",
    "CurrentSynapse",
    "DeltaSynapse",
    "Receptor",
    "check_transmitter",
    "resolve_receptor",
    "weight_unit_of",
]
