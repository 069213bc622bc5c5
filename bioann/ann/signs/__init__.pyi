from .census import Census as Census
from .census import census_of as census_of
from .census import sign_census as sign_census
from .constraints import (
    DaleColumns as DaleColumns,
)
from .constraints import (
    Free as Free,
)
from .constraints import (
    NonNegative as NonNegative,
)
from .constraints import (
    NonPositive as NonPositive,
)
from .constraints import (
    SignFrozen as SignFrozen,
)
from .separate_units import SeparateUnits as SeparateUnits
from .weight_matrices import WeightMatrix as WeightMatrix
from .weight_matrices import weight_matrices_of as weight_matrices_of
