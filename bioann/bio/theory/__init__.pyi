from .adiabatic import adiabatic_rate as adiabatic_rate, is_adiabatic_valid as is_adiabatic_valid
from .poisson_input import PoissonInput as PoissonInput
from .self_consistent_rates import SteadyState as SteadyState, solve_rates as solve_rates
from .siegert import (
    is_siegert_valid as is_siegert_valid,
    siegert_rate as siegert_rate,
    siegert_rate_of_cell as siegert_rate_of_cell,
)
from .slow_noise import SlowNoise as SlowNoise, slow_noise_rate as slow_noise_rate
