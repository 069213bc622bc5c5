from .all_of import AllOf as AllOf
from .boundary import Boundary as Boundary
from .equivalent import Equivalent as Equivalent
from .rule import (
    Evidence as Evidence,
    IntervalRule as IntervalRule,
    Judgement as Judgement,
    Rule as Rule,
)
from .score import Between as Between
from .score_group import ScoreGroup as ScoreGroup
