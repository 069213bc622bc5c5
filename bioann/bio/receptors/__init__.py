"""Receptors: what a transmitter does to a conductance, and which potential that pulls toward."""

from bioann.bio.receptors.ampa import AMPA
from bioann.bio.receptors.gaba_a import GABA_A
from bioann.bio.receptors.receptor import Receptor
from bioann.bio.receptors.resolution import RECEPTORS, TRANSMITTERS, receptor, transmitter

__all__ = ["AMPA", "GABA_A", "RECEPTORS", "TRANSMITTERS", "Receptor", "receptor", "transmitter"]
