from .adiabatic import adiabatic_holds as adiabatic_holds
from .adiabatic import adiabatic_rate as adiabatic_rate
from .poisson_input import PoissonInput as PoissonInput
from .siegert import (
    siegert_holds as siegert_holds,
)
from .siegert import (
    siegert_rate as siegert_rate,
)
from .siegert import (
    siegert_rate_of_cell as siegert_rate_of_cell,
)
