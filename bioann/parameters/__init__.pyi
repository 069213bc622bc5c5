from .addresses import (
    Parameter as Parameter,
    collect_parameters as collect_parameters,
    get_parameter as get_parameter,
)
from .physical import (
    PhysicalParameter as PhysicalParameter,
    collect_physical_parameters as collect_physical_parameters,
    scale_parameters as scale_parameters,
)
from .replace_value import (
    replace_parameter as replace_parameter,
    replace_parameters as replace_parameters,
)
from .variation import Variation as Variation, vary as vary
