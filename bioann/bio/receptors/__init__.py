"""Receptors: time course and reversal potential of the conductance that a transmitter opens.

>>> import bioann as ba
>>> ba.receptors.GABA_A()
GABA_A(compartment='soma', tau=10.0 * ms, reversal=-80.0 * mV, rise=0.0 * ms)
"""

# Importing a receptor adds it to RECEPTORS, so all of them are imported here.
from bioann.bio.receptors.ampa import AMPA as AMPA
from bioann.bio.receptors.current_based import (
    CurrentSynapse as CurrentSynapse,
    DeltaSynapse as DeltaSynapse,
)
from bioann.bio.receptors.gaba_a import GABA_A as GABA_A
from bioann.bio.receptors.gaba_b import GABA_B as GABA_B
from bioann.bio.receptors.nmda import NMDA as NMDA
from bioann.bio.receptors.receptor import RECEPTORS as RECEPTORS, Receptor as Receptor
from bioann.bio.receptors.resolution import (
    TRANSMITTERS as TRANSMITTERS,
    check_transmitter as check_transmitter,
    make_receptor as make_receptor,
    resolve_receptor as resolve_receptor,
    weight_unit_of as weight_unit_of,
)
from bioann.bio.receptors.variable_step import VariableStep as VariableStep
