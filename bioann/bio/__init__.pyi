from . import (
    cells as cells,
    modulation as modulation,
    plasticity as plasticity,
    receptors as receptors,
    theory as theory,
)
