from .axes import ParameterAxis as ParameterAxis
from .designs import (
    Design as Design,
    FullGrid as FullGrid,
    LatinHypercube as LatinHypercube,
    PointList as PointList,
    SobolSequence as SobolSequence,
)
from .read_axis import read_axis as read_axis
from .results import read_sweep as read_sweep
from .sweep import sweep as sweep
