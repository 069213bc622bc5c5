"""Plasticity: what a synapse's history does to what its next spike brings."""

from bioann.bio.plasticity.consolidation import Consolidation
from bioann.bio.plasticity.inhibitory import InhibitorySTDP
from bioann.bio.plasticity.pair_stdp import PairSTDP
from bioann.bio.plasticity.plasticity import LongTermPlasticity, Plasticity, ShortTermPlasticity
from bioann.bio.plasticity.reward import RewardSTDP
from bioann.bio.plasticity.short_term import TsodyksMarkram
from bioann.bio.plasticity.triplet_stdp import TripletSTDP

__all__ = [
    "Consolidation",
    "InhibitorySTDP",
    "LongTermPlasticity",
    "PairSTDP",
    "Plasticity",
    "RewardSTDP",
    "ShortTermPlasticity",
    "TripletSTDP",
    "TsodyksMarkram",
]
