from .images import digits as digits
from .images import idx_images as idx_images
from .images import openml_images as openml_images
from .logic import parity as parity
from .logic import xor as xor
from .samples import make_samples as make_samples
from .samples import split_samples as split_samples
from .sequences import (
    context_choice as context_choice,
)
from .sequences import (
    delayed_memory as delayed_memory,
)
from .sequences import (
    noisy_integration as noisy_integration,
)
from .shapes import edges as edges
from .shapes import rings as rings
