from .fit_to_recording import fit_to_recording as fit_to_recording
from .options import TrainingOptions as TrainingOptions
from .self_organising_map import (
    quantisation_error as quantisation_error,
    topographic_error as topographic_error,
    train_som as train_som,
)
from .snapshots import Snapshots as Snapshots
from .train import train as train
