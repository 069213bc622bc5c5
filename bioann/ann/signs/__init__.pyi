from .census import Census as Census, census_of as census_of, sign_census as sign_census
from .constraints import (
    DaleColumns as DaleColumns,
    Free as Free,
    NonNegative as NonNegative,
    NonPositive as NonPositive,
    SignConstraint as SignConstraint,
    SignFrozen as SignFrozen,
)
from .separate_units import SeparateUnits as SeparateUnits
from .weight_matrices import WeightMatrix as WeightMatrix, weight_matrices_of as weight_matrices_of
