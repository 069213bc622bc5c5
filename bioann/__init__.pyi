"""The public names, by kind: read by type checkers and, at run time, by lazy_loader."""

# pairs
from .pair import Pair as Pair
from .correspondence import Correspondence as Correspondence, Match as Match
from .ann.function_model import FunctionModel as FunctionModel
from .model import Model as Model
from .claims.claim import Claim as Claim
from .claims.margin import Margin as Margin
from .claims.measure import measure as measure
from .claims.rules.score import Score as Score
from .pair_files.load import load as load
from .runs.run import Run as Run
from .runs.learned_strength import LearnedStrength as LearnedStrength
from .runs.lesion import Lesion as Lesion
from .runs.protocol import Phase as Phase, Protocol as Protocol
from .testing.contract import check_pair as check_pair

# studies
from .studies.study import Study as Study
from .studies.run import run_study as run_study
from .pair_files.load import load_study as load_study

# stimuli
from .stimuli.waveforms import steps as steps
from .parameters.variation import vary as vary

# the spiking model
from .bio.network import SpikingNetwork as SpikingNetwork
from .bio.population import Population as Population
from .bio.background import Background as Background
from .bio.injection import Injection as Injection
from .bio.afferent import Afferent as Afferent, CurrentAfferent as CurrentAfferent
from .bio.scheduled_afferent import ScheduledAfferent as ScheduledAfferent
from .bio.electrodes import ElectrodeArray as ElectrodeArray
from .bio.projection import Projection as Projection
from .bio.connectivity import (
    AllToAll as AllToAll,
    ExplicitMatrix as ExplicitMatrix,
    FixedProbability as FixedProbability,
    OneToOne as OneToOne,
)
from .base.distributions import LogNormal as LogNormal, Normal as Normal, Uniform as Uniform
from .bio.membrane_potential import Potential as Potential
from .bio.engines.results import Record as Record
from .bio.brian_network import BrianNetwork as BrianNetwork
from .bio.from_recording import from_recording as from_recording
from .bio.interop.brian2_script import to_brian2_script as to_brian2_script
from .bio.interop.from_brian2 import from_brian2 as from_brian2

# the rate model
from .ann.network import RateNetwork as RateNetwork
from .ann.layered import LayeredNetwork as LayeredNetwork
from .ann.training.train import train as train
from .ann.interop.dense_from_arrays import from_weights as from_weights
from .ann.interop.keras_models import from_keras as from_keras
from .ann.interop.read_nir import from_nir as from_nir
from .ann.interop.read_onnx import from_onnx as from_onnx
from .ann.interop.sklearn_estimators import from_sklearn as from_sklearn
from .ann.interop.torch_modules import from_torch as from_torch
from .ann.interop.write_nir import to_nir as to_nir
from .ann.interop.write_onnx import to_onnx as to_onnx
from .ann.interop.write_torch import to_torch as to_torch

# one model derived from the other
from .translate.explain.explain import explain as explain
from .translate.to_ann.to_ann import to_ann as to_ann
from .translate.to_bio.diagnosis import diagnose as diagnose
from .translate.to_bio.to_bio import to_bio as to_bio
from .translate.translation import Translation as Translation

# comparing and reporting
from .comparison.comparison import Comparison as Comparison, audit as audit, compare as compare
from .comparison.decide import decide as decide
from .comparison.plan_trials import trials_needed as trials_needed
from .robustness.check_robustness import check_robustness as check_robustness
from .sweeps.sweep import sweep as sweep
from .comparison.sign_table import measure_effective_weights as measure_effective_weights
from .reporting.report import report as report
from .recordings.to_neo import to_neo as to_neo
from .recordings.storage import open_recording as open_recording, save_recording as save_recording

# physical fields of one's own descriptions, and errors
from .base.units import SI as SI, quantity as quantity
from .base.errors import BioannError as BioannError

# namespaces
from . import (
    batch as batch,
    metrics as metrics,
    parameters as parameters,
    stimuli as stimuli,
    translate as translate,
)
from .reporting import figures as figures
from .ann import (
    activations as activations,
    init as init,
    interop as interop,
    layers as layers,
    learning as learning,
    signs as signs,
    tasks as tasks,
    training as training,
)
from .bio import (
    cells as cells,
    connectivity as connectivity,
    modulation as modulation,
    plasticity as plasticity,
    receptors as receptors,
    theory as theory,
)
from .claims import rules as rules

__version__: str
