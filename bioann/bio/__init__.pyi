from . import (
    cells as cells,
)
from . import (
    modulation as modulation,
)
from . import (
    plasticity as plasticity,
)
from . import (
    receptors as receptors,
)
from . import (
    theory as theory,
)
