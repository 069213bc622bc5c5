from .activation import (
    Activation as Activation,
)
from .activation import (
    LeakyRelu as LeakyRelu,
)
from .activation import (
    Linear as Linear,
)
from .activation import (
    Relu as Relu,
)
from .activation import (
    Sigmoid as Sigmoid,
)
from .activation import (
    Softplus as Softplus,
)
from .activation import (
    Tanh as Tanh,
)
from .activation import (
    Threshold as Threshold,
)
from .transfer_functions import (
    Exponential as Exponential,
)
from .transfer_functions import (
    LIFRate as LIFRate,
)
from .transfer_functions import (
    PowerLaw as PowerLaw,
)
from .transfer_functions import (
    Scaled as Scaled,
)
from .transfer_functions import (
    Tabulated as Tabulated,
)
