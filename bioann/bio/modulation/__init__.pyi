from .modulation import (
    Excitability as Excitability,
)
from .modulation import (
    Hill as Hill,
)
from .modulation import (
    Modulation as Modulation,
)
from .modulation import (
    Modulator as Modulator,
)
from .modulation import (
    PlasticityGate as PlasticityGate,
)
from .modulation import (
    SynapticGain as SynapticGain,
)
from .modulators import (
    SITES as SITES,
)
from .modulators import (
    acetylcholine as acetylcholine,
)
from .modulators import (
    dopamine as dopamine,
)
from .modulators import (
    serotonin as serotonin,
)
