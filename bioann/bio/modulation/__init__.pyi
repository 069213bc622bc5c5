from .effects import (
    Excitability as Excitability,
    PlasticityGate as PlasticityGate,
    SynapticGain as SynapticGain,
)
from .modulation import (
    Hill as Hill,
    Modulation as Modulation,
    Modulator as Modulator,
)
from .modulators import (
    SITES as SITES,
    acetylcholine as acetylcholine,
    dopamine as dopamine,
    serotonin as serotonin,
)
from .region import Region as Region
