from . import (
    cells as cells,
    connectivity as connectivity,
    modulation as modulation,
    plasticity as plasticity,
    receptors as receptors,
    theory as theory,
)
