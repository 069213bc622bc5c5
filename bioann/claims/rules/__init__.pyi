from .all_of import AllOf as AllOf
from .boundary import Boundary as Boundary
from .equivalent import Equivalent as Equivalent
from .rule import Judgement as Judgement, Rule as Rule
from .score import Between as Between
from .within_ceiling import WithinCeiling as WithinCeiling
