"""bioann: is a negative weight an inhibitory synapse?

A **pair** puts two descriptions of one circuit side by side. Its biological **half** is a
`SpikingNetwork`: a `Population` of neurons releases one transmitter, a `Projection` or `Afferent`
opens a receptor by a conductance, which is never negative; sign belongs to the transmitter and to
the receptor's reversal potential. Its artificial half is a `RateNetwork`: units with signed
weights. Either may be replaced by a `BrianNetwork` or a `CallableHalf`. A `Correspondence` lists
what in one half is read as what in the other, each `Match` with its scale in Hz.

A **stimulus** (`steps`, `noise`, ...) is drawn once and handed to both halves. `Pair.run` returns a
recording, `compare` turns it into **scores** (each with its interval, its ceiling, biology against
itself, and its chance level, the artificial half with random signs) and judges each `Claim` by its
rule. `report` writes the comparison as HTML, PDF, JSON and netCDF.

    import bioann as ba
    pair = ba.load("inverter")
    comparison = ba.compare(pair.run(trials=10, seed=1))
    ba.report(comparison, "inverter.html", "inverter.pdf")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors; at run time `_HOME` says the same
    # ruff: noqa: F401
    from bioann.ann.activations import (
        Activation,
        LeakyRelu,
        Linear,
        Relu,
        Sigmoid,
        Softplus,
        Tanh,
        Threshold,
    )
    from bioann.ann.init import (
        DaleBalanced,
        Glorot,
        He,
        RandomNormal,
        RandomUniform,
        Zero,
        initialised,
    )
    from bioann.ann.interop.dense_from_arrays import from_weights
    from bioann.ann.interop.read_onnx import from_onnx
    from bioann.ann.interop.weight_files import read_weights
    from bioann.ann.interop.weights_from_file import weights_in
    from bioann.ann.interop.write_onnx import to_onnx
    from bioann.ann.layered import LayeredNetwork
    from bioann.ann.layers.convolution import Conv2d
    from bioann.ann.layers.dense import Dense
    from bioann.ann.layers.dropout import Dropout
    from bioann.ann.layers.excitatory_inhibitory import ExcitatoryInhibitory
    from bioann.ann.layers.flatten import Flatten
    from bioann.ann.layers.lstm import LSTM
    from bioann.ann.layers.pooling import AveragePool, MaxPool
    from bioann.ann.layers.radial_basis import RadialBasis
    from bioann.ann.layers.recurrent import Recurrent
    from bioann.ann.layers.self_organising_map import SelfOrganisingMap
    from bioann.ann.layers.softmax import Softmax
    from bioann.ann.layers.sub_lstm import SubLSTM
    from bioann.ann.network import RateNetwork
    from bioann.ann.signs.census import Census, sign_census, take_census
    from bioann.ann.signs.constraints import (
        DaleColumns,
        Free,
        NonNegative,
        NonPositive,
        SignFrozen,
    )
    from bioann.ann.signs.separate_units import SeparateUnits
    from bioann.ann.signs.weight_matrices import Weights, weights_of
    from bioann.ann.tasks.images import digits, idx_images, openml_images
    from bioann.ann.tasks.logic import parity, xor
    from bioann.ann.tasks.samples import samples, split
    from bioann.ann.tasks.sequences import context_choice, delayed_memory, noisy_integration
    from bioann.ann.tasks.shapes import edges, rings
    from bioann.ann.train.fit_to_recording import fit_to_recording
    from bioann.ann.train.options import Training
    from bioann.ann.train.self_organising_map import (
        organise,
        quantisation_error,
        topographic_error,
    )
    from bioann.ann.train.train import train
    from bioann.ann.transfer_functions import Exponential, LIFRate, PowerLaw, Scaled, Tabulated
    from bioann.base.errors import BioannError
    from bioann.base.units import SI, quantity
    from bioann.bio.afferent import Afferent, CurrentAfferent
    from bioann.bio.brian_network import BrianNetwork
    from bioann.bio.cells.adapting_lif import AdaptingLIF
    from bioann.bio.cells.adex import AdEx
    from bioann.bio.cells.cell import Cell
    from bioann.bio.cells.eif import EIF
    from bioann.bio.cells.lif import LIF
    from bioann.bio.cells.traub_miles import TraubMiles
    from bioann.bio.cells.two_compartment import TwoCompartment
    from bioann.bio.cells.wang_buzsaki import WangBuzsaki
    from bioann.bio.electrodes import ElectrodeArray
    from bioann.bio.engines.results import Record
    from bioann.bio.membrane_potential import Potential
    from bioann.bio.modulation import (
        Excitability,
        Hill,
        Modulation,
        Modulator,
        PlasticityGate,
        SynapticGain,
    )
    from bioann.bio.modulators import SITES, acetylcholine, dopamine, serotonin
    from bioann.bio.network import SpikingNetwork
    from bioann.bio.plasticity import (
        Consolidation,
        InhibitorySTDP,
        PairSTDP,
        RewardSTDP,
        TripletSTDP,
        TsodyksMarkram,
    )
    from bioann.bio.population import Background, Injection, Population
    from bioann.bio.projection import (
        AllToAll,
        ExplicitMatrix,
        FixedProbability,
        OneToOne,
        Projection,
    )
    from bioann.bio.receptors import (
        AMPA,
        GABA_A,
        GABA_B,
        NMDA,
        CurrentSynapse,
        DeltaSynapse,
        Receptor,
    )
    from bioann.bio.theory.adiabatic import adiabatic_holds, adiabatic_rate
    from bioann.bio.theory.poisson_input import Bombardment
    from bioann.bio.theory.siegert import siegert_holds, siegert_of, siegert_rate
    from bioann.claims.all_of import AllOf, at_least, at_most
    from bioann.claims.boundary import Boundary
    from bioann.claims.claim import Claim, Verdict
    from bioann.claims.rules import Between, Same, WithinCeiling
    from bioann.comparison.comparison import Comparison, audit, compare
    from bioann.comparison.sign_table import measure_effective_weights
    from bioann.correspondence import Correspondence, Match
    from bioann.metrics.metric import Metric
    from bioann.model import CallableHalf, Half
    from bioann.pair import Pair
    from bioann.pair_files.load import load
    from bioann.recordings.storage import open_recording, save_recording
    from bioann.reporting.report import report
    from bioann.stimuli.stimulus import make_stimulus
    from bioann.stimuli.waveforms import (
        grid,
        images,
        noise,
        pulses,
        ramps,
        shaped,
        sines,
        spike_trains,
        steps,
    )
    from bioann.testing.contract import check_pair
    from bioann.translate.fit_activations import fit_activations
    from bioann.translate.to_ann.to_ann import to_ann
    from bioann.translate.to_bio.diagnosis import diagnose
    from bioann.translate.to_bio.to_bio import to_bio
    from bioann.translate.transfer import transfer
    from bioann.translate.translation import Decision, Translation

#: The public names by kind, and where each lives: imported when first asked for, so that
#: ``import bioann`` costs nothing until something is used.
_HOME = {
    # pairs
    "pair": ("Pair",),
    "correspondence": ("Correspondence", "Match"),
    "model": ("CallableHalf", "Half"),
    "pair_files.load": ("load",),
    # the biological half
    "bio.network": ("SpikingNetwork",),
    "bio.population": ("Background", "Injection", "Population"),
    "bio.cells.cell": ("Cell",),
    "bio.cells.lif": ("LIF",),
    "bio.cells.eif": ("EIF",),
    "bio.cells.adex": ("AdEx",),
    "bio.cells.adapting_lif": ("AdaptingLIF",),
    "bio.cells.two_compartment": ("TwoCompartment",),
    "bio.cells.wang_buzsaki": ("WangBuzsaki",),
    "bio.cells.traub_miles": ("TraubMiles",),
    "bio.theory.poisson_input": ("Bombardment",),
    "bio.theory.adiabatic": ("adiabatic_holds", "adiabatic_rate"),
    "bio.theory.siegert": ("siegert_holds", "siegert_of", "siegert_rate"),
    "bio.receptors": (
        "AMPA",
        "CurrentSynapse",
        "DeltaSynapse",
        "GABA_A",
        "GABA_B",
        "NMDA",
        "Receptor",
    ),
    "bio.plasticity": (
        "Consolidation",
        "InhibitorySTDP",
        "PairSTDP",
        "RewardSTDP",
        "TripletSTDP",
        "TsodyksMarkram",
    ),
    "bio.modulation": (
        "Excitability",
        "Hill",
        "Modulation",
        "Modulator",
        "PlasticityGate",
        "SynapticGain",
    ),
    "bio.modulators": ("SITES", "acetylcholine", "dopamine", "serotonin"),
    "bio.afferent": ("Afferent", "CurrentAfferent"),
    "bio.electrodes": ("ElectrodeArray",),
    "bio.projection": (
        "AllToAll",
        "ExplicitMatrix",
        "FixedProbability",
        "OneToOne",
        "Projection",
    ),
    "bio.membrane_potential": ("Potential",),
    "bio.engines.results": ("Record",),
    "bio.brian_network": ("BrianNetwork",),
    # the artificial half
    "ann.network": ("RateNetwork",),
    "ann.layered": ("LayeredNetwork",),
    "ann.layers.dense": ("Dense",),
    "ann.layers.convolution": ("Conv2d",),
    "ann.layers.pooling": ("AveragePool", "MaxPool"),
    "ann.layers.flatten": ("Flatten",),
    "ann.layers.recurrent": ("Recurrent",),
    "ann.layers.lstm": ("LSTM",),
    "ann.layers.sub_lstm": ("SubLSTM",),
    "ann.layers.radial_basis": ("RadialBasis",),
    "ann.layers.self_organising_map": ("SelfOrganisingMap",),
    "ann.train.self_organising_map": ("organise", "quantisation_error", "topographic_error"),
    "ann.layers.softmax": ("Softmax",),
    "ann.init": (
        "DaleBalanced",
        "Glorot",
        "He",
        "RandomNormal",
        "RandomUniform",
        "Zero",
        "initialised",
    ),
    "ann.layers.dropout": ("Dropout",),
    "ann.layers.excitatory_inhibitory": ("ExcitatoryInhibitory",),
    "ann.signs.constraints": (
        "DaleColumns",
        "Free",
        "NonNegative",
        "NonPositive",
        "SignFrozen",
    ),
    "ann.signs.separate_units": ("SeparateUnits",),
    "ann.tasks.images": (
        "digits",
        "idx_images",
        "openml_images",
    ),
    "ann.tasks.logic": (
        "parity",
        "xor",
    ),
    "ann.tasks.samples": (
        "samples",
        "split",
    ),
    "ann.tasks.sequences": (
        "context_choice",
        "delayed_memory",
        "noisy_integration",
    ),
    "ann.tasks.shapes": (
        "edges",
        "rings",
    ),
    "ann.train.fit_to_recording": ("fit_to_recording",),
    "ann.train.options": ("Training",),
    "ann.train.train": ("train",),
    "ann.activations": (
        "Activation",
        "LeakyRelu",
        "Linear",
        "Relu",
        "Sigmoid",
        "Softplus",
        "Tanh",
        "Threshold",
    ),
    "ann.transfer_functions": ("Exponential", "LIFRate", "PowerLaw", "Scaled", "Tabulated"),
    # trained elsewhere, and what signs they have
    "ann.interop.read_onnx": ("from_onnx",),
    "ann.interop.write_onnx": ("to_onnx",),
    "ann.interop.dense_from_arrays": ("from_weights",),
    "ann.interop.weight_files": ("read_weights",),
    "ann.interop.weights_from_file": ("weights_in",),
    "ann.signs.weight_matrices": ("Weights", "weights_of"),
    "ann.signs.census": ("Census", "sign_census", "take_census"),
    # one half from the other
    "translate.fit_activations": ("fit_activations",),
    "translate.to_ann.to_ann": ("to_ann",),
    "translate.to_bio.diagnosis": ("diagnose",),
    "translate.to_bio.to_bio": ("to_bio",),
    "translate.transfer": ("transfer",),
    "translate.translation": ("Decision", "Translation"),
    # stimuli
    "stimuli.stimulus": ("make_stimulus",),
    "stimuli.waveforms": (
        "grid",
        "images",
        "noise",
        "pulses",
        "ramps",
        "shaped",
        "sines",
        "spike_trains",
        "steps",
    ),
    # comparing
    "comparison.sign_table": ("measure_effective_weights",),
    "comparison.comparison": ("Comparison", "audit", "compare"),
    "metrics.metric": ("Metric",),
    "claims.claim": ("Claim", "Verdict"),
    "claims.boundary": ("Boundary",),
    "claims.all_of": ("AllOf", "at_least", "at_most"),
    "claims.rules": ("Between", "Same", "WithinCeiling"),
    # telling
    "reporting.report": ("report",),
    "recordings.storage": ("open_recording", "save_recording"),
    "testing.contract": ("check_pair",),
    "base.units": ("SI", "quantity"),
    "base.errors": ("BioannError",),
}
_MODULE = {name: f"bioann.{module}" for module, names in _HOME.items() for name in names}

__all__ = sorted(_MODULE)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'bioann' has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
