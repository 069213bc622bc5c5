from .all_of import AllOf as AllOf, at_least as at_least, at_most as at_most
from .between import Between as Between
from .boundary import Boundary as Boundary
from .equivalent import Equivalent as Equivalent
from .rule import Rule as Rule
from .within_ceiling import WithinCeiling as WithinCeiling
