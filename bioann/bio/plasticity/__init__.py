"""Short- and long-term synaptic plasticity.

>>> import bioann as ba
>>> rule = ba.plasticity.TsodyksMarkram()
"""

from bioann.bio.plasticity.adaptation import AdaptationPlasticity as AdaptationPlasticity
from bioann.bio.plasticity.code_rule import CodeRelease as CodeRelease, CodeRule as CodeRule
from bioann.bio.plasticity.consolidation import Consolidation as Consolidation
from bioann.bio.plasticity.inhibitory import InhibitorySTDP as InhibitorySTDP
from bioann.bio.plasticity.instar import InstarSTDP as InstarSTDP
from bioann.bio.plasticity.intrinsic import IntrinsicPlasticity as IntrinsicPlasticity
from bioann.bio.plasticity.pair_stdp import PairSTDP as PairSTDP
from bioann.bio.plasticity.plasticity import (
    LongTermPlasticity as LongTermPlasticity,
    NeuronPlasticity as NeuronPlasticity,
    Plasticity as Plasticity,
    ShortTermPlasticity as ShortTermPlasticity,
)
from bioann.bio.plasticity.reward import RewardSTDP as RewardSTDP
from bioann.bio.plasticity.short_term import TsodyksMarkram as TsodyksMarkram
from bioann.bio.plasticity.triplet_stdp import TripletSTDP as TripletSTDP
