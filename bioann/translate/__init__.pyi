from .fit_activations import fit_activations as fit_activations
from .identification.options import IdentificationOptions as IdentificationOptions
from .transfer import measure_transfer as measure_transfer
from .translation import Decision as Decision, Translation as Translation
