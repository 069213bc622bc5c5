from .adiabatic import adiabatic_holds as adiabatic_holds, adiabatic_rate as adiabatic_rate
from .poisson_input import PoissonInput as PoissonInput
from .siegert import (
    siegert_holds as siegert_holds,
    siegert_rate as siegert_rate,
    siegert_rate_of_cell as siegert_rate_of_cell,
)
