from .addresses import (
    Parameter as Parameter,
    collect_parameters as collect_parameters,
    get_parameter as get_parameter,
)
from .replace_value import replace_parameter as replace_parameter
from .variation import Variation as Variation, vary as vary
