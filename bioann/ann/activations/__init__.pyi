from .activation import (
    Activation as Activation,
    LeakyRelu as LeakyRelu,
    Linear as Linear,
    Relu as Relu,
    Sigmoid as Sigmoid,
    Softplus as Softplus,
    Tanh as Tanh,
    Threshold as Threshold,
)
from .foreign import (
    Absolute as Absolute,
    Clip as Clip,
    Elu as Elu,
    ErrorFunction as ErrorFunction,
    Logarithm as Logarithm,
    Power as Power,
    Quantize as Quantize,
    Softsign as Softsign,
    UnlimitedExponential as UnlimitedExponential,
)
from .transfer_functions import (
    Exponential as Exponential,
    LIFRate as LIFRate,
    PowerLaw as PowerLaw,
    Scaled as Scaled,
    Tabulated as Tabulated,
)
