from .all_to_all import AllToAll as AllToAll
from .connectivity import Connectivity as Connectivity
from .distance_dependent import DistanceDependent as DistanceDependent
from .distances import make_distance_matrix as make_distance_matrix
from .explicit_matrix import ExplicitMatrix as ExplicitMatrix
from .explicit_synapses import ExplicitSynapses as ExplicitSynapses
from .fixed_in_degree import FixedInDegree as FixedInDegree
from .fixed_out_degree import FixedOutDegree as FixedOutDegree
from .fixed_probability import FixedProbability as FixedProbability
from .fixed_total_number import FixedTotalNumber as FixedTotalNumber
from .kernels import (
    BoxKernel as BoxKernel,
    ExponentialKernel as ExponentialKernel,
    GaussianKernel as GaussianKernel,
    Kernel as Kernel,
    TabulatedKernel as TabulatedKernel,
)
from .one_to_one import OneToOne as OneToOne
from .positions import (
    Coordinates as Coordinates,
    Line as Line,
    Positions as Positions,
    Ring as Ring,
    Sheet as Sheet,
)
