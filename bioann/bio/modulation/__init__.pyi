from .modulation import (
    Excitability as Excitability,
    Hill as Hill,
    Modulation as Modulation,
    Modulator as Modulator,
    PlasticityGate as PlasticityGate,
    SynapticGain as SynapticGain,
)
from .modulators import (
    SITES as SITES,
    acetylcholine as acetylcholine,
    dopamine as dopamine,
    serotonin as serotonin,
)
