from .images import digits as digits, idx_images as idx_images, openml_images as openml_images
from .labelled_files import read_labelled_samples as read_labelled_samples
from .logic import parity as parity, xor as xor
from .samples import make_samples as make_samples, split_samples as split_samples
from .sequences import (
    context_choice as context_choice,
    delayed_memory as delayed_memory,
    noisy_integration as noisy_integration,
)
from .shapes import edges as edges, rings as rings
